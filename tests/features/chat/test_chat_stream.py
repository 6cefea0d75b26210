"""``POST /chat/stream``: the documented events, a clean end, what becomes of a reply cut off."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Table, select
from starlette.testclient import TestClient

from cevvo.domain.answers import AnswerEvent
from cevvo.domain.documents import Passage
from cevvo.engine.answering.base import Guidance, Question
from cevvo.features.chat.service import DEADLINE
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import conversations, idempotency_keys, messages, turns
from cevvo.providers.embedding.base import Embedder
from features.chat.chat_room import Misbehaving, Room, events_of

RESET = {"message": "How do I reset my password?"}
UNTIL = {"hang": 3.0}  # seconds that an answer may take; what fails by itself needs no bound
HEADERS = ("x-thread-id", "x-message-id")


def rows(db: Database, table: Table, **where: object) -> list[Any]:
    query = select(table).filter_by(**where)
    return db.read_now(lambda c: list(c.execute(query)))


@dataclass
class Waiting(Misbehaving):
    """Says a word, and that it is at its end, whenever it is wanted."""

    wanted: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    async def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        """See the class."""
        async for event in super().answer(question, evidence, guidance):
            assert await asyncio.to_thread(self.wanted.acquire, timeout=30)
            yield event


def eventually(condition: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_documented_events(room: Room) -> None:
    with room.served() as client:
        response = client.post("/chat/stream", json=RESET)
        assert response.headers["content-type"].startswith("text/event-stream")
        *texts, sources = events_of(response)
        assert texts
        assert all(set(event) == {"type", "text"} for event in texts)
        assert {event["type"] for event in texts} == {"text"}
        assert list(sources) == [
            "type",
            "sources",
            "model",
            "usage",
            "answered",
            "confidence",
            "degraded",
            "citations",
            "handover",
            "cached",
            "retrieved",
            "saved",
            "id",
            "thread_id",
        ]
        assert sources["type"] == "sources"
        assert sources["sources"][0]["title"] == "Account security"
        assert (response.headers["x-thread-id"], response.headers["x-message-id"]) == (
            sources["thread_id"],
            sources["id"],
        )
        thread = client.get(f"/conversations/{sources['thread_id']}").json()
        assert thread["messages"][1]["content"] == "".join(event["text"] for event in texts)
        assert thread["messages"][1]["sources"] == sources["sources"]


def test_the_wire_is_written_as_documented(client: TestClient) -> None:
    lines = client.post("/chat/stream", json=RESET).text.split("\n\n")
    assert lines[0].startswith('data: {"type": "text", "text": "')
    assert lines[-3].startswith('data: {"type": "sources", "sources": [{"title": ')
    assert lines[-2:] == ["data: [DONE]", ""]


def test_the_openapi_description_shows_a_stream(room: Room) -> None:
    answer = room.app.openapi()["paths"]["/api/v1/chat/stream"]["post"]["responses"]["200"]
    assert list(answer["content"]) == ["text/event-stream"]
    assert set(answer["headers"]) == {"X-Thread-Id", "X-Message-Id"}


def test_a_stream_says_what_chat_says(client: TestClient) -> None:
    whole = client.post("/chat", json=RESET | {"include": ["retrieved"]}).json()
    *texts, sources = events_of(
        client.post("/chat/stream", json=RESET | {"include": ["retrieved"]})
    )
    assert "".join(event["text"] for event in texts) == whole["answer"]
    for name in set(whole) - {"id", "answer", "thread_id"}:
        assert sources[name] == whole[name]


@pytest.mark.parametrize("message", ["Which planets have rings?", "Hello!"])
def test_the_sources_event_comes_even_when_empty(client: TestClient, message: str) -> None:
    *texts, sources = events_of(client.post("/chat/stream", json={"message": message}))
    assert texts
    assert (sources["type"], sources["sources"], sources["citations"]) == ("sources", [], [])


def test_text_comes_as_it_is_ready(db: Database, embedder: Embedder) -> None:
    answerer = Waiting()
    room = Room(db, embedder, [answerer])
    answerer.wanted.release()
    with room.served() as client, client.stream("POST", "/chat/stream", json=RESET) as response:
        lines = (line for line in response.iter_lines() if line)
        for word in ("One ", "two ", "three "):
            assert json.loads(next(lines)[6:])["text"] == word
            answerer.wanted.release()  # the next is not said before this one is here
        sources, done = lines
    assert '"sources"' in sources
    assert done == "data: [DONE]"


def test_r15_a_client_that_leaves_cancels_the_reply(db: Database, embedder: Embedder) -> None:
    answerer = Misbehaving(at_the_end="hang")
    room = Room(db, embedder, [answerer])
    with room.served() as client:
        with client.stream("POST", "/chat/stream", json=RESET) as response:
            lines = (line for line in response.iter_lines() if line)
            assert [json.loads(next(lines)[6:])["text"] for _ in range(3)]
            left = time.monotonic()
        eventually(lambda: answerer.closed, 20)
        assert time.monotonic() - left < 10  # by itself it ends after 60 s
        eventually(lambda: bool(rows(db, turns)))
        thread = client.get(f"/conversations/{response.headers['x-thread-id']}").json()
    said = thread["messages"][1]
    assert said["id"] == response.headers["x-message-id"]
    assert (said["content"], said["status"]) == ("One two three ", "interrupted")
    assert (said["answered"], said["confidence"], said["sources"]) == (None, None, [])
    (turn,) = rows(db, turns)
    assert (turn.answered, turn.confidence, turn.response_ms) == (False, None, None)
    assert turn.off_topic is False


def test_an_interrupted_question_is_no_gap(db: Database, embedder: Embedder) -> None:
    room = Room(db, embedder, [Misbehaving(at_the_end="hang")])
    with room.served() as client:
        with client.stream("POST", "/chat/stream", json=RESET) as response:
            next(response.iter_lines())
        eventually(lambda: bool(rows(db, turns)))
        assert client.get("/analytics/coverage-gaps").json() == {"data": []}
        assert client.get("/analytics/overview").json()["resolution_rate"] == 0


@pytest.mark.parametrize(
    ("at_the_end", "status", "code"),
    [
        ("raise", 502, "provider_error"),
        ("nothing", 500, "internal_error"),
        ("hang", 503, "unavailable"),
    ],
)
@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_a_failure_before_the_first_byte_is_an_http_error(
    db: Database, embedder: Embedder, path: str, at_the_end: str, status: int, code: str
) -> None:
    answerer = Misbehaving((), at_the_end)
    with Room(
        db, embedder, [answerer], deadline=UNTIL.get(at_the_end, DEADLINE)
    ).client() as client:
        response = client.post(path, json=RESET)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.headers["content-type"] == "application/json"
    assert answerer.closed
    (kept,) = rows(db, messages, role="assistant")
    assert (kept.content, kept.status) == ("", "interrupted")


@pytest.mark.parametrize(
    ("at_the_end", "code"),
    [("raise", "provider_error"), ("nothing", "internal_error"), ("hang", "unavailable")],
)
def test_a_failure_later_is_an_error_event_and_a_clean_end(
    db: Database, embedder: Embedder, at_the_end: str, code: str
) -> None:
    answerer = Misbehaving(at_the_end=at_the_end)
    with Room(
        db, embedder, [answerer], deadline=UNTIL.get(at_the_end, DEADLINE)
    ).client() as client:
        response = client.post("/chat/stream", json=RESET)
        *texts, error = events_of(response)
        thread = client.get(f"/conversations/{response.headers['x-thread-id']}").json()
    assert "".join(event["text"] for event in texts) == "One two three "
    assert error["type"] == "error"
    assert list(error["error"]) == ["code", "message", "param", "request_id"]
    assert error["error"]["code"] == code
    assert error["error"]["request_id"] == response.headers["x-request-id"]
    assert thread["messages"][1]["content"] == "One two three "
    assert thread["messages"][1]["status"] == "interrupted"
    assert answerer.closed


@pytest.mark.parametrize("body", [{"message": ""}, RESET | {"thread_id": "thr_nowhere"}])
def test_a_refused_request_gets_no_stream(client: TestClient, body: dict[str, str]) -> None:
    response = client.post("/chat/stream", json=body)
    assert response.status_code in (400, 404)
    assert response.headers["content-type"] == "application/json"
    assert not any(name in response.headers for name in HEADERS)


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_a_conversation_deleted_meanwhile_stays_deleted(
    db: Database, embedder: Embedder, path: str
) -> None:
    """The answer still goes out; nothing of it is kept."""
    answerer = Waiting()
    room = Room(db, embedder, [answerer])
    with room.served() as client, ThreadPoolExecutor(1) as pool:
        answering = pool.submit(client.post, path, json=RESET)
        eventually(lambda: bool(rows(db, conversations)))
        (thread,) = rows(db, conversations)
        with room.client() as other:
            assert other.delete(f"/conversations/{thread.id}").json() == {"deleted": True}
        answerer.wanted.release(4)
        response = answering.result()
        assert response.status_code == 200
        assert "three" in response.text
        assert "error" not in response.text
    assert rows(db, conversations) == rows(db, messages) == rows(db, turns) == []


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_an_answer_deleted_meanwhile_is_not_given_again(
    db: Database, embedder: Embedder, path: str
) -> None:
    answerer = Waiting()
    room = Room(db, embedder, [answerer])
    request: dict[str, Any] = {"json": RESET, "headers": {"Idempotency-Key": "k1"}}
    with room.served() as client, ThreadPoolExecutor(1) as pool:
        answering = pool.submit(client.post, path, **request)
        eventually(lambda: bool(rows(db, conversations)))
        (thread,) = rows(db, conversations)
        assert client.delete(f"/conversations/{thread.id}").json() == {"deleted": True}
        answerer.wanted.release(8)  # twice
        assert thread.id in answering.result().text
        assert rows(db, idempotency_keys) == []
        again = client.post(path, **request)
    assert "idempotent-replayed" not in again.headers
    assert thread.id not in again.text


def test_what_is_cut_off_at_shutdown_is_still_recorded(db: Database, embedder: Embedder) -> None:
    room = Room(db, embedder, [Misbehaving(at_the_end="hang")])
    with room.served() as client:
        context = client.stream("POST", "/chat/stream", json=RESET)
        next(context.__enter__().iter_lines())
    (kept,) = rows(db, messages, role="assistant")
    assert (kept.content, kept.status) == ("One two three ", "interrupted")
