"""Server-sent events: ``data: {…}`` lines as they come up, kept alive, cleanly ended.

What is written is JSON as the documentation prints it, with a space after colons and commas. No
event holds a line break, so each is one ``data:`` line.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cevvo.errors import CevvoError, Unavailable
from cevvo.foundation.http.errors import STOPPING, error_object, unexpected
from cevvo.foundation.telemetry import metrics
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

DONE = b"data: [DONE]\n\n"
_PING = b": ping\n\n"
_PING_SECONDS = 10.0  # proxies cut what is silent, many after 60 s, some after 20
_LOOK_SECONDS = 1.0  # how often, in silence too, it is asked whether the stream may go on
_WRITE_SECONDS = 30.0  # a client that does not read for so long is given up


def event(data: object) -> bytes:
    """One event of the stream."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n\n"


def stream_response(
    events: AsyncGenerator[bytes, None],
    headers: Mapping[str, str] | None = None,
    *,
    still_true: Callable[[], Awaitable[object]] | None = None,
) -> Response:
    """A response that sends ``events``, encoded ones, as they come up.

    What ``events`` raises before its first item becomes an ordinary error response; later it is
    sent as ``{"type": "error", "error": {…}}`` and ``[DONE]``; so is, within a second, that the
    caller's key was revoked or session ended meanwhile, and what ``still_true`` raises. When the
    client leaves, does not read for 30 s, or the server stops, ``events`` is cancelled where it
    waits (CancelledError) or, between two items, closed (GeneratorExit); a server that stops says
    so in an error event.
    """
    return _EventStream(events, headers, still_true)


class _EventStream(Response):
    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncGenerator[bytes, None],
        headers: Mapping[str, str] | None,
        still_true: Callable[[], Awaitable[object]] | None,
    ) -> None:
        self.status_code = 200
        self.background = None
        self._events = events
        self._still_true = still_true
        self._looked = time.monotonic()
        self._started = False
        self._queue: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(maxsize=1)
        self.init_headers(
            {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
            | dict(headers or {})
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with metrics.STREAMS.track_inprogress():
            await self._send(scope, receive, send)

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        producing = asyncio.create_task(self._produce())
        writing = asyncio.create_task(self._write(scope, send))
        leaving = asyncio.create_task(_left(receive))
        stopping = False
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # see CatchErrors
            stopping = True
        for task in (producing, writing, leaving):
            task.cancel()
        ended = await asyncio.gather(producing, writing, leaving, return_exceptions=True)
        if stopping and writing.cancelled():
            if not self._started:
                raise asyncio.CancelledError
            last = event(_error_event(Unavailable(STOPPING), scope)) + DONE
            await _send_body(send, last, more=False)
        for outcome in ended:
            if isinstance(outcome, Exception):
                raise outcome

    async def _produce(self) -> None:
        """One task from start to end: what ``events`` opens it must close in the same task."""
        try:
            async for chunk in self._events:
                await self._queue.put(chunk)
            await self._queue.put(None)
        except Exception as error:  # noqa: BLE001 - handed to the writer, which shows it
            await self._queue.put(error)
        finally:
            await self._events.aclose()

    async def _write(self, scope: Scope, send: Send) -> None:
        item = await self._next(scope)
        if isinstance(item, Exception):
            raise item
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        self._started = True
        while isinstance(item, bytes):
            await _send_body(send, item)
            item = await self._next(scope)
        if item is not None:
            await _send_body(send, event(_error_event(item, scope)) + DONE)
        await _send_body(send, b"", more=False)

    async def _next(self, scope: Scope) -> bytes | Exception | None:
        """The next item or, in silence, a comment; the error that the stream has to end with."""
        silent_until = time.monotonic() + _PING_SECONDS
        while True:
            left = silent_until - time.monotonic()
            item: bytes | Exception | None = _PING
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LOOK_SECONDS)):
                    item = await self._queue.get()
            try:
                await self._look(scope)
            except CevvoError as error:
                return error
            if item is not _PING or left <= _LOOK_SECONDS:
                return item

    async def _look(self, scope: Scope) -> None:
        """Raises CevvoError when the stream may not go on."""
        if "still_allowed" in scope["state"]:
            await scope["state"]["still_allowed"]()
        if self._still_true is not None and time.monotonic() >= self._looked + _LOOK_SECONDS:
            self._looked = time.monotonic()
            await self._still_true()


async def _send_body(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(_WRITE_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _error_event(error: Exception, scope: Scope) -> dict[str, object]:
    request_id = scope["state"].get("request_id")
    if not isinstance(error, CevvoError) or error.status == CevvoError.status:
        log.error("stream_failed", exc_info=error)
        error = unexpected(request_id)
    scope["state"]["error_status"] = error.status  # see Idempotency
    return {"type": "error", "error": error_object(error, request_id)}
