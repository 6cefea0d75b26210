# Written by generate_sync.py from _async/conversations.py: change that.
"""Conversations."""

from cevvo_sdk._sync.page import Page
from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import Call, path
from cevvo_sdk.types import (
    Conversation,
    ConversationDetail,
    Deleted,
    DeletedConversations,
    Escalation,
)


class Conversations:
    """What was asked and answered."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self, *, test: bool | None = None, page: int | None = None, per_page: int | None = None
    ) -> Page[Conversation]:
        """All conversations, last changed first; only tests, or none, where ``test`` says so."""
        query = {"test": test, "page": page, "per_page": per_page}
        return Page.of(
            self._transport, Call("GET", "/conversations", query=query), Conversation
        )

    def get(self, id: str) -> ConversationDetail:
        """One with its messages."""
        call = Call("GET", path("conversations", id))
        return self._transport.fetch(call, ConversationDetail)

    def escalate(self, id: str, *, reason: str) -> Escalation:
        """Note that it needs a person; it then counts as not resolved."""
        call = Call("POST", path("conversations", id, "escalate"), json={"reason": reason})
        return self._transport.fetch(call, Escalation)

    def delete(self, id: str) -> Deleted:
        """Remove every word of it; the counters of the analytics stay."""
        return self._transport.fetch(Call("DELETE", path("conversations", id)), Deleted)

    def delete_by_user(self, user_id: str) -> DeletedConversations:
        """Remove every word of all that the user with this id of your own has asked."""
        call = Call("DELETE", "/conversations", query={"user_id": user_id})
        return self._transport.fetch(call, DeletedConversations)
