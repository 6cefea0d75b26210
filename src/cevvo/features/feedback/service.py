"""Ratings of answers, and requests for a person."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from cevvo.domain.access import Visitor
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, Millis
from cevvo.errors import NotFound
from cevvo.features.conversations.escalations import escalate
from cevvo.features.conversations.gaps import Asking, ask_in_vain
from cevvo.features.conversations.repository import require_visitor
from cevvo.features.feedback import repository
from cevvo.foundation.db.database import Database
from cevvo.foundation.webhooks import emit

Rating = Literal["positive", "negative"]


@dataclass(frozen=True, slots=True)
class Escalation:
    """A person was asked for in a conversation."""

    thread_id: str
    reason: str
    escalated_at: Millis


class FeedbackService:
    """What people say about answers; analytics count it."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def rate(
        self,
        workspace: WorkspaceId,
        message_id: str,
        rating: Rating,
        comment: str | None,
        *,
        visitor: Visitor | None = None,
    ) -> str:
        """Rate an assistant's message, in place of an earlier rating.

        Returns the conversation that it is in. Raises NotFound, also for a message that is not in
        one of the ``visitor``'s, where there is one; nothing is changed then. An answer that gets
        a negative rating is told to webhooks, once.
        """
        now = self._clock()

        def write(connection: Connection) -> str:
            before = repository.rating_of(connection, workspace, message_id)
            thread_id = repository.rate(
                connection, workspace, message_id, rating=rating, comment=comment
            )
            if thread_id is None:
                raise _no_answer()
            try:
                require_visitor(connection, workspace, thread_id, visitor)
            except NotFound:
                raise _no_answer() from None
            if rating == "negative" != before:
                emit(
                    connection,
                    workspace,
                    "feedback.negative",
                    now=now,
                    data={"message_id": message_id, "thread_id": thread_id},
                    text={"comment": comment},
                    conversation_id=thread_id,
                )
                self._open_gap(connection, workspace, message_id, thread_id, now)
            return thread_id

        return await self._db.write(write)

    def _open_gap(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        message_id: str,
        thread_id: str,
        now: Millis,
    ) -> None:
        """An answer that was weak to begin with and is of no help leaves a gap."""
        weak = repository.weak_answer(connection, workspace, message_id)
        if weak is not None:
            gap_id, question = weak
            ask_in_vain(
                connection,
                workspace,
                gap_id,
                Asking(question, thread_id),
                reason="disliked",
                nearest=None,
                now=now,
            )

    async def escalate(
        self,
        workspace: WorkspaceId,
        conversation_id: str,
        reason: str,
        *,
        visitor: Visitor | None = None,
    ) -> Escalation:
        """Note that this conversation needs a person.

        Raises NotFound, also for one that is not the ``visitor``'s, where there is one.
        """
        now = self._clock()

        def write(connection: Connection) -> None:
            require_visitor(connection, workspace, conversation_id, visitor)
            if not escalate(connection, workspace, conversation_id, reason=reason, now=now):
                raise NotFound("There is no conversation with this id.")

        await self._db.write(write)
        return Escalation(conversation_id, reason, now)


def _no_answer() -> NotFound:
    return NotFound(
        "There is no answer with this message id. Rate the `id` that /chat returned.",
        param="message_id",
    )
