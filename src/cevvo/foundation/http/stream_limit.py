"""How many streams a caller has open at a time: each holds a connection for as long as it takes."""

from starlette.types import ASGIApp, Receive, Scope, Send

from cevvo.domain.access import Principal
from cevvo.errors import RateLimited
from cevvo.foundation.access.rate_limit import Limits
from cevvo.foundation.http.response_headers import API_PREFIX, OPENAI_PREFIX

# Whether the second is to be a stream stands in its body, which is not read yet: each counts.
# Those of jobs, which go on while a page is open, are counted apart: none of them bars a question.
_STREAMS = {
    f"{API_PREFIX}/chat/stream": "streams",
    f"{OPENAI_PREFIX}/chat/completions": "streams",
    f"{API_PREFIX}/ingest/jobs/stream": "streams of jobs",
}
_STREAM_SECONDS = 12  # that a stream of a key takes, so that its own are no tighter than its minute
_WAIT = 5  # seconds until a stream may have ended


class StreamLimit:
    """Bounds the streams of each caller. ``rate_limit`` is what a key without a limit of its own
    has a minute."""

    def __init__(self, app: ASGIApp, *, rate_limit: int, limits: Limits) -> None:
        self.app = app
        self._rate_limit = rate_limit
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises RateLimited for a stream too many."""
        caller = _streaming(scope)
        if caller is None:
            await self.app(scope, receive, send)
            return
        most = max(1, (caller.rate_limit or self._rate_limit) * _STREAM_SECONDS // 60)
        kind = _STREAMS[scope["path"]]
        async with self._limits.hold(f"{kind} {caller.caller_id}", most) as free:
            if not free:
                raise RateLimited(
                    f"This API key has {most} {kind} open, as many as it may. Wait for one to end.",
                    retry_after=_WAIT,
                )
            await self.app(scope, receive, send)


def _streaming(scope: Scope) -> Principal | None:
    """Who asks for a stream; None where nobody does, or nobody is known."""
    if scope["type"] != "http" or scope["path"] not in _STREAMS:
        return None
    principal: Principal | None = scope["state"].get("principal")
    return principal
