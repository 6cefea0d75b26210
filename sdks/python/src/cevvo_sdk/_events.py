"""The events of an answer that is streamed."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx2

from cevvo_sdk.errors import StreamError
from cevvo_sdk.types import ChatResponse, ChatStreamEvent, JobsEvent, SourcesEvent, TextEvent

DONE = "[DONE]"
CHAT_EVENTS: Mapping[str, Callable[[Any], ChatStreamEvent]] = {
    "text": TextEvent,
    "sources": SourcesEvent,
}
JOB_EVENTS: Mapping[str, Callable[[Any], JobsEvent]] = {"jobs": JobsEvent}
T = TypeVar("T")


def parse(data: str, kinds: Mapping[str, Callable[[Any], T]]) -> T | None:
    """An event of one of ``kinds``; None for another, which is newer than this package.

    Raises StreamError for one that reports an error, or is none.
    """
    try:
        event = json.loads(data)
        kind = event["type"]
    except (ValueError, KeyError, TypeError) as cause:
        raise StreamError(f"The stream carried something that is no JSON event: {cause}") from cause
    if kind == "error":
        error: dict[str, Any] = event.get("error") or {}
        raise StreamError(
            error.get("message") or "The answer failed.",
            code=error.get("code"),
            request_id=error.get("request_id"),
        )
    found = kinds.get(kind)
    return found(event) if found else None


def assemble(text: str, event: SourcesEvent | None, response: httpx2.Response) -> ChatResponse:
    """The whole answer; what a server leaves out that sends documented fields only is filled in."""
    if event is None:
        raise StreamError("The stream ended without its sources.")
    defaults = {
        "id": response.headers.get("x-message-id", ""),
        "thread_id": response.headers.get("x-thread-id", ""),
        "model": "",
        "usage": {"prompt_tokens": 0, "completion_tokens": 0},
        "answered": bool(event.sources),
        "confidence": 0.0,
        "degraded": False,
        "citations": [],
        "handover": None,
        "cached": False,
        "saved": True,
    }
    fields = {name: value for name, value in event.to_dict().items() if name != "type"}
    return ChatResponse(defaults | fields | {"answer": text}, response)
