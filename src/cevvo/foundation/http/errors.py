"""Every failure as ``{"error": {"code", "message", "param", "request_id"}}`` with its true status.

``install_error_handlers`` takes what endpoints and routing raise; ``CatchErrors`` takes what the
layers around them raise, and everything that nobody foresaw.
"""

import asyncio
import json

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cevvo.errors import (
    CevvoError,
    Conflict,
    InvalidRequest,
    RateLimited,
    StillAnswering,
    Unauthenticated,
    Unavailable,
)
from cevvo.foundation.http.validation import invalid_request
from cevvo.foundation.telemetry import metrics
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

STOPPING = "The server is stopping and could not finish this. Send it again."
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "payload_too_large"}
_SHOWN_PATH = 200  # characters of a path that a message repeats
_RETRY_AFTER = 5  # seconds; nobody knows how long it will really take


def error_object(error: CevvoError, request_id: str | None) -> dict[str, object]:
    """What stands under ``error``, in responses and in streams."""
    return {
        "code": error.code,
        "message": error.message,
        "param": error.param,
        "request_id": request_id,
    }


def unexpected(request_id: str | None) -> CevvoError:
    """The error to show for an exception that nobody foresaw: it tells nothing but where to look.

    Its cause belongs in the log, under the same request id.
    """
    return CevvoError(
        f"Something went wrong on the server. Its log has the cause under request id {request_id}."
    )


def error_response(error: CevvoError, scope: Scope) -> Response:
    """The response for an error that was raised on purpose."""
    headers = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Conflict) and not isinstance(error, StillAnswering):
        headers["X-Should-Retry"] = "false"  # clients may try a 409 again by themselves
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(_RETRY_AFTER)
    if error.status == 408:
        headers["Connection"] = "close"  # the rest of the request is not waited for
    return _response(error.status, error_object(error, _request_id(scope)), headers)


def install_error_handlers(app: FastAPI) -> None:
    """Have ``app`` answer in the error shape whatever its endpoints and its routing raise."""
    app.add_exception_handler(CevvoError, _on_cevvo_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


class CatchErrors:
    """Turns what passes all other layers into a response; once one has begun, it is cut off."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; raises nothing.

        Nobody cancels a request but a server that stops and has waited long enough.
        """
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched_send)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                raise
            if started:
                log.warning("response_cut_off", reason="the server stops")
                return
            await error_response(Unavailable(STOPPING), scope)(scope, receive, send)
        except Exception as error:
            if scope["type"] != "http":
                raise
            if started:  # the server closes a connection whose response is left unfinished
                log.error("response_cut_off", exc_info=error)
                return
            await _any_error_response(error, scope)(scope, receive, send)


def _any_error_response(error: Exception, scope: Scope) -> Response:
    if isinstance(error, CevvoError) and error.status != CevvoError.status:
        return error_response(error, scope)
    log.error("unexpected_error", exc_info=error)
    return error_response(unexpected(_request_id(scope)), scope)


async def _on_cevvo_error(request: Request, error: Exception) -> Response:
    return _any_error_response(error, request.scope)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return error_response(invalid_request(error), request.scope)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """What Starlette and FastAPI raise by themselves: no route, wrong method, unreadable body."""
    assert isinstance(error, HTTPException)
    cause = error.__cause__
    if isinstance(cause, CevvoError):  # raised while the body was being read
        return error_response(cause, request.scope)
    path, allowed = request.url.path[:_SHOWN_PATH], []
    if error.status_code == 404:
        message = f"There is no {path} here. /openapi.json describes what there is."
    elif error.status_code == 405:
        allowed = _allowed_methods(request)
        message = f"{request.method} is not allowed on {path}; allowed: {', '.join(allowed)}."
    elif error.status_code == 400:
        coding = request.headers.get("Content-Encoding", "identity")[:_SHOWN_PATH]
        said = _unreadable_body(error) if coding == "identity" else _coded_body(coding)
        return error_response(InvalidRequest(said), request.scope)
    else:
        message = str(error.detail)
    content: dict[str, object] = {
        "code": _CODES.get(error.status_code, "invalid_request"),
        "message": message,
        "param": None,
        "request_id": _request_id(request.scope),
    }
    headers = dict(error.headers or {}) | ({"Allow": ", ".join(allowed)} if allowed else {})
    return _response(error.status_code, content, headers)


def _unreadable_body(error: HTTPException) -> str:
    match error.__cause__:
        case UnicodeDecodeError():
            return "The body is not valid UTF-8."
        case RecursionError():
            return "The body is nested too deeply."
        case ValueError():
            return "The body holds a number of too many digits."
        case None:
            return _refused_form(str(error.detail))
        case _:
            return "The body cannot be read. Send JSON in UTF-8, or multipart form data to upload."


def _coded_body(coding: str) -> str:
    return f"The body came with `Content-Encoding: {coding}`, which is not read: send it as it is."


def _refused_form(said: str) -> str:
    """What Starlette says of a form, and what would be right."""
    if said.startswith("Too many files"):
        return "There are too many files in this form: an upload takes one per request."
    if said.startswith("Part exceeded"):
        return f"{said} Only a file may be larger: send it as a part that has a file name."
    return said


def _allowed_methods(request: Request) -> list[str]:
    def served(method: str) -> bool:
        scope = {
            "type": "http",
            "method": method,
            "path": request.scope["path"],
            "root_path": request.scope.get("root_path", ""),
            "headers": [],
        }
        return any(route.matches(dict(scope))[0] is Match.FULL for route in request.app.routes)

    return [method for method in _METHODS if served(method)]


def _request_id(scope: Scope) -> str | None:
    request_id: str | None = scope["state"].get("request_id")
    return request_id


def _response(status: int, error: dict[str, object], headers: dict[str, str]) -> Response:
    metrics.ERRORS.labels(str(error["code"])).inc()
    body = json.dumps({"error": error}, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(body, status, headers, media_type="application/json")
