"""The figures, counted from the stored turns: one query per metric.

A turn is one question or piece of small talk and its reply. Test traffic is left out of everything;
like small talk it belongs to no cluster. What is shown of a question are words of a conversation
that still exists.

``ix_turns_figures`` holds every column that figures are counted from, so a period is one stretch of
one index; ``ix_turns_cluster_id_workspace_id_asked_at`` finds the words of a cluster.
"""

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import Period
from cevvo.domain.time import Millis
from cevvo.engine.insight.resolution import WEAK_CONFIDENCE, Outcome
from cevvo.foundation.db.tables import turns

# An outcome as a number, so that "of the last question" is a maximum: of time, outcome behind it.
_RATINGS = (None, "positive", "negative")
_OUTCOME = (
    case((turns.c.answered, 1), else_=0)
    + case((turns.c.rephrased, 2), else_=0)
    + case((turns.c.escalated, 4), else_=0)
    + case((turns.c.rating == "positive", 8), (turns.c.rating == "negative", 16), else_=0)
)
_OUTCOMES = 32
_LAST = func.max(turns.c.asked_at * _OUTCOMES + _OUTCOME)

# Unanswered (abstained, or nothing could be verified), or disliked and weak to begin with. An
# answer that was cut off has no confidence: nobody knows how it would have ended.
_IS_GAP = and_(
    turns.c.confidence.is_not(None),
    turns.c.off_topic.is_(False),
    or_(
        turns.c.answered.is_(False),
        and_(turns.c.rating == "negative", turns.c.confidence < WEAK_CONFIDENCE),
    ),
)


def _asked(workspace: WorkspaceId, period: Period) -> ColumnElement[bool]:
    return and_(
        turns.c.workspace_id == workspace,
        turns.c.asked_at >= period.start,
        turns.c.asked_at < period.end,
        turns.c.is_test.is_(False),
    )


def _questions(workspace: WorkspaceId, period: Period) -> ColumnElement[bool]:
    return and_(_asked(workspace, period), turns.c.kind == "question")


def conversation_count(connection: Connection, workspace: WorkspaceId, period: Period) -> int:
    """Conversations with at least one turn in the period, small talk included."""
    query = select(func.count(turns.c.conversation_id.distinct()))
    return connection.execute(query.where(_asked(workspace, period))).scalar_one()


def message_count(connection: Connection, workspace: WorkspaceId, period: Period) -> int:
    """Messages of both roles: every turn is one of each."""
    query = select(func.count()).select_from(turns).where(_asked(workspace, period))
    return 2 * connection.execute(query).scalar_one()


def last_outcomes(
    connection: Connection, workspace: WorkspaceId, period: Period
) -> list[tuple[Outcome, int]]:
    """The outcome of each conversation's last question in the period, equal ones counted."""
    last = (
        select((_LAST % _OUTCOMES).label("outcome"))
        .where(_questions(workspace, period))
        .group_by(turns.c.conversation_id)
        .subquery()
    )
    query = select(last.c.outcome, func.count()).group_by(last.c.outcome)
    return [(_outcome(row[0]), row[1]) for row in connection.execute(query)]


def cluster_outcomes(
    connection: Connection, workspace: WorkspaceId, period: Period
) -> list[tuple[str, Outcome, int]]:
    """Per cluster, the outcome of the last time that each conversation asked it, counted."""
    last = (
        select(turns.c.cluster_id, (_LAST % _OUTCOMES).label("outcome"))
        .where(_questions(workspace, period), turns.c.cluster_id.is_not(None))
        .group_by(turns.c.cluster_id, turns.c.conversation_id)
        .subquery()
    )
    query = select(last.c.cluster_id, last.c.outcome, func.count()).group_by(
        last.c.cluster_id, last.c.outcome
    )
    return [(row[0], _outcome(row[1]), row[2]) for row in connection.execute(query)]


def _outcome(number: int) -> Outcome:
    return Outcome(
        answered=bool(number & 1),
        rephrased=bool(number & 2),
        escalated=bool(number & 4),
        rating=_RATINGS[number // 8],
    )


def times(connection: Connection, workspace: WorkspaceId, period: Period, column: str) -> list[int]:
    """Milliseconds that each question took: ``response_ms`` or ``first_token_ms``."""
    taken = turns.c[column]
    query = select(taken).where(_questions(workspace, period), taken.is_not(None))
    return list(connection.execute(query).scalars())


def gap_clusters(
    connection: Connection, workspace: WorkspaceId, period: Period, limit: int
) -> list[tuple[str, int]]:
    """The clusters that most conversations asked in vain, with how many; equal ones by id."""
    conversations = func.count(turns.c.conversation_id.distinct())
    query = (
        select(turns.c.cluster_id, conversations)
        .where(_questions(workspace, period), _IS_GAP, turns.c.cluster_id.is_not(None))
        .group_by(turns.c.cluster_id)
        .order_by(conversations.desc(), turns.c.cluster_id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def asked_between(
    connection: Connection, workspace: WorkspaceId, cluster_id: str
) -> tuple[Millis, Millis]:
    """When a question of this cluster was asked first, and last, ever."""
    # Two queries: each maximum or minimum alone is one step into the index.
    first, last = (
        connection.execute(
            select(bound(turns.c.asked_at)).where(
                turns.c.workspace_id == workspace, turns.c.cluster_id == cluster_id
            )
        ).scalar_one()
        for bound in (func.min, func.max)
    )
    return Millis(first), Millis(last)


def newest_wordings(
    connection: Connection,
    workspace: WorkspaceId,
    cluster_id: str,
    *,
    gaps_only: bool,
    limit: int,
) -> list[tuple[str, Vector]]:
    """The newest questions of a cluster whose words still exist, with their vectors."""
    query = (
        select(turns.c.standalone, turns.c.vector)
        .where(
            turns.c.workspace_id == workspace,
            turns.c.cluster_id == cluster_id,
            turns.c.standalone.is_not(None),
            turns.c.vector.is_not(None),
            _IS_GAP if gaps_only else true(),
        )
        .order_by(turns.c.asked_at.desc(), turns.c.id)
        .limit(limit)
    )
    return [
        (row[0], np.frombuffer(row[1], "<f2").astype(np.float32))
        for row in connection.execute(query)
    ]
