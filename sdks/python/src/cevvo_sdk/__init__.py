"""Python client of the Cevvo API: cited answers from your own documents."""

from cevvo_sdk import types, webhooks
from cevvo_sdk._async.client import AsyncCevvo
from cevvo_sdk._async.page import AsyncPage, AsyncPager
from cevvo_sdk._async.stream import AsyncChatStream
from cevvo_sdk._call import FileInput
from cevvo_sdk._sync.client import Cevvo
from cevvo_sdk._sync.page import Page
from cevvo_sdk._sync.stream import ChatStream
from cevvo_sdk._version import __version__
from cevvo_sdk.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    CevvoError,
    ConflictError,
    InternalServerError,
    JobError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitError,
    StreamError,
    WebhookVerificationError,
)

__all__ = [
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AsyncCevvo",
    "AsyncChatStream",
    "AsyncPage",
    "AsyncPager",
    "AuthenticationError",
    "BadRequestError",
    "Cevvo",
    "CevvoError",
    "ChatStream",
    "ConflictError",
    "FileInput",
    "InternalServerError",
    "JobError",
    "NotFoundError",
    "Page",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "RateLimitError",
    "StreamError",
    "WebhookVerificationError",
    "__version__",
    "types",
    "webhooks",
]
