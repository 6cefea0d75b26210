"""Links that let people in hold once, for their time, and in their own form only."""

from typing import Any

import pytest

from accounts import PASSWORD, Accounts, invite, token_in
from accounts import accounts as accounts
from accounts import running as running
from cevvo.domain.access import Actor
from cevvo.features.people.links import LIFETIME, Purpose
from cevvo.foundation.access.tokens import new_token

OPERATOR = Actor("cli", "root")
NEWCOMER = {"name": "Grace Hopper", "password": PASSWORD}


def use(accounts: Accounts, purpose: Purpose, token: Any) -> Any:
    """The response to the use of a token, with all else as it should be."""
    browser = accounts.browser()
    if purpose == "setup":
        return browser.post("/setup", NEWCOMER | {"token": token, "email": "grace@example.com"})
    if purpose == "invitation":
        return browser.post("/invitations/accept", NEWCOMER | {"token": token})
    return browser.post("/password-resets/complete", {"token": token, "password": PASSWORD})


def token_of(accounts: Accounts, purpose: Purpose) -> str:
    """A fresh one."""
    if purpose == "setup":
        return accounts.setup_token()
    owner = accounts.owner()
    if purpose == "invitation":
        return invite(owner, "grace@example.com", "editor")
    link: str = accounts.run(accounts.services.resets.link_for, "ada@example.com", by=OPERATOR)
    return link


PURPOSES: tuple[Purpose, ...] = ("setup", "invitation", "reset")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_s17_a_link_works_once(accounts: Accounts, purpose: Purpose) -> None:
    token = token_of(accounts, purpose)
    assert use(accounts, purpose, token).status_code == 200
    again = use(accounts, purpose, token)
    assert again.status_code == 400
    assert again.json()["error"]["param"] == "token"
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize("purpose", PURPOSES)
def test_s17_a_link_holds_for_its_time(accounts: Accounts, purpose: Purpose) -> None:
    token = token_of(accounts, purpose)
    accounts.clock.advance(seconds=LIFETIME[purpose] / 1000)
    assert use(accounts, purpose, token).status_code == 400


@pytest.mark.parametrize("purpose", PURPOSES)
def test_s17_a_token_that_is_none_opens_nothing(accounts: Accounts, purpose: Purpose) -> None:
    token = token_of(accounts, purpose)
    odd: list[Any] = [None, "", " ", "null", 0, True, {}, [], [token], {"$ne": ""}, [[token]]]
    odd += [
        token[:-1],
        token.swapcase(),
        f"{token} ",
        f"{token}\0",
        "%",
        "' OR 1=1 --",
        new_token(),
    ]
    words = set()
    for each in odd:
        response = use(accounts, purpose, each)
        assert response.status_code == 400, f"{each!r}: {response.text}"
        assert response.json()["error"]["param"] == "token", response.text
        assert "set-cookie" not in response.headers
        if isinstance(each, str) and each:
            words.add(response.json()["error"]["message"])
    assert len(words) == 1, "the words tell them apart"
    assert use(accounts, purpose, token).status_code == 200


def test_s17_a_token_is_for_one_purpose(accounts: Accounts) -> None:
    owner = accounts.owner()
    invitation = invite(owner, "grace@example.com", "editor")
    reset = accounts.run(accounts.services.resets.link_for, "ada@example.com", by=OPERATOR)
    strange = {"setup": (reset, invitation), "invitation": (reset,), "reset": (invitation,)}
    for purpose in PURPOSES:
        for token in strange[purpose]:
            assert use(accounts, purpose, token).status_code == 400


def test_s17_a_missing_token_is_named(accounts: Accounts) -> None:
    for path in ("/setup", "/invitations/accept", "/invitations/open", "/password-resets/complete"):
        response = accounts.browser().post(path, NEWCOMER | {"email": "grace@example.com"})
        assert response.status_code == 400
        assert response.json()["error"]["param"] == "token"


def test_s17_a_new_link_makes_the_one_before_void(accounts: Accounts) -> None:
    first, second = accounts.setup_token(), accounts.setup_token()
    assert use(accounts, "setup", first).status_code == 400
    assert use(accounts, "setup", second).status_code == 200


def test_s17_an_invitation_that_was_withdrawn_is_void(accounts: Accounts) -> None:
    owner = accounts.owner()
    made = owner.post("/invitations", {"email": "grace@example.com", "role": "editor"}).json()
    assert owner.delete(f"/invitations/{made['id']}").json() == {"deleted": True}
    assert use(accounts, "invitation", token_in(made["url"])).status_code == 400


def test_s17_the_link_of_an_invitation_is_never_shown_again(accounts: Accounts) -> None:
    owner = accounts.owner()
    body = {"email": "grace@example.com", "role": "editor"}
    made = owner.call("POST", "/invitations", body, **{"Idempotency-Key": "once"})
    token = token_in(made.json()["url"])
    again = owner.call("POST", "/invitations", body, **{"Idempotency-Key": "once"})
    assert again.status_code == 409
    assert token not in owner.get("/invitations").text
    assert token not in str(accounts.stored("SELECT * FROM idempotency_keys"))
    assert token not in str(accounts.stored("SELECT * FROM one_time_tokens"))


def test_s17_who_has_an_account_joins_without_being_signed_in(accounts: Accounts) -> None:
    owner = accounts.owner()
    member = accounts.member(owner, "editor", "grace@example.com")
    second = owner.post("/workspaces", {"name": "Second"}).json()
    owner.put("/session", {"workspace_id": second["id"]})
    token = invite(owner, "grace@example.com", "analyst")
    thief = accounts.browser()
    body = {"token": token, "name": "Mallory", "password": "quite another password"}
    response = thief.post("/invitations/accept", body)
    assert response.json() == {"session": None}
    assert "set-cookie" not in response.headers
    assert thief.sign_in("grace@example.com", "quite another password").status_code == 401
    assert {each["name"] for each in member.me()["workspaces"]} == {"Default", "Second"}


def test_s17_a_reset_ends_every_session_of_the_account(accounts: Accounts) -> None:
    owner = accounts.owner()
    token = accounts.run(accounts.services.resets.link_for, "ada@example.com", by=OPERATOR)
    done = accounts.browser().post(
        "/password-resets/complete", {"token": token, "password": "a new and better one"}
    )
    assert done.json() == {"reset": True}
    accounts.clock.advance(seconds=1)
    assert owner.get("/session").status_code == 401
    assert accounts.browser().sign_in("ada@example.com").status_code == 401
    again = accounts.browser().sign_in("ada@example.com", "a new and better one")
    assert again.status_code == 200
