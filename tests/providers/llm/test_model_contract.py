"""What every language model keeps to: the scripted one, and both wires against a real server."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Any, cast

import pytest

from cevvo.domain.answers import Usage
from cevvo.errors import (
    ModelRetired,
    ModelUnreachable,
    ModelUnusable,
    PromptRefused,
    ProviderError,
)
from cevvo.providers.llm.anthropic import AnthropicModel
from cevvo.providers.llm.base import Completion, LanguageModel, Prompt, PromptMessage
from cevvo.providers.llm.connection import Patience
from cevvo.providers.llm.failures import broken_off, of_status, silent
from cevvo.providers.llm.fake import ScriptedModel, Step
from cevvo.providers.llm.openai import OpenAIModel
from model_server import WORDS, ModelServer, Reply

KEY = "sk-test-0123456789abcdef"
PATIENCE = Patience(connect=2, first=5, between=5, whole=10)
IMPATIENT = Patience(connect=2, first=0.15, between=0.15, whole=10)
PROMPT = Prompt(
    "Answer from the passages.",
    (
        PromptMessage("user", "How long does it take?"),
        PromptMessage("assistant", "Three days."),
        PromptMessage("user", "And to Norway?"),
    ),
    max_tokens=99,
)
Make = Callable[..., LanguageModel]


def scripted(reply: Reply, patience: Patience) -> ScriptedModel:
    """The scripted model that does what a server with this reply does."""
    model = "sloth-1"
    if reply.status >= 300:
        error = of_status(model, reply.status, reply.headers, {"error": reply.error})
        return ScriptedModel([error], model_id=model)
    if reply.wait > patience.first:
        return ScriptedModel([silent(model, patience.first)], model_id=model)
    script: list[Step] = [*reply.words]
    usage = Usage(31, 7) if reply.usage else None
    if reply.ending in ("whole", "length"):
        script.append(Completion(model, usage, whole=reply.ending == "whole"))
    else:
        script.append(broken_off(model))
    return ScriptedModel(script, model_id=model)


@pytest.fixture(params=["scripted", "openai", "anthropic"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes a model that gives the reply. ``make.server`` is the server, if there is one."""
    with ModelServer() as server:

        def made(reply: Reply | None = None, patience: Patience = PATIENCE) -> LanguageModel:
            server.reply_with(reply or Reply())
            match request.param:
                case "openai":
                    return OpenAIModel(
                        "sloth-1",
                        "sloth-1",
                        api_key=KEY,
                        base_url=f"{server.url}/v1",
                        patience=patience,
                    )
                case "anthropic":
                    return AnthropicModel(
                        "sloth-1", "sloth-1", api_key=KEY, base_url=server.url, patience=patience
                    )
            return scripted(reply or Reply(), patience)

        yield made


def using(model: LanguageModel, use: Callable[[LanguageModel], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        try:
            return await use(model)
        finally:
            await model.close()

    return asyncio.run(run())


async def reply_of(model: LanguageModel) -> list[str | Completion]:
    return [piece async for piece in model.stream(PROMPT)]


def failure(model: LanguageModel, after: int = 0) -> ProviderError:
    """The error that a call ends with, after so many pieces."""

    async def use(model: LanguageModel) -> ProviderError:
        pieces = []
        try:
            async for piece in model.stream(PROMPT):
                pieces.append(piece)
        except ProviderError as error:
            assert len(pieces) == after
            return error
        raise AssertionError(f"no error, but {pieces}")

    error: ProviderError = using(model, use)
    assert error.model == "sloth-1"
    assert "sloth-1" in error.message
    assert error.__cause__ is None  # logs print causes, and those quote the provider
    assert error.__context__ is None
    return error


def test_pieces_come_and_then_how_it_ended(make: Make) -> None:
    assert using(make(), reply_of) == [*WORDS, Completion("sloth-1", Usage(31, 7))]


def test_a_reply_that_was_cut_says_so(make: Make) -> None:
    last = using(make(Reply(ending="length")), reply_of)[-1]
    assert last == Completion("sloth-1", Usage(31, 7), whole=False)


def test_usage_is_none_where_it_is_not_reported(make: Make) -> None:
    assert using(make(Reply(usage=False)), reply_of)[-1] == Completion("sloth-1", None)


def test_a_model_answers_again_and_two_at_once(make: Make) -> None:
    async def use(model: LanguageModel) -> None:
        first = await reply_of(model)
        again = await asyncio.gather(reply_of(model), reply_of(model))
        assert first == again[0] == again[1]

    using(make(), use)


@pytest.mark.parametrize("ending", ["broken off", "reset", "garbage", "error"])
def test_r13_a_reply_that_does_not_end_well_raises(make: Make, ending: Any) -> None:
    # A reset takes what was not read with it.
    words = () if ending == "reset" else WORDS
    error = failure(make(Reply(words, ending=ending)), after=len(words))
    assert isinstance(error, ModelUnreachable)
    assert error.prompt_read or ending == "reset"


def test_r13_a_silence_at_the_start_is_bounded(make: Make) -> None:
    started = time.monotonic()
    error = failure(make(Reply(wait=20), IMPATIENT))
    assert isinstance(error, ModelUnreachable)
    assert "silent for 0.15 seconds" in error.message
    assert error.prompt_read
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (429, {"type": "rate_limit_error"}, ModelUnreachable),
        (500, {"type": "api_error"}, ModelUnreachable),
        (503, {}, ModelUnreachable),
        (401, {"type": "authentication_error"}, ModelUnusable),
        (404, {"type": "not_found_error", "message": "model: sloth-1"}, ModelRetired),
        (400, {"type": "invalid_request_error", "message": "prompt is too long"}, PromptRefused),
    ],
)
def test_r13_a_status_says_what_can_be_done(
    make: Make, status: int, said: dict[str, str], kind: type[ProviderError]
) -> None:
    secret = {"message": said.get("message", "") + f" Incorrect API key {KEY}, see http://10.1.2.3"}
    error = failure(make(Reply(status=status, error=said | secret)))
    assert type(error) is kind
    assert not error.prompt_read
    assert KEY not in error.message
    assert "10.1.2.3" not in error.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        (
            {
                "retry-after": "Wed, 25 Nov 2026 10:00:07 GMT",
                "date": "Wed, 25 Nov 2026 10:00:00 GMT",
            },
            7.0,
        ),
        ({}, None),
    ],
)
def test_r13_how_long_to_wait_is_told(
    make: Make, headers: dict[str, str], seconds: float | None
) -> None:
    error = failure(make(Reply(status=429, headers=headers)))
    assert isinstance(error, ModelUnreachable)
    assert error.retry_after == seconds


def test_closing_the_reply_ends_it(make: Make) -> None:
    async def use(model: LanguageModel) -> None:
        stream = cast(AsyncGenerator[str | Completion, None], model.stream(PROMPT))
        async with aclosing(stream):
            assert await anext(stream) == WORDS[0]
        with pytest.raises(StopAsyncIteration):
            await anext(stream)

    using(make(Reply(ending="hang")), use)
