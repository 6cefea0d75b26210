"""``/v1`` through OpenAI's own client, unchanged apart from base URL and key."""

from collections.abc import Iterator

import numpy as np
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from conftest import Server

MANUAL = """# Opening hours

We open at nine o'clock in the morning and close at six in the evening.

# Refunds

A refund is paid within fourteen days after the goods came back.
"""


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with server.client() as api:
        note = {"title": "Shop manual", "content": MANUAL}
        source = api.post("/sources", json={"name": "Shop", "type": "text"}).json()["id"]
        job = api.post("/ingest/text", json=note | {"source_id": source}).json()["job_id"]
        assert server.wait_for_job(api, job)["status"] == "completed"
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as opened:
        yield opened


def asked(*contents: str) -> list[ChatCompletionMessageParam]:
    """A conversation of the user's and the assistant's messages in turn."""
    messages: list[ChatCompletionMessageParam] = []
    for n, content in enumerate(contents):
        if n % 2:
            messages.append({"role": "assistant", "content": content})
        else:
            messages.append({"role": "user", "content": content})
    return messages


def test_an_answer_with_its_citations(client: openai.OpenAI, server: Server) -> None:
    reply = client.chat.completions.create(
        model="gpt-4o", messages=asked("When do you open in the morning?"), temperature=0.2
    )
    assert reply.choices[0].finish_reason == "stop"
    answer = reply.choices[0].message.content
    assert answer is not None
    assert "nine o'clock" in answer
    assert reply.model == "extractive"
    assert reply.usage is not None
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 0
    assert reply.model_extra is not None
    basis = reply.model_extra["cevvo"]
    assert basis["answered"] is True
    assert basis["sources"][0]["title"] == "Shop manual"
    assert "nine o'clock" in basis["citations"][0]["quote"]
    with server.client() as api:  # what was said is kept like any other conversation
        kept = api.get(f"/conversations/{basis['thread_id']}").json()
    assert [message["content"] for message in kept["messages"]] == [
        "When do you open in the morning?",
        answer,
    ]


def test_a_stream_is_the_same_answer(client: openai.OpenAI) -> None:
    messages = asked("When is a refund paid?")
    whole = client.chat.completions.create(model="auto", messages=messages)
    chunks = list(
        client.chat.completions.create(
            model="auto", messages=messages, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert "fourteen days" in text
    assert chunks[0].choices[0].delta.role == "assistant"
    *_, last, usage = chunks
    assert last.choices[0].finish_reason == "stop"
    assert last.model_extra is not None
    assert last.model_extra["cevvo"]["sources"][0]["title"] == "Shop manual"
    assert usage.choices == []
    assert usage.usage == whole.usage
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_follow_up_is_understood_from_the_messages_before(client: openai.OpenAI) -> None:
    alone = client.chat.completions.create(model="auto", messages=asked("And when do you close?"))
    first = client.chat.completions.create(
        model="auto", messages=asked("When do you open in the morning?")
    )
    said = first.choices[0].message.content or ""
    followed = client.chat.completions.create(
        model="auto",
        messages=[
            {"role": "system", "content": "Answer like a pirate."},
            *asked("When do you open in the morning?", said, "What was my question?"),
        ],
    )
    assert "When do you open in the morning?" in (followed.choices[0].message.content or "")
    assert "When do you open" not in (alone.choices[0].message.content or "")


def test_what_the_sources_do_not_say_is_not_made_up(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="auto", messages=asked("Which planets have rings?")
    )
    assert reply.model_extra is not None
    basis = reply.model_extra["cevvo"]
    assert (basis["answered"], basis["sources"]) == (False, [])


def test_models(client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert names[:2] == ["auto", "extractive"]
    assert {"gpt-4o", "claude-sonnet-4-20250514"} < set(names)


def test_embeddings(client: openai.OpenAI) -> None:
    texts = ["When do you open?", "What are your opening hours?", "Bananas are yellow."]
    reply = client.embeddings.create(model="auto", input=texts)  # the client asks for base64
    floats = client.embeddings.create(model=reply.model, input=texts, encoding_format="float")
    vectors = np.array([each.embedding for each in reply.data])
    assert np.allclose(vectors, [each.embedding for each in floats.data], atol=1e-7)
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert reply.usage.total_tokens > 10
    one = client.embeddings.create(model="auto", input=texts[0], dimensions=384)
    assert np.allclose(one.data[0].embedding, vectors[0], atol=1e-3)


def test_errors_are_the_clients_own(client: openai.OpenAI, server: Server) -> None:
    ask = client.chat.completions.create
    with pytest.raises(openai.BadRequestError, match="There is no model 'gpt-5'") as unknown:
        ask(model="gpt-5", messages=asked("Hi"))
    assert (unknown.value.code, unknown.value.param) == ("invalid_request", "model")
    assert unknown.value.request_id
    with pytest.raises(openai.BadRequestError, match="last message must have the role `user`"):
        ask(model="auto", messages=asked("Hi", "Hello."))
    with pytest.raises(openai.BadRequestError, match="1 to 8000 characters"):
        ask(model="auto", messages=asked(" "))
    with pytest.raises(openai.BadRequestError, match="`n`: one reply is made"):
        ask(model="auto", messages=asked("Hi"), n=2)
    with pytest.raises(openai.BadRequestError, match="`tools`: this server calls no tools"):
        ask(
            model="auto",
            messages=asked("Hi"),
            tools=[{"type": "function", "function": {"name": "f"}}],
        )
    picture: ChatCompletionMessageParam = {
        "role": "user",
        "content": [{"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}],
    }
    with pytest.raises(openai.BadRequestError, match="messages"):
        ask(model="auto", messages=[picture])
    with pytest.raises(openai.BadRequestError, match="no embedding model 'text-embedding-3'"):
        client.embeddings.create(model="text-embedding-3", input="x")
    with pytest.raises(openai.BadRequestError, match="`input` must not be empty"):
        client.embeddings.create(model="auto", input=["x", " "])
    with pytest.raises(openai.BadRequestError, match="`dimensions` must be 384"):
        client.embeddings.create(model="auto", input="x", dimensions=100)
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="cevvo_sk_wrong").models.list()
    with pytest.raises(openai.NotFoundError):
        client.get("/nothing", cast_to=object)


def test_a_stream_that_cannot_begin_is_an_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="There is no model"):
        client.chat.completions.create(model="gpt-5", messages=asked("Hi"), stream=True)
