"""Conversations."""

from typing import Literal

from cevvo_sdk._async.page import AsyncPager
from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import Call, path
from cevvo_sdk.types import (
    Conversation,
    ConversationDetail,
    Deleted,
    DeletedConversations,
    Escalation,
    Period,
)


class AsyncConversations:
    """What was asked and answered."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        period: Period | None = None,
        since: str | None = None,
        until: str | None = None,
        resolution: Literal["resolved", "unresolved", "confirmed"] | None = None,
        question: str | None = None,
        rating: Literal["positive", "negative"] | None = None,
        model: str | None = None,
        answered: bool | None = None,
        gap: bool | None = None,
        low_confidence: bool | None = None,
        escalated: bool | None = None,
        q: str | None = None,
        test: bool | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPager[Conversation]:
        """Conversations, last changed first; all that is given has to hold.

        ``period``, or ``since`` and ``until`` (RFC 3339): something was asked then. ``question``:
        the id of a top question or gap. ``gap``: a question counts in a gap. ``q``: words of a
        message. What tells of an answer has to hold for one and the same.
        """
        query = {
            "period": period,
            "since": since,
            "until": until,
            "resolution": resolution,
            "question": question,
            "rating": rating,
            "model": model,
            "answered": answered,
            "gap": gap,
            "low_confidence": low_confidence,
            "escalated": escalated,
            "q": q,
            "test": test,
            "page": page,
            "per_page": per_page,
        }
        return AsyncPager.of(
            self._transport, Call("GET", "/conversations", query=query), Conversation
        )

    async def export(
        self,
        *,
        period: Period | None = None,
        since: str | None = None,
        until: str | None = None,
        resolution: Literal["resolved", "unresolved", "confirmed"] | None = None,
        question: str | None = None,
        rating: Literal["positive", "negative"] | None = None,
        model: str | None = None,
        answered: bool | None = None,
        gap: bool | None = None,
        low_confidence: bool | None = None,
        escalated: bool | None = None,
        q: str | None = None,
        test: bool | None = None,
    ) -> bytes:
        """All of them with their messages, a JSON object a line; filters as in ``list``."""
        query = {
            "period": period,
            "since": since,
            "until": until,
            "resolution": resolution,
            "question": question,
            "rating": rating,
            "model": model,
            "answered": answered,
            "gap": gap,
            "low_confidence": low_confidence,
            "escalated": escalated,
            "q": q,
            "test": test,
        }
        call = Call("GET", "/conversations/export", query=query, accept="application/x-ndjson")
        return (await self._transport.send(call)).content

    async def get(self, id: str) -> ConversationDetail:
        """One with its messages."""
        call = Call("GET", path("conversations", id))
        return await self._transport.fetch(call, ConversationDetail)

    async def escalate(self, id: str, *, reason: str) -> Escalation:
        """Note that it needs a person; it then counts as not resolved."""
        call = Call("POST", path("conversations", id, "escalate"), json={"reason": reason})
        return await self._transport.fetch(call, Escalation)

    async def delete(self, id: str) -> Deleted:
        """Remove every word of it; the counters of the analytics stay."""
        return await self._transport.fetch(Call("DELETE", path("conversations", id)), Deleted)

    async def delete_by_user(self, user_id: str) -> DeletedConversations:
        """Remove every word of all that the user with this id of your own has asked."""
        call = Call("DELETE", "/conversations", query={"user_id": user_id})
        return await self._transport.fetch(call, DeletedConversations)
