"""Percentiles, coverage gaps, and the words that questions are shown in.

A turn is one question or piece of small talk and its reply. Test traffic is left out of everything;
like small talk it belongs to no cluster. What is shown of a question are words of a conversation
that still exists. ``figures.py`` has what is counted by time.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    true,
)

from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import Period
from cevvo.domain.time import Millis
from cevvo.features.analytics.figures import within
from cevvo.features.conversations.gaps import GapStatus
from cevvo.foundation.db.tables import coverage_gaps, question_clusters, turns

GapOrder = Literal["count", "newest"]
"""Those first that most conversations asked, or those that were asked first last."""

IS_GAP = turns.c.is_gap == literal_column("1")  # as the index has it
_IN_ONE_QUERY = 10_000


def response_percentile(
    connection: Connection, workspace: WorkspaceId, period: Period, share: float, of: int
) -> int | None:
    """The smallest response time, in milliseconds, that ``share`` of all do not exceed (nearest
    rank); ``of`` is how many there are."""
    rank = max(math.ceil(share * of), 1)
    taken = turns.c.response_ms
    from_below = rank <= of - rank
    query = (
        select(taken)
        .where(
            within(workspace, period.start, period.end),
            turns.c.kind == "question",
            taken.is_not(None),
        )
        .with_hint(turns, "INDEXED BY ix_turns_response_ms", "sqlite")
        .order_by(taken if from_below else taken.desc())
        .offset(rank - 1 if from_below else of - rank)
        .limit(1)
    )
    return connection.execute(query).scalar() if of else None


def founded(
    connection: Connection, workspace: WorkspaceId, clusters: Sequence[str]
) -> dict[str, Millis]:
    """When each cluster was founded."""
    of = question_clusters.c
    found: dict[str, Millis] = {}
    for first in range(0, len(clusters), _IN_ONE_QUERY):
        some = clusters[first : first + _IN_ONE_QUERY]
        query = select(of.id, of.created_at).where(of.workspace_id == workspace, of.id.in_(some))
        found |= {row[0]: Millis(row[1]) for row in connection.execute(query)}
    return found


def gap_clusters(
    connection: Connection,
    workspace: WorkspaceId,
    period: Period,
    limit: int | None,
    *,
    status: GapStatus | None = None,
    sort: GapOrder = "count",
) -> list[tuple[str, int]]:
    """The clusters that most conversations asked in vain, with how many; equal ones by id. All of
    them without a ``limit``.

    ``status`` leaves the gaps that stand so; one of which nothing is kept is open. ``sort`` may put
    those first that were asked first last.
    """
    conversations = func.count(turns.c.conversation_id.distinct())
    asked = select(turns.c.cluster_id, conversations)
    if status is not None:
        asked = asked.outerjoin(coverage_gaps, coverage_gaps.c.id == turns.c.cluster_id).where(
            func.coalesce(coverage_gaps.c.status, "open") == status
        )
    order = conversations.desc()
    if sort == "newest":
        founded = question_clusters.c
        asked = asked.join(question_clusters, founded.id == turns.c.cluster_id)
        order = func.max(founded.created_at).desc()
    query = (
        asked.where(
            within(workspace, period.start, period.end),
            IS_GAP,
            turns.c.cluster_id.is_not(None),
        )
        .with_hint(turns, "INDEXED BY ix_turns_gaps", "sqlite")
        .group_by(turns.c.cluster_id)
        .order_by(order, turns.c.cluster_id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def kept_of_gaps(
    connection: Connection, workspace: WorkspaceId, ids: Sequence[str]
) -> dict[str, RowMapping]:
    """What is kept of these gaps, by id."""
    rows = connection.execute(
        select(coverage_gaps).where(
            coverage_gaps.c.workspace_id == workspace, coverage_gaps.c.id.in_(ids)
        )
    ).mappings()
    return {row["id"]: row for row in rows}


def asked_between(
    connection: Connection, workspace: WorkspaceId, clusters: Sequence[str]
) -> dict[str, tuple[Millis, Millis]]:
    """When a question of each cluster was asked first, and last, ever."""
    cluster = question_clusters.c
    # Each maximum or minimum alone is one step into the index.
    first, last = (
        select(bound(turns.c.asked_at))
        .where(turns.c.workspace_id == workspace, turns.c.cluster_id == cluster.id)
        .scalar_subquery()
        for bound in (func.min, func.max)
    )
    query = select(cluster.id, first, last).where(
        cluster.workspace_id == workspace, cluster.id.in_(clusters)
    )
    return {row[0]: (Millis(row[1]), Millis(row[2])) for row in connection.execute(query)}


def newest_wordings(
    connection: Connection,
    workspace: WorkspaceId,
    cluster_id: str,
    *,
    gaps_only: bool,
    limit: int,
) -> list[tuple[str, Vector]]:
    """The newest questions of a cluster whose words still exist, with their vectors."""
    values = {"workspace": workspace, "cluster": cluster_id, "most": limit}
    return [
        (row[0], np.frombuffer(row[1], "<f2").astype(np.float32))
        for row in connection.execute(_NEWEST_WORDINGS[gaps_only], values)
    ]


def _newest_wordings(*, gaps_only: bool) -> Select[Any]:
    index = "ix_turns_gaps" if gaps_only else "ix_turns_cluster_id_workspace_id_asked_at"
    return (
        select(turns.c.standalone, turns.c.vector)
        .where(
            turns.c.workspace_id == bindparam("workspace"),
            turns.c.cluster_id == bindparam("cluster"),
            turns.c.standalone.is_not(None),
            turns.c.vector.is_not(None),
            IS_GAP if gaps_only else true(),
        )
        .with_hint(turns, f"INDEXED BY {index}", "sqlite")
        .order_by(turns.c.asked_at.desc(), turns.c.id)
        .limit(bindparam("most"))
    )


# Made once: a list asks it fifty times, and making it takes as long as answering it.
_NEWEST_WORDINGS = {only: _newest_wordings(gaps_only=only) for only in (False, True)}
