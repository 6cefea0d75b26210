"""Who may do what with a workspace and its people, and what happens to who leaves."""

from typing import Any

import pytest

from accounts import PASSWORD, Accounts, Browser, invite
from cevvo.domain.access import ROLES, Role

MATRIX: dict[str, set[Role]] = {  # as docs/people.md says
    "ask": {"owner", "admin", "editor", "analyst"},
    "read": {"owner", "admin", "editor", "analyst"},
    "add content": {"owner", "admin", "editor"},
    "change settings": {"owner", "admin"},
    "see people": {"owner", "admin"},
    "invite an editor": {"owner", "admin"},
    "invite an owner": {"owner"},
    "rename the workspace": {"owner", "admin"},
    "make a workspace": {"owner"},
    "delete the workspace": {"owner"},
}


def attempt(browser: Browser, what: str, workspace: str) -> Any:
    """The response to one of the deeds."""
    match what:
        case "ask":
            return browser.post("/chat", {"message": "What is there?"})
        case "read":
            return browser.get("/sources")
        case "add content":
            return browser.post("/sources", {"name": "Texts", "type": "text"})
        case "change settings":
            return browser.put("/settings/answers", {"assistant_name": "Ada"})
        case "see people":
            return browser.get("/people")
        case "invite an editor":
            return browser.post("/invitations", {"email": "x@example.com", "role": "editor"})
        case "invite an owner":
            return browser.post("/invitations", {"email": "y@example.com", "role": "owner"})
        case "rename the workspace":
            return browser.put(f"/workspaces/{workspace}", {"name": "Renamed"})
        case "make a workspace":
            return browser.post("/workspaces", {"name": "Another"})
    return browser.delete(f"/workspaces/{workspace}")


def test_each_role_may_do_what_the_table_says_and_nothing_else(accounts: Accounts) -> None:
    owner = accounts.owner()
    other = owner.post("/workspaces", {"name": "So that there is another one"}).json()
    workspace = owner.me()["workspace"]["id"]
    browsers = {role: accounts.member(owner, role) for role in ROLES}
    faults = []
    for what, may in MATRIX.items():
        for role in reversed(ROLES):  # who may least tries first: the owner deletes the workspace
            status = attempt(browsers[role], what, workspace).status_code
            if (status < 300) != (role in may) or (role not in may and status != 403):
                faults.append(f"{role} {what}: {status}")
    assert not faults, "\n".join(faults)
    assert owner.sign_in("ada@example.com").json()["workspace"]["id"] == other["id"]


@pytest.mark.parametrize("scope", ["chat", "read", "ingest", "admin"])
def test_no_key_manages_people_or_workspaces(accounts: Accounts, scope: Any) -> None:
    accounts.owner()
    client = accounts.browser().client
    headers = {"Authorization": f"Bearer {accounts.key(scope)}"}
    for path in ("/people", "/invitations", "/workspaces", "/session", "/account/sessions"):
        assert client.get(f"/api/v1{path}", headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/v1/models", "/mcp"])
def test_a_session_opens_only_the_dashboards_own_api(accounts: Accounts, path: str) -> None:
    owner = accounts.owner()
    assert owner.get("/sources").status_code == 200
    refused = owner.client.get(path)
    assert refused.status_code == 401
    assert "No API key" in refused.json()["error"]["message"]


def person_id(browser: Browser) -> str:
    found: str = browser.me()["person"]["id"]
    return found


def test_the_last_owner_is_neither_removed_nor_demoted(accounts: Accounts) -> None:
    owner = accounts.owner()
    me = person_id(owner)
    assert owner.put(f"/people/{me}", {"role": "admin"}).status_code == 409
    assert owner.delete(f"/people/{me}").status_code == 409
    second = accounts.member(owner, "owner")
    assert owner.put(f"/people/{me}", {"role": "admin"}).status_code == 200
    assert second.delete(f"/people/{person_id(second)}").status_code == 409


def test_an_admin_touches_no_owner(accounts: Accounts) -> None:
    owner = accounts.owner()
    admin, editor = accounts.member(owner, "admin"), accounts.member(owner, "editor")
    boss, clerk = person_id(owner), person_id(editor)
    assert admin.put(f"/people/{boss}", {"role": "analyst"}).status_code == 403
    assert admin.delete(f"/people/{boss}").status_code == 403
    assert admin.put(f"/people/{clerk}", {"role": "owner"}).status_code == 403
    assert admin.put(f"/people/{person_id(admin)}", {"role": "owner"}).status_code == 403
    assert admin.put(f"/people/{clerk}", {"role": "admin"}).status_code == 200


def test_everybody_may_leave_and_nobody_is_kept_who_belongs_nowhere(accounts: Accounts) -> None:
    owner = accounts.owner()
    analyst = accounts.member(owner, "analyst")
    me = person_id(analyst)
    assert analyst.delete(f"/people/{person_id(owner)}").status_code == 403
    assert analyst.delete(f"/people/{me}").json() == {"deleted": True}
    assert accounts.stored(f"SELECT * FROM people WHERE id = '{me}'") == []
    assert owner.delete(f"/people/{me}").status_code == 404


def test_who_stays_elsewhere_keeps_the_account(accounts: Accounts) -> None:
    owner = accounts.owner()
    first = owner.me()["workspace"]["id"]
    editor = accounts.member(owner, "editor", "grace@example.com")
    second = owner.post("/workspaces", {"name": "Second"}).json()["id"]
    owner.put("/session", {"workspace_id": second})
    token = invite(owner, "grace@example.com", "analyst")
    accounts.browser().post("/invitations/accept", {"token": token})
    owner.delete(f"/people/{person_id(editor)}")
    assert [each["id"] for each in editor.me()["workspaces"]] == [first]


def test_members_and_invitations_are_those_of_the_workspace(accounts: Accounts) -> None:
    owner = accounts.owner()
    accounts.member(owner, "editor", "grace@example.com")
    invite(owner, "alan@example.com", "analyst")
    made = owner.get("/invitations").json()["data"][0]
    grace = next(p for p in owner.get("/people").json()["data"] if p["role"] == "editor")
    second = owner.post("/workspaces", {"name": "Second"}).json()["id"]
    owner.put("/session", {"workspace_id": second})
    assert [p["email"] for p in owner.get("/people").json()["data"]] == ["ada@example.com"]
    assert owner.get("/invitations").json()["meta"]["total"] == 0
    assert owner.put(f"/people/{grace['id']}", {"role": "owner"}).status_code == 404
    assert owner.delete(f"/people/{grace['id']}").status_code == 404
    assert owner.delete(f"/invitations/{made['id']}").status_code == 404


def test_a_member_is_not_invited_again_and_a_new_invitation_replaces_the_old(
    accounts: Accounts,
) -> None:
    owner = accounts.owner()
    again = owner.post("/invitations", {"email": "ADA@example.com", "role": "editor"})
    assert again.status_code == 409
    first = invite(owner, "grace@example.com", "editor")
    invite(owner, "Grace@Example.com", "analyst")
    [only] = owner.get("/invitations").json()["data"]
    assert (only["email"], only["role"]) == ("grace@example.com", "analyst")
    assert accounts.browser().post("/invitations/open", {"token": first}).status_code == 400


def test_an_address_that_a_mails_head_would_read_differently_is_refused(
    accounts: Accounts,
) -> None:
    body = {"email": "x@=?utf-8?q?=0ABcc=3A?=", "role": "editor"}
    assert accounts.owner().post("/invitations", body).status_code == 400


def test_what_is_done_to_people_is_in_the_audit_log(accounts: Accounts) -> None:
    owner = accounts.owner()
    editor = accounts.member(owner, "editor")
    clerk = person_id(editor)
    owner.put(f"/people/{clerk}", {"role": "analyst"})
    owner.delete(f"/people/{clerk}")
    accounts.browser().sign_in("ada@example.com", "wrong password altogether")
    accounts.browser().sign_in("ada@example.com")
    boss = person_id(owner)
    log = owner.get("/audit-log?per_page=100").json()["data"]
    said = [(each["action"], each["actor"]["id"]) for each in log]
    for entry in (
        ("server.set_up", boss),
        ("invitation.created", boss),
        ("invitation.accepted", clerk),
        ("session.signed_in", clerk),
        ("person.role_changed", boss),
        ("person.removed", boss),
        ("session.signed_in", boss),
    ):
        assert entry in said, entry
    change = next(each for each in log if each["action"] == "person.role_changed")
    assert change["detail"] == {"before": "editor", "after": "analyst"}
    assert change["address"] == "203.0.113.1"
    refused = accounts.stored(
        "SELECT actor_id, detail FROM audit_log WHERE action = 'session.refused'"
        f" AND actor_id = '{boss}'"
    )
    assert refused == [(boss, '{"wrong": "password"}')]


def test_s5_fields_that_are_not_theirs_to_set_change_nothing(accounts: Accounts) -> None:
    owner = accounts.owner()
    editor = accounts.member(owner, "editor")
    here, clerk = owner.me()["workspace"]["id"], person_id(editor)
    other = owner.post("/workspaces", {"name": "Another"}).json()["id"]
    extra = {
        "id": "per_mine",
        "person_id": person_id(owner),
        "workspace_id": other,
        "workspace": other,
        "invited_by": clerk,
        "expires_at": "2100-01-01T00:00:00Z",
        "email": "mallory@example.com",
        "role": "owner",
        "rights": ["owners"],
        "scopes": ["admin"],
        "second_factor": True,
        "totp_enabled_at": 1,
        "password_hash": "x",
        "oidc_subject": "mallory",
    }
    wanted = {"email": "grace@example.com", "role": "analyst"}
    made = owner.post("/invitations", extra | wanted).json()
    assert (made["email"], made["role"], made["id"][:4]) == (*wanted.values(), "inv_")
    changed = owner.put(f"/people/{clerk}", extra | {"role": "analyst"}).json()
    assert (changed["id"], changed["email"], changed["role"]) == (
        clerk,
        "editor@example.com",
        "analyst",
    )
    owner.put("/account", extra | {"name": "Ada"})
    password = {"current_password": PASSWORD, "password": PASSWORD + "!"}
    owner.put("/account/password", extra | password)
    owner.post("/account/second-factor", extra | {"current_password": password["password"]})
    me = owner.me()
    assert me["workspace"]["id"] == here
    assert me["person"]["email"] == "ada@example.com"
    assert me["person"]["second_factor"] is False
    owner.put("/session", {"workspace_id": other})
    assert owner.get("/invitations").json()["meta"]["total"] == 0
    assert owner.get("/people").json()["meta"]["total"] == 1
