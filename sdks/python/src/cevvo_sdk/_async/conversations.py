"""Conversations."""

from cevvo_sdk._async.page import AsyncPager
from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import Call, path
from cevvo_sdk.types import (
    Conversation,
    ConversationDetail,
    Deleted,
    DeletedConversations,
    Escalation,
)


class AsyncConversations:
    """What was asked and answered."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(
        self, *, test: bool | None = None, page: int | None = None, per_page: int | None = None
    ) -> AsyncPager[Conversation]:
        """All conversations, last changed first; only tests, or none, where ``test`` says so."""
        query = {"test": test, "page": page, "per_page": per_page}
        return AsyncPager.of(
            self._transport, Call("GET", "/conversations", query=query), Conversation
        )

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
