"""Questions gathered by meaning."""

from itertools import count

import numpy as np
import pytest

from cevvo.domain.documents import Vector, Vectors
from cevvo.engine.insight.clustering import (
    JOIN_THRESHOLD,
    Cluster,
    Clustering,
    most_central,
)
from cevvo.providers.embedding.minilm import MiniLmEmbedder


def unit(vector: Vector) -> Vector:
    result: Vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    return result


def grouped(vectors: Vectors) -> list[int]:
    """The number of each question's cluster, in the order in which they were founded."""
    clustering, numbers, found = Clustering(vectors.shape[1]), count(), []
    for vector in vectors:
        nearest = clustering.nearest(vector)
        joined = nearest.joined(vector) if nearest else Cluster(str(next(numbers)), vector, 1)
        clustering.put(joined)
        found.append(int(joined.id))
    return found


def test_questions_that_mean_the_same_come_together() -> None:
    embedder = MiniLmEmbedder(threads=1)
    questions = [
        "How do I reset my password?",
        "Do you support SSO?",
        "I forgot my password, what now?",
        "How can I change my password?",
        "What pricing plans are available?",
        "Do you offer SSO support?",
        "Which pricing plans do you have?",
    ]
    vectors = np.stack([embedder.embed_query(question) for question in questions])
    assert grouped(vectors) == [0, 1, 0, 0, 2, 1, 2]


def test_the_same_questions_in_the_same_order_give_the_same_clusters() -> None:
    chance = np.random.default_rng(3)
    topics = chance.normal(size=(9, 32))
    drawn = topics[chance.integers(0, 9, 400)] + 0.6 * chance.normal(size=(400, 32))
    vectors = np.stack([unit(vector) for vector in drawn])
    assert grouped(vectors) == grouped(vectors)
    assert 9 <= len(set(grouped(vectors))) < 400


def test_the_threshold_is_a_cosine() -> None:
    clustering = Clustering(2)
    clustering.put(Cluster("a", np.array([1, 0], np.float32), 1))
    for cosine, joins in ((JOIN_THRESHOLD + 0.01, True), (JOIN_THRESHOLD - 0.01, False)):
        vector = np.array([cosine, np.sqrt(1 - cosine**2)], np.float32)
        assert (clustering.nearest(vector) is not None) is joins


def test_a_cluster_keeps_the_exact_mean_of_what_joined_and_left() -> None:
    vectors = np.stack([unit(v) for v in np.random.default_rng(1).normal(size=(300, 16))])
    cluster = Cluster("a", vectors[0], 1)
    for vector in vectors[1:]:
        cluster = cluster.joined(vector)
    assert cluster.size == 300
    assert cluster.mean == pytest.approx(vectors.mean(axis=0), abs=1e-6)
    for vector in vectors[100:]:
        cluster = cluster.left(vector)
    assert cluster.size == 100
    assert cluster.mean == pytest.approx(vectors[:100].mean(axis=0), abs=1e-5)


def test_a_changed_cluster_is_found_where_it_is_now() -> None:
    clustering = Clustering(2)
    clustering.put(Cluster("a", np.array([1, 0], np.float32), 1))
    for number in range(200):
        clustering.put(Cluster(str(number), unit(np.array([-1, -number], np.float32)), 1))
    clustering.put(Cluster("a", np.array([0, 0.5], np.float32), 2))
    found = clustering.nearest(np.array([0, 1], np.float32))
    assert found is not None
    assert (found.id, found.size) == ("a", 2)
    clustering.put(Cluster("a", np.zeros(2, np.float32), 0))
    assert clustering.nearest(np.array([0, 1], np.float32)) is None


def test_the_most_central_is_nearest_to_all_the_others() -> None:
    middle = unit(np.array([1, 1, 0], np.float32))
    around = [unit(np.array(v, np.float32)) for v in ([1, 0, 0], [0, 1, 0], [1, 1, 1])]
    assert most_central([*around, middle]) == 3
    assert most_central([middle]) == 0
