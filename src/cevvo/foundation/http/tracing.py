"""A trace of every request to the API, under its id."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cevvo.foundation.http.response_headers import is_api
from cevvo.foundation.telemetry import tracing
from cevvo.foundation.telemetry.access_log import route_of
from cevvo.foundation.telemetry.logging import bind_trace


class Tracing:
    """Opens the span that the stages of a request are part of. For a server that traces."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not is_api(scope):
            await self.app(scope, receive, send)
            return
        with tracing.request_span(scope["method"], Headers(scope=scope)) as span:
            bind_trace(f"{span.get_span_context().trace_id:032x}")
            span.set_attribute("cevvo.request_id", scope["state"]["request_id"])

            async def watched_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            try:
                await self.app(scope, receive, watched_send)
            finally:
                route = route_of(scope)
                span.set_attribute("http.route", route)
                span.update_name(f"{scope['method']} {route}")
