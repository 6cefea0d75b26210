"""Which websites' scripts may read the API's answers: those that a publishable key is for.

Never with credentials: cookies of other sites' pages mean nothing here. The dashboard is of the
same origin and needs none of this.
"""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cevvo.domain.time import Clock
from cevvo.foundation.access.lookup import publishable_origins
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.response_headers import add_response_header, is_api

_HELD_SECONDS = 1.0
_READABLE = (
    "X-Request-Id, X-Thread-Id, X-Message-Id, Retry-After, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, X-Should-Retry"
)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, "
    "X-Request-Id, X-Visitor-Token",
    "Access-Control-Max-Age": "600",
}


class Cors:
    """Answers preflight requests of those websites and marks the answers to their requests."""

    def __init__(
        self, app: ASGIApp, *, db: Database, clock: Clock, monotonic: Callable[[], float]
    ) -> None:
        self.app = app
        self._db = db
        self._clock = clock
        self._monotonic = monotonic
        self._origins: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not is_api(scope):
            await self.app(scope, receive, send)
            return
        add_response_header(scope, "Vary", "Origin")
        headers = Headers(scope=scope)
        given = headers.getlist("origin")
        if len(given) == 1 and given[0] in await self._allowed():
            add_response_header(scope, "Access-Control-Allow-Origin", given[0])
            add_response_header(scope, "Access-Control-Expose-Headers", _READABLE)
            if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _allowed(self) -> frozenset[str]:
        at = self._monotonic()
        if at - self._read_at >= _HELD_SECONDS:
            now = self._clock()
            self._origins = await self._db.read(lambda c: publishable_origins(c, now))
            self._read_at = at
        return self._origins
