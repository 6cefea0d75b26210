"""A name for every request: in its response, in its log lines and in its error."""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from cevvo.domain.ids import new_id
from cevvo.foundation.http.response_headers import add_response_header
from cevvo.foundation.telemetry.logging import bind_request

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,128}")


class RequestId:
    """Keeps an incoming ``X-Request-Id`` that is well-formed, else makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its id."""
        if scope["type"] == "http":
            given = Headers(scope=scope).get("x-request-id", "")
            request_id = given if _WELL_FORMED.fullmatch(given) else new_id("req")
            scope["state"]["request_id"] = request_id
            add_response_header(scope, "X-Request-Id", request_id)
            bind_request(request_id)
        await self.app(scope, receive, send)
