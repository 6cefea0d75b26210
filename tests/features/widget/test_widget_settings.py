"""``/settings/widget`` and ``/widget``: merged, checked, one workspace's own, in each language."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cevvo.domain.ids import WorkspaceId
from cevvo.features.widget import endpoints
from cevvo.features.widget.service import WidgetService
from cevvo.features.widget.texts import NAMES, SHIPPED
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import audit_log, workspaces
from http_api import Api

SITE = "https://shop.test"
SOURCES = Path(__file__).parents[3] / "widget" / "src"
BAD: dict[str, list[Any]] = {
    "color": ["red", "#12345", "#12345g", "#1234567", 7, "#fff;}"],
    "theme": ["neon", 1],
    "position": ["top", ""],
    "language": ["english", "EN", "e", 4],
    "texts": [{"english": {}}, {"en": {"nonsense": "x"}}, {"en": {"title": "x" * 301}}, []],
    "suggestions": [[""], ["x" * 121], ["x"] * 7, "x"],
    "contact_email": ["me", "a@b@c", "a@b.c?subject=x", "javascript:x@y.z'", "x@y.z\nBcc: a@b.c"],
    "contact_form": ["yes", 1],
    "ask_page": ["x", "Upper", "a_b", "-a", "a--b", "x" * 61, "thr_1", "../x"],
    "ask_page_indexed": ["no"],
}


@pytest.fixture
def widget(api: Api, db: Database) -> Api:
    """With the endpoints of the widget."""
    api.app.state.widget = WidgetService(db, api.clocks.now)
    api.app.include_router(endpoints.router, prefix="/api/v1")
    return api


def put(api: Api, key: str, **changes: Any) -> Any:
    with api.client(key) as client:
        return client.put("/settings/widget", json=changes)


def shown(api: Api, key: str, language: str = "") -> Any:
    with api.client(key) as client:
        response = client.get("/widget", params={"language": language}, headers={"Origin": SITE})
    assert response.status_code == 200, response.text
    return response.json()


def test_what_is_left_out_stays_and_null_is_the_default(widget: Api) -> None:
    key = widget.make_key()
    with widget.client(key) as client:
        before = client.get("/settings/widget").json()
    assert before["updated_at"] is None
    changed = put(widget, key, color="#AABBCC", contact_email="a@b.test", texts={"en": {}}).json()
    assert (changed["color"], changed["contact_email"]) == ("#aabbcc", "a@b.test")
    assert put(widget, key, color=None).json()["color"] == before["color"]
    with widget.client(key) as client:
        found = client.get("/settings/widget").json()
    assert found["contact_email"] == "a@b.test"
    assert found["texts"] == {"en": {}}
    assert found["updated_at"] is not None


@pytest.mark.parametrize("field", BAD)
def test_what_does_not_fit_is_refused_by_name(widget: Api, field: str) -> None:
    key = widget.make_key()
    for value in BAD[field]:
        response = put(widget, key, **{field: value})
        assert response.status_code == 400, (value, response.text)
        assert response.json()["error"]["param"].startswith(field), (value, response.text)
    with widget.client(key) as client:
        assert client.get("/settings/widget").json()["updated_at"] is None


def test_only_admins_change_it_and_the_audit_log_says_so(widget: Api, db: Database) -> None:
    assert put(widget, widget.make_key("read"), color="#000000").status_code == 403
    assert put(widget, widget.make_key(), color="#000000").status_code == 200
    noted = db.read_now(
        lambda c: c.execute(
            select(audit_log.c.action, audit_log.c.detail).where(
                audit_log.c.action.like("settings%")
            )
        ).all()
    )
    assert [tuple(row) for row in noted] == [("settings.changed", {"fields": ["widget.color"]})]


def test_a_page_gets_the_language_that_fits(widget: Api) -> None:
    key = widget.make_key(origins=(SITE,))
    assert shown(widget, key, "de-AT,en;q=0.5")["language"] == "de"
    assert shown(widget, key, "nl, fr-CH;q=0.9")["texts"]["send"] == SHIPPED["fr"]["send"]
    assert shown(widget, key, "pt-BR,pt;q=0.9,de;q=0.8,en;q=0.7")["language"] == "de"
    assert shown(widget, key, "en; q=0.5, de;q=0, es;q=0.8, fr-FR;Q=0.8")["language"] == "es"
    assert shown(widget, key, "\u0000,,;q,x")["language"] == "en"
    put(widget, widget.make_key(), texts={"ar": {"title": "مرحبا"}, "en": {"title": "Hello"}})
    arabic = shown(widget, key, "ar-EG")
    assert (arabic["direction"], arabic["texts"]["title"]) == ("rtl", "مرحبا")
    assert arabic["texts"]["send"] == SHIPPED["en"]["send"]
    assert shown(widget, key)["texts"]["title"] == "Hello"
    put(widget, widget.make_key(), language="de")
    assert shown(widget, key, "fr")["language"] == "de"


def test_a_browser_does_not_show_one_key_what_it_kept_for_another(widget: Api) -> None:
    with widget.client(widget.make_key(origins=(SITE,))) as client:
        headers = client.get("/widget", headers={"Origin": SITE}).headers
    assert headers["cache-control"] == "private, max-age=300"
    assert set(headers["vary"].split(", ")) == {"Authorization", "Origin"}


def test_s43_the_widgets_look_needs_its_website_and_costs_the_key_nothing(widget: Api) -> None:
    key = widget.make_key(origins=(SITE,), rate_limit=1)
    with widget.client(key) as client:
        for _ in range(61):  # more than an address may ask in a minute
            assert client.get("/widget", headers={"Origin": SITE}).status_code == 200
        assert client.get("/widget").status_code == 403
        assert client.get("/widget", headers={"Origin": "https://evil.test"}).status_code == 403
        assert client.get("/settings/widget", headers={"Origin": SITE}).status_code == 403


@pytest.mark.parametrize(("site", "status"), [("same-origin", 200), ("cross-site", 403)])
def test_s43_a_get_of_the_servers_own_page_has_no_origin_and_says_so_otherwise(
    widget: Api, site: str, status: int
) -> None:
    key = widget.make_key(origins=("http://test",))
    headers = {"Sec-Fetch-Site": site, "Host": "test"}
    with widget.client(key) as client:
        assert client.get("/widget", headers=headers).status_code == status
        headers["Host"] = "test:9999"
        assert client.get("/widget", headers=headers).status_code == 403


def test_an_ask_page_has_one_workspace(widget: Api, db: Database) -> None:
    key = widget.make_key()
    other = WorkspaceId("ws_other")
    db.write_now(
        lambda c: c.execute(
            workspaces.insert().values(id=other, name="Other", created_at=0, deleted_at=None)
        )
    )
    assert put(widget, key, ask_page="larkspur").status_code == 200
    assert put(widget, key, ask_page="larkspur", color="#123456").status_code == 200
    theirs = widget.make_key(workspace=other)
    refused = put(widget, theirs, ask_page="larkspur")
    assert (refused.status_code, refused.json()["error"]["param"]) == (409, "ask_page")
    assert put(widget, key, ask_page=None).status_code == 200
    assert put(widget, theirs, ask_page="larkspur").status_code == 200


def test_every_language_has_every_text_and_every_text_is_used() -> None:
    for texts in SHIPPED.values():
        assert set(texts) == NAMES
        assert all(text.strip() == text != "" and len(text) <= 300 for text in texts.values())
    places = {name: set(text.split("{")[1:]) for name, text in SHIPPED["en"].items()}
    for language, texts in SHIPPED.items():
        for name, text in texts.items():
            assert len(text.split("{")[1:]) == len(places[name]), (language, name)
    written = "".join(each.read_text() for each in SOURCES.glob("*.ts*"))
    page = Path(endpoints.__file__).parents[1] / "ask_page"
    written += "".join(each.read_text() for each in page.glob("*.py"))
    unused = {name for name in NAMES if f".{name}" not in written and f'"{name}"' not in written}
    assert not {name for name in unused if f"'{name}'" not in written}
