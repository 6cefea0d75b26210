"""How large a request's body may be, and how slowly it may come in.

A declared length over the limit is refused before anything is read; a body without one is counted
while it is read. What is refused is never kept in memory.

A body of ordinary size is there as a whole before the layers below hear of the request: a place
among the streams of a key, say, is not taken by who is still sending.
"""

import asyncio
import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cevvo.errors import InvalidRequest, PayloadTooLarge, RequestTimeout
from cevvo.foundation.http.response_headers import API_PREFIX

_DEFAULT = 1  # megabytes
_TEXT = 30  # megabytes: 5 million characters, each written as \uXXXX
_ANSWER_TO_GAP = re.compile(f"{API_PREFIX}/analytics/coverage-gaps/[^/]+/answer")  # a text, too
_MEGABYTE = 2**20
_WRAPPING = 65_536  # bytes that multipart or JSON may add to the content itself
_PATIENCE = 30.0  # seconds that any body may take to come in …
_SLOWEST = 10_000  # … and one more for each so many bytes of it


class BodyLimit:
    """Holds each body to the limit of its path and to a pace."""

    def __init__(self, app: ASGIApp, *, max_upload_mb: int) -> None:
        self.app = app
        self._larger = {
            f"{API_PREFIX}/sources": _TEXT,
            f"{API_PREFIX}/ingest/text": _TEXT,
            f"{API_PREFIX}/ingest/upload": max_upload_mb,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises InvalidRequest or PayloadTooLarge for what its headers declare, PayloadTooLarge or
        RequestTimeout for a body that comes in otherwise; where it may be large, ``receive`` does.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        larger = self._larger_limit(scope["path"])
        limit = larger or _DEFAULT
        body = _Body(receive, limit)
        declared = _declared_length(scope)
        if declared is not None and declared > _bytes(limit):
            raise _too_large(limit)
        await self.app(scope, body if larger else await body.whole(), send)

    def _larger_limit(self, path: str) -> int | None:
        return _TEXT if _ANSWER_TO_GAP.fullmatch(path) else self._larger.get(path)


class _Body:
    """``receive`` with the limit, in megabytes, and the pace."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._started = asyncio.get_running_loop().time()
        self._received = 0
        self._complete = False

    async def whole(self) -> Receive:
        """What it is when all of it has been waited for: the same in one message.

        A client that leaves before is the only message then.
        """
        pieces = []
        while not self._complete:
            message = await self()
            if message["type"] == "http.disconnect":
                return _first(message, self._receive)
            pieces.append(message.get("body", b""))
        return _first({"type": "http.request", "body": b"".join(pieces)}, self._receive)

    async def __call__(self) -> Message:
        if self._complete:  # what follows is the wait for the client to leave
            return await self._receive()
        deadline = self._started + _PATIENCE + self._received / _SLOWEST
        try:
            async with asyncio.timeout_at(deadline):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout(
                f"The body came in too slowly: {self._received} bytes so far. Send it faster."
            ) from None
        self._received += len(message.get("body", b""))
        if self._received > _bytes(self._limit):
            raise _too_large(self._limit)
        self._complete = not message.get("more_body", False)
        return message


def _first(message: Message, then: Receive) -> Receive:
    """``receive`` that begins with ``message``."""
    waiting = [message]

    async def receive() -> Message:
        return waiting.pop() if waiting else await then()

    return receive


def _declared_length(scope: Scope) -> int | None:
    given = Headers(scope=scope).getlist("content-length")
    if not given:
        return None
    if len(given) > 1 or not (given[0].isascii() and given[0].isdigit()):
        raise InvalidRequest("The Content-Length header must be one whole number of bytes.")
    return int(given[0])


def _bytes(megabytes: int) -> int:
    return megabytes * _MEGABYTE + _WRAPPING


def _too_large(megabytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is too large: this request takes at most {megabytes} MB.")
