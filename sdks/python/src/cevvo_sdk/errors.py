"""Everything that the package raises by itself.

CevvoError                    wrong use, and the root of all below
├─ APIError                   the server answered with an error status, or as no Cevvo server does
│  ├─ BadRequestError         400
│  ├─ AuthenticationError     401
│  ├─ PermissionDeniedError   403
│  ├─ NotFoundError           404
│  ├─ ConflictError           409
│  ├─ PayloadTooLargeError    413
│  ├─ RateLimitError          429, with retry_after
│  └─ InternalServerError     500 and above
├─ APIConnectionError         no answer arrived
│  └─ APITimeoutError         … in time
├─ StreamError                a stream broke off or reported an error
├─ JobError                   an ingestion job ended without success
└─ WebhookVerificationError   a webhook is not from the server, or too old
"""

import re
from typing import Any

import httpx2

from cevvo_sdk._retry import retry_after
from cevvo_sdk._version import __version__
from cevvo_sdk.types import Job


class CevvoError(Exception):
    """The root of all errors of this package."""

    @property
    def message(self) -> str:
        """What was wrong and what would be right."""
        return str(self)


class APIError(CevvoError):
    """The server answered with an error.

    ``code`` is stable and machine-readable, such as ``not_found``; ``param`` is the field of the
    request that the error is about; ``request_id`` names the request in the server's log.
    """

    def __init__(self, message: str, response: httpx2.Response, body: dict[str, Any]) -> None:
        super().__init__(message)
        self.status = response.status_code
        self.code: str | None = body.get("code")
        self.param: str | None = body.get("param")
        self.request_id: str | None = response.headers.get("x-request-id") or body.get("request_id")
        self.http_response = response


class BadRequestError(APIError):
    """400"""


class AuthenticationError(APIError):
    """401: no key, or one that is unknown, revoked or expired."""


class PermissionDeniedError(APIError):
    """403: the key lacks the scope."""


class NotFoundError(APIError):
    """404"""


class ConflictError(APIError):
    """409"""


class PayloadTooLargeError(APIError):
    """413"""


class RateLimitError(APIError):
    """429: too many requests, or (code ``budget_exceeded``) the tokens of the day are used up."""

    def __init__(self, message: str, response: httpx2.Response, body: dict[str, Any]) -> None:
        super().__init__(message, response, body)
        #: Seconds to wait, where the server said so.
        self.retry_after = retry_after(response.headers)


class InternalServerError(APIError):
    """500 and above."""


class APIConnectionError(CevvoError):
    """No answer arrived."""


class APITimeoutError(APIConnectionError):
    """No answer arrived in time."""


class StreamError(CevvoError):
    """A stream broke off or reported an error."""

    def __init__(
        self, message: str, *, code: str | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.request_id = request_id


class JobError(CevvoError):
    """An ingestion job failed or was cancelled."""

    def __init__(self, job: Job) -> None:
        reason = job.error.message if job.error else None
        super().__init__(reason or f"Job {job.job_id} ended as {job.status}.")
        self.job = job


class WebhookVerificationError(CevvoError):
    """A webhook is not from the server that knows the secret, or too old."""


_KINDS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: PayloadTooLargeError,
    429: RateLimitError,
}
_BASE_URL = "Check the base URL: it ends in /api/v1, such as http://127.0.0.1:8420/api/v1."
_NO_ROUTE = re.compile(r"There is no /\S* here\.")


def api_error(response: httpx2.Response) -> APIError:
    """What an answer that is no success is raised as; its body has been read."""
    status = response.status_code
    kind = _KINDS.get(status, InternalServerError if status >= 500 else APIError)
    body = _error_body(response)
    return kind(_message(response, body), response, body)


def no_api(response: httpx2.Response, what: str) -> APIError:
    """What an answer is raised as that no Cevvo server gives; ``what`` it is."""
    return APIError(f"{_request(response)} answered with {what}. {_BASE_URL}", response, {})


def _error_body(response: httpx2.Response) -> dict[str, Any]:
    """The ``error`` object; a proxy's page or nothing at all gives an empty one."""
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def _message(response: httpx2.Response, body: dict[str, Any]) -> str:
    status = response.status_code
    if location := response.headers.get("location"):
        where = f"{_request(response)} is redirected to {location}, where no key is sent."
        return f"{where} Set the base URL to where the server is."
    if said := body.get("message"):
        if status == 405 or (status == 404 and _NO_ROUTE.match(said)):
            older = f"The server is older than this client (cevvo-sdk {__version__})"
            return f"{said} {older}, or the base URL is wrong: it ends in /api/v1."
        return str(said)
    if status in (404, 405):
        media_type = response.headers.get("content-type", "no content type")
        return f"{_request(response)} answered {status} with {media_type}. {_BASE_URL}"
    return f"{_request(response)} answered with status {status}."


def _request(response: httpx2.Response) -> str:
    return f"{response.request.method} {response.request.url.copy_with(query=None)}"
