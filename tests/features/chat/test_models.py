"""What a model name means, with every mix of configured models."""

import pytest

from cevvo.engine.answering.base import Answerer
from cevvo.errors import InvalidRequest
from cevvo.features.chat.models import resolve
from features.chat.model_room import Model

OPENAI, ANTHROPIC = "openai/gpt-6.1-terra", "anthropic/claude-sonnet-5-5"
LOCAL, LAST = "acme/llama3.2", "extractive"
ALL = (LOCAL, ANTHROPIC, OPENAI, LAST)


def answerers(*names: str) -> list[Answerer]:
    return [Model(model_id=name) for name in names]


@pytest.mark.parametrize(
    ("configured", "requested", "meant"),
    [
        (ALL, "auto", LOCAL),
        (ALL, OPENAI, OPENAI),
        (ALL, "gpt-6.1-terra", OPENAI),
        (ALL, "claude-sonnet-5-5", ANTHROPIC),
        (ALL, LOCAL, LOCAL),
        (ALL, LAST, LAST),
        (ALL, "gpt-4o", OPENAI),
        (ALL, "claude-sonnet-4-20250514", ANTHROPIC),
        ((LOCAL, LAST), "gpt-4o", LOCAL),
        ((ANTHROPIC, LAST), "gpt-4o", ANTHROPIC),
        ((OPENAI, LAST), "claude-sonnet-4-20250514", OPENAI),
        ((OPENAI, "openai/gpt-4o", LAST), "gpt-4o", "openai/gpt-4o"),
        ((LAST,), "auto", LAST),
        ((LAST,), "gpt-4o", LAST),
    ],
)
def test_a_name_means_a_model(configured: tuple[str, ...], requested: str, meant: str) -> None:
    assert resolve(requested, answerers(*configured)).model_id == meant


@pytest.mark.parametrize("requested", ["llama3.2", "gpt-5", "AUTO", "", "openai/", "x" * 500])
def test_an_unknown_name_is_told_what_there_is(requested: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        resolve(requested, answerers(*ALL))
    assert caught.value.param == "model"
    listed = ", ".join(("auto", *ALL, "gpt-4o", "claude-sonnet-4-20250514"))
    assert caught.value.message.endswith(f"There are: {listed}.")
    assert len(caught.value.message) < 300
