"""What is done is written down with it, for good; and read back by those who may."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.audit_log import endpoints
from cevvo.features.audit_log.service import AuditLogService
from cevvo.features.conversations import endpoints as conversations_endpoints
from cevvo.features.conversations.repository import create_conversation
from cevvo.features.conversations.service import ConversationsService
from cevvo.features.settings import endpoints as settings_endpoints
from cevvo.features.settings.service import SettingsService
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import audit_log, workspaces
from http_api import OPERATOR, Api
from stores import only_on_sqlite

THEIRS = WorkspaceId("ws_theirs")


@pytest.fixture
def whole(api: Api, db: Database) -> Api:
    """With the endpoints that do something worth writing down."""
    api.app.state.audit_log = AuditLogService(db, api.clocks.now)
    api.app.state.settings = SettingsService(db, api.clocks.now)
    api.app.state.conversations = ConversationsService(db, api.clocks.now)
    for each in (endpoints, settings_endpoints, conversations_endpoints):
        api.app.include_router(each.router, prefix="/api/v1")
    db.write_now(lambda c: c.execute(insert(workspaces).values(id=THEIRS, name="t", created_at=0)))
    return api


def listed(client: Any, **params: str) -> list[dict[str, Any]]:
    response = client.get("/audit-log", params=params)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["data"]
    return found


def test_who_what_when_from_where_and_under_which_request(whole: Api) -> None:
    with whole.client() as client:
        whole.clocks.advance(60)
        request = {"X-Request-Id": "req_of_the_test"}
        client.put("/settings/answers", json={"assistant_name": "Ada"}, headers=request)
        newest, first = listed(client)
    assert newest["action"] == "settings.changed"
    assert newest["actor"]["kind"] == "key"
    assert newest["actor"]["name"] == "test"
    assert newest["detail"] == {"fields": ["assistant_name"]}
    assert newest["address"] == "testclient"
    assert newest["request_id"] == "req_of_the_test"
    at = datetime.fromtimestamp(whole.clocks.wall // 1000, UTC)
    assert newest["at"] == at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert first["action"] == "api_key.created"
    assert first["actor"] == {"kind": "cli", "id": "operator", "name": None}
    assert (first["target_name"], first["address"]) == ("test", None)
    assert newest["actor"]["id"] == first["target_id"]
    assert "Ada" not in json.dumps([newest, first])


def test_a_deed_that_fails_is_not_written_down(whole: Api) -> None:
    with whole.client() as client:
        assert client.delete("/conversations/thr_none").status_code == 404
        assert [each["action"] for each in listed(client)] == ["api_key.created"]


def test_a_deleted_conversation_leaves_an_entry_without_its_words(whole: Api, db: Database) -> None:
    db.write_now(
        lambda c: create_conversation(
            c, whole.workspace, "thr_1", question="my secret wish", now=Millis(0)
        )
    )
    with whole.client() as client:
        assert client.delete("/conversations/thr_1").status_code == 200
        newest = listed(client)[0]
    assert (newest["action"], newest["target_id"]) == ("conversation.deleted", "thr_1")
    assert "wish" not in json.dumps(newest)


def entries(db: Database, whole: Api) -> None:
    def write(connection: Connection) -> None:
        for number in range(5):
            append(
                connection,
                whole.workspace,
                OPERATOR,
                "source.deleted" if number % 2 else "document.deleted",
                now=Millis(whole.clocks.wall + 60_000 * (number + 1)),
                target_name=f"No. {number}",
            )
        append(connection, THEIRS, OPERATOR, "source.deleted", now=Millis(1), target_name="theirs")

    db.write_now(write)


def test_filters_and_pages(whole: Api, db: Database) -> None:
    entries(db, whole)
    start = whole.clocks.wall // 1000

    def at(minutes: int) -> str:
        return datetime.fromtimestamp(start + 60 * minutes, UTC).isoformat()

    with whole.client() as client:
        everything = client.get("/audit-log", params={"per_page": 2, "page": 2}).json()
        names = [each["target_name"] for each in listed(client, action="source.deleted")]
        kind = [each["target_name"] for each in listed(client, action="document")]
        actor = listed(client, actor="operator")
        between = [each["target_name"] for each in listed(client, since=at(2), until=at(4))]
        wrong = [
            client.get("/audit-log", params={"since": since})
            for since in ("2026-03-14T11:00:00", "2026-03-14", "1773486000", "0.5")
        ]
        nobody = listed(client, action="sourc", actor="%")
    assert everything["meta"] == {"page": 2, "per_page": 2, "total": 6}
    assert [each["target_name"] for each in everything["data"]] == ["No. 2", "No. 1"]
    assert names == ["No. 3", "No. 1"]
    assert kind == ["No. 4", "No. 2", "No. 0"]
    assert len(actor) == 6
    assert between == ["No. 2", "No. 1"]
    assert {each.status_code for each in wrong} == {400}
    assert {each.json()["error"]["param"] for each in wrong} == {"since"}
    assert nobody == []


def test_only_admins_of_the_workspace_see_it(whole: Api, db: Database) -> None:
    entries(db, whole)
    for scope in ("chat", "read", "ingest"):
        with whole.client(whole.make_key(scope)) as client:
            assert client.get("/audit-log").status_code == 403
    with whole.client(whole.make_key(workspace=THEIRS)) as client:
        assert {each["target_name"] for each in listed(client)} == {"theirs", "test"}


def test_s40_as_a_table_no_cell_is_a_formula_and_the_export_is_noted(
    whole: Api, db: Database
) -> None:
    formulas = ['=HYPERLINK("http://evil.test")', "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"]

    def write(connection: Connection) -> None:
        for name in formulas:
            append(
                connection, whole.workspace, OPERATOR, "source.deleted", now=Millis(1),
                target_name=name,
            )  # fmt: skip

    db.write_now(write)
    with whole.client() as client:
        response = client.get("/audit-log", headers={"Accept": "text/csv"}, params={"per_page": 1})
        newest = listed(client)[0]
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert len(rows) == len(formulas) + 1
    assert {row["target_name"] for row in rows} == {f"'{each}" for each in formulas} | {"test"}
    assert newest["action"] == "audit_log.exported"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_log SET action = 'nothing'",
        "DELETE FROM audit_log",
        pytest.param(
            "INSERT OR REPLACE INTO audit_log (id, at, action, actor_kind) "
            "SELECT id, 0, 'x', 'cli' FROM audit_log",
            marks=only_on_sqlite("a statement that others lack"),
        ),
        "DELETE FROM audit_log WHERE at < 9e15",
    ],
)
def test_an_entry_can_be_neither_changed_nor_deleted(whole: Api, db: Database, change: str) -> None:
    def rows(connection: Connection) -> list[Any]:
        return list(connection.execute(select(audit_log)).all())

    before = db.read_now(rows)
    assert before
    with pytest.raises(DBAPIError, match="only grows"):
        db.write_now(lambda c: c.execute(text(change)))
    assert db.read_now(rows) == before


def test_it_outlives_its_workspace(whole: Api, db: Database) -> None:
    entries(db, whole)
    db.write_now(lambda c: c.execute(text("DELETE FROM workspaces")))
    assert db.read_now(lambda c: len(c.execute(select(audit_log)).all())) == 7
