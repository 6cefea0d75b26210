"""Each workspace's question clusters: rows in the database, followed in memory.

Finding the nearest of ten thousand centroids takes a millisecond in memory; reading them all would
take a write twenty. Memory is derived: every change of a cluster takes the next revision of its
workspace, and memory reads the changes since the one that it knows, before it is used. What a write
changes it does not put there itself: that may be undone, and another be made in its place.
"""

import threading
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, func, insert, select, update

from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.engine.insight.clustering import Cluster, Clustering
from cevvo.foundation.db.tables import question_clusters


@dataclass(slots=True)
class _Followed:
    clustering: Clustering
    revision: int = 0
    newest: int = 0  # when the last cluster was founded


@dataclass(slots=True)
class QuestionClusters:
    """Use it inside write transactions only: they are the ones that see each other's changes.

    ``model`` makes the vectors; clusters of another one are left alone, no question is near them.
    """

    dimensions: int
    model: str
    _workspaces: dict[WorkspaceId, _Followed] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def assign(
        self, connection: Connection, workspace: WorkspaceId, vector: Vector, now: Millis
    ) -> str:
        """Put a question into the nearest cluster, or into a new one; returns the cluster's id.

        No two clusters are founded at one time, so that they always have an order.
        """
        with self._lock:
            followed = self._caught_up(connection, workspace)
            nearest = followed.clustering.nearest(vector)
            revision, newest = followed.revision + 1, followed.newest
        if nearest is not None:
            joined = nearest.joined(vector)
            changed = connection.execute(
                update(question_clusters)
                .where(
                    question_clusters.c.workspace_id == workspace,
                    question_clusters.c.id == nearest.id,
                    question_clusters.c.size == nearest.size,
                    question_clusters.c.model == self.model,
                )
                .values(**_columns(joined), revision=revision)
            )
            if changed.rowcount == 0:  # deleted, with the last conversation that asked it; or, with
                # the newest revision gone that way, that number was given out once more
                self._workspaces.pop(workspace, None)
                return self.assign(connection, workspace, vector, now)
        else:
            joined = Cluster(new_id("gap"), vector, 1)
            connection.execute(
                insert(question_clusters).values(
                    id=joined.id,
                    workspace_id=workspace,
                    created_at=max(now, newest + 1),
                    revision=revision,
                    model=self.model,
                    **_columns(joined),
                )
            )
        return joined.id

    def _caught_up(self, connection: Connection, workspace: WorkspaceId) -> _Followed:
        newest: int = connection.execute(
            select(func.coalesce(func.max(question_clusters.c.revision), 0)).where(
                question_clusters.c.workspace_id == workspace
            )
        ).scalar_one()
        followed = self._workspaces.get(workspace)
        # Ahead of this transaction is memory that read a write which was undone, or a later moment.
        if followed is None or followed.revision > newest:
            followed = self._workspaces[workspace] = _Followed(Clustering(self.dimensions))
        if followed.revision < newest:
            self._follow(connection, workspace, followed, newest)
        return followed

    def _follow(
        self, connection: Connection, workspace: WorkspaceId, followed: _Followed, newest: int
    ) -> None:
        rows = connection.execute(
            select(
                question_clusters.c.id,
                question_clusters.c.mean,
                question_clusters.c.size,
                question_clusters.c.created_at,
                question_clusters.c.model,
            )
            .where(
                question_clusters.c.workspace_id == workspace,
                question_clusters.c.revision > followed.revision,
            )
            .order_by(question_clusters.c.created_at, question_clusters.c.id)
        )
        for row in rows:
            mean = np.frombuffer(row.mean, "<f4")
            if row.model != self.model:
                mean = np.zeros(self.dimensions, np.float32)
            followed.clustering.put(Cluster(row.id, mean, row.size))
            followed.newest = max(followed.newest, row.created_at)
        followed.revision = newest


def _columns(cluster: Cluster) -> dict[str, object]:
    return {"mean": cluster.mean.astype("<f4").tobytes(), "size": cluster.size}
