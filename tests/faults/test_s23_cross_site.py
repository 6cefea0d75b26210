"""What another site has the browser send changes nothing, whatever cookie goes along."""

from typing import Any

import pytest

from accounts import COOKIE, HOST, PASSWORD, Accounts
from accounts import accounts as accounts
from accounts import running as running

FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://evil.test"},
    {"Origin": "null"},
    {"Origin": "https://test.evil.test"},
    {"Origin": "https://eviltest"},
    {"Origin": "https://test:8443"},
    {"Origin": "https://test@evil.test"},
    {"Origin": ""},
    {"Origin": "test"},
    {"Origin": "ftp://test"},
    {"Origin": "https://["},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Origin": HOST, "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.test", "Sec-Fetch-Site": "same-origin"},
    {},  # says nothing, as no browser does
]


def send(accounts: Accounts, token: str, method: str, path: str, **more: Any) -> Any:
    """A request with the session's cookie and exactly these headers."""
    headers = {"Cookie": f"{COOKIE}={token}"} | more.pop("headers", {})
    client = accounts.browser().client
    return client.request(method, f"/api/v1{path}", headers=headers, **more)


def changes(accounts: Accounts) -> list[tuple[str, str]]:
    """Every operation that changes something and takes a session, out of the description."""
    paths = accounts.app.openapi()["paths"]
    found = [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, item in paths.items()
        for method, operation in item.items()
        if method != "get" and {"Session": []} in operation["security"]
    ]
    assert len(found) > 20
    return found


def test_s23_no_change_of_any_operation_for_another_site(accounts: Accounts) -> None:
    owner = accounts.owner()
    assert owner.token is not None
    for method, path in changes(accounts):
        for headers in FOREIGN:
            response = send(accounts, owner.token, method, path, headers=headers, json={})
            assert response.status_code == 403, f"{method} {path} {headers}: {response.text}"
            assert response.json()["error"]["code"] == "cross_origin"
    assert owner.get("/session").status_code == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_s23_no_form_of_another_site_is_taken_for_json(
    accounts: Accounts, content_type: str
) -> None:
    owner = accounts.owner()
    assert owner.token is not None
    body = '{"email": "mallory@example.com", "role": "owner", "x": "="}'
    for headers in FOREIGN:
        sent = headers | {"Content-Type": content_type}
        response = send(accounts, owner.token, "POST", "/invitations", headers=sent, content=body)
        assert response.status_code == 403
    assert owner.get("/invitations").json()["data"] == []


@pytest.mark.parametrize("headers", [each for each in FOREIGN if each])
def test_s23_another_site_signs_nobody_in(accounts: Accounts, headers: dict[str, str]) -> None:
    accounts.owner()
    client = accounts.browser().client
    body = {"email": "ada@example.com", "password": PASSWORD}
    response = client.post("/api/v1/session", json=body, headers=headers)
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("headers", [{"Origin": HOST}, {"Sec-Fetch-Site": "same-origin"}])
def test_s23_the_dashboards_own_pages_may(accounts: Accounts, headers: dict[str, str]) -> None:
    owner = accounts.owner()
    assert owner.token is not None
    response = send(
        accounts, owner.token, "PUT", "/account", headers=headers, json={"name": "Ada K."}
    )
    assert response.status_code == 200


def test_s23_a_key_needs_no_origin(accounts: Accounts) -> None:
    accounts.owner()
    client = accounts.browser().client
    headers = {"Authorization": f"Bearer {accounts.key()}", "Origin": "https://evil.test"}
    response = client.post("/api/v1/sources", json={"name": "A", "type": "text"}, headers=headers)
    assert response.status_code == 201


def test_s20_a_session_is_taken_from_its_cookie_and_nowhere_else(accounts: Accounts) -> None:
    owner = accounts.owner()
    token = owner.token
    assert token is not None
    client = accounts.browser().client
    tries: list[dict[str, Any]] = [
        {"headers": {"Authorization": f"Bearer {token}"}},
        {"headers": {"X-Session": token}},
        {"headers": {"Cookie": f"cevvo_session={token}"}},
        {"headers": {"Cookie": f"{COOKIE.lower()}={token}"}},
        {"headers": {"Cookie": f"{COOKIE}={token}x"}},
        {"headers": {"Cookie": f"{COOKIE}="}},
        {"params": {"session": token, COOKIE: token}},
    ]
    for each in tries:
        assert client.get("/api/v1/session", **each).status_code == 401, each
    right = {"Cookie": f"theme=dark; {COOKIE}={token}; other=1"}
    assert client.get("/api/v1/session", headers=right).status_code == 200


def test_s20_a_key_is_taken_from_its_header_and_nowhere_else(accounts: Accounts) -> None:
    key = accounts.key()
    client = accounts.browser().client
    tries: list[dict[str, Any]] = [
        {"headers": {"X-Api-Key": key}},
        {"headers": {"Authentication": f"Bearer {key}"}},
        {"headers": {"Cookie": f"{COOKIE}={key}"}},
        {"headers": {"Cookie": f"authorization=Bearer {key}"}},
        {"params": {"api_key": key, "key": key, "access_token": key, "authorization": key}},
    ]
    for each in tries:
        assert client.get("/api/v1/sources", **each).status_code == 401, each
    assert client.get("/api/v1/sources", headers={"aUTHORIZATION": f"bearer {key}"}).is_success
