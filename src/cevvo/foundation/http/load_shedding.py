"""How much is done at a time: what is over it is refused at once, the least needed first.

The signal is the number of requests in flight. Each costs memory and a share of the processors,
however the time is spent, so a bound on it bounds both: what was accepted is still answered in
time. Figures are refused from half of the bound on, documents and lists from three quarters, and
chat only at the bound itself.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from cevvo.domain.access import Principal
from cevvo.errors import RateLimited, Unavailable
from cevvo.foundation.access.rate_limit import Limits
from cevvo.foundation.http.response_headers import API_PREFIX, OPENAI_PREFIX, is_api

_FIGURES = ("analytics", "usage", "audit-log")  # refused first …
_CONVERSING = ("chat", "feedback", "visitor-tokens", "session", "v1", "mcp")  # … and last
# Whether the second is to be a stream stands in its body, which is not read yet: each counts.
_STREAMS = (f"{API_PREFIX}/chat/stream", f"{OPENAI_PREFIX}/chat/completions")
_STREAM_SECONDS = 12  # that a stream of a key takes, so that its own are no tighter than its minute
_WAIT = 5  # seconds until a stream may have ended


class LoadShedding:
    """Bounds the API's requests in flight, and those of each caller that are streams.

    ``most`` requests of this process in all; ``rate_limit`` is what a key without a limit of its
    own has a minute.
    """

    def __init__(self, app: ASGIApp, *, most: int, rate_limit: int, limits: Limits) -> None:
        self.app = app
        self._limits = limits
        self._most = most
        self._rate_limit = rate_limit
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises Unavailable, or RateLimited for a stream too many."""
        if scope["type"] != "http" or not is_api(scope):
            await self.app(scope, receive, send)
            return
        if self._in_flight >= self._bound(scope["path"]):
            raise Unavailable("The server has as much to do as it can. Try again in a few seconds.")
        self._in_flight += 1
        try:
            async with self._stream(scope):
                await self.app(scope, receive, send)
        finally:
            self._in_flight -= 1

    def _bound(self, path: str) -> int:
        section = path.removeprefix(API_PREFIX).strip("/").partition("/")[0]
        if section in _FIGURES:
            return -(-self._most // 2)
        if section in _CONVERSING or path.endswith("/escalate"):
            return self._most
        return -(-self._most * 3 // 4)

    @asynccontextmanager
    async def _stream(self, scope: Scope) -> AsyncIterator[None]:
        principal: Principal | None = scope["state"].get("principal")
        if scope["path"] not in _STREAMS or principal is None:
            yield
            return
        most = max(1, (principal.rate_limit or self._rate_limit) * _STREAM_SECONDS // 60)
        async with self._limits.hold(f"streams {principal.caller_id}", most) as free:
            if not free:
                raise RateLimited(
                    f"This API key has {most} streams open, as many as it may. Wait for one "
                    "to end.",
                    retry_after=_WAIT,
                )
            yield
