"""Turns: a question and its reply, opened in one transaction and recorded in another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, or_, select, update

from cevvo.domain.access import Visitor
from cevvo.domain.answers import Answer, HandoverReason
from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.engine.answering.base import PastTurn
from cevvo.engine.insight.resolution import RETURN_MS
from cevvo.errors import NotFound
from cevvo.features.conversations.repository import (
    MessageStatus,
    append_message,
    create_conversation,
    insert_message,
    require_visitor,
    stored_citations,
    stored_sources,
)
from cevvo.foundation.db.tables import conversations, messages, question_clusters, sources, turns

_workspace: BindParameter[str] = bindparam("of_workspace")
_conversation: BindParameter[str] = bindparam("of_conversation")
_now, _then = conversations.alias("now"), conversations.alias("then")
# Made once: to make it takes SQLAlchemy ten times as long as SQLite takes to run it.
_MARK_RETURNED = (
    update(turns)
    .where(
        turns.c.id.in_(
            select(turns.c.id)
            .join(_then, _then.c.id == turns.c.conversation_id)
            .join(
                _now,
                or_(_then.c.user_id == _now.c.user_id, _then.c.visitor_id == _now.c.visitor_id),
            )
            .where(
                turns.c.workspace_id == _workspace,
                turns.c.cluster_id == bindparam("of_cluster"),
                turns.c.asked_at > bindparam("after"),
                turns.c.asked_at <= bindparam("until"),
                turns.c.rating.is_distinct_from("positive"),
                _then.c.id != _conversation,
                _now.c.id == _conversation,
            )
        )
    )
    .values(returned=True)
)
_PREVIOUS_TURN = (
    select(turns.c.id, turns.c.rating, turns.c.vector, question_clusters.c.model)
    .outerjoin(question_clusters, question_clusters.c.id == turns.c.cluster_id)
    .where(
        turns.c.workspace_id == _workspace,
        turns.c.conversation_id == _conversation,
        turns.c.asked_at <= bindparam("before"),
    )
    .order_by(turns.c.asked_at.desc(), turns.c.id.desc())
    .limit(1)
)
_INSERT_TURN = insert(turns)


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """What analytics keep of a turn.

    ``standalone`` and ``vector`` are None for small talk; ``vector`` also where the search did not
    come to an end. ``answered`` is False and ``confidence`` None for an answer that was cut off;
    then ``response_ms`` is None too. ``off_topic``: unanswered, and no gap in what is known.
    """

    kind: str
    asked_at: Millis
    standalone: str | None
    vector: Vector | None
    answered: bool
    confidence: float | None
    off_topic: bool
    response_ms: int | None
    first_token_ms: int | None
    cluster_id: str | None
    is_test: bool
    signals: dict[str, float] | None
    model: str | None
    handover: HandoverReason | None


@dataclass(frozen=True, slots=True)
class PreviousTurn:
    """The turn before in a thread. Small talk has no vector."""

    id: str
    rating: str | None
    vector: Vector | None


def open_turn(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    thread_id: str | None,
    question_id: str,
    message: str,
    source_ids: Sequence[str],
    user_id: str | None,
    visitor: Visitor | None,
    metadata: dict[str, Any] | None,
    now: Millis,
) -> tuple[str, int]:
    """Store the user's message, in a new thread if none is named; its thread and position there.

    Raises NotFound for a thread or source that this workspace does not have, or that is not the
    ``visitor``'s, where there is one.
    """
    _check_sources(connection, workspace, source_ids)
    if thread_id is None:
        thread_id = new_id("thr")
        create_conversation(
            connection,
            workspace,
            thread_id,
            question=message,
            now=now,
            user_id=user_id,
            visitor=visitor,
            metadata=metadata,
        )
        insert_message(
            connection,
            workspace,
            thread_id,
            message_id=question_id,
            position=0,
            role="user",
            content=message,
            now=now,
        )
        return thread_id, 0
    require_visitor(connection, workspace, thread_id, visitor)
    position = append_message(
        connection,
        workspace,
        thread_id,
        message_id=question_id,
        role="user",
        content=message,
        now=now,
    )
    return thread_id, position


def unsaved_turn(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    thread_id: str | None,
    source_ids: Sequence[str],
    visitor: Visitor | None,
) -> str:
    """The thread of a message that cannot be stored: the one that is named, or none's id.

    Raises NotFound as ``open_turn`` does.
    """
    _check_sources(connection, workspace, source_ids)
    if thread_id is None:
        return new_id("thr")
    if not conversation_exists(connection, workspace, thread_id):
        raise NotFound("There is no conversation with this id.", param="thread_id")
    require_visitor(connection, workspace, thread_id, visitor)
    return thread_id


def withdraw_turn(
    connection: Connection, workspace: WorkspaceId, thread_id: str, question_id: str
) -> None:
    """Take a question back that is not answered, and its thread if nothing else is in it."""
    connection.execute(
        delete(messages).where(messages.c.workspace_id == workspace, messages.c.id == question_id)
    )
    connection.execute(
        delete(conversations).where(
            conversations.c.workspace_id == workspace,
            conversations.c.id == thread_id,
            ~select(messages.c.id).where(messages.c.conversation_id == thread_id).exists(),
        )
    )


def _check_sources(
    connection: Connection, workspace: WorkspaceId, source_ids: Sequence[str]
) -> None:
    if not source_ids:
        return
    known = set(
        connection.execute(
            select(sources.c.id).where(
                sources.c.workspace_id == workspace, sources.c.id.in_(source_ids)
            )
        ).scalars()
    )
    for source_id in source_ids:
        if source_id not in known:
            raise NotFound(
                f"There is no source {source_id[:80]!r}. GET /sources lists those there are.",
                param="source_ids",
            )


def past_turns(
    connection: Connection, workspace: WorkspaceId, thread_id: str, limit: int
) -> list[PastTurn]:
    """The last ``limit`` questions of a thread that have their reply, oldest first."""
    question, answer = messages.alias("question"), messages.alias("answer")
    rows = connection.execute(
        select(
            question.c.content,
            turns.c.standalone,
            answer.c.content.label("said"),
            answer.c.sources,
            answer.c.citations,
        )
        .select_from(turns)
        .join(answer, answer.c.id == turns.c.answer_id)
        .join(
            question,
            (question.c.conversation_id == answer.c.conversation_id)
            & (question.c.position == answer.c.position - 1),
        )
        .where(
            turns.c.workspace_id == workspace,
            turns.c.conversation_id == thread_id,
            turns.c.kind == "question",
            turns.c.standalone.is_not(None),
        )
        .order_by(answer.c.position.desc())
        .limit(limit)
    ).all()
    return [
        PastTurn(
            question=row.content,
            standalone=row.standalone,
            answer=row.said,
            sources=stored_sources(row.sources),
            citations=stored_citations(row.citations),
        )
        for row in reversed(rows)
    ]


def conversation_exists(
    connection: Connection, workspace: WorkspaceId, conversation_id: str
) -> bool:
    """Whether it has not been deleted meanwhile."""
    query = select(conversations.c.id).where(
        conversations.c.workspace_id == workspace, conversations.c.id == conversation_id
    )
    return connection.execute(query).first() is not None


def previous_turn(
    connection: Connection, workspace: WorkspaceId, conversation_id: str, before: Millis, model: str
) -> PreviousTurn | None:
    """The last recorded turn of a thread that was asked by then, with its vector if that is of the
    embedding model ``model``."""
    row = connection.execute(
        _PREVIOUS_TURN,
        {"of_workspace": workspace, "of_conversation": conversation_id, "before": before},
    ).first()
    if row is None:
        return None
    known = row.vector is not None and row.model == model
    vector = np.frombuffer(row.vector, "<f2").astype(np.float32) if known else None
    return PreviousTurn(row.id, row.rating, vector)


def mark_rephrased(connection: Connection, workspace: WorkspaceId, turn_id: str) -> None:
    """The turn after this one asked the same again."""
    connection.execute(
        update(turns)
        .where(turns.c.workspace_id == workspace, turns.c.id == turn_id)
        .values(rephrased=True)
    )


def mark_returned(
    connection: Connection,
    workspace: WorkspaceId,
    conversation_id: str,
    cluster_id: str,
    asked_at: Millis,
) -> None:
    """Who asks a question of ``cluster_id`` now has asked one in other threads within a day: those
    answers, unless liked, did not help. Known by user or visitor id; where there is none, by
    nothing."""
    connection.execute(
        _MARK_RETURNED,
        {
            "of_workspace": workspace,
            "of_conversation": conversation_id,
            "of_cluster": cluster_id,
            "after": asked_at - RETURN_MS,
            "until": asked_at,
        },
    )


def append_reply(
    connection: Connection,
    workspace: WorkspaceId,
    conversation_id: str,
    *,
    message_id: str,
    question_position: int,
    text: str,
    answer: Answer | None,
    record: TurnRecord,
    now: Millis,
) -> None:
    """Store what was said, and the turn that analytics count, in a thread that was touched.
    ``answer`` is None if cut off."""
    status: MessageStatus = "interrupted" if answer is None else "complete"
    insert_message(
        connection,
        workspace,
        conversation_id,
        message_id=message_id,
        position=question_position + 1,
        role="assistant",
        content=text,
        now=now,
        answer=answer,
        status=status,
    )
    vector = None if record.vector is None else record.vector.astype("<f2").tobytes()
    connection.execute(
        _INSERT_TURN,
        {
            "id": new_id("turn"),
            "workspace_id": workspace,
            "conversation_id": conversation_id,
            "answer_id": message_id,
            "asked_at": record.asked_at,
            "kind": record.kind,
            "standalone": record.standalone,
            "vector": vector,
            "answered": record.answered,
            "confidence": record.confidence,
            "rephrased": False,
            "escalated": False,
            "off_topic": record.off_topic,
            "response_ms": record.response_ms,
            "first_token_ms": record.first_token_ms,
            "cluster_id": record.cluster_id,
            "is_test": record.is_test,
            "signals": record.signals,
            "model": record.model,
            "handover": record.handover,
        },
    )
