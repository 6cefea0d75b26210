# Written by generate_sync.py from _async/messages.py: change that.
"""Replies looked at again."""

from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import Call, path
from cevvo_sdk.types import MessageReplay, MessageTrace


class Messages:
    """Why a reply is what it is, and what it would be now."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def trace(self, id: str) -> MessageTrace:
        """What was searched for, found and ranked, what decided, how long each step took."""
        call = Call("GET", path("messages", id, "trace"))
        return self._transport.fetch(call, MessageTrace)

    def replay(self, id: str) -> MessageReplay:
        """Ask the same question again, as it would be answered now, and compare. Nothing is
        stored."""
        call = Call("POST", path("messages", id, "replay"))
        return self._transport.fetch(call, MessageReplay)
