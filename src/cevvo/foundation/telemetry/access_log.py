"""One log line for each request, with what an operator asks about and nothing a user wrote.

The same goes into the figures, see ``metrics``.
"""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cevvo.foundation.telemetry import metrics
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class AccessLog:
    """Logs and counts method, route, status, duration and API key id when a response has ended."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and log it, however it ends."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status: int | None = None

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched_send)
        finally:
            seconds = time.perf_counter() - started
            principal, route = scope["state"].get("principal"), route_of(scope)
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                caller_id=principal and principal.caller_id,
            )
            _count(scope["method"], route, status, seconds)


def _count(method: str, route: str, status: int | None, seconds: float) -> None:
    known = method if method in _METHODS else "other"
    metrics.REQUESTS.labels(known, route, "none" if status is None else str(status)).inc()
    metrics.REQUEST_SECONDS.labels(known, route).observe(seconds)


def route_of(scope: Scope) -> str:
    """The path with its parameters' names in place of their values, which are whole segments."""
    if "endpoint" not in scope:
        return "unmatched"
    path: str = scope["path"]
    named = ""
    for name, value in reversed(scope.get("path_params", {}).items()):
        path, found, rest = f"{path}/".rpartition(f"/{value}/")
        if not found:
            return "unmatched"
        named = f"/{{{name}}}/{rest}".rstrip("/") + named
    return path + named
