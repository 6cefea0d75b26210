"""``/api-keys``: what the dashboard's page does with keys."""

from typing import Any

import pytest

from cevvo.features.api_keys import endpoints
from cevvo.foundation.access.keys import key_hash
from cevvo.foundation.db.database import Database
from http_api import Api
from stores import everything_in


@pytest.fixture
def keys(api: Api) -> Api:
    """With the endpoints of keys."""
    api.app.state.api_keys = api.keys
    api.app.include_router(endpoints.router, prefix="/api/v1")
    return api


def test_a_key_is_shown_whole_once_and_works_at_once(keys: Api) -> None:
    with keys.client() as client:
        made = client.post("/api-keys", json={"name": "Site", "scopes": ["read"]}).json()
        listed = client.get("/api-keys").json()
    with keys.client(made["key"]) as fresh:
        assert fresh.get("/items").status_code == 200
        assert fresh.delete("/items/a").status_code == 403
    assert listed["meta"]["total"] == 2
    shown = next(each for each in listed["data"] if each["id"] == made["id"])
    assert made == shown | {"key": made["key"]}
    assert (shown["status"], shown["prefix"]) == ("active", made["key"][:12])
    assert made["key"] not in str(listed)


def test_expiry_is_a_time_with_an_offset_in_the_future(keys: Api) -> None:
    with keys.client() as client:

        def expires(at: object) -> Any:
            return client.post("/api-keys", json={"name": "n", "expires_at": at})

        made = expires("2030-01-01T01:00:00+01:00")
        refused = [expires(at) for at in ("2001-01-01T00:00:00Z", "2030-01-01", "soon", 5, True)]
    assert made.json()["expires_at"] == "2030-01-01T00:00:00Z"
    for response in refused:
        assert response.status_code == 400
        assert response.json()["error"]["param"] == "expires_at"


def test_an_expired_key_is_listed_as_expired(keys: Api) -> None:
    with keys.client() as client:
        at = "2026-02-02T03:00:00Z"
        made = client.post("/api-keys", json={"name": "n", "expires_at": at}).json()
        keys.clocks.advance(3600)
        listed = {each["id"]: each["status"] for each in client.get("/api-keys").json()["data"]}
    assert made["status"] == "active"
    assert listed[made["id"]] == "expired"


def test_rotation_overlaps_and_revocation_does_not(keys: Api) -> None:
    with keys.client() as admin:
        made = admin.post("/api-keys", json={"name": "n"}).json()
        body = {"overlap_hours": 2}
        fresh = admin.post(f"/api-keys/{made['id']}/rotate", json=body).json()
    with keys.client(made["key"]) as old, keys.client(fresh["key"]) as new:
        assert (old.get("/items").status_code, new.get("/items").status_code) == (200, 200)
        keys.clocks.advance(7199)
        assert old.get("/items").status_code == 200
        keys.clocks.advance(1)
        assert "has expired" in old.get("/items").json()["error"]["message"]
        assert new.get("/items").status_code == 200
        with keys.client() as admin:
            assert admin.delete(f"/api-keys/{fresh['id']}").json() == {"deleted": True}
            assert admin.delete(f"/api-keys/{fresh['id']}").status_code == 404
        keys.clocks.advance(1)
        assert "was revoked" in new.get("/items").json()["error"]["message"]


def test_a_key_that_expires_with_the_calendar_is_rotated(keys: Api) -> None:
    never = "9999-12-31T23:59:59Z"
    with keys.client() as admin:
        made = admin.post("/api-keys", json={"name": "n", "expires_at": never}).json()
        keys.clocks.advance(1)
        rotated = admin.post(f"/api-keys/{made['id']}/rotate", json={})
        keys.clocks.advance(1)
        again = admin.post(f"/api-keys/{rotated.json()['id']}/rotate", json={})
        listed = admin.get("/api-keys").json()["data"]
    assert (rotated.status_code, again.status_code) == (200, 200)
    assert again.json()["expires_at"] == rotated.json()["expires_at"] == never
    assert again.json()["id"] in {each["id"] for each in listed}
    with keys.client(again.json()["key"]) as fresh:
        assert fresh.get("/items").status_code == 200


def test_only_admins_see_or_make_keys(keys: Api) -> None:
    for scope in ("chat", "read", "ingest"):
        with keys.client(keys.make_key(scope)) as client:
            answers = (
                client.get("/api-keys"),
                client.post("/api-keys", json={"name": "n"}),
                client.post("/api-keys/key_x/rotate", json={}),
                client.delete("/api-keys/key_x"),
            )
            assert {each.status_code for each in answers} == {403}


def test_s21_no_response_with_a_key_is_kept(keys: Api, db: Database) -> None:
    again = {"Idempotency-Key": "once"}
    with keys.client() as client:
        made = client.post("/api-keys", json={"name": "n"}, headers=again)
        second = client.post("/api-keys", json={"name": "n"}, headers=again)
        rotated = client.post(f"/api-keys/{made.json()['id']}/rotate", json={}, headers=again)
        total = client.get("/api-keys").json()["meta"]["total"]
    assert (made.status_code, second.status_code, rotated.status_code) == (200, 409, 200)
    assert total == 3
    content = everything_in(db)
    for key in (made.json()["key"], rotated.json()["key"], keys.key):
        assert key_hash(key).encode() in content
        assert key[13:-4].encode() not in content
