"""One log line for each request, with what an operator asks about and nothing a user wrote."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)


class AccessLog:
    """Logs method, route, status, duration and API key id when a response has ended."""

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
            principal = scope["state"].get("principal")
            log.info(
                "request",
                method=scope["method"],
                route=_route(scope),
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
                caller_id=principal and principal.caller_id,
            )


def _route(scope: Scope) -> str:
    """The path with its parameters' names in place of their values."""
    if "endpoint" not in scope:
        return "unmatched"
    path: str = scope["path"]
    for name, value in scope.get("path_params", {}).items():
        path = path.replace(f"/{value}", f"/{{{name}}}", 1)
    return path
