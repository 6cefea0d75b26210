"""Setting up, signing in and out, and what a session is worth."""

import hashlib
from functools import partial
from http.cookies import SimpleCookie

from sqlalchemy import update

from accounts import COOKIE, HOST, PASSWORD, Accounts
from cevvo.foundation.db.tables import memberships


def test_the_first_person_owns_the_server_and_the_link_is_used_up(accounts: Accounts) -> None:
    assert accounts.browser().get("/session/options").json()["set_up"] is False
    browser = accounts.owner()
    me = browser.me()
    assert me["person"]["email"] == "ada@example.com"
    assert me["workspace"]["role"] == "owner"
    assert me["scopes"] == ["admin", "chat", "ingest", "read"]
    assert browser.get("/sources").status_code == 200
    assert accounts.browser().get("/session/options").json()["set_up"] is True
    assert accounts.run(accounts.services.sign_in.setup_token) is None


def test_the_cookie_is_for_this_host_and_no_script(accounts: Accounts) -> None:
    accounts.owner()
    response = accounts.browser().sign_in("ada@example.com")
    cookie = SimpleCookie(response.headers["set-cookie"])[COOKIE]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert len(cookie.value) == 43


def test_what_else_is_among_the_cookies_does_not_sign_anybody_out(accounts: Accounts) -> None:
    own = f"{COOKIE}={accounts.owner().token}"
    for other in ('seen={"page":1}', "a=b c", "flag", 'open="x', f"x{COOKIE}=y", "ä=1"):
        for cookies in (f"{other}; {own}", f"{own};{other}"):
            client = accounts.browser().client
            headers = {b"Cookie": cookies.encode("latin-1")}
            assert client.get("/api/v1/session", headers=headers).status_code == 200, cookies


def test_s21_only_the_hash_of_a_token_is_stored(accounts: Accounts) -> None:
    browser = accounts.owner()
    assert browser.token is not None
    hashed = hashlib.sha256(browser.token.encode()).hexdigest()
    assert accounts.stored("SELECT hash FROM sessions") == [(hashed,)]
    whole = b"".join(path.read_bytes() for path in accounts.data_dir.glob("cevvo.db*"))
    assert browser.token.encode() not in whole
    assert PASSWORD.encode() not in whole
    assert b"$argon2id$" in whole


def test_each_sign_in_gets_a_token_of_its_own(accounts: Accounts) -> None:
    first, second = accounts.owner(), accounts.browser()
    before = first.token
    assert second.sign_in("  ADA@example.com ").status_code == 200
    assert second.token != before
    assert first.sign_in("ada@example.com").status_code == 200
    assert first.token != before


def test_signing_out_ends_the_session_and_takes_the_cookie(accounts: Accounts) -> None:
    browser = accounts.owner()
    assert COOKIE in browser.client.cookies
    assert browser.delete("/session").json() == {"deleted": True}
    assert COOKIE not in browser.client.cookies
    assert accounts.stored("SELECT * FROM sessions") == []


def test_a_session_ends_12_hours_after_its_last_use(accounts: Accounts) -> None:
    browser = accounts.owner()
    for _ in range(3):
        accounts.clock.advance(hours=11)
        assert browser.get("/session").status_code == 200
        accounts.settle()
    accounts.clock.advance(hours=13)
    response = browser.get("/session")
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "invalid_session"


def test_a_session_ends_7_days_after_it_began_however_it_is_used(accounts: Accounts) -> None:
    browser = accounts.owner()
    workspace = {"workspace_id": browser.me()["workspace"]["id"]}
    for _ in range(16):
        accounts.clock.advance(hours=10)
        assert browser.put("/session", workspace).status_code == 200  # under a new token each time
    accounts.clock.advance(hours=9)
    assert browser.get("/session").status_code == 401


def test_what_people_do_is_not_counted_against_a_limit(accounts: Accounts) -> None:
    response = accounts.owner().get("/sources")
    assert response.status_code == 200
    assert "x-ratelimit-limit" not in response.headers


def test_a_key_beside_the_cookie_is_the_one_that_counts(accounts: Accounts) -> None:
    response = accounts.owner().call("GET", "/sources", Authorization="Bearer cevvo_sk_wrong")
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "invalid_api_key"


def test_a_weak_password_does_not_use_up_the_link(accounts: Accounts) -> None:
    browser = accounts.browser()
    body = {"token": accounts.setup_token(), "name": "Ada", "email": "ada@example.com"}
    for weak in ("short", "aaaaaaaaaaaaaaaa", "x" * 201):
        response = browser.post("/setup", body | {"password": weak})
        assert response.status_code == 400
        assert response.json()["error"]["param"] == "password"
        assert weak not in response.text
    assert browser.post("/setup", body | {"password": PASSWORD}).status_code == 200


def test_each_server_on_one_database_tells_a_link_that_holds(accounts: Accounts) -> None:
    at_start = partial(accounts.services.sign_in.setup_token, at_start=True)
    one, other = accounts.run(at_start), accounts.run(at_start)
    body = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
    first = accounts.browser().post("/setup", body | {"token": one})
    assert first.status_code == (200 if accounts.db.is_shared else 400)
    second = accounts.browser().post("/setup", body | {"token": other})
    assert second.status_code == (400 if accounts.db.is_shared else 200)


def test_a_program_with_a_cookie_is_told_to_use_a_key(accounts: Accounts) -> None:
    browser = accounts.owner()
    response = browser.client.put(f"{HOST}/api/v1/account", json={"name": "Eve"})
    assert response.status_code == 403
    assert "Authorization: Bearer" in response.json()["error"]["message"]


def test_a_password_is_the_same_however_the_keyboard_composes_it(accounts: Accounts) -> None:
    change = {"current_password": PASSWORD, "password": "Zu\u0308rich am See im Winter"}
    assert accounts.owner().put("/account/password", change).status_code == 200
    again = accounts.browser().sign_in("ada@example.com", "Z\u00fcrich am See im Winter")
    assert again.status_code == 200


def test_a_lost_owner_is_set_up_again_with_the_same_address(accounts: Accounts) -> None:
    accounts.owner()
    accounts.db.write_now(lambda c: c.execute(update(memberships).values(role="editor")))
    assert accounts.owner().me()["workspace"]["role"] == "owner"
