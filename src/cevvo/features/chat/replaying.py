"""Why a reply is what it is, and what the same question would be answered now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from cevvo.domain.access import Principal
from cevvo.domain.answers import Answer, Citation, CitedSource
from cevvo.domain.ids import WorkspaceId
from cevvo.engine.answering.comparison import Piece, compared, rests_on_the_same
from cevvo.errors import NotFound
from cevvo.features.chat.service import ChatService
from cevvo.features.chat.traces import asked_again, find_trace, trace_of
from cevvo.features.conversations.repository import stored_citations, stored_sources
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import messages, turns


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, given then or now."""

    answered: bool
    answer: str
    confidence: float | None
    model: str | None
    sources: tuple[CitedSource, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """A reply to a question that was searched for. ``question`` is what the user wrote,
    ``standalone`` the same with its thread folded in; ``trace`` is as ``trace_of`` makes it."""

    message_id: str
    thread_id: str
    question: str
    standalone: str
    said: Said
    trace: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """``same``: answered alike, from the same words of the same documents."""

    then: Explained
    now: Said
    trace: Mapping[str, Any]
    same: bool
    diff: tuple[Piece, ...]


class MessagesService:
    """Replies looked at again."""

    def __init__(self, db: Database, chat: ChatService) -> None:
        self._db = db
        self._chat = chat

    async def trace(self, workspace: WorkspaceId, message_id: str) -> Explained:
        """Why this reply is what it is. Raises NotFound for an id that is no reply's, and for one
        that was not searched for (small talk, a refusal)."""
        return await self._db.read(lambda c: _explained(c, workspace, message_id))

    async def replay(self, principal: Principal, message_id: str) -> Replayed:
        """Ask again what this replies to, as chat would answer now; nothing is stored.

        Raises NotFound as ``trace``; BudgetExceeded, Unavailable and Conflict as chat does.
        """
        then = await self.trace(principal.workspace, message_id)
        ask = asked_again(then.standalone, then.trace)
        answer, turn = await self._chat.ask_again(principal, ask)
        await self._chat.still_true(turn)
        now = _said(answer)
        alike = then.said.answered == now.answered and rests_on_the_same(
            then.said.citations, now.citations
        )
        diff = compared(then.said.answer, now.answer)
        return Replayed(then, now, trace_of(turn, answer), alike, diff)


def _said(answer: Answer) -> Said:
    return Said(
        answer.answered,
        answer.text,
        answer.confidence,
        answer.model,
        answer.sources,
        answer.citations,
    )


def _explained(connection: Connection, workspace: WorkspaceId, message_id: str) -> Explained:
    question = messages.alias("question")
    row = connection.execute(
        select(
            messages.c.conversation_id,
            messages.c.content,
            messages.c.answered,
            messages.c.confidence,
            messages.c.model,
            messages.c.sources,
            messages.c.citations,
            turns.c.standalone,
            question.c.content.label("question"),
        )
        .select_from(messages)
        .join(turns, turns.c.answer_id == messages.c.id)
        .join(
            question,
            (question.c.conversation_id == messages.c.conversation_id)
            & (question.c.position == messages.c.position - 1),
        )
        .where(messages.c.workspace_id == workspace, messages.c.id == message_id)
    ).first()
    trace = find_trace(connection, workspace, message_id)
    if row is None or trace is None or row.standalone is None:
        raise NotFound(
            "There is no trace of a reply with this id: it is none, was not searched for, or was "
            "cut off. The `id` that /chat returned for a question has one."
        )
    said = Said(
        bool(row.answered),
        row.content,
        row.confidence,
        row.model,
        stored_sources(row.sources),
        stored_citations(row.citations),
    )
    return Explained(message_id, row.conversation_id, row.question, row.standalone, said, trace)
