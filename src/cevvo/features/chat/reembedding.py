"""Question clusters, and the questions in them, from one embedding model to another.

A cluster changes whole, in one transaction, so that its mean and its questions' vectors are always
of the model that it says. Meanwhile the other model's clusters are left alone by those who ask.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, bindparam, func, select, update

from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.progress import Progress
from cevvo.engine.insight.clustering import Cluster
from cevvo.features.chat.reclustering import rebuild
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import question_clusters, turns
from cevvo.providers.embedding.base import Embedder

_of = question_clusters.c


@dataclass(frozen=True, slots=True)
class _Questions:
    """Of a cluster at a revision: the ids and words of the turns that have a vector."""

    revision: int
    questions: Sequence[tuple[str, str]]


async def reembed_questions(db: Database, embedder: Embedder, progress: Progress) -> int:
    """Bring all clusters of all workspaces to this model, and gather their questions anew.

    How many questions were embedded. Killed, it goes on where it was.
    """
    embedded, done = 0, 0
    others = await db.read(lambda c: _of_other_models(c, embedder.model_id))
    for workspace, clusters in others.items():
        for id in clusters:
            embedded += await _bring_over(db, embedder, workspace, id)
            done += 1
            progress("embedding questions", done, sum(map(len, others.values())))
        await db.write(lambda c, workspace=workspace: rebuild(c, workspace))  # type: ignore[misc]
    return embedded


async def _bring_over(
    db: Database, embedder: Embedder, workspace: WorkspaceId, cluster_id: str
) -> int:
    """How many questions it has: none if it is gone or of this model already."""
    while True:
        cluster = await db.read(lambda c: _read(c, workspace, cluster_id, embedder.model_id))
        if cluster is None:
            return 0
        words = [words for _, words in cluster.questions]
        vectors = await asyncio.to_thread(_embedded, embedder, words)
        mean = np.mean(vectors, axis=0) if vectors else np.zeros(embedder.dimensions)
        made = Cluster(cluster_id, mean.astype("<f4"), len(vectors))

        def store(
            connection: Connection,
            cluster: _Questions = cluster,
            made: Cluster = made,
            vectors: Sequence[Vector] = vectors,
        ) -> bool:
            return _store(connection, workspace, cluster, made, vectors, embedder.model_id)

        if await db.write(store):
            return len(vectors)


def _of_other_models(connection: Connection, model: str) -> dict[WorkspaceId, list[str]]:
    query = select(_of.workspace_id, _of.id).where(_of.model != model)
    found: dict[WorkspaceId, list[str]] = {}
    for workspace, id in connection.execute(query.order_by(_of.workspace_id, _of.id)):
        found.setdefault(WorkspaceId(workspace), []).append(id)
    return found


def _read(
    connection: Connection, workspace: WorkspaceId, cluster_id: str, model: str
) -> _Questions | None:
    revision = connection.execute(
        select(_of.revision).where(
            _of.workspace_id == workspace, _of.id == cluster_id, _of.model != model
        )
    ).scalar()
    if revision is None:
        return None
    questions = connection.execute(
        select(turns.c.id, turns.c.standalone).where(
            turns.c.workspace_id == workspace,
            turns.c.cluster_id == cluster_id,
            turns.c.vector.is_not(None),
            turns.c.standalone.is_not(None),
        )
    )
    return _Questions(revision, [(id, words) for id, words in questions])


def _embedded(embedder: Embedder, questions: Sequence[str]) -> list[Vector]:
    """As they are stored."""
    made = {words: embedder.embed_query(words) for words in dict.fromkeys(questions)}
    return [made[words].astype("<f2").astype(np.float32) for words in questions]


def _store(
    connection: Connection,
    workspace: WorkspaceId,
    cluster: _Questions,
    made: Cluster,
    vectors: Sequence[Vector],
    model: str,
) -> bool:
    """False where the cluster has changed since it was read: it is to be read again."""
    ours = _of.workspace_id == workspace
    newest = select(func.max(_of.revision)).where(ours).scalar_subquery()
    changed = connection.execute(
        update(question_clusters)
        .where(ours, _of.id == made.id, _of.revision == cluster.revision)
        .values(mean=made.mean.tobytes(), size=made.size, model=model, revision=newest + 1)
    )
    if changed.rowcount == 0:
        return False
    rows = [
        {"turn": id, "made": vector.astype("<f2").tobytes()}
        for (id, _), vector in zip(cluster.questions, vectors, strict=True)
    ]
    if rows:
        connection.execute(
            update(turns)
            .where(turns.c.workspace_id == workspace, turns.c.id == bindparam("turn"))
            .values(vector=bindparam("made")),
            rows,
        )
    return True
