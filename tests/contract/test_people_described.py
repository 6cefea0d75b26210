"""What people are answered is what ``/openapi.json`` says: every operation that takes no key."""

from typing import Any

from accounts import HOST, PASSWORD, Accounts, token_in
from accounts import accounts as accounts
from accounts import running as running
from cevvo.domain.access import Actor
from cevvo.foundation.access.public import PUBLIC
from cevvo.foundation.access.totp import STEP, code_at
from contract.test_description import deviations

API = "/api/v1"


def test_what_is_open_is_described_as_open(accounts: Accounts) -> None:
    described = {
        (method.upper(), path)
        for path, item in accounts.app.openapi()["paths"].items()
        for method, operation in item.items()
        if operation["security"] == []
    }
    assert described == PUBLIC


def test_a_session_is_described_where_it_opens_something(accounts: Accounts) -> None:
    owner = accounts.owner()
    for path, item in accounts.app.openapi()["paths"].items():
        for method, operation in item.items():
            if path.startswith(f"{API}/"):
                assert operation["security"] != [{"ApiKey": []}], (method, path)
            elif operation["security"]:
                assert operation["security"] == [{"ApiKey": []}], (method, path)
                same_origin = {"Origin": HOST, "Sec-Fetch-Site": "same-origin"}
                refused = owner.client.request(method, path, headers=same_origin)
                assert refused.status_code == 401, (method, path)
    assert owner.get("/sources").status_code == 200


def test_what_people_get_is_what_is_described(accounts: Accounts) -> None:
    description = accounts.app.openapi()
    tried: set[tuple[str, str]] = set()
    wrong: list[str] = []

    def call(browser: Any, method: str, path: str, body: Any = None, **ids: str) -> Any:
        response = browser.call(method, path.format(**ids), body)
        assert response.status_code < 300, f"{method} {path}: {response.text}"
        tried.add((method.lower(), API + path))
        answers = description["paths"][API + path][method.lower()]["responses"]
        content = answers[str(response.status_code)]["content"]["application/json"]
        found = deviations(response.json(), content["schema"], description, f"{method} {path}")
        wrong.extend(found)
        return response.json()

    ada = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
    owner, guest = accounts.browser(), accounts.browser()
    call(owner, "GET", "/session/options")
    call(owner, "POST", "/setup", ada | {"token": accounts.setup_token()})
    call(owner, "DELETE", "/session")
    call(owner, "POST", "/session", {"email": ada["email"], "password": PASSWORD})
    here = call(owner, "GET", "/session")["workspace"]["id"]
    call(owner, "PUT", "/account", {"name": "Ada K."})
    change = {"current_password": PASSWORD, "password": PASSWORD + "!"}
    call(owner, "PUT", "/account/password", change)
    begun = call(owner, "POST", "/account/second-factor", {"current_password": change["password"]})
    code = code_at(begun["secret"], accounts.clock.at // STEP)
    codes = call(owner, "PUT", "/account/second-factor", {"code": code})["recovery_codes"]
    call(owner, "POST", "/account/second-factor/disable", {"code": codes[0]})
    wanted = {"email": "grace@example.com", "role": "editor"}
    made = call(owner, "POST", "/invitations", wanted)
    call(owner, "GET", "/invitations")
    token = token_in(made["url"])
    call(guest, "POST", "/invitations/open", {"token": token})
    body = {"token": token, "name": "Grace", "password": PASSWORD}
    call(guest, "POST", "/invitations/accept", body)
    other = call(owner, "POST", "/invitations", wanted | {"email": "alan@example.com"})
    call(owner, "DELETE", "/invitations/{invitation_id}", invitation_id=other["id"])
    grace = next(p for p in call(owner, "GET", "/people")["data"] if p["role"] == "editor")
    call(owner, "PUT", "/people/{person_id}", {"role": "analyst"}, person_id=grace["id"])
    call(owner, "DELETE", "/people/{person_id}", person_id=grace["id"])
    second = call(owner, "POST", "/workspaces", {"name": "Second"})["id"]
    call(owner, "GET", "/workspaces")
    call(owner, "GET", "/backups")
    call(owner, "PUT", "/session", {"workspace_id": here})
    call(owner, "PUT", "/workspaces/{workspace_id}", {"name": "B"}, workspace_id=second)
    call(owner, "DELETE", "/workspaces/{workspace_id}", workspace_id=second)
    accounts.browser().sign_in(ada["email"], change["password"])
    listed = call(owner, "GET", "/account/sessions")["data"]
    session = next(each["id"] for each in listed if not each["current"])
    call(owner, "DELETE", "/account/sessions/{session_id}", session_id=session)
    reset = accounts.run(accounts.services.resets.link_for, ada["email"], by=Actor("cli", "root"))
    call(owner, "POST", "/password-resets/complete", {"token": reset, "password": PASSWORD})
    assert not wrong, "\n".join(wrong)
    ours = {
        (method, path)
        for path, item in description["paths"].items()
        for method, operation in item.items()
        if operation["security"] in ([], [{"Session": []}])
    }
    elsewhere = {  # tests/features/sign_in has them: they need a provider, or a mail server
        ("get", f"{API}/session/oidc"),
        ("get", f"{API}/session/oidc/callback"),
        ("post", f"{API}/password-resets"),
    }
    assert ours - tried == elsewhere
