"""``/settings/answers``: merged, checked, one workspace's own, held for a second."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from starlette.testclient import TestClient

from cevvo.domain.access import ALL_SCOPES, Scope
from cevvo.domain.answer_settings import AnswerSettings
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.settings.endpoints import router
from cevvo.features.settings.service import SettingsService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import workspaces
from cevvo.foundation.stack import install
from cevvo.settings import Settings
from http_api import OPERATOR
from stores import Template, copied, template

OURS, THEIRS = WorkspaceId("ws_a"), WorkspaceId("ws_b")
NOW = Millis(1_773_486_000_000)  # 2026-03-14T11:00:00Z
JSON = {"Content-Type": "application/json"}
DEFAULTS: dict[str, Any] = {
    "instructions": None,
    "assistant_name": None,
    "refuse": [],
    "handover": {
        "customer_request": True,
        "missing_knowledge": False,
        "policy": False,
        "message": None,
    },
    "synonyms": [],
    "max_wrong_rate": None,
    "tokens_per_day": None,
    "cost_per_day": None,
    "updated_at": None,
}


class Seconds:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return template(tmp_path_factory.mktemp("migrated"))


@pytest.fixture
def db(migrated: Template, tmp_path: Path) -> Iterator[Database]:
    rows = [{"id": name, "name": name, "created_at": 0} for name in (OURS, THEIRS)]
    with copied(migrated, tmp_path) as opened:
        opened.write_now(lambda c: c.execute(insert(workspaces), rows))
        yield opened


def client_of(
    db: Database,
    workspace: WorkspaceId = OURS,
    scopes: tuple[Scope, ...] = ALL_SCOPES,
    *,
    priced: bool = False,
) -> TestClient:
    app = FastAPI()
    app.state.settings = SettingsService(db, lambda: NOW, priced=priced)
    app.include_router(router, prefix="/api/v1")
    install(
        app, db=db, settings=Settings(rate_limit=10_000, allowed_hosts=("test",)), clock=lambda: NOW
    )
    keys = ApiKeysService(db, lambda: NOW)
    key, _ = asyncio.run(keys.create(workspace, KeyTerms("test", scopes=scopes), by=OPERATOR))
    client = TestClient(app, base_url="http://test/api/v1", raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {key}"
    return client


@pytest.fixture
def client(db: Database) -> TestClient:
    return client_of(db, priced=True)


def put(client: TestClient, **changes: Any) -> dict[str, Any]:
    response = client.put("/settings/answers", json=changes)
    assert response.status_code == 200, response.text
    changed: dict[str, Any] = response.json()
    assert client.get("/settings/answers").json() == changed
    return changed


def test_a_workspace_that_has_said_nothing(client: TestClient) -> None:
    assert client.get("/settings/answers").json() == DEFAULTS
    assert put(client) == DEFAULTS | {"updated_at": "2026-03-14T11:00:00Z"}


def test_a_change_is_merged_and_null_puts_the_default_back(client: TestClient) -> None:
    topics = [{"topic": "legal advice", "reply": "Ask our lawyers."}, {"topic": "politics"}]
    first = put(
        client,
        instructions="  Be brief.  ",
        assistant_name="Ada",
        refuse=topics,
        handover={"missing_knowledge": True, "message": "Write to us."},
        synonyms=[["sign in", "log in"], ["fee", "price", "charge"]],
        max_wrong_rate=0.1,
        tokens_per_day=1000,
        cost_per_day=2,
    )
    assert first["instructions"] == "Be brief."
    assert first["refuse"] == [topics[0], {"topic": "politics", "reply": None}]
    assert first["handover"] == DEFAULTS["handover"] | {
        "missing_knowledge": True,
        "message": "Write to us.",
    }
    assert (first["max_wrong_rate"], first["cost_per_day"]) == (0.1, 2.0)
    second = put(client, handover={"message": None, "policy": True}, refuse=None, tokens_per_day=5)
    changed = {name for name in first if first[name] != second[name]}
    assert changed == {"handover", "refuse", "tokens_per_day"}
    assert second["refuse"] == []
    assert second["handover"] == first["handover"] | {"message": None, "policy": True}
    everything = {name: None for name in DEFAULTS if name != "updated_at"}
    assert put(client, **everything) == DEFAULTS | {"updated_at": "2026-03-14T11:00:00Z"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"instructions": "x" * 4001}, "instructions"),
        ({"instructions": " "}, "instructions"),
        ({"instructions": 5}, "instructions"),
        ({"assistant_name": "x" * 101}, "assistant_name"),
        ({"assistant_name": ["Ada"]}, "assistant_name"),
        ({"refuse": "politics"}, "refuse"),
        ({"refuse": [{"topic": "x"}]}, "refuse[0].topic"),
        ({"refuse": [{"reply": "No."}]}, "refuse[0].topic"),
        ({"refuse": [{"topic": "politics", "reply": 1}]}, "refuse[0].reply"),
        ({"refuse": [{"topic": "politics"}] * 51}, "refuse"),
        ({"handover": True}, "handover"),
        ({"handover": {"policy": "yes"}}, "handover.policy"),
        ({"handover": {"message": "x" * 2001}}, "handover.message"),
        ({"synonyms": [["one"]]}, "synonyms[0]"),
        ({"synonyms": [["w"] * 21]}, "synonyms[0]"),
        ({"synonyms": [["one", ""]]}, "synonyms[0][1]"),
        ({"synonyms": [["one", "two"]] * 201}, "synonyms"),
        ({"max_wrong_rate": 0.009}, "max_wrong_rate"),
        ({"max_wrong_rate": 0.51}, "max_wrong_rate"),
        ({"max_wrong_rate": "0.1"}, "max_wrong_rate"),
        ({"max_wrong_rate": True}, "max_wrong_rate"),
        ({"tokens_per_day": 0}, "tokens_per_day"),
        ({"tokens_per_day": 1.5}, "tokens_per_day"),
        ({"cost_per_day": 0}, "cost_per_day"),
        ({"cost_per_day": float("nan")}, "cost_per_day"),
    ],
)
def test_bad_input_names_its_field_and_changes_nothing(
    client: TestClient, changes: dict[str, Any], field: str
) -> None:
    body = json.dumps(changes | {"tokens_per_day": changes.get("tokens_per_day", 7)})
    response = client.put("/settings/answers", content=body, headers=JSON)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_request"), error
    assert error["param"] == field
    assert field in error["message"]
    assert client.get("/settings/answers").json() == DEFAULTS


def test_s5_fields_that_are_not_settings_are_ignored(client: TestClient) -> None:
    assert put(client, workspace_id=THEIRS, updated_at=None, handover={"reason": "x"}) == (
        DEFAULTS | {"updated_at": "2026-03-14T11:00:00Z"}
    )


def test_a_budget_of_money_needs_prices(db: Database) -> None:
    client = client_of(db)
    response = client.put("/settings/answers", json={"cost_per_day": 5})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "cost_per_day")
    assert "CEVVO_MODEL_PRICES" in response.json()["error"]["message"]
    assert put(client, cost_per_day=None)["cost_per_day"] is None


def test_s1_each_workspace_has_its_own(db: Database, client: TestClient) -> None:
    put(client, assistant_name="Ada")
    assert client_of(db, THEIRS).get("/settings/answers").json() == DEFAULTS


def test_scopes(db: Database) -> None:
    for scopes, expected in ((("chat", "ingest"), (403, 403)), (("read",), (200, 403))):
        client = client_of(db, scopes=scopes)  # type: ignore[arg-type]
        got = client.get("/settings/answers"), client.put("/settings/answers", json={})
        assert tuple(each.status_code for each in got) == expected


def test_r40_a_change_elsewhere_holds_within_a_second(db: Database) -> None:
    seconds = Seconds()
    here = SettingsService(db, lambda: NOW, monotonic=seconds)
    elsewhere = SettingsService(db, lambda: NOW, monotonic=seconds)

    async def run() -> None:
        assert await here.answers(OURS) == AnswerSettings()
        await elsewhere.change(OURS, {"assistant_name": "Ada"}, by=OPERATOR)
        assert (await elsewhere.answers(OURS)).assistant_name == "Ada"
        assert (await here.answers(OURS)).assistant_name is None  # held: no query
        seconds.at = 1.0
        assert (await here.answers(OURS)).assistant_name == "Ada"
        await elsewhere.change(OURS, {"assistant_name": "Bob"}, by=OPERATOR)
        await here.change(OURS, {"tokens_per_day": 5}, by=OPERATOR)
        assert await here.answers(OURS) == AnswerSettings(assistant_name="Bob", tokens_per_day=5)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"refuse": ["discounts"]},
            '`refuse[0]`: must be an object such as {"topic": "discounts"}, not a string.',
        ),
        ({"refuse": [5]}, "`refuse[0]` must be an object, not a number."),
        ({"handover": "policy"}, "`handover` must be an object, not a string."),
    ],
)
def test_a_wrong_form_is_told_in_words_of_json(
    client: TestClient, changes: dict[str, Any], message: str
) -> None:
    error = client.put("/settings/answers", json=changes).json()["error"]
    assert error["message"] == message
