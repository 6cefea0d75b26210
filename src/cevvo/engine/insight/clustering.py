"""Questions that mean the same, gathered as they come.

Leader clustering with a moving centroid: a question joins the cluster whose centroid is nearest if
their cosine reaches a threshold, else it founds one. The same questions in the same order give the
same clusters, and none is ever looked at twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cevvo.domain.documents import Vector, Vectors

JOIN_THRESHOLD = 0.70
"""Cosine from which a question joins a cluster.

The lowest at which B-cubed precision is 0.8 or better on each of three sets (banking77, clinc150,
StackFAQ; ``cevvo_evals.clustering``). Its F0.5 there (0.61, 0.69, 0.90) is within 0.01 of the best
mean of any threshold, that of 0.64. The curve being flat, precision decides: where two questions
are taken for one, the rarer is hidden.
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """``mean`` is the plain mean of ``size`` unit vectors; normed to length 1 it is the centroid.

    Kept unnormed so that a member can be added, or taken out again, exactly.
    """

    id: str
    mean: Vector
    size: int

    def joined(self, vector: Vector) -> "Cluster":
        """This cluster with one question more."""
        size = self.size + 1
        return Cluster(self.id, self.mean + (vector - self.mean) / np.float32(size), size)

    def left(self, vector: Vector) -> "Cluster":
        """This cluster without one of its questions; it must have another."""
        size = self.size - 1
        return Cluster(self.id, self.mean + (self.mean - vector) / np.float32(size), size)


class Clustering:
    """The clusters of one workspace, held in memory for the search of the nearest."""

    def __init__(self, dimensions: int, threshold: float = JOIN_THRESHOLD) -> None:
        self._threshold = threshold
        self._clusters: list[Cluster] = []
        self._rows: dict[str, int] = {}
        self._centroids: Vectors = np.empty((64, dimensions), np.float32)

    def put(self, cluster: Cluster) -> None:
        """Add a cluster, or take its new state."""
        row = self._rows.setdefault(cluster.id, len(self._clusters))
        if row == len(self._clusters):
            self._clusters.append(cluster)
        else:
            self._clusters[row] = cluster
        if row == len(self._centroids):
            self._centroids = np.concatenate([self._centroids, np.empty_like(self._centroids)])
        self._centroids[row] = cluster.mean / max(float(np.linalg.norm(cluster.mean)), 1e-12)

    def nearest(self, vector: Vector) -> Cluster | None:
        """The cluster that a question belongs to, None if it is unlike all; ties to the oldest."""
        if not self._clusters:
            return None
        cosines = self._centroids[: len(self._clusters)] @ vector
        best = int(np.argmax(cosines))
        return self._clusters[best] if cosines[best] >= self._threshold else None


def most_central(vectors: Sequence[Vector]) -> int:
    """Which of these unit vectors is nearest to the mean of them all; ties to the first."""
    matrix = np.stack(vectors)
    return int(np.argmax(matrix @ matrix.mean(axis=0)))
