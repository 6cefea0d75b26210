"""``/webhooks``: what the dashboard's page, the SDKs and the command line do with webhooks."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from cevvo.domain.events import EVENT_TYPES
from cevvo.features.webhooks import endpoints
from cevvo.features.webhooks.service import MOST
from cevvo.foundation.db.tables import audit_log
from http_api import Api
from webhook_room import Room

URL = "http://127.0.0.1:65431/hook"
HOOK = {"url": URL, "events": ["source.failed"]}


@pytest.fixture
def hooks(api: Api) -> Iterator[Api]:
    """With the endpoints of webhooks."""
    room = Room(api.db, api.workspace)
    api.app.state.webhooks = room.service()
    api.app.include_router(endpoints.router, prefix="/api/v1")
    yield api
    room.close()


def test_a_secret_is_shown_once(hooks: Api) -> None:
    with hooks.client() as client:
        made = client.post("/webhooks", json=HOOK).json()
        rotated = client.post(f"/webhooks/{made['id']}/rotate", json={}).json()
        shown = client.get(f"/webhooks/{made['id']}").json()
        listed = client.get("/webhooks").json()
    assert made["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    assert listed["data"] == [shown]
    for text in (str(listed), str(shown)):
        assert made["secret"] not in text
        assert rotated["secret"] not in text
    assert rotated == shown | {"secret": rotated["secret"]}
    assert shown["status"] == "active"
    assert shown["previous_secret_expires_at"] is not None


def test_a_secret_that_signs_no_more_has_no_end(api: Api) -> None:
    room = Room(api.db, api.workspace)
    service = room.service()
    api.app.state.webhooks = service
    api.app.include_router(endpoints.router, prefix="/api/v1")
    with api.client() as client:
        path = f"/webhooks/{client.post('/webhooks', json=HOOK).json()['id']}"
        client.post(f"{path}/rotate", json={"overlap_hours": 1})
        assert client.get(path).json()["previous_secret_expires_at"] is not None
        room.clocks.advance(3600)
        shown = client.get(path).json()
        assert shown["previous_secret_expires_at"] is None
        assert client.get("/webhooks").json()["data"] == [shown]
        changed = client.put(path, json={"include_text": True}).json()
        assert changed["previous_secret_expires_at"] is None
    room.close()


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "http://10.1.2.3/"}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://user:password@example.com/"}, "url"),
        ({"url": ""}, "url"),
        ({"events": []}, "events"),
        ({"events": ["source.exploded"]}, "events"),
        ({"events": "source.failed"}, "events"),
        ({"include_text": "yes"}, "include_text"),
    ],
)
def test_s13_what_no_webhook_can_be_is_refused(hooks: Api, change: dict, param: str) -> None:  # type: ignore[type-arg]
    with hooks.client() as client:
        refused = client.post("/webhooks", json=HOOK | change)
        made = client.post("/webhooks", json=HOOK).json()
        changed = client.put(f"/webhooks/{made['id']}", json=change)
    for response in (refused, changed):
        assert response.status_code == 400
        assert response.json()["error"]["param"].startswith(param)


def test_an_unknown_event_is_answered_with_those_that_there_are(hooks: Api) -> None:
    with hooks.client() as client:
        refused = client.post("/webhooks", json=HOOK | {"events": ["gap.found"]})
    for each in EVENT_TYPES:
        assert each in refused.json()["error"]["message"]


def test_a_change_leaves_the_rest_as_it_is(hooks: Api) -> None:
    with hooks.client() as client:
        made = client.post("/webhooks", json=HOOK | {"include_text": True}).json()
        path = f"/webhooks/{made['id']}"
        paused = client.put(path, json={"paused": True}).json()
        changed = client.put(path, json={"events": ["gap.opened", "gap.opened"]}).json()
        on = client.put(path, json={"paused": False}).json()
    del made["secret"]
    assert paused == made | {"status": "paused", "paused_at": paused["paused_at"]}
    assert (changed["events"], changed["status"]) == (["gap.opened"], "paused")
    assert on == made | {"events": ["gap.opened"]}


def test_there_is_an_end_to_webhooks(hooks: Api) -> None:
    with hooks.client() as client:
        for _ in range(MOST):
            assert client.post("/webhooks", json=HOOK).status_code == 200
        refused = client.post("/webhooks", json=HOOK)
    assert refused.status_code == 409
    assert str(MOST) in refused.json()["error"]["message"]


def test_deliveries_tell_what_came_of_them(hooks: Api) -> None:
    with hooks.client() as client:
        made = client.post("/webhooks", json=HOOK).json()
        path = f"/webhooks/{made['id']}"
        tested = client.post(f"{path}/test").json()
        listed = client.get(f"{path}/deliveries").json()
        failed = client.get(f"{path}/deliveries", params={"status": "failed"}).json()
        pending = client.get(f"{path}/deliveries", params={"status": "pending"}).json()
        again = client.post(f"{path}/deliveries/{tested['id']}/retry").json()
    assert listed["data"] == failed["data"] == [tested]
    assert pending["meta"]["total"] == 0
    assert (tested["status"], tested["attempts"], tested["status_code"]) == ("failed", 1, None)
    assert tested["error"] == "127.0.0.1 could not be reached."
    assert tested["payload"]["data"] == {"webhook_id": made["id"]}
    assert (again["id"], again["status"], again["attempts"]) == (tested["id"], "pending", 0)


def test_what_is_not_there_is_not_found(hooks: Api) -> None:
    with hooks.client() as client:
        made = client.post("/webhooks", json=HOOK).json()
        path = f"/webhooks/{made['id']}"
        assert client.post(f"{path}/deliveries/dlv_none/retry").status_code == 404
        assert client.delete(path).json() == {"deleted": True}
        for call in (client.get, client.delete):
            assert call(path).status_code == 404
        assert client.put(path, json={}).status_code == 404
        for each in ("rotate", "test"):
            assert client.post(f"{path}/{each}", json={}).status_code == 404
        assert client.get(f"{path}/deliveries").status_code == 404


def test_only_admins_have_webhooks(hooks: Api) -> None:
    with hooks.client(hooks.make_key("chat", "read", "ingest")) as client:
        assert client.get("/webhooks").status_code == 403
        assert client.post("/webhooks", json=HOOK).status_code == 403


def test_whoever_did_it_is_in_the_audit_log(hooks: Api) -> None:
    with hooks.client() as client:
        url = "http://127.0.0.1:65431/hook?token=private"
        made = client.post("/webhooks", json=HOOK | {"url": url}).json()
        client.put(f"/webhooks/{made['id']}", json={"paused": True})
        client.post(f"/webhooks/{made['id']}/rotate", json={})
        client.delete(f"/webhooks/{made['id']}")
    rows = hooks.db.read_now(
        lambda c: c.execute(
            select(audit_log.c.action, audit_log.c.target_name, audit_log.c.detail).where(
                audit_log.c.action.like("webhook.%")
            )
        ).all()
    )
    assert [row[0].partition(".")[2] for row in rows] == [
        "created",
        "changed",
        "rotated",
        "deleted",
    ]
    assert "private" not in str(rows)
    assert made["secret"] not in str(rows)
