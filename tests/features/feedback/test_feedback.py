"""``/feedback`` and ``/conversations/:id/escalate``, and what they do to the figures."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Table, insert, select
from starlette.testclient import TestClient

from cevvo.domain.access import ALL_SCOPES, Scope
from cevvo.domain.answers import Answer
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.analytics import endpoints as analytics_endpoints
from cevvo.features.analytics.service import AnalyticsService
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.conversations import endpoints as conversations_endpoints
from cevvo.features.conversations.repository import append_message, create_conversation
from cevvo.features.conversations.service import ConversationsService
from cevvo.features.feedback import endpoints as feedback_endpoints
from cevvo.features.feedback.service import FeedbackService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import conversations, messages, turns, workspaces
from cevvo.foundation.stack import install
from cevvo.settings import Settings
from http_api import OPERATOR
from stores import made

NOW = Millis(1_773_153_000_000)  # 2026-03-10T14:30:00Z
OURS, OTHERS = WorkspaceId("ws_ours"), WorkspaceId("ws_others")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    names = [{"id": each, "name": each, "created_at": 0} for each in (OURS, OTHERS)]
    with made(tmp_path) as opened:
        opened.write_now(lambda c: c.execute(insert(workspaces), names))
        hold(opened, "thr_1", "question", "small_talk")
        yield opened


def hold(db: Database, thread: str, *kinds: str) -> None:
    """A conversation of ours with one answered turn per kind, a second apart."""

    def store(connection: Any) -> None:
        create_conversation(connection, OURS, thread, question="How?", now=NOW)
        for number, kind in enumerate(kinds):
            at = Millis(NOW - 10_000 + 1000 * number)
            answer_id = f"msg_a{number}_{thread}"
            append_message(
                connection,
                OURS,
                thread,
                message_id=f"msg_q{number}_{thread}",
                role="user",
                content="How?",
                now=at,
            )
            append_message(
                connection,
                OURS,
                thread,
                message_id=answer_id,
                role="assistant",
                content="So.",
                now=at,
                reply_to=2 * number,
                answer=Answer("So.", (), (), True, 0.9, "extractive"),
            )
            connection.execute(
                insert(turns).values(
                    id=f"turn_{number}_{thread}",
                    workspace_id=OURS,
                    conversation_id=thread,
                    answer_id=answer_id,
                    asked_at=at,
                    kind=kind,
                    answered=True,
                    confidence=0.9,
                    rephrased=False,
                    escalated=False,
                    off_topic=False,
                    response_ms=5,
                    first_token_ms=4,
                    is_test=False,
                )
            )

    db.write_now(store)


def client_of(
    db: Database, workspace: WorkspaceId = OURS, scopes: tuple[Scope, ...] = ALL_SCOPES
) -> TestClient:
    app = FastAPI()
    app.state.feedback = FeedbackService(db, lambda: NOW)
    app.state.conversations = ConversationsService(db, lambda: NOW)
    app.state.analytics = AnalyticsService(db, lambda: NOW)
    for endpoints in (feedback_endpoints, conversations_endpoints, analytics_endpoints):
        app.include_router(endpoints.router, prefix="/api/v1")
    install(
        app, db=db, settings=Settings(rate_limit=10_000, allowed_hosts=("test",)), clock=lambda: NOW
    )
    made = ApiKeysService(db, lambda: NOW).create(
        workspace, KeyTerms("test", scopes=scopes), by=OPERATOR
    )
    client = TestClient(app, base_url="http://test/api/v1", raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {asyncio.run(made)[0]}"
    return client


@pytest.fixture
def client(db: Database) -> Iterator[TestClient]:
    with client_of(db) as opened:
        yield opened


def rows(db: Database, table: Table) -> dict[str, Any]:
    return db.read_now(lambda c: {row.id: row for row in c.execute(select(table))})


def test_a_rating_shows_with_its_answer_and_its_turn(db: Database, client: TestClient) -> None:
    rating = {"message_id": "msg_a0_thr_1", "rating": "negative", "comment": " It is wrong. "}
    assert client.post("/feedback", json=rating).json() == rating | {"comment": "It is wrong."}
    shown = client.get("/conversations/thr_1").json()["messages"][1]
    assert shown["feedback"] == {"rating": "negative", "comment": "It is wrong."}
    ratings = {id: turn.rating for id, turn in rows(db, turns).items()}
    assert ratings == {"turn_0_thr_1": "negative", "turn_1_thr_1": None}


def test_rating_again_replaces_it_whole(db: Database, client: TestClient) -> None:
    first = {"message_id": "msg_a0_thr_1", "rating": "negative", "comment": "It is wrong."}
    client.post("/feedback", json=first)
    second = {"message_id": "msg_a0_thr_1", "rating": "positive"}
    assert client.post("/feedback", json=second).json() == second | {"comment": None}
    assert rows(db, messages)["msg_a0_thr_1"].comment is None
    assert rows(db, turns)["turn_0_thr_1"].rating == "positive"


def test_a_negative_rating_revokes_the_resolution(client: TestClient) -> None:
    assert client.get("/analytics/overview").json()["resolution_rate"] == 1
    client.post("/feedback", json={"message_id": "msg_a0_thr_1", "rating": "negative"})
    assert client.get("/analytics/overview").json()["resolution_rate"] == 0


@pytest.mark.parametrize("message", ["msg_nowhere", "msg_q0_thr_1", "thr_1", ""])
def test_only_an_answer_can_be_rated(db: Database, client: TestClient, message: str) -> None:
    response = client.post("/feedback", json={"message_id": message, "rating": "positive"})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (404, "not_found", "message_id")
    assert {row.rating for row in rows(db, messages).values()} == {None}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rating", "up"),
        ("rating", 1),
        ("rating", None),
        ("message_id", None),
        ("message_id", 7),
        ("comment", ""),
        ("comment", "x" * 2001),
        ("comment", {"text": "hi"}),
    ],
)
def test_a_bad_rating_names_its_field(client: TestClient, field: str, value: object) -> None:
    body = {"message_id": "msg_a0_thr_1", "rating": "positive", field: value}
    response = client.post("/feedback", json=body)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == field


def test_asking_for_a_person(db: Database, client: TestClient) -> None:
    response = client.post("/conversations/thr_1/escalate", json={"reason": " Call me "})
    assert response.status_code == 200
    assert response.json() == {
        "thread_id": "thr_1",
        "escalated": True,
        "reason": "Call me",
        "escalated_at": "2026-03-10T14:30:00Z",
    }
    kept = rows(db, conversations)["thr_1"]
    assert (kept.escalated_at, kept.escalation_reason) == (NOW, "Call me")
    assert client.get("/conversations/thr_1").json()["escalation"] == response.json()
    exported = json.loads(client.get("/conversations/export").text)
    assert exported["escalation"] == response.json()


def test_asking_for_a_person_revokes_the_resolution_of_the_last_question(
    db: Database, client: TestClient
) -> None:
    hold(db, "thr_2", "question", "question", "small_talk")
    hold(db, "thr_3", "small_talk")
    for thread in ("thr_2", "thr_3"):
        client.post(f"/conversations/{thread}/escalate", json={"reason": "Help"})
    escalated = {id for id, turn in rows(db, turns).items() if turn.escalated}
    assert escalated == {"turn_1_thr_2", "turn_0_thr_3"}
    assert client.get("/analytics/overview").json()["resolution_rate"] == 0.5


def test_an_unknown_conversation_cannot_be_escalated(client: TestClient) -> None:
    response = client.post("/conversations/thr_nowhere/escalate", json={"reason": "Help"})
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("reason", [None, "", "  ", 5, "x" * 2001])
def test_a_reason_is_needed(client: TestClient, reason: object) -> None:
    response = client.post("/conversations/thr_1/escalate", json={"reason": reason})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "reason"


def test_another_workspace_touches_nothing(db: Database) -> None:
    with client_of(db, OTHERS) as client:
        rating = {"message_id": "msg_a0_thr_1", "rating": "negative"}
        assert client.post("/feedback", json=rating).status_code == 404
        reason = {"reason": "Help"}
        assert client.post("/conversations/thr_1/escalate", json=reason).status_code == 404
    assert {turn.rating for turn in rows(db, turns).values()} == {None}
    assert {turn.escalated for turn in rows(db, turns).values()} == {False}


def test_it_takes_the_chat_scope(db: Database) -> None:
    with client_of(db, scopes=("read", "ingest")) as client:
        rating = {"message_id": "msg_a0_thr_1", "rating": "negative"}
        assert client.post("/feedback", json=rating).status_code == 403
        reason = {"reason": "Help"}
        assert client.post("/conversations/thr_1/escalate", json=reason).status_code == 403
