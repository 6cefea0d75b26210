"""Questions narrowed to some documents, through ``/chat``."""

from typing import Any

import pytest
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import document_metadata, documents
from features.chat.chat_room import OURS
from features.chat.languages import say_language

RESET = "How do I reset my password?"


def ask(client: TestClient, message: str, **more: Any) -> dict[str, Any]:
    response = client.post("/chat", json={"message": message} | more)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.fixture
def described(client: TestClient, db: Database) -> TestClient:
    """The page on security is German and about "pro"."""

    def write(connection: Any) -> None:
        page = documents.c.title == "Account security"
        say_language(connection, "de", "Account security")
        ids = connection.execute(select(documents.c.id).where(page)).scalars().all()
        rows = [
            {"document_id": id, "workspace_id": OURS, "name": "plan", "value": "pro"} for id in ids
        ]
        connection.execute(insert(document_metadata), rows)

    db.write_now(write)
    return client


@pytest.mark.parametrize(
    ("filters", "answered"),
    [
        (None, True),
        ({}, True),
        ({"language": "de"}, True),
        ({"metadata": {"plan": "pro"}}, True),
        ({"language": "de", "metadata": {"plan": "pro"}}, True),
        ({"language": "fr"}, False),
        ({"metadata": {"plan": "free"}}, False),
        ({"metadata": {"plan": "pro", "version": "2"}}, False),
    ],
)
def test_only_what_passes_is_cited(
    described: TestClient, filters: dict[str, Any] | None, answered: bool
) -> None:
    answer = ask(described, RESET, filters=filters, include=["retrieved"])
    assert answer["answered"] is answered
    if filters:
        assert {p["title"] for p in answer["retrieved"]} <= {"Account security"}
    assert bool(answer["sources"]) is answered


@pytest.mark.parametrize(
    "filters",
    [{"language": "deutsch"}, {"language": 1}, {"metadata": {"a": 1}}, {"lang": "de"}, "de"],
)
def test_odd_filters_are_refused(client: TestClient, filters: Any) -> None:
    response = client.post("/chat", json={"message": RESET, "filters": filters})
    assert response.status_code == 400
    assert response.json()["error"]["param"].startswith("filters")
