"""Conversations over the API: listed, read, and deleted without a trace of anyone."""

import asyncio
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from cevvo.domain.answers import Answer, Citation, CitedSource, Usage
from cevvo.domain.documents import Span
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.errors import NotFound
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.conversations.endpoints import router
from cevvo.features.conversations.repository import (
    append_message,
    create_conversation,
    history,
    title_of,
)
from cevvo.features.conversations.service import ConversationsService
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import (
    audit_log,
    idempotency_keys,
    messages,
    question_clusters,
    turns,
    workspaces,
)
from cevvo.foundation.stack import install
from cevvo.settings import Settings
from http_api import OPERATOR
from stores import Template, copied, template

START = 1_773_153_000_000  # 2026-03-10T14:30:00Z
OTHER = WorkspaceId("ws_other")
ANSWER = Answer(
    text="To get started, create a source [1].",
    sources=(CitedSource("Getting Started Guide", "https://docs.example.com/start", 0.95),),
    citations=(Citation(1, "doc_1", "create a source", Span(10, 25), None),),
    answered=True,
    confidence=0.9,
    model="extractive",
    usage=Usage(12, 7),
)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """An empty database of the newest schema, to be copied."""
    return template(tmp_path_factory.mktemp("migrated"))


@pytest.fixture
def db(migrated: Template, tmp_path: Path) -> Iterator[Database]:
    with copied(migrated, tmp_path) as opened:
        yield opened


@pytest.fixture
def workspace(db: Database) -> WorkspaceId:
    made = asyncio.run(WorkspacesService(db, lambda: Millis(START)).default())
    other = insert(workspaces).values(id=OTHER, name="other", created_at=START + 1)
    db.write_now(lambda c: c.execute(other))
    assert made == asyncio.run(WorkspacesService(db, lambda: Millis(START + 2)).default())
    return made


def client_of(db: Database, workspace: WorkspaceId, **key: Any) -> TestClient:
    app = FastAPI()
    app.state.conversations = ConversationsService(db, lambda: Millis(START))
    app.include_router(router, prefix="/api/v1")
    install(
        app,
        db=db,
        settings=Settings(rate_limit=10_000, allowed_hosts=("test",)),
        clock=lambda: Millis(START),
    )
    keys = ApiKeysService(db, lambda: Millis(START))
    made, _ = asyncio.run(keys.create(workspace, KeyTerms("test", **key), by=OPERATOR))
    client = TestClient(app, base_url="http://test/api/v1", raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {made}"
    return client


@pytest.fixture
def client(db: Database, workspace: WorkspaceId) -> Iterator[TestClient]:
    with client_of(db, workspace) as opened:
        yield opened


def hold(
    db: Database,
    workspace: WorkspaceId,
    conversation_id: str,
    *,
    at: int = START,
    question: str = "How do I get started?",
    answer: Answer | None = ANSWER,
    rating: str | None = None,
) -> None:
    """A thread of one question and its answer two seconds later."""
    with_words = {"rating": rating, "comment": "So helpful" if rating else None}

    def write(connection: Any) -> None:
        create_conversation(
            connection, workspace, conversation_id, question=question, now=Millis(at)
        )
        position = append_message(
            connection,
            workspace,
            conversation_id,
            message_id=f"msg_q_{conversation_id}",
            role="user",
            content=question,
            now=Millis(at),
        )
        append_message(
            connection,
            workspace,
            conversation_id,
            message_id=f"msg_a_{conversation_id}",
            role="assistant",
            content="To get" if answer is None else answer.text,
            now=Millis(at + 2000),
            reply_to=position,
            answer=answer,
            status="interrupted" if answer is None else "complete",
        )
        connection.execute(
            messages.update()
            .where(messages.c.id == f"msg_a_{conversation_id}")
            .values(**with_words)
        )

    db.write_now(write)


def test_a_conversation_as_documented(db: Database, workspace: WorkspaceId, client: Any) -> None:
    hold(db, workspace, "thr_1", rating="positive")
    found = client.get("/conversations/thr_1").json()
    assert found == {
        "id": "thr_1",
        "title": "How do I get started?",
        "message_count": 2,
        "created_at": "2026-03-10T14:30:00Z",
        "updated_at": "2026-03-10T14:30:02Z",
        "test": False,
        "escalation": None,
        "messages": [
            {
                "id": "msg_q_thr_1",
                "role": "user",
                "content": "How do I get started?",
                "created_at": "2026-03-10T14:30:00Z",
            },
            {
                "id": "msg_a_thr_1",
                "role": "assistant",
                "content": "To get started, create a source [1].",
                "sources": [
                    {
                        "title": "Getting Started Guide",
                        "url": "https://docs.example.com/start",
                        "score": 0.95,
                    }
                ],
                "citations": [
                    {
                        "source": 1,
                        "document_id": "doc_1",
                        "quote": "create a source",
                        "start": 10,
                        "end": 25,
                        "url": None,
                    }
                ],
                "model": "extractive",
                "answered": True,
                "confidence": 0.9,
                "degraded": False,
                "handover": None,
                "cached": False,
                "status": "complete",
                "feedback": {"rating": "positive", "comment": "So helpful"},
                "created_at": "2026-03-10T14:30:02Z",
            },
        ],
    }


def test_an_answer_that_was_cut_off(db: Database, workspace: WorkspaceId, client: Any) -> None:
    hold(db, workspace, "thr_1", answer=None)
    said = client.get("/conversations/thr_1").json()["messages"][1]
    assert said["status"] == "interrupted"
    assert said["content"] == "To get"
    assert said["sources"] == said["citations"] == []
    for name in ("model", "answered", "confidence", "degraded", "handover", "cached", "feedback"):
        assert said[name] is None


def test_the_list_has_the_latest_first_and_ids_break_ties(
    db: Database, workspace: WorkspaceId, client: Any
) -> None:
    for name, at in {"thr_a": 0, "thr_b": 5000, "thr_c": 5000, "thr_d": 1000}.items():
        hold(db, workspace, name, at=START + at)
    hold(db, OTHER, "thr_other", at=START + 9000)
    listed = client.get("/conversations?page=1&per_page=3").json()
    assert [each["id"] for each in listed["data"]] == ["thr_c", "thr_b", "thr_d"]
    assert listed["meta"] == {"page": 1, "per_page": 3, "total": 4, "searched": None}
    assert listed["data"][0] == {
        "id": "thr_c",
        "title": "How do I get started?",
        "message_count": 2,
        "created_at": "2026-03-10T14:30:05Z",
        "updated_at": "2026-03-10T14:30:07Z",
        "test": False,
    }
    assert [c["id"] for c in client.get("/conversations?page=2&per_page=3").json()["data"]] == [
        "thr_a"
    ]
    beyond = client.get("/conversations?page=3&per_page=3").json()
    assert beyond == {"data": [], "meta": listed["meta"] | {"page": 3}}


def test_a_new_message_moves_its_conversation_up(
    db: Database, workspace: WorkspaceId, client: Any
) -> None:
    hold(db, workspace, "thr_a")
    hold(db, workspace, "thr_b", at=START + 5000)
    for at in (START + 60_000, START - 60_000):  # a clock that was set back moves nothing down
        db.write_now(
            partial(
                append_message,
                workspace=workspace,
                conversation_id="thr_a",
                message_id=f"msg_{at}",
                role="user",
                content="And then?",
                now=Millis(at),
            )
        )
    listed = client.get("/conversations").json()["data"]
    assert [each["id"] for each in listed] == ["thr_a", "thr_b"]
    assert listed[0]["updated_at"] == "2026-03-10T14:31:00Z"
    assert listed[0]["message_count"] == 4


@pytest.mark.parametrize("thread", ["thr_unknown", "thr_other", "%00", "' OR 1=1 --", "x" * 5000])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_s1_an_unknown_id_and_another_workspaces_are_one_404(
    db: Database, client: Any, method: str, thread: str
) -> None:
    hold(db, OTHER, "thr_other")
    response = client.request(method, f"/conversations/{thread}")
    assert response.status_code == 404
    assert response.json()["error"]["message"] == "There is no conversation with this id."
    still_there = db.read_now(lambda c: history(c, OTHER, "thr_other", 10))
    assert still_there is not None
    assert len(still_there) == 2


def test_scopes(db: Database, workspace: WorkspaceId) -> None:
    hold(db, workspace, "thr_1")
    with client_of(db, workspace, scopes=["chat"]) as chatting:
        assert chatting.get("/conversations").status_code == 403
    with client_of(db, workspace, scopes=["read"]) as reading:
        assert reading.get("/conversations/thr_1").status_code == 200
        assert reading.delete("/conversations/thr_1").status_code == 403


def test_deleting_twice(db: Database, workspace: WorkspaceId, client: Any) -> None:
    hold(db, workspace, "thr_1")
    first = client.delete("/conversations/thr_1")
    assert (first.status_code, first.json()) == (200, {"deleted": True})
    assert client.delete("/conversations/thr_1").status_code == 404
    assert client.get("/conversations/thr_1").status_code == 404
    assert client.get("/conversations").json()["meta"]["total"] == 0


def test_deleting_removes_every_word_and_keeps_the_counters(
    db: Database, workspace: WorkspaceId, client: Any
) -> None:
    hold(db, workspace, "thr_1", question="canary question", rating="positive")
    hold(db, workspace, "thr_2", question="another question")
    _add_cluster(db, workspace, "gap_shared", [0.5, 0.5], size=2)
    _add_cluster(db, workspace, "gap_alone", [1, 0], size=1)
    _add_turn(db, workspace, "turn_1", "thr_1", "gap_shared", [1, 0])
    _add_turn(db, workspace, "turn_2", "thr_1", "gap_alone", [1, 0])
    _add_turn(db, workspace, "turn_3", "thr_1", None, None)
    _add_turn(db, workspace, "turn_4", "thr_2", "gap_shared", [0, 1])
    _keep_response(db, workspace, "k1", "thr_1")
    _keep_response(db, workspace, "k2", "thr_2")
    assert client.delete("/conversations/thr_1").json() == {"deleted": True}

    rows = db.read_now(
        lambda c: {row["id"]: dict(row) for row in c.execute(select(turns)).mappings()}
    )
    gone = [rows["turn_1"], rows["turn_2"], rows["turn_3"]]
    tokens = {row["conversation_id"] for row in gone}
    assert len(tokens) == 1
    assert "thr_1" not in tokens
    for row in gone:
        for name in ("answer_id", "standalone", "vector"):
            assert row[name] is None
        assert (row["answered"], row["rating"], row["response_ms"]) == (True, "positive", 40)
        assert row["asked_at"] == START
    assert rows["turn_2"]["cluster_id"] is None
    assert rows["turn_4"]["conversation_id"] == "thr_2"
    assert rows["turn_4"]["standalone"] == "canary of thr_2"
    clusters = db.read_now(
        lambda c: {
            row.id: (np.frombuffer(row.mean, "<f4").tolist(), row.size)
            for row in c.execute(select(question_clusters))
        }
    )
    assert clusters["gap_shared"] == ([0, 1], 1)
    assert clusters["gap_alone"] == ([0, 0], 0)
    kept = db.read_now(lambda c: list(c.execute(select(idempotency_keys.c.key)).scalars()))
    assert kept == ["k2"]
    dump = db.read_now(_everything)
    assert "canary question" not in dump
    assert "canary of thr_1" not in dump
    assert "So helpful" not in dump
    assert "thr_1" not in dump


def test_r12_simultaneous_turns_are_ordered_and_none_is_lost(
    db: Database, workspace: WorkspaceId
) -> None:
    db.write_now(
        lambda c: create_conversation(c, workspace, "thr_1", question="q", now=Millis(START))
    )

    async def turn(number: int) -> None:
        position = await db.write(
            lambda c: append_message(
                c,
                workspace,
                "thr_1",
                message_id=f"q{number}",
                role="user",
                content="?",
                now=Millis(START),
            )
        )
        await asyncio.sleep((number % 5) / 500)
        await db.write(
            lambda c: append_message(
                c,
                workspace,
                "thr_1",
                message_id=f"a{number}",
                role="assistant",
                content="!",
                now=Millis(START),
                reply_to=position,
            )
        )

    async def all_turns() -> None:
        await asyncio.gather(*(turn(number) for number in range(20)))

    asyncio.run(all_turns())
    found = db.read_now(lambda c: history(c, workspace, "thr_1", 100)) or []
    ids = [message.id for message in found]
    assert len(ids) == 40
    for question, answer in zip(ids[::2], ids[1::2], strict=True):
        assert (question[0], answer[0]) == ("q", "a")
        assert question[1:] == answer[1:]


def test_history_is_the_last_messages_oldest_first(db: Database, workspace: WorkspaceId) -> None:
    hold(db, workspace, "thr_1")
    last = db.read_now(lambda c: history(c, workspace, "thr_1", 1))
    assert last is not None
    assert [message.role for message in last] == ["assistant"]
    assert last[0].sources == ANSWER.sources
    assert last[0].citations == ANSWER.citations
    assert db.read_now(lambda c: history(c, OTHER, "thr_1", 1)) is None


def test_a_message_for_a_conversation_that_is_not_there(
    db: Database, workspace: WorkspaceId
) -> None:
    hold(db, OTHER, "thr_other")
    for thread in ("thr_unknown", "thr_other"):
        with pytest.raises(NotFound) as caught:
            db.write_now(
                partial(
                    append_message,
                    workspace=workspace,
                    conversation_id=thread,
                    message_id="msg_1",
                    role="user",
                    content="?",
                    now=Millis(START),
                )
            )
        assert caught.value.param == "thread_id"


@given(st.text(min_size=1))
def test_a_title_is_one_line_of_at_most_80_characters(question: str) -> None:
    title = title_of(question)
    assert len(title) <= 80
    assert not re.search(r"[\r\n\t]", title)
    if len(" ".join(question.split())) <= 80:
        assert title == " ".join(question.split())


def test_a_long_title_ends_at_a_word() -> None:
    assert title_of("word " * 30) == " ".join(["word"] * 15) + "…"
    assert title_of("x" * 200) == "x" * 79 + "…"


def _add_turn(
    db: Database,
    workspace: WorkspaceId,
    turn_id: str,
    thread: str,
    cluster: str | None,
    vector: list[float] | None,
) -> None:
    row = {
        "id": turn_id,
        "workspace_id": workspace,
        "conversation_id": thread,
        "answer_id": f"msg_a_{thread}",
        "asked_at": START,
        "kind": "question",
        "standalone": f"canary of {thread}",
        "vector": None if vector is None else np.array(vector, "<f2").tobytes(),
        "answered": True,
        "confidence": 0.9,
        "rating": "positive",
        "rephrased": False,
        "escalated": False,
        "off_topic": False,
        "response_ms": 40,
        "first_token_ms": 20,
        "cluster_id": cluster,
        "is_test": False,
    }
    db.write_now(lambda c: c.execute(insert(turns).values(**row)))


def _add_cluster(
    db: Database, workspace: WorkspaceId, cluster_id: str, mean: list[float], size: int
) -> None:
    row = {
        "id": cluster_id,
        "workspace_id": workspace,
        "mean": np.array(mean, "<f4").tobytes(),
        "size": size,
        "revision": 1,
        "created_at": START,
    }
    db.write_now(lambda c: c.execute(insert(question_clusters).values(**row)))


def _keep_response(db: Database, workspace: WorkspaceId, key: str, thread: str) -> None:
    row = {
        "workspace_id": workspace,
        "key": key,
        "fingerprint": "f",
        "status": 200,
        "headers": [],
        "body": b"canary of " + thread.encode(),
        "thread_id": thread,
        "created_at": START,
    }
    db.write_now(lambda c: c.execute(insert(idempotency_keys).values(**row)))


def _everything(connection: Any) -> str:
    """Every value of every table that conversations touch."""
    tables = ("conversations", "messages", "turns", "question_clusters", "idempotency_keys")
    rows = [connection.exec_driver_sql(f"SELECT * FROM {table}").all() for table in tables]
    return json.dumps(rows, default=str)


def test_all_conversations_of_a_user_are_deleted_and_no_others(
    db: Database, workspace: WorkspaceId, client: TestClient
) -> None:
    def write(connection: Any) -> None:
        for number in range(120):
            user = "ada@example.com" if number % 2 else f"user_{number}"
            create_conversation(
                connection, workspace, f"thr_{number}", question="q", now=Millis(START),
                user_id=user,
            )  # fmt: skip
        create_conversation(
            connection, OTHER, "thr_other", question="q", now=Millis(START),
            user_id="ada@example.com",
        )  # fmt: skip

    db.write_now(write)
    user = {"user_id": "ada@example.com"}
    assert client.delete("/conversations", params=user).json() == {"deleted": True, "count": 60}
    assert client.delete("/conversations", params=user).json()["count"] == 0
    assert client.get("/conversations").json()["meta"]["total"] == 60
    assert client.delete("/conversations").status_code == 400
    kept = db.read_now(lambda c: c.execute(select(audit_log.c.detail, audit_log)).all())
    assert [row.detail for row in kept if row.action == "user_data.deleted"] == [
        {"conversations": 60},
        {"conversations": 0},
    ]
    assert "ada@" not in str(kept)  # what only grows is no place for personal data
    with client_of(db, OTHER) as other:
        assert other.get("/conversations").json()["meta"]["total"] == 1


@pytest.mark.parametrize("words", ["\0", "ed\0", "start\0ed", "\0\0\0"])
def test_words_with_a_null_character_are_looked_for_as_any_other(
    db: Database, workspace: WorkspaceId, client: TestClient, words: str
) -> None:
    hold(db, workspace, "thr_1")
    found = client.get("/conversations", params={"q": words})
    assert found.status_code == 200
    assert found.json()["data"] == []
