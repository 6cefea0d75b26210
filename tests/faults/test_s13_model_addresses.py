"""A model's address goes through the same rules as every other: what the operator named may be
private, and nothing else. Nothing here opens a connection."""

import asyncio
from collections.abc import Callable

import pytest

from cevvo.errors import ModelUnreachable, ModelUnusable, ProviderError
from cevvo.providers.llm.anthropic import AnthropicModel
from cevvo.providers.llm.base import LanguageModel, Prompt, PromptMessage
from cevvo.providers.llm.openai import OpenAIModel
from faults.recording_network import PUBLIC, RecordingNetwork

PRIVATE = "10.1.2.3"
Make = Callable[[RecordingNetwork, str | None], LanguageModel]


def openai(network: RecordingNetwork, base_url: str | None) -> LanguageModel:
    return OpenAIModel(
        "m",
        "m",
        api_key="sk-ours",
        base_url=base_url,
        resolve=network.resolve,
        connect=network.connect,
    )


def anthropic(network: RecordingNetwork, base_url: str | None) -> LanguageModel:
    return AnthropicModel(
        "m",
        "m",
        api_key="sk-ours",
        base_url=base_url,
        resolve=network.resolve,
        connect=network.connect,
    )


both = pytest.mark.parametrize("make", [openai, anthropic])


def failure(model: LanguageModel) -> ProviderError:
    async def run() -> ProviderError:
        try:
            async for _ in model.stream(Prompt("s", (PromptMessage("user", "q"),))):
                pass
        except ProviderError as error:
            return error
        finally:
            await model.close()
        raise AssertionError("no error")

    return asyncio.run(run())


@both
@pytest.mark.parametrize("private", [PRIVATE, "127.0.0.1", "169.254.169.254", "64:ff9b::a01:203"])
def test_s13_a_provider_whose_name_leads_inside_is_not_asked(make: Make, private: str) -> None:
    names = {"api.openai.com": [[private]], "api.anthropic.com": [[private]]}
    network = RecordingNetwork(names)
    error = failure(make(network, None))
    assert network.opened == []
    assert type(error) is ModelUnusable
    assert "address rules" in error.message
    assert private not in error.message


@both
def test_s13_one_private_address_among_public_ones_is_enough(make: Make) -> None:
    names = {"api.openai.com": [[PUBLIC, PRIVATE]], "api.anthropic.com": [[PUBLIC, PRIVATE]]}
    network = RecordingNetwork(names)
    assert type(failure(make(network, None))) is ModelUnusable
    assert network.opened == []


@both
@pytest.mark.parametrize(
    ("base_url", "opened"),
    [
        ("http://10.1.2.3:11434/v1", ("10.1.2.3", 11434)),
        ("http://[fd00::7]:8000/v1", ("fd00::7", 8000)),
        ("http://LocalHost:8080", ("127.0.0.1", 8080)),
        ("https://models.internal/v1", (PRIVATE, 443)),
        ("http://models.internal:81/v1", (PRIVATE, 81)),
    ],
)
def test_s13_what_the_operator_named_is_reached(
    make: Make, base_url: str, opened: tuple[str, int]
) -> None:
    names = {"models.internal": [[PRIVATE]], "localhost": [["127.0.0.1"]]}
    network = RecordingNetwork(names, otherwise=b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
    assert type(failure(make(network, base_url))) is ModelUnreachable
    assert set(network.opened) == {opened}


@both
def test_s13_the_names_are_looked_up_once_for_each_connection(make: Make) -> None:
    names = {"models.internal": [[PRIVATE], ["127.0.0.1"]]}
    network = RecordingNetwork(names, otherwise=b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
    failure(make(network, "http://models.internal:8000/v1"))
    assert network.resolved == ["models.internal"]
    assert network.opened == [(PRIVATE, 8000)]
