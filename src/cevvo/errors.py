"""Every error that the product raises on purpose, and the HTTP status each becomes.

    CevvoError
    ├── InvalidRequest          400 invalid_request
    ├── Unauthenticated         401
    │   ├── InvalidApiKey       401 invalid_api_key
    │   ├── InvalidVisitorToken 401 invalid_visitor_token
    │   ├── InvalidSession      401 invalid_session
    │   ├── SignInFailed        401 sign_in_failed
    │   └── SecondFactorNeeded  401 second_factor_needed
    ├── InsufficientScope       403 insufficient_scope
    ├── CrossOrigin             403 cross_origin
    ├── OriginNotAllowed        403 origin_not_allowed
    ├── NotFound                404 not_found
    ├── RequestTimeout          408 request_timeout
    ├── Conflict                409 conflict
    │   └── StillAnswering      409 conflict: the only one that clients try again by themselves
    ├── PayloadTooLarge         413 payload_too_large
    ├── UnsupportedFileType     415 unsupported_file_type
    ├── MisdirectedRequest      421 misdirected_request
    ├── RateLimited             429 rate_limit_exceeded
    │   └── BudgetExceeded      429 budget_exceeded
    ├── ProviderError           502 provider_error
    │   ├── ModelUnreachable    overloaded, broken or silent: trying again may help
    │   ├── PromptRefused       the model is well, but does not take this prompt
    │   └── ModelUnusable       the operator must do something: key, credit, address
    │       └── ModelRetired    the provider does not serve this model (any more)
    ├── Unavailable             503 unavailable
    │   └── StorageFull         507 storage_full
    ├── IngestError             (ends a job with a reason; never an HTTP answer by itself)
    │   ├── Permanent           trying again cannot help
    │   │   └── UrlNotAllowed   the address rules forbid this URL
    │   └── Transient           trying again later may help
    └── StartError              (the CLI prints it as one line and exits with 1)

The message is for the person who made the request: what was wrong and what would be right. It
never holds a path of the server, SQL, a stack trace or a secret.
"""

from typing import ClassVar


class CevvoError(Exception):
    """Base of all. ``param`` names the offending field, where there is one."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class InvalidRequest(CevvoError):
    """The request cannot be understood or asks for something out of range."""

    status = 400
    code = "invalid_request"


class Unauthenticated(CevvoError):
    """It is not known who asks."""

    status = 401
    code = "invalid_api_key"


class InvalidApiKey(Unauthenticated):
    """No API key, or one that is malformed, unknown, expired or revoked."""


class InvalidVisitorToken(Unauthenticated):
    """The token of a visitor is none of this workspace's, or has expired."""

    code = "invalid_visitor_token"


class InvalidSession(Unauthenticated):
    """The session has ended: it was signed out, revoked, or too old."""

    code = "invalid_session"


class SignInFailed(Unauthenticated):
    """Address, password or code is wrong: the words never tell which, nor whether one exists."""

    code = "sign_in_failed"


class SecondFactorNeeded(Unauthenticated):
    """The password is right; the account also wants a code."""

    code = "second_factor_needed"


class InsufficientScope(CevvoError):
    """The key is valid but may not do this."""

    status = 403
    code = "insufficient_scope"


class CrossOrigin(CevvoError):
    """Another website had the browser send this."""

    status = 403
    code = "cross_origin"


class OriginNotAllowed(CevvoError):
    """A publishable key came from a website that it is not for, or from none."""

    status = 403
    code = "origin_not_allowed"


class NotFound(CevvoError):
    """No such thing in this workspace. The same words whether it exists elsewhere or not."""

    status = 404
    code = "not_found"


class RequestTimeout(CevvoError):
    """The request came in too slowly to be waited for."""

    status = 408
    code = "request_timeout"


class Conflict(CevvoError):
    """The request contradicts the present state or an earlier request."""

    status = 409
    code = "conflict"


class StillAnswering(Conflict):
    """The first request with this Idempotency-Key has not been answered yet."""


class PayloadTooLarge(CevvoError):
    """The body is over the limit that the message names."""

    status = 413
    code = "payload_too_large"


class UnsupportedFileType(CevvoError):
    """The file's content is of no type that can be read."""

    status = 415
    code = "unsupported_file_type"


class MisdirectedRequest(CevvoError):
    """The request is for a host that this server is not known to be."""

    status = 421
    code = "misdirected_request"


class RateLimited(CevvoError):
    """Too many requests. ``retry_after`` is in whole seconds, at least 1."""

    status = 429
    code = "rate_limit_exceeded"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BudgetExceeded(RateLimited):
    """The language models' tokens or money of the day are used up."""

    code = "budget_exceeded"


class ProviderError(CevvoError):
    """A language model failed; where a client sees it, nothing could stand in for the model.

    ``model`` is its name in the configuration, where it is one model's failure. ``prompt_read``:
    it broke down over the prompt or after it, so that the tokens may be billed. The message names
    cause and remedy for the operator, and never a key, an address or what the provider wrote.
    """

    status = 502
    code = "provider_error"

    def __init__(self, message: str, *, model: str = "") -> None:
        super().__init__(message)
        self.model = model
        self.prompt_read = False


class ModelUnreachable(ProviderError):
    """Overloaded, out of order, broken off or silent: trying again may help.

    ``retry_after`` is in seconds where the provider named it.
    """

    def __init__(self, message: str, *, model: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, model=model)
        self.retry_after = retry_after


class PromptRefused(ProviderError):
    """The model works but does not take this prompt: too long for it, or filtered."""


class ModelUnusable(ProviderError):
    """No prompt will be answered until the operator does something: key, credit, address, name."""


class ModelRetired(ModelUnusable):
    """The provider does not serve a model of this name, or not any more."""


class Unavailable(CevvoError):
    """The server cannot serve this now; later it can."""

    status = 503
    code = "unavailable"


class StorageFull(Unavailable):
    """The disk is full: nothing was written. Reading goes on."""

    status = 507
    code = "storage_full"


class IngestError(CevvoError):
    """Why a document could not be taken in. ``code`` is part of the API: ``error.code`` of a job.

    The codes in use: ``empty``, ``unsupported_file_type``, ``encrypted``, ``scanned``,
    ``unreadable``, ``too_complex``, ``url_not_allowed``, ``unreachable``, ``http_error``,
    ``not_found``, ``robots_forbidden``, ``too_large``, ``no_content``, ``invalid_selector``,
    ``internal``.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Permanent(IngestError):
    """Trying again cannot help: the job or page fails now."""


class UrlNotAllowed(Permanent):
    """The address rules forbid this URL. Says nothing about what answers there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="url_not_allowed")


class Transient(IngestError):
    """Trying again later may help. ``retry_after`` is in seconds where the other side named it."""

    def __init__(self, message: str, *, reason: str, retry_after: float | None = None) -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after


class StartError(CevvoError):
    """The program cannot start; the message names the cause and the remedy."""
