"""What a failed call means: worth another try, or something that the operator must put right.

Read from status, code and message as OpenAI, Anthropic and the servers compatible with them send
them. What a provider wrote is read and never repeated: it may quote the prompt, or the key.
"""

import re
from collections.abc import Mapping
from typing import Any

from cevvo.errors import (
    ModelRetired,
    ModelUnreachable,
    ModelUnusable,
    PromptRefused,
    ProviderError,
    UrlNotAllowed,
)
from cevvo.providers.fetching.retry_after import retry_after

# An error that comes within a stream has no status of its own.
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "overloaded_error": 529,
}
_NO_CREDIT = re.compile(r"insufficient_quota|billing|credit balance|insufficient (?:balance|funds)")
_NO_MODEL = re.compile(
    r"model_not_(?:found|available|exist)|model_decommissioned|invalid_model|deploymentnotfound|"
    r"\bmodels?\b.{0,120}?\b(?:not found|not exist|not available|deprecated|decommissioned|retired|"
    r"no longer|is not supported|not a valid)|"
    r"not a valid model|(?:unknown|invalid|no such) model",
    re.DOTALL,
)
_TOO_LONG = re.compile(
    r"context_length|context length|context window|context size|maximum context|"
    r"prompt is too long|request_too_large|too many tokens|string_above_max_length"
)
_CODE = re.compile(r"[\w.-]{1,60}")


class Refused(Exception):
    """A provider's answer that is an error: a ``status`` of 300 or more, with what was sent.

    A status below 300 is an error that came within a stream: its body says which.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: object) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


def failure_of(model: str, error: Exception) -> ProviderError:
    """The error that stands for what the transport or the reading of a reply raised."""
    if isinstance(error, ProviderError):
        return error
    if any(isinstance(each, UrlNotAllowed) for each in _with_causes(error)):
        return ModelUnusable(
            f"{model}: the address rules forbid where its name leads. Only the host and port of a "
            "base URL in CEVVO_MODELS may be private.",
            model=model,
        )
    if isinstance(error, Refused):
        return of_status(model, error.status, error.headers, error.body)
    return ModelUnreachable(
        f"{model} could not be reached, broke off, or sent what is no reply "
        f"({type(error).__name__}).",
        model=model,
    )


def silent(model: str, seconds: float) -> ModelUnreachable:
    """Nothing came for so long."""
    return _over_prompt(f"{model} was silent for {seconds:g} seconds.", model)


def endless(model: str, seconds: float) -> ModelUnreachable:
    """The reply took longer than a reply may."""
    return _over_prompt(f"{model} took more than {seconds:g} seconds to reply.", model)


def broken_off(model: str) -> ModelUnreachable:
    """The stream ended before the reply did."""
    return _over_prompt(f"{model} broke off before its reply was complete.", model)


def _over_prompt(message: str, model: str) -> ModelUnreachable:
    error = ModelUnreachable(message, model=model)
    error.prompt_read = True
    return error


def of_status(model: str, status: int, headers: Mapping[str, str], body: object) -> ProviderError:
    """The error that a response with ``status`` and ``body`` stands for.

    A status below 300 is an error that came within a stream: its body says which.
    """
    words = _Words(body)
    if status < 300:
        status = words.status
    said = str(status) if words.code in ("", str(status)) else f"{status}, {words.code}"
    if status == 402 or (status in (400, 403, 429) and _NO_CREDIT.search(words.text)):
        return ModelUnusable(
            f"The account behind {model} has no credit ({said}). Top it up with the provider.",
            model=model,
        )
    if status in (400, 403, 404, 410, 422) and _NO_MODEL.search(words.text):
        return ModelRetired(
            f"The provider does not serve {model}, or not any more ({said}). Name another model "
            "in CEVVO_MODELS.",
            model=model,
        )
    if status in (404, 410):
        return ModelRetired(
            f"Nothing answers for {model} at its address ({said}). Check the model's name and the "
            "base URL in CEVVO_MODELS; most end in /v1.",
            model=model,
        )
    if status in (401, 403):
        return ModelUnusable(
            f"The provider does not accept the API key for {model} ({said}). Set a valid key that "
            "may use this model.",
            model=model,
        )
    if status < 400:
        return ModelUnusable(
            f"The base URL of {model} redirects elsewhere ({said}), which is not followed. Put "
            "the final address in CEVVO_MODELS.",
            model=model,
        )
    if status in (408, 409, 425, 429) or status >= 500:
        return ModelUnreachable(
            f"{model} is overloaded or out of order ({said}).",
            model=model,
            retry_after=retry_after(headers),
        )
    if status == 413 or _TOO_LONG.search(words.text):
        return PromptRefused(f"The prompt is too long for {model} ({said}).", model=model)
    return PromptRefused(f"{model} did not take the prompt ({said}).", model=model)


class _Words:
    """What an error's body says. ``code`` can be shown, ``text`` only be searched.

    ``status`` is the status that the body itself names or means.
    """

    def __init__(self, body: object) -> None:
        error = body.get("error", body) if isinstance(body, Mapping) else body
        fields: Mapping[str, Any] = error if isinstance(error, Mapping) else {"message": error}
        code, kind = fields.get("code"), fields.get("type")
        named = [str(each) for each in (code, kind, fields.get("param")) if each]
        self.code = next((each for each in named if _CODE.fullmatch(each)), "")
        self.text = " ".join([*named, str(fields.get("message") or "")]).lower()[:10_000]
        meant = next((_STATUS_OF_TYPE[each] for each in named if each in _STATUS_OF_TYPE), 500)
        self.status = code if isinstance(code, int) and 400 <= code < 600 else meant


def _with_causes(error: BaseException) -> list[BaseException]:
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and cause not in chain:
        chain.append(cause)
    return chain
