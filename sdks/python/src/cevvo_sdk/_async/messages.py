"""Replies looked at again."""

from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import Call, path
from cevvo_sdk.types import MessageReplay, MessageTrace


class AsyncMessages:
    """Why a reply is what it is, and what it would be now."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def trace(self, id: str) -> MessageTrace:
        """What was searched for, found and ranked, what decided, how long each step took."""
        call = Call("GET", path("messages", id, "trace"))
        return await self._transport.fetch(call, MessageTrace)

    async def replay(self, id: str) -> MessageReplay:
        """Ask the same question again, as it would be answered now, and compare. Nothing is
        stored."""
        call = Call("POST", path("messages", id, "replay"))
        return await self._transport.fetch(call, MessageReplay)
