"""All question clusters of a workspace anew, out of the vectors that are stored.

The clusters follow from the questions and the order in which they were asked, whatever they were
before: questions join or found them as they do when they come. Then each takes the id of the old
cluster that most of its questions were in, the greatest share first, so that links and gaps stay;
one that gets none has the id of the question that founded it. Questions of deleted conversations,
that have no vector, go where most of their old cluster went. Done twice, it changes nothing more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.engine.insight.clustering import Cluster, Clustering
from cevvo.errors import Conflict
from cevvo.foundation.db.tables import question_clusters, turns

_CHAIN_AGAIN = text(
    "UPDATE turns SET next_same_at = f.next_at FROM (SELECT id, lead(asked_at) OVER ("
    "PARTITION BY conversation_id, cluster_id ORDER BY asked_at, id) AS next_at FROM turns "
    "WHERE workspace_id = :workspace AND NOT is_test AND kind = 'question' "
    "AND cluster_id IS NOT NULL) AS f WHERE turns.id = f.id "
    "AND next_same_at IS DISTINCT FROM f.next_at"
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many questions there are, in how many clusters before and after, and how many moved."""

    questions: int
    before: int
    after: int
    moved: int


@dataclass(frozen=True, slots=True)
class _Question:
    id: str
    cluster_id: str
    asked_at: int
    vector: Vector


def rebuild(connection: Connection, workspace: WorkspaceId) -> Rebuilt:
    """Cluster all stored questions of a workspace; other writes wait for it.

    Raises Conflict while its clusters are of more than one embedding model.
    """
    model = _model(connection, workspace)
    questions = _questions(connection, workspace)
    places, clusters = _clustered([question.vector for question in questions])
    old = [question.cluster_id for question in questions]
    founders: dict[str, _Question] = {}
    for question, place in zip(questions, places, strict=True):
        founders.setdefault(place, question)
    ids = _ids(old, places, {place: founder.id for place, founder in founders.items()})
    new = [ids[place] for place in places]
    founded = {ids[place]: founder.asked_at for place, founder in founders.items()}
    if model is not None:
        anew = {ids[place]: c for place, c in clusters.items()}
        _store(connection, workspace, model, anew, founded)
    moved = [
        {"turn": question.id, "cluster": cluster}
        for question, cluster in zip(questions, new, strict=True)
        if cluster != question.cluster_id
    ]
    if moved:
        taken_along = _taken_along(connection, workspace, old, new)
        where = turns.c.id == bindparam("turn")
        connection.execute(
            update(turns).where(where).values(cluster_id=bindparam("cluster")),
            [*moved, *taken_along],
        )
        connection.execute(_CHAIN_AGAIN, {"workspace": workspace})
    return Rebuilt(len(questions), len(set(old)), len(clusters), len(moved))


def _model(connection: Connection, workspace: WorkspaceId) -> str | None:
    """The embedding model of a workspace's clusters, None where there is no cluster."""
    of = question_clusters.c
    query = select(of.model).where(of.workspace_id == workspace).distinct()
    models: Sequence[str] = connection.execute(query).scalars().all()
    if len(models) > 1:
        raise Conflict(
            "Questions are being brought from one embedding model to another. Finish that first: "
            "cevvo reembed --finish"
        )
    return models[0] if models else None


def _questions(connection: Connection, workspace: WorkspaceId) -> list[_Question]:
    of = turns.c
    rows = connection.execute(
        select(of.id, of.cluster_id, of.asked_at, of.vector)
        .where(of.workspace_id == workspace, of.cluster_id.is_not(None), of.vector.is_not(None))
        .order_by(of.asked_at, of.id)
    )
    return [
        _Question(row[0], row[1], row[2], np.frombuffer(row[3], "<f2").astype(np.float32))
        for row in rows
    ]


def _clustered(vectors: Sequence[Vector]) -> tuple[list[str], dict[str, Cluster]]:
    """The place of each question, a number in text, and what is there at the end."""
    clustering = Clustering(len(vectors[0]) if vectors else 1)
    places: list[str] = []
    clusters: dict[str, Cluster] = {}
    for vector in vectors:
        nearest = clustering.nearest(vector)
        place = nearest.joined(vector) if nearest else Cluster(str(len(clusters)), vector, 1)
        clustering.put(place)
        clusters[place.id] = place
        places.append(place.id)
    return places, clusters


def _ids(old: Sequence[str], places: Sequence[str], founders: Mapping[str, str]) -> dict[str, str]:
    """The id of the cluster at each place."""
    shared = Counter(zip(old, places, strict=True))
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for (id, place), _ in sorted(
        shared.items(), key=lambda item: (-item[1], int(item[0][1]), item)
    ):
        if place not in ids and id not in taken:
            ids[place] = id
            taken.add(id)
    return {
        place: ids.get(place, f"gap_{founder.removeprefix('turn_')}")
        for place, founder in founders.items()
    }


def _store(
    connection: Connection,
    workspace: WorkspaceId,
    model: str,
    clusters: Mapping[str, Cluster],
    founded: Mapping[str, int],
) -> None:
    """Rows of clusters that nobody is in any more stay, as zeros that no question is near to."""
    of = question_clusters.c
    ours = of.workspace_id == workspace
    known = dict(connection.execute(select(of.id, func.length(of.mean)).where(ours)).all())
    newest: int = connection.execute(select(func.max(of.revision)).where(ours)).scalar() or 0
    at = 0
    for id in sorted(clusters, key=lambda id: (founded[id], id)):
        at = max(founded[id], at + 1)  # no two at one time, so that they have an order
        values = {
            "mean": clusters[id].mean.astype("<f4").tobytes(),
            "size": clusters[id].size,
            "revision": newest + 1,
            "created_at": at,
        }
        if id in known:
            connection.execute(update(question_clusters).where(ours, of.id == id).values(values))
        else:
            values |= {"id": id, "workspace_id": workspace, "model": model}
            connection.execute(insert(question_clusters).values(values))
    for id in known.keys() - clusters.keys():
        emptied = update(question_clusters).where(ours, of.id == id)
        zeros = bytes(known[id])
        connection.execute(emptied.values(mean=zeros, size=0, revision=newest + 1))


def _taken_along(
    connection: Connection, workspace: WorkspaceId, old: Sequence[str], new: Sequence[str]
) -> list[dict[str, str]]:
    """Questions without a vector, which follow the others of their cluster: each moves once."""
    went: dict[str, Counter[str]] = {}
    for before, after in zip(old, new, strict=True):
        went.setdefault(before, Counter())[after] += 1
    most = {
        before: min((-count, id) for id, count in places.items())[1]
        for before, places in went.items()
    }
    rows = connection.execute(
        select(turns.c.id, turns.c.cluster_id).where(
            turns.c.workspace_id == workspace,
            turns.c.cluster_id.is_not(None),
            turns.c.vector.is_(None),
        )
    )
    return [
        {"turn": id, "cluster": most[before]}
        for id, before in rows
        if most.get(before, before) != before
    ]
