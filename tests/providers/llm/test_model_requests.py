"""What goes over the wire to a model's provider, and what never does."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest

from cevvo.errors import ModelUnreachable, ModelUnusable
from cevvo.providers.llm import openai
from cevvo.providers.llm.anthropic import AnthropicModel
from cevvo.providers.llm.base import Completion, LanguageModel, Prompt, PromptMessage
from cevvo.providers.llm.connection import MAX_BYTES, Patience
from cevvo.providers.llm.openai import OpenAIModel
from faults.recording_network import RecordingNetwork
from model_server import WORDS, ModelServer, Reply

PATIENCE = Patience(connect=5, first=20, between=20, whole=60)
PROMPT = Prompt("Answer briefly.", (PromptMessage("user", "How long?"),), max_tokens=99)
ASKED_BY_MESSAGES = [
    {"role": "system", "content": "Answer briefly."},
    {"role": "user", "content": "How long?"},
]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def compatible(server: ModelServer, key: str | None = "sk-theirs") -> OpenAIModel:
    return OpenAIModel(
        "llama3.2", "llama3.2", api_key=key, base_url=f"{server.url}/v1", patience=PATIENCE
    )


def anthropic(server: ModelServer) -> AnthropicModel:
    return AnthropicModel(
        "anthropic/m", "m", api_key="sk-ant-ours", base_url=server.url, patience=PATIENCE
    )


def reply_of(*models: LanguageModel) -> list[str | Completion]:
    """The last one's reply, after all the others'."""

    async def run() -> list[str | Completion]:
        try:
            for model in models:
                pieces = [piece async for piece in model.stream(PROMPT)]
            return pieces
        finally:
            for model in models:
                await model.close()

    return asyncio.run(run())


def test_a_compatible_server_is_asked_for_chat_completions(server: ModelServer) -> None:
    reply_of(compatible(server))
    asked = server.asked[0]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == "Bearer sk-theirs"
    assert asked.body == {
        "model": "llama3.2",
        "messages": ASKED_BY_MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 99,
    }


def test_nothing_of_openai_reaches_a_compatible_server(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-openai")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer of-openai")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example.com/v1")
    reply_of(compatible(server, key=None))
    assert "authorization" not in server.asked[0].headers
    assert "of-openai" not in str(server.asked[0].headers)


def test_anthropic_is_asked_for_a_message_and_to_cache_the_system_part(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "of-somebody")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://elsewhere.example.com")
    reply_of(anthropic(server))
    asked = server.asked[0]
    assert asked.path == "/v1/messages"
    assert "sk-ant-ours" in str(asked.headers)
    assert "of-somebody" not in str(asked.headers)
    assert asked.body == {
        "model": "m",
        "system": [
            {"type": "text", "text": "Answer briefly.", "cache_control": {"type": "ephemeral"}}
        ],
        "messages": [{"role": "user", "content": "How long?"}],
        "stream": True,
        "max_tokens": 99 + 2048,
        "output_config": {"effort": "low"},
    }


def test_a_model_that_knows_no_effort_is_asked_without_from_then_on(server: ModelServer) -> None:
    refused = Reply(status=400, error={"message": "This model does not support effort."})
    server.reply_with(refused, Reply())
    model = anthropic(server)
    assert reply_of(model, model)[:3] == list(WORDS)
    assert ["output_config" in asked.body for asked in server.asked] == [True, False, False]
    assert server.asked[2].body["max_tokens"] == 99


@pytest.mark.parametrize("effort_known", [True, False])
def test_openai_itself_is_asked_to_reason_a_little(effort_known: bool) -> None:
    bodies: list[dict[str, Any]] = []

    class OpenAI(RecordingNetwork):
        """Answers from a script instead of the network."""

        def answer(self, request: bytes) -> bytes:
            if request.startswith(b"POST"):
                self.head = request.decode()
                return b""
            bodies.append(json.loads(request))
            if effort_known or "reasoning_effort" not in bodies[-1]:
                return head_and(200, "text/event-stream", EVENTS)
            error = {"code": "unsupported_parameter", "message": "Unsupported: reasoning_effort"}
            return head_and(400, "application/json", json.dumps({"error": error}))

    network = OpenAI()
    model = OpenAIModel(
        "openai/gpt-6-luna",
        "gpt-6-luna",
        api_key="sk-ours",
        patience=PATIENCE,
        resolve=network.resolve,
        connect=network.connect,
    )
    assert reply_of(model) == ["Three days.", Completion("gpt-6-luna-x", None)]
    assert network.resolved == ["api.openai.com"] * len(bodies)
    assert "POST /v1/chat/completions HTTP/1.1" in network.head
    assert "authorization: bearer sk-ours" in network.head.lower()
    assert bodies[0]["reasoning_effort"] == "low"
    assert bodies[0]["max_completion_tokens"] == 99 + 2048
    if not effort_known:
        assert "reasoning_effort" not in bodies[1]
        assert bodies[1]["max_completion_tokens"] == 99


EVENTS = (
    'data: {"id":"c","model":"gpt-6-luna-x","choices":[{"index":0,"delta":'
    '{"content":"Three days."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


def head_and(status: int, media_type: str, body: str) -> bytes:
    return (
        f"HTTP/1.1 {status} Whatever\r\nContent-Type: {media_type}\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


@pytest.mark.parametrize("make", [compatible, anthropic])
def test_questions_one_after_the_other_take_one_connection(server: ModelServer, make: Any) -> None:
    model = make(server)
    reply_of(model, model)
    assert len(server.asked) == 2
    assert server.connections == 1


@pytest.mark.parametrize("make", [compatible, anthropic])
def test_s13_a_redirect_is_not_followed(server: ModelServer, make: Any) -> None:
    with ModelServer() as elsewhere:
        headers = {"Location": f"{elsewhere.url}/v1/messages"}
        server.reply_with(Reply(status=307, headers=headers))
        with pytest.raises(ModelUnusable, match="redirects elsewhere"):
            reply_of(make(server))
        assert len(server.asked) == 1
        assert elsewhere.asked == []


@pytest.mark.parametrize("make", [compatible, anthropic])
def test_r15_leaving_closes_the_connection_at_once(server: ModelServer, make: Any) -> None:
    server.reply_with(Reply(ending="hang"))

    async def run() -> float:
        model = make(server)
        stream = model.stream(PROMPT)
        async with aclosing(stream):
            async for piece in stream:
                if piece == WORDS[-1]:
                    break
        left = time.monotonic()
        await asyncio.to_thread(server.wait_for_leaving)
        await model.close()
        return left

    left = asyncio.run(run())
    assert server.left[0] - left < 5  # the model hangs for 30 s


@pytest.mark.parametrize("make", [compatible, anthropic])
def test_r15_cancelling_closes_the_connection_at_once(server: ModelServer, make: Any) -> None:
    server.reply_with(Reply(wait=30))

    async def consume(model: LanguageModel) -> None:
        async for _ in model.stream(PROMPT):
            pass

    async def run() -> float:
        model = make(server)
        task = asyncio.create_task(consume(model))
        while not server.asked:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.01)
        task.cancel()
        left = time.monotonic()
        await asyncio.to_thread(server.wait_for_leaving)
        await model.close()
        return left

    left = asyncio.run(run())
    assert server.left[0] - left < 5  # the model hangs for 30 s


@pytest.mark.parametrize("make", [compatible, anthropic])
@pytest.mark.parametrize("said", [7, {"text": "Three days."}])
def test_r13_what_is_said_and_is_no_text_is_no_reply(
    server: ModelServer, make: Any, said: Any
) -> None:
    server.reply_with(Reply((said,)))
    with pytest.raises(ModelUnreachable, match="what is no reply"):
        reply_of(make(server))


def test_of_a_reply_in_parts_the_text_is_taken(server: ModelServer) -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Well."}]}
    parts: Any = ([thinking], [thinking, {"type": "text", "text": "Three "}], "days.")
    server.reply_with(Reply(parts))
    assert reply_of(compatible(server))[:-1] == ["Three ", "days."]


@pytest.mark.parametrize("counted", [{}, {"prompt_tokens": None, "completion_tokens": 7}])
def test_usage_without_numbers_is_none(counted: Any) -> None:
    reply = openai._Reply("m")
    reply.take({"choices": [{"finish_reason": "stop"}], "usage": {"total_tokens": 38} | counted})
    assert reply.end() == Completion("m", None)


@pytest.mark.parametrize(
    ("finish", "whole"),
    [("stop", True), ("eos_token", True), ("length", False), ("content_filter", False)],
)
def test_a_reply_is_whole_when_its_model_ended_it(finish: str, whole: bool) -> None:
    reply = openai._Reply("m")
    reply.take({"choices": [{"delta": {"content": "Three"}, "finish_reason": finish}]})
    assert reply.end() == Completion("m", None, whole=whole)


def test_r13_a_stream_without_end_is_cut(server: ModelServer) -> None:
    server.reply_with(Reply(ending="flood"))
    with pytest.raises(ModelUnreachable, match="broke off"):
        reply_of(compatible(server))
    assert MAX_BYTES < 10_000_000


def test_r13_a_reply_that_trickles_on_is_cut(server: ModelServer) -> None:
    server.reply_with(Reply(words=("word ",) * 1000, pause=0.02))
    model = OpenAIModel("m", "m", api_key=None, base_url=server.url, patience=Patience(whole=0.3))
    with pytest.raises(ModelUnreachable, match=r"took more than 0\.3 seconds"):
        reply_of(model)
