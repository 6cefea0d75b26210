"""How much is done at a time: what is over it is refused at once, the least needed first.

The signal is the number of requests in flight, each of which costs memory, against a bound that
follows how long work waits for its turn (``pressure``): what was accepted is still answered in
time. Figures are refused from half of the bound on, documents and lists from three quarters, and
chat only at the bound itself. It stands before the check of the API key, which would itself have
to wait for its turn.
"""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from cevvo.errors import Unavailable
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.pressure import Pressure
from cevvo.foundation.http.response_headers import API_PREFIX, is_api
from cevvo.foundation.telemetry import metrics

_FIGURES = ("analytics", "usage", "audit-log")  # refused first …
_CONVERSING = ("chat", "feedback", "visitor-tokens", "session", "v1", "mcp")  # … and last
_SHARES = {"figures": 0.5, "documents": 0.75, "chat": 1.0}  # of the bound


class LoadShedding:
    """Bounds the API's requests in flight: ``most`` of this process in all, less under pressure."""

    def __init__(self, app: ASGIApp, *, db: Database, most: int) -> None:
        self.app = app
        self._db = db
        self._pressure = Pressure(most, self._turn)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises Unavailable instead."""
        if scope["type"] != "http" or not is_api(scope):
            await self.app(scope, receive, send)
            return
        kind = _kind_of(scope["path"])
        if self._pressure.in_flight >= self._pressure.bound * _SHARES[kind]:
            metrics.SHED.labels(kind).inc()
            raise Unavailable("The server has as much to do as it can. Try again in a few seconds.")
        self._pressure.enter()
        try:
            await self.app(scope, receive, send)
        finally:
            self._pressure.leave()

    async def _turn(self) -> None:
        """Wait for what requests wait for."""
        await asyncio.gather(asyncio.to_thread(int), self._db.read(lambda connection: None))


def _kind_of(path: str) -> str:
    section = path.removeprefix(API_PREFIX).strip("/").partition("/")[0]
    if section in _FIGURES:
        return "figures"
    if section in _CONVERSING or path.endswith("/escalate"):
        return "chat"
    return "documents"
