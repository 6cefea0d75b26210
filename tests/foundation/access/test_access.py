"""Who may call: the Authorization header and nothing else, and how often."""

import time
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.access.keys import generate, key_hash
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import api_keys, workspaces
from http_api import Api
from stores import everything_in


def refused(response: httpx2.Response, status: int = 401) -> str:
    """The message, after checking what every refusal has."""
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    assert error["code"] == {401: "invalid_api_key", 429: "rate_limit_exceeded"}[status]
    assert response.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    message: str = error["message"]
    return message


def test_s15_every_path_of_the_api_needs_a_key(api: Api) -> None:
    with api.client(key=None) as client:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            for path in ("", "/", "/items", "/orders", "/nothing", "/items/../x"):
                message = refused(client.request(method, f"http://test/api/v1{path}"))
                assert message == "No API key: send it as `Authorization: Bearer <key>`."
    assert api.state.done == []


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "cevvo_sk_x", "Token abc"]
)
def test_a_malformed_header_is_told(api: Api, header: str) -> None:
    with api.client(key=None) as client:
        message = refused(client.get("/items", headers={"Authorization": header}))
    assert message == "Send the API key as one header: `Authorization: Bearer <key>`."


def test_each_refusal_says_which_it_is(api: Api, db: Database) -> None:
    revoked, expired = api.make_key(), api.make_key(expires_at=Millis(api.clocks.wall + 1000))
    db.write_now(
        lambda c: c.execute(
            update(api_keys).where(api_keys.c.hash == key_hash(revoked)).values(revoked_at=1)
        )
    )
    api.clocks.advance(1)
    keys = {
        "not known here": generate("secret"),
        "was revoked": revoked,
        "has expired": expired,
        "mistyped or cut": api.key[:-1] + ("0" if api.key[-1] != "0" else "1"),
        "starts with `cevvo_sk_`": "sk-123",
    }
    for words, key in keys.items():
        with api.client(key) as client:
            assert words in refused(client.get("/items"))


def test_a_key_holds_until_it_expires(api: Api) -> None:
    key = api.make_key(expires_at=Millis(api.clocks.wall + 1000))
    with api.client(key) as client:
        api.clocks.wall += 999
        assert client.get("/items").status_code == 200
        api.clocks.wall += 1  # known to the cache, and refused all the same
        assert "expired" in refused(client.get("/items"))


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_taken_in_any_case(api: Api, scheme: str) -> None:
    with api.client(key=None) as client:
        headers = {"Authorization": f"{scheme} {api.key}"}
        assert client.get("/items", headers=headers).status_code == 200


def test_s20_a_key_anywhere_else_is_no_key(api: Api) -> None:
    with api.client(key=None) as client:
        for request in (
            {"params": {"api_key": api.key, "access_token": api.key, "key": api.key}},
            {"headers": {"X-API-Key": api.key}},
            {"headers": {"Cookie": f"Authorization=Bearer {api.key}; api_key={api.key}"}},
            {"headers": {"Proxy-Authorization": f"Bearer {api.key}"}},
        ):
            refused(client.get("/items", **request))  # type: ignore[arg-type]


def test_s20_two_headers_are_refused(api: Api) -> None:
    with api.client(key=None) as client:
        headers = [("Authorization", f"Bearer {api.key}"), ("Authorization", "Bearer other")]
        refused(client.get("/items", headers=headers))


@pytest.mark.parametrize(
    ("scopes", "reads", "deletes"),
    [(("read",), 200, 403), (("chat",), 403, 403), (("admin",), 200, 200)],
)
def test_a_scope_that_is_missing_is_a_403(
    api: Api, scopes: tuple[Any, ...], reads: int, deletes: int
) -> None:
    with api.client(api.make_key(*scopes)) as client:
        listed, deleted = client.get("/items"), client.delete("/items/a")
    assert (listed.status_code, deleted.status_code) == (reads, deletes)
    if deletes == 403:
        error = deleted.json()["error"]
        assert error["code"] == "insufficient_scope"
        assert "needs the scope `admin`" in error["message"]
        assert scopes[0] in error["message"]


def test_the_key_says_whose_workspace_it_is(api: Api, db: Database) -> None:
    other = WorkspaceId("ws_other")
    db.write_now(lambda c: c.execute(insert(workspaces).values(id=other, name="o", created_at=0)))
    with api.client(api.make_key(workspace=other)) as client:
        assert client.get("/items").status_code == 200


def test_s19_r40_a_revoked_key_is_dead_within_a_second(api: Api, db: Database) -> None:
    with api.client() as client:
        assert client.get("/items").status_code == 200
        db.write_now(lambda c: c.execute(update(api_keys).values(revoked_at=1)))
        api.clocks.seconds += 1.0
        assert "revoked" in refused(client.get("/items"))


def test_a_key_that_was_just_made_works_at_once(api: Api) -> None:
    key = generate("secret")
    with api.client(key) as client:
        refused(client.get("/items"))
        with api.client(api.make_key()) as fresh:
            assert fresh.get("/items").status_code == 200


def test_r37_the_101st_request_of_a_minute_is_refused(api: Api) -> None:
    with api.client() as client, api.client(api.make_key()) as neighbour:
        statuses = [client.get("/items").status_code for _ in range(100)]
        over = client.get("/items")
        unaffected = neighbour.get("/items")
        api.clocks.advance(60)
        after = client.get("/items")
    assert statuses == [200] * 100
    assert "had its 100 requests" in refused(over, 429)
    assert over.headers["retry-after"] == "60"
    assert unaffected.status_code == after.status_code == 200
    assert after.headers["x-ratelimit-remaining"] == "99"


def test_r28_the_wall_clock_has_no_part_in_limits(api: Api) -> None:
    with api.client(api.make_key(rate_limit=1)) as client:
        client.get("/items")
        for hours in (1, -2):
            api.clocks.wall += hours * 3_600_000
            assert client.get("/items").status_code == 429


def test_a_key_may_have_a_limit_of_its_own(db: Database, api: Api) -> None:
    small = Api(db, api.workspace, rate_limit=2)
    with small.client() as client, small.client(small.make_key(rate_limit=3)) as other:
        assert [client.get("/items").status_code for _ in range(3)] == [200, 200, 429]
        assert [other.get("/items").status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/items", 200),
        ("GET", "/nothing", 404),
        ("PATCH", "/items", 405),
        ("POST", "/orders", 400),
        ("POST", "/fail/surprise", 500),
        ("POST", "/stream/whole", 200),
        ("POST", "/stream/fails-at-once", 503),
    ],
)
def test_every_authenticated_response_tells_the_limit(
    api: Api, method: str, path: str, status: int
) -> None:
    with api.client() as client:
        client.get("/items")
        api.clocks.advance(10.5)
        response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["x-ratelimit-limit"] == "100"
    assert response.headers["x-ratelimit-remaining"] == "98"
    assert response.headers["x-ratelimit-reset"] == "50"
    assert response.headers["ratelimit-policy"] == '"default";q=100;w=60'
    assert response.headers["ratelimit"] == '"default";r=98;t=50'


def test_refusals_inside_the_layers_tell_the_limit_too(api: Api) -> None:
    with api.client() as client:
        large = client.post("/orders", content=b" " * 1_200_000)
        odd = client.post("/orders", json={}, headers={"Idempotency-Key": "a b"})
    with api.client(api.make_key(rate_limit=1)) as limited:
        limited.get("/items")
        over = limited.get("/items")
    with api.client(key=None) as nobody:
        unauthenticated = nobody.get("/items")
    assert (large.status_code, odd.status_code, over.status_code) == (413, 400, 429)
    assert large.headers["x-ratelimit-remaining"] == "99"
    assert odd.headers["x-ratelimit-remaining"] == "98"
    assert over.headers["ratelimit"] == '"default";r=0;t=60'
    assert "x-ratelimit-limit" not in unauthenticated.headers


def test_s18_guessing_is_throttled_and_locks_nobody_out(api: Api) -> None:
    with api.client(key=None) as client:

        def guess() -> httpx2.Response:
            headers = {"Authorization": f"Bearer {generate('secret')}"}
            return client.get("/items", headers=headers)

        statuses = [guess().status_code for _ in range(31)]
        message = refused(guess(), 429)
        right = client.get("/items", headers={"Authorization": f"Bearer {api.key}"})
        api.clocks.advance(60)
        later = guess()
    assert statuses == [401] * 30 + [429]
    assert "Too many wrong API keys" in message
    assert right.status_code == 200
    assert later.status_code == 401


def test_no_key_at_all_is_not_a_guess(api: Api) -> None:
    with api.client(key=None) as client:
        assert {client.get("/items").status_code for _ in range(40)} == {401}


def test_the_use_of_a_key_is_written_down_once_a_minute(api: Api, db: Database) -> None:
    def last_used() -> int | None:
        used: int | None = db.read_now(
            lambda c: c.execute(select(api_keys.c.last_used_at)).scalar_one()
        )
        return used

    def used_at(expected: int) -> bool:
        end = time.monotonic() + 5
        while last_used() != expected:
            assert time.monotonic() < end
            time.sleep(0.005)
        return True

    assert last_used() is None
    with api.client() as client:
        first = api.clocks.wall
        client.get("/items")
        assert used_at(first)
        api.clocks.advance(59)
        client.get("/items")
        api.clocks.advance(1)
        client.get("/items")
        assert used_at(first + 60_000)


def test_s21_the_database_holds_no_key(api: Api, db: Database, tmp_path_factory: Any) -> None:
    with api.client() as client:
        client.get("/items")
    content = everything_in(db)
    assert key_hash(api.key).encode() in content
    assert api.key.encode() not in content
    assert api.key[13:-4].encode() not in content
