"""What the errors of many servers mean, as they word them."""

from typing import Any

import pytest

from cevvo.errors import (
    ModelRetired,
    ModelUnreachable,
    ModelUnusable,
    PromptRefused,
    ProviderError,
)
from cevvo.providers.llm.failures import of_status

OPENAI_RETIRED = {
    "error": {
        "message": "The model `gpt-4` has been deprecated, learn more here: https://example.com",
        "type": "invalid_request_error",
        "param": None,
        "code": "model_not_found",
    }
}
OLLAMA_ABSENT = {
    "error": {"message": 'model "x" not found, try pulling it first', "type": "api_error"}
}
VLLM_ABSENT = {
    "error": {"message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404}
}
GATEWAY_ABSENT = {"error": {"message": "acme/x is not a valid model ID", "code": 400}}
DECOMMISSIONED = {
    "error": {"message": "The model `x` has been decommissioned.", "code": "model_decommissioned"}
}
ANTHROPIC_RETIRED = {
    "type": "error",
    "error": {"type": "not_found_error", "message": "model: claude-sonnet-4-20250514"},
}
NO_ACCESS = {
    "error": {
        "message": "Project `p` does not have access to model `x`",
        "code": "model_not_found",
    }
}
QUOTA = {"error": {"code": "insufficient_quota", "type": "insufficient_quota"}}
CREDIT = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "message": "Your credit balance is too low to access the API.",
    },
}
TOO_LONG = {"error": {"code": "context_length_exceeded", "type": "invalid_request_error"}}
LLAMA_TOO_LONG = {
    "error": {
        "code": 400,
        "type": "exceed_context_size_error",
        "message": "the request exceeds the available context size, try increasing it",
    }
}
FILTERED = {"error": {"code": "content_filter", "message": "The prompt was filtered."}}
STREAM_OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Over"}}
STREAM_GATEWAY = {"error": {"code": 502, "message": "Provider disconnected"}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, OPENAI_RETIRED, ModelRetired),
        (404, OLLAMA_ABSENT, ModelRetired),
        (404, VLLM_ABSENT, ModelRetired),
        (400, GATEWAY_ABSENT, ModelRetired),
        (400, DECOMMISSIONED, ModelRetired),
        (404, ANTHROPIC_RETIRED, ModelRetired),
        (403, NO_ACCESS, ModelRetired),
        (404, "<html>nginx</html>", ModelRetired),
        (404, None, ModelRetired),
        (401, {"error": {"code": "invalid_api_key"}}, ModelUnusable),
        (403, {"error": {"type": "permission_error"}}, ModelUnusable),
        (429, QUOTA, ModelUnusable),
        (400, CREDIT, ModelUnusable),
        (402, None, ModelUnusable),
        (302, None, ModelUnusable),
        (400, TOO_LONG, PromptRefused),
        (400, LLAMA_TOO_LONG, PromptRefused),
        (413, {"error": {"type": "request_too_large"}}, PromptRefused),
        (400, FILTERED, PromptRefused),
        (422, {"detail": [{"loc": ["body"]}]}, PromptRefused),
        (429, {"error": {"type": "rate_limit_error"}}, ModelUnreachable),
        (429, None, ModelUnreachable),
        (500, {"error": {"message": "model runner has stopped"}}, ModelUnreachable),
        (529, STREAM_OVERLOADED, ModelUnreachable),
        (408, None, ModelUnreachable),
        (200, STREAM_OVERLOADED, ModelUnreachable),
        (200, STREAM_GATEWAY, ModelUnreachable),
        (0, {"message": "Overloaded", "type": "overloaded_error"}, ModelUnreachable),
        (200, {"error": {"type": "authentication_error"}}, ModelUnusable),
        (200, {"error": [1, 2]}, ModelUnreachable),
        (200, "nonsense", ModelUnreachable),
    ],
)
def test_what_an_error_means(status: int, body: Any, kind: type[ProviderError]) -> None:
    error = of_status("openai/x", status, {}, body)
    assert type(error) is kind
    assert error.model == "openai/x"
    assert "openai/x" in error.message


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"error": {"code": "invalid_api_key"}}, "valid key that may use this model"),
        (404, OPENAI_RETIRED, "Name another model in CEVVO_MODELS"),
        (404, None, "most end in /v1"),
        (429, QUOTA, "no credit (429, insufficient_quota)"),
        (400, {"error": {"code": "x" * 70, "type": "bad thing: sk-1"}}, "the prompt (400)"),
        (200, STREAM_GATEWAY, "out of order (502)"),
    ],
)
def test_the_message_names_the_remedy_and_quotes_codes_only(
    status: int, body: Any, said: str
) -> None:
    message = of_status("openai/x", status, {}, body).message
    assert said in message
    assert "sk-1" not in message
