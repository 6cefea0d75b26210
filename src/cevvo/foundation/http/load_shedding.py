"""How much is done at a time: what is over it is refused at once, the least needed first.

The signal is the number of requests in flight, each of which costs memory, against a bound that
follows how long work waits for its turn (``pressure``): what was accepted is still answered in
time. Figures are refused from half of the bound on, documents and lists from three quarters, and
chat only at the bound itself. It stands before the check of the API key, which would itself have
to wait for its turn.

Whose body still comes in takes no place, so that slow clients keep nobody out: it is asked again
when the body is there. That is bounded, too: by bytes of a body, and by those of all together.
What is uploaded lies in a file once it is over a megabyte, and so many such bodies may come in.
"""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cevvo.errors import Unavailable
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.pressure import Pressure
from cevvo.foundation.http.response_headers import API_PREFIX, is_api
from cevvo.foundation.telemetry import metrics

_FIGURES = ("analytics", "usage", "audit-log")  # refused first …
_CONVERSING = ("chat", "feedback", "visitor-tokens", "session", "v1", "mcp")  # … and last
_IDLE = (f"{API_PREFIX}/ingest/jobs/stream",)  # what waits for hours costs next to nothing
_SHARES = {"figures": 0.5, "documents": 0.75, "chat": 1.0}  # of the bound
_ALL_BODIES = 64 * 2**20  # bytes of bodies that come in without a place …
_ONE_BODY = 2**20 + 65_536  # … and of one in memory: as much as most requests may have
_ON_DISK = 32  # larger bodies without a place, each as large as an upload may be
_UPLOADS = f"{API_PREFIX}/ingest/upload"
_WAITING = 65_536  # bytes that a request which waits counts as, at least


class LoadShedding:
    """Bounds the API's requests in flight: ``most`` of this process in all, less under pressure."""

    def __init__(self, app: ASGIApp, *, db: Database, most: int) -> None:
        self.app = app
        self._db = db
        self._pressure = Pressure(most, self._turn)
        self._coming_in = 0
        self._on_disk = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises Unavailable instead; ``receive`` raises it, too, when there is
        no place any more once the body is there."""
        if scope["type"] != "http" or not is_api(scope):
            await self.app(scope, receive, send)
            return
        kind = _kind_of(scope["path"])
        self.enter(kind)
        if scope["path"] in _IDLE:
            self.leave()
            await self.app(scope, receive, send)
            return
        body = _Body(self, kind, receive, goes_to_disk=_goes_to_disk(scope))
        try:
            await self.app(scope, body, send)
        finally:
            body.end()

    def enter(self, kind: str) -> None:
        """Take a place. Raises Unavailable when there is none."""
        if self._pressure.in_flight >= self._pressure.bound * _SHARES[kind]:
            metrics.SHED.labels(kind).inc()
            raise Unavailable("The server has as much to do as it can. Try again in a few seconds.")
        self._pressure.enter()

    def leave(self) -> None:
        """Give a place back."""
        self._pressure.leave()

    def let_in(self, size: int) -> bool:
        """Whether there may be so many bytes more without a place, which then are counted."""
        if self._coming_in + size > _ALL_BODIES:
            return False
        self._coming_in += size
        return True

    def let_go(self, size: int) -> None:
        """Count so many bytes less."""
        self._coming_in -= size

    def let_to_disk(self) -> bool:
        """Whether there may be one more body without a place in a file, which then is counted."""
        if self._on_disk >= _ON_DISK:
            return False
        self._on_disk += 1
        return True

    def let_from_disk(self) -> None:
        """Count one less."""
        self._on_disk -= 1

    async def _turn(self) -> None:
        """Wait for what requests wait for."""
        await asyncio.gather(asyncio.to_thread(int), self._db.read(lambda connection: None))


class _Body:
    """``receive`` of a request that has a place, and has none while its body comes in."""

    def __init__(
        self, shedding: LoadShedding, kind: str, receive: Receive, *, goes_to_disk: bool
    ) -> None:
        self._shedding = shedding
        self._kind = kind
        self._receive = receive
        self._received = 0
        self._counted = 0  # bytes, while it has no place
        self._is_there = False  # or has a place for the rest of it
        self._goes_to_disk = goes_to_disk
        self._is_on_disk = False

    async def __call__(self) -> Message:
        if self._is_there:  # what follows may be the wait for the client to leave
            return await self._receive()
        if not self._counted:
            if not self._shedding.let_in(_WAITING):
                self._is_there = True
                return await self._receive()
            self._counted = _WAITING
            self._shedding.leave()
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if not message.get("more_body", False) or not self._may_go_on():
            self._shedding.enter(self._kind)
            self._let_go()
            self._is_there = True
        return message

    def end(self) -> None:
        """Give back what the request has: the place, or what was counted instead."""
        if self._counted:
            self._let_go()
        else:
            self._shedding.leave()

    def _let_go(self) -> None:
        self._shedding.let_go(self._counted)
        if self._is_on_disk:
            self._shedding.let_from_disk()
        self._counted, self._is_on_disk = 0, False

    def _may_go_on(self) -> bool:
        if self._is_on_disk:
            return True
        if self._received > _ONE_BODY:
            return self._goes_to_disk and self._lies_on_disk()
        more = max(0, self._received - self._counted)
        if not self._shedding.let_in(more):
            return False
        self._counted += more
        return True

    def _lies_on_disk(self) -> bool:
        if not self._shedding.let_to_disk():
            return False
        self._is_on_disk = True
        self._shedding.let_go(self._counted - _WAITING)  # it is not in memory any more
        self._counted = _WAITING
        return True


def _goes_to_disk(scope: Scope) -> bool:
    """Whether the body is a form with a file, which is written down as it comes in."""
    content_type = Headers(scope=scope).get("content-type", "")
    return scope["path"] == _UPLOADS and content_type.startswith("multipart/form-data")


def _kind_of(path: str) -> str:
    section = path.removeprefix(API_PREFIX).strip("/").partition("/")[0]
    if section in _FIGURES:
        return "figures"
    if section in _CONVERSING or path.endswith("/escalate"):
        return "chat"
    return "documents"
