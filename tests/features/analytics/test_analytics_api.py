"""``/analytics`` over HTTP: names and types as documented, masked words, clear errors."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from cevvo.domain.access import Scope
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.analytics.endpoints import router
from cevvo.features.analytics.schemas import EXPLANATION
from cevvo.features.analytics.service import AnalyticsService
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import question_clusters, turns
from cevvo.foundation.stack import install
from cevvo.settings import Settings
from http_api import OPERATOR
from stores import made

NOW = Millis(1_773_484_200_000)  # 2026-03-14T10:30:00Z
HOUR = 3_600_000


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with made(tmp_path) as opened:
        yield opened


@pytest.fixture
def workspace(db: Database) -> WorkspaceId:
    return asyncio.run(WorkspacesService(db, lambda: Millis(0)).default())


def client_of(db: Database, workspace: WorkspaceId, *scopes: Scope) -> TestClient:
    app = FastAPI()
    app.state.analytics = AnalyticsService(db, lambda: NOW)
    app.include_router(router, prefix="/api/v1")
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
def client(db: Database, workspace: WorkspaceId) -> Iterator[TestClient]:
    with client_of(db, workspace, "read") as opened:
        yield opened


def ask(
    db: Database,
    workspace: WorkspaceId,
    number: int,
    question: str | None,
    *,
    angle: float = 0,
    hours_ago: float = 1,
    answered: bool = True,
    cluster: str = "gap_1",
) -> None:
    """One conversation of one question; its vector is a direction in the plane, in degrees."""
    turned = np.radians(angle)
    vector = np.array([np.cos(turned), np.sin(turned)], "<f2").tobytes()
    row = {
        "id": f"turn_{number}",
        "workspace_id": workspace,
        "conversation_id": f"thr_{number}",
        "answer_id": f"msg_{number}",
        "asked_at": int(NOW - hours_ago * HOUR),
        "kind": "question",
        "standalone": question,
        "vector": None if question is None else vector,
        "answered": answered,
        "confidence": 0.8,
        "rephrased": False,
        "escalated": False,
        "off_topic": False,
        "response_ms": 100 * number,
        "first_token_ms": 10 * number,
        "cluster_id": cluster,
        "is_test": False,
    }
    values = {
        "id": cluster,
        "workspace_id": workspace,
        "mean": np.zeros(2, "<f4").tobytes(),
        "size": 1,
        "revision": 1,
        "created_at": 0,
    }
    known = select(question_clusters.c.id).where(question_clusters.c.id == cluster)
    if db.read_now(lambda c: c.execute(known).first()) is None:
        db.write_now(lambda c: c.execute(insert(question_clusters), values))
    db.write_now(lambda c: c.execute(insert(turns), row))


def test_overview_as_documented(db: Database, workspace: WorkspaceId, client: TestClient) -> None:
    ask(db, workspace, 1, "How do I get started?")
    ask(db, workspace, 2, "How do I start?", answered=False)
    ask(db, workspace, 3, "How do I begin?", hours_ago=8 * 24)
    assert client.get("/analytics/overview?period=7d").json() == {
        "total_conversations": 2,
        "resolution_rate": 0.5,
        "avg_response_time_ms": 150,
        "total_messages": 4,
        "period": "7d",
        "trend": {"conversations": 1.0, "resolution_rate": -0.5},
        "p50_response_time_ms": 100,
        "p95_response_time_ms": 200,
        "avg_first_token_ms": 15,
        "resolution_conversations": 2,
        "resolution_interval": {"low": 0.0945, "high": 0.9055},
        "confirmed_rate": 0.0,
        "resolution_explained": EXPLANATION,
    }


def test_seven_days_are_the_default(
    db: Database, workspace: WorkspaceId, client: TestClient
) -> None:
    ask(db, workspace, 1, "How do I get started?", hours_ago=6.9 * 24)
    ask(db, workspace, 2, "How do I get started?", hours_ago=7.1 * 24)
    assert client.get("/analytics/overview").json()["total_conversations"] == 1
    assert client.get("/analytics/top-questions").json()["data"][0]["count"] == 1


def test_an_empty_workspace(client: TestClient) -> None:
    overview = client.get("/analytics/overview").json()
    assert overview["total_conversations"] == overview["total_messages"] == 0
    assert overview["resolution_rate"] is None
    assert overview["trend"] == {"conversations": None, "resolution_rate": None}
    assert client.get("/analytics/top-questions").json() == {"data": []}
    assert client.get("/analytics/coverage-gaps").json() == {"data": []}


def test_top_questions_as_documented(
    db: Database, workspace: WorkspaceId, client: TestClient
) -> None:
    for number, angle in enumerate((0, 10, 20, 35, 50)):
        ask(db, workspace, number, f"Wording at {angle}", angle=angle, answered=number < 4)
    ask(db, workspace, 9, "What does it cost?", cluster="gap_2")
    assert client.get("/analytics/top-questions?limit=10&period=30d").json() == {
        "data": [
            {"question": "Wording at 20", "count": 5, "resolved_rate": 0.8, "id": "gap_1"},
            {"question": "What does it cost?", "count": 1, "resolved_rate": 1.0, "id": "gap_2"},
        ]
    }
    assert len(client.get("/analytics/top-questions?limit=1").json()["data"]) == 1


def test_coverage_gaps_as_documented(
    db: Database, workspace: WorkspaceId, client: TestClient
) -> None:
    ask(db, workspace, 1, "Do you support SSO?", hours_ago=150, answered=False)
    ask(db, workspace, 2, "Is there SSO?", hours_ago=100, answered=False, angle=25)
    ask(db, workspace, 3, "Single sign-on?", hours_ago=9, answered=False, angle=40)
    ask(db, workspace, 4, "Answered meanwhile", hours_ago=2, angle=20)
    gaps = client.get("/analytics/coverage-gaps?limit=10").json()
    assert gaps == {
        "data": [
            {
                "question": "Is there SSO?",
                "count": 3,
                "first_asked": "2026-03-08T04:30:00Z",
                "id": "gap_1",
                "status": "open",
                "last_asked": "2026-03-14T08:30:00Z",
                "nearest_sources": [],
                "suggestion": None,
            }
        ]
    }
    assert client.get("/analytics/coverage-gaps?period=24h").json()["data"][0]["count"] == 1


def test_personal_data_is_masked(db: Database, workspace: WorkspaceId, client: TestClient) -> None:
    ask(db, workspace, 1, "Why did jo@example.com get no mail to +49 30 1234567?", answered=False)
    masked = "Why did [email] get no mail to [phone]?"
    assert client.get("/analytics/top-questions").json()["data"][0]["question"] == masked
    assert client.get("/analytics/coverage-gaps").json()["data"][0]["question"] == masked


def test_what_has_no_words_left_is_counted_but_not_shown(
    db: Database, workspace: WorkspaceId, client: TestClient
) -> None:
    ask(db, workspace, 1, None, answered=False)
    assert client.get("/analytics/overview").json()["total_conversations"] == 1
    assert client.get("/analytics/top-questions").json() == {"data": []}
    assert client.get("/analytics/coverage-gaps").json() == {"data": []}
    ask(db, workspace, 2, "Do you support SSO?", answered=False)
    (gap,) = client.get("/analytics/coverage-gaps").json()["data"]
    assert (gap["question"], gap["count"]) == ("Do you support SSO?", 2)


def test_a_gap_without_words_takes_no_place_of_another(
    db: Database, workspace: WorkspaceId, client: TestClient
) -> None:
    for number in (1, 2):
        ask(db, workspace, number, None, answered=False)
    ask(db, workspace, 3, "Is there SSO?")  # its words keep the group, not the gap
    for number in (4, 5):
        ask(db, workspace, number, f"Question {number}?", answered=False, cluster=f"gap_{number}")
    shown = client.get("/analytics/coverage-gaps?limit=1").json()["data"]
    assert [gap["question"] for gap in shown] == ["Question 4?"]


@pytest.mark.parametrize("path", ["overview", "top-questions", "coverage-gaps"])
@pytest.mark.parametrize("period", ["8d", "", "7D", "7", "24h,7d"])
def test_an_unknown_period_lists_the_known(client: TestClient, path: str, period: str) -> None:
    response = client.get(f"/analytics/{path}", params={"period": period})
    error = response.json()["error"]
    assert response.status_code == 400
    assert (error["code"], error["param"]) == ("invalid_request", "period")
    assert re.search("24h.*7d.*30d.*90d", error["message"])


@pytest.mark.parametrize("path", ["top-questions", "coverage-gaps"])
@pytest.mark.parametrize("limit", ["0", "51", "-1", "ten", "1.5", "", "9" * 30])
def test_a_limit_is_from_1_to_50(client: TestClient, path: str, limit: str) -> None:
    response = client.get(f"/analytics/{path}", params={"limit": limit})
    assert response.status_code == 400
    expected = "`limit` should be a whole number from 1 to 50."
    assert response.json()["error"]["message"] == expected
    assert response.json()["error"]["param"] == "limit"


def test_it_takes_the_read_scope(db: Database, workspace: WorkspaceId) -> None:
    with client_of(db, workspace, "chat", "ingest") as client:
        for path in ("overview", "top-questions", "coverage-gaps"):
            assert client.get(f"/analytics/{path}").status_code == 403


def test_the_openapi_description_names_what_is_allowed(client: TestClient) -> None:
    app: Any = client.app
    parameters = app.openapi()["paths"]["/api/v1/analytics/coverage-gaps"]["get"]["parameters"]
    schemas = {each["name"]: each["schema"] for each in parameters}
    assert schemas["period"]["enum"] == ["24h", "7d", "30d", "90d"]
    assert (schemas["limit"]["minimum"], schemas["limit"]["maximum"]) == (1, 50)
