"""Coverage gaps: the questions behind them, and what was found when they were asked again.

Everything runs in the caller's transaction. Words of those who asked are read from conversations
that still exist; none are kept here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    distinct,
    func,
    insert,
    select,
    update,
)

from cevvo.domain.answers import Citation, CitedSource
from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.insight.gaps import Nearest, Reason
from cevvo.features.analytics.repository import IS_GAP
from cevvo.features.chat.traces import asked_again, unpacked
from cevvo.features.chat.turns import Ask
from cevvo.features.conversations.gaps import NEWEST_ENTRY, GapStatus
from cevvo.features.conversations.repository import stored_citations, stored_sources
from cevvo.foundation.db.tables import coverage_gaps, message_traces, messages, turns

_WATCHED = 500  # gaps of a workspace, those asked last, whose questions are asked again
_FOLLOWED: tuple[GapStatus, ...] = ("open", "closed")
_watched = (
    select(coverage_gaps.c.id, coverage_gaps.c.checked_seq)
    .where(coverage_gaps.c.workspace_id == bindparam("workspace"))
    .where(coverage_gaps.c.status.in_(_FOLLOWED))
    .order_by(coverage_gaps.c.last_asked.desc())
    .limit(_WATCHED)
    .subquery()
)
# Asked whenever a job ends, and so put together once.
_DUE = (
    select(_watched.c.id)
    .where(_watched.c.checked_seq != NEWEST_ENTRY)
    .order_by(_watched.c.checked_seq, _watched.c.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a question was answered when it was asked again. ``citations`` say which documents it
    rests on: title, url and quote."""

    turn_id: str
    answered: bool
    answer: str
    confidence: float
    model: str
    citations: tuple[Mapping[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """As it was stored."""
        return cls(**{**stored, "citations": tuple(stored["citations"])})


@dataclass(frozen=True, slots=True)
class Gap:
    """What is kept of a gap. ``answer_document``: ``source_id`` and ``title`` of the text that was
    written for it."""

    id: str
    status: GapStatus
    opened_at: Millis
    closed_at: Millis | None
    reopened: int
    reason: Reason
    nearest: tuple[Nearest, ...]
    checked_at: Millis | None
    outcomes: tuple[Found, ...]
    answer_document: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that went unanswered, in a conversation that exists; ``answered``: it was
    answered, weakly, and the answer was rated as of no help. ``again`` asks it once more, of the
    sources and documents that it was asked of. From ``answer`` on: what was said."""

    turn_id: str
    thread_id: str
    message_id: str
    question: str
    again: Ask
    vector: Vector
    asked_at: Millis
    answered: bool
    answer: str
    confidence: float | None
    model: str | None
    rating: str | None
    sources: tuple[CitedSource, ...]
    citations: tuple[Citation, ...]


def find_gap(connection: Connection, workspace: WorkspaceId, gap_id: str) -> Gap | None:
    """What is kept of it; None where this workspace has no such gap."""
    row = connection.execute(
        select(coverage_gaps).where(
            coverage_gaps.c.workspace_id == workspace, coverage_gaps.c.id == gap_id
        )
    ).first()
    if row is None:
        return None
    return Gap(
        id=row.id,
        status=row.status,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        reopened=row.reopened,
        reason=row.reason,
        nearest=tuple(map(Nearest.from_dict, row.nearest)),
        checked_at=row.checked_at,
        outcomes=tuple(map(Found.from_dict, row.outcomes)),
        answer_document=row.answer_document,
    )


def adopt(connection: Connection, workspace: WorkspaceId, gap_id: str) -> None:
    """Keep a gap of which nothing is kept yet: clusters that were made anew have none. A cluster
    without a question in vain is left alone."""
    if find_gap(connection, workspace, gap_id) is not None:
        return
    count, first, last = asked_in_vain(connection, workspace, gap_id)
    if count:
        connection.execute(
            insert(coverage_gaps).values(
                id=gap_id,
                workspace_id=workspace,
                status="open",
                opened_at=first,
                reopened=0,
                last_asked=last,
                reason="too_weak",
                nearest=[],
                checked_seq=-1,
                outcomes=[],
            )
        )


def _of(workspace: WorkspaceId, gap_id: str) -> ColumnElement[bool]:
    ours = and_(turns.c.workspace_id == workspace, turns.c.cluster_id == gap_id)
    return and_(ours, IS_GAP, turns.c.is_test.is_(False))


def questions_of(
    connection: Connection, workspace: WorkspaceId, gap_id: str, limit: int
) -> list[Asked]:
    """The newest questions that went unanswered, newest first."""
    rows = connection.execute(
        select(
            turns,
            messages.c.content,
            messages.c.sources,
            messages.c.citations,
            message_traces.c.trace,
        )
        .join(messages, messages.c.id == turns.c.answer_id)
        .outerjoin(message_traces, message_traces.c.message_id == messages.c.id)
        .where(_of(workspace, gap_id))
        .where(turns.c.standalone.is_not(None), turns.c.vector.is_not(None))
        .order_by(turns.c.asked_at.desc(), turns.c.id)
        .limit(limit)
    )
    return [
        Asked(
            turn_id=row.id,
            thread_id=row.conversation_id,
            message_id=row.answer_id,
            question=row.standalone,
            again=asked_again(row.standalone, None if row.trace is None else unpacked(row.trace)),
            vector=np.frombuffer(row.vector, "<f2").astype(np.float32),
            asked_at=row.asked_at,
            answered=row.answered,
            answer=row.content,
            confidence=row.confidence,
            model=row.model,
            rating=row.rating,
            sources=stored_sources(row.sources),
            citations=stored_citations(row.citations),
        )
        for row in rows
    ]


def asked_in_vain(
    connection: Connection, workspace: WorkspaceId, gap_id: str
) -> tuple[int, Millis, Millis]:
    """How many conversations ever, and the first and the last time."""
    row = connection.execute(
        select(
            func.count(distinct(turns.c.conversation_id)),
            func.min(turns.c.asked_at),
            func.max(turns.c.asked_at),
        ).where(_of(workspace, gap_id))
    ).one()
    return row[0], row[1], row[2]


def due_gaps(connection: Connection, workspace: WorkspaceId, limit: int) -> list[str]:
    """Gaps whose questions have not been asked since content came or went."""
    rows = connection.execute(_DUE, {"workspace": workspace, "most": limit})
    return list(rows.scalars())


def workspaces_with_gaps(connection: Connection) -> list[WorkspaceId]:
    """Of all workspaces those that have gaps to follow."""
    rows = connection.execute(
        select(coverage_gaps.c.workspace_id).where(coverage_gaps.c.status.in_(_FOLLOWED)).distinct()
    )
    return [WorkspaceId(each) for each in rows.scalars()]


def keep_outcomes(
    connection: Connection,
    workspace: WorkspaceId,
    gap_id: str,
    outcomes: Sequence[Found],
    *,
    nearest: Sequence[Nearest] | None,
    reason: Reason | None,
    seen: int,
    now: Millis,
) -> None:
    """What the questions were answered when content stood at the entry ``seen`` of the log. What
    is None stays as it is."""
    values: dict[str, Any] = {
        "outcomes": [each.to_dict() for each in outcomes],
        "checked_at": now,
        "checked_seq": seen,
    }
    if nearest is not None:
        values["nearest"] = [each.to_dict() for each in nearest]
    if reason is not None:
        values["reason"] = reason
    _set(connection, workspace, gap_id, values)


def pass_over(connection: Connection, workspace: WorkspaceId, gap_id: str, seen: int) -> None:
    """Its questions could not be asked when content stood at the entry ``seen`` of the log."""
    _set(connection, workspace, gap_id, {"checked_seq": seen})


def note_answer(
    connection: Connection, workspace: WorkspaceId, gap_id: str, *, source_id: str, title: str
) -> None:
    """A text was written for it."""
    written = {"source_id": source_id, "title": title}
    _set(connection, workspace, gap_id, {"answer_document": written})


def _set(
    connection: Connection, workspace: WorkspaceId, gap_id: str, values: Mapping[str, Any]
) -> None:
    connection.execute(
        update(coverage_gaps)
        .where(coverage_gaps.c.workspace_id == workspace, coverage_gaps.c.id == gap_id)
        .values(**values)
    )
