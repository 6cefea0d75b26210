"""Whoever is removed, demoted or signed out is refused within a second, on every way in."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts import PASSWORD, Accounts, Browser, invite
from accounts import accounts as accounts
from accounts import running as running
from cevvo.domain.access import Actor


def person_id(browser: Browser) -> str:
    found: str = browser.me()["person"]["id"]
    return found


def removed(accounts: Accounts, owner: Browser, editor: Browser) -> None:
    owner.delete(f"/people/{person_id(editor)}")


def demoted(accounts: Accounts, owner: Browser, editor: Browser) -> None:
    owner.put(f"/people/{person_id(editor)}", {"role": "analyst"})


def signed_out_elsewhere(accounts: Accounts, owner: Browser, editor: Browser) -> None:
    other = accounts.browser()
    other.sign_in("editor@example.com")
    ids = [each["id"] for each in other.get("/account/sessions").json()["data"]]
    for session_id in ids:
        other.delete(f"/account/sessions/{session_id}")


def given_a_new_password(accounts: Accounts, owner: Browser, editor: Browser) -> None:
    by = Actor("cli", "root")
    token = accounts.run(accounts.services.resets.link_for, "editor@example.com", by=by)
    body = {"token": token, "password": "a new and better one"}
    accounts.browser().post("/password-resets/complete", body)


def changed_the_password(accounts: Accounts, owner: Browser, editor: Browser) -> None:
    other = accounts.browser()
    other.sign_in("editor@example.com")
    body = {"current_password": PASSWORD, "password": "a new and better one"}
    assert other.put("/account/password", body).status_code == 200


def lost_the_workspace(accounts: Accounts, owner: Browser, editor: Browser) -> None:
    workspace = owner.me()["workspace"]["id"]
    owner.post("/workspaces", {"name": "Another"})
    assert owner.delete(f"/workspaces/{workspace}").status_code == 200


@pytest.mark.parametrize(
    "happens",
    [
        removed,
        demoted,
        signed_out_elsewhere,
        given_a_new_password,
        changed_the_password,
        lost_the_workspace,
    ],
)
def test_s19_a_session_that_was_ended_is_dead_within_a_second(
    accounts: Accounts, happens: Callable[[Accounts, Browser, Browser], None]
) -> None:
    owner = accounts.owner()
    editor = accounts.member(owner, "editor")
    assert editor.get("/sources").status_code == 200  # is remembered for a second
    happens(accounts, owner, editor)
    accounts.clock.advance(seconds=1)
    for method, path, body in (
        ("GET", "/sources", None),
        ("POST", "/chat", {"message": "Hello?"}),
        ("POST", "/chat/stream", {"message": "Hello?"}),
        ("POST", "/sources", {"name": "A", "type": "text"}),
        ("PUT", "/session", {"workspace_id": "wsp_x"}),
        ("GET", "/session", None),
    ):
        response = editor.call(method, path, body)
        assert response.status_code == 401, f"{method} {path}: {response.text}"
        assert response.json()["error"]["code"] == "invalid_session"


def test_s19_whoever_is_removed_gets_in_by_no_other_way(accounts: Accounts) -> None:
    owner = accounts.owner()
    editor = accounts.member(owner, "editor")
    by = Actor("cli", "root")
    reset = accounts.run(accounts.services.resets.link_for, "editor@example.com", by=by)
    removed(accounts, owner, editor)
    accounts.clock.advance(seconds=1)
    assert accounts.browser().sign_in("editor@example.com").status_code == 401
    body: dict[str, Any] = {"token": reset, "password": "a new and better one"}
    assert accounts.browser().post("/password-resets/complete", body).status_code == 400


def test_s19_the_invitations_of_who_is_removed_are_void(accounts: Accounts) -> None:
    owner = accounts.owner()
    admin = accounts.member(owner, "admin")
    token = invite(admin, "friend@example.com", "admin")
    removed(accounts, owner, admin)
    body = {"token": token, "name": "Friend", "password": PASSWORD}
    assert accounts.browser().post("/invitations/accept", body).status_code == 400


def test_s19_a_new_role_holds_from_the_next_sign_in(accounts: Accounts) -> None:
    owner = accounts.owner()
    editor = accounts.member(owner, "editor")
    demoted(accounts, owner, editor)
    editor.sign_in("editor@example.com")
    assert editor.me()["workspace"]["role"] == "analyst"
    assert editor.post("/sources", {"name": "A", "type": "text"}).status_code == 403
