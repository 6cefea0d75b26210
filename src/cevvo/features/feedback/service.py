"""Ratings of answers, and requests for a person."""

from dataclasses import dataclass
from typing import Literal

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, Millis
from cevvo.errors import NotFound
from cevvo.features.conversations.escalations import escalate
from cevvo.features.feedback import repository
from cevvo.foundation.db.database import Database

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
        self, workspace: WorkspaceId, message_id: str, rating: Rating, comment: str | None
    ) -> str:
        """Rate an assistant's message, in place of an earlier rating.

        Returns the conversation that it is in. Raises NotFound.
        """
        thread_id = await self._db.write(
            lambda c: repository.rate(c, workspace, message_id, rating=rating, comment=comment)
        )
        if thread_id is None:
            raise NotFound(
                "There is no answer with this message id. Rate the `id` that /chat returned.",
                param="message_id",
            )
        return thread_id

    async def escalate(
        self, workspace: WorkspaceId, conversation_id: str, reason: str
    ) -> Escalation:
        """Note that this conversation needs a person. Raises NotFound."""
        now = self._clock()
        noted = await self._db.write(
            lambda c: escalate(c, workspace, conversation_id, reason=reason, now=now)
        )
        if not noted:
            raise NotFound("There is no conversation with this id.")
        return Escalation(conversation_id, reason, now)
