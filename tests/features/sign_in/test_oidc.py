"""Signing in with an identity provider, against one that is there: real requests, real tokens."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from accounts import COOKIE, Accounts, Browser, invite, running_accounts
from identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    other_key,
    running_provider,
)

BACK = "https://test/api/v1/session/oidc/callback"
GRACE = {
    "sub": "grace-1",
    "email": "Grace@Example.com",
    "email_verified": True,
    "name": "Grace Hopper",
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider(BACK) as running:
        yield running


@pytest.fixture(scope="module")
def running_sso(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    with running_accounts(
        tmp_path_factory.mktemp("sso"),
        public_url="https://test",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_name="Example SSO",
    ) as accounts:
        yield accounts


@pytest.fixture
def sso(running_sso: Accounts, provider: Provider) -> Accounts:
    running_sso.reset()
    provider.person, provider.lies = dict(GRACE), {}
    provider.signing_key, provider.algorithm, provider.said_issuer = None, "RS256", ""
    return running_sso


def leave(browser: Browser) -> str:
    """Where the browser is sent."""
    response = browser.client.get("/api/v1/session/oidc", follow_redirects=False)
    assert response.status_code == 303
    return str(response.headers["location"])


def come_back(browser: Browser, address: str) -> Any:
    """The response to the browser's return, by way of the provider's page."""
    at_provider = httpx2.get(address)
    assert at_provider.status_code == 302
    back = urlsplit(at_provider.headers["location"])
    assert back.netloc == "test"
    return browser.client.get(f"{back.path}?{back.query}", follow_redirects=False)


def problem(response: Any) -> str:
    """Why the sign-in page is shown."""
    assert response.status_code == 303
    url = urlsplit(str(response.headers["location"]))
    assert url.path == "/sign-in"
    assert COOKIE not in response.headers.get("set-cookie", "")
    return parse_qs(url.query)["problem"][0]


def test_somebody_invited_gets_an_account_and_comes_again(sso: Accounts) -> None:
    owner = sso.owner()
    invite(owner, "grace@example.com", "editor")
    browser = sso.browser()
    assert browser.get("/session/options").json()["identity_provider"] == "Example SSO"
    assert come_back(browser, leave(browser)).headers["location"] == "/"
    me = browser.me()
    assert me["person"]["name"] == "Grace Hopper"
    assert me["workspace"]["role"] == "editor"
    assert me["person"]["has_password"] is False
    assert owner.get("/invitations").json()["data"] == []
    again = sso.browser()
    come_back(again, leave(again))
    assert again.me()["person"]["id"] == me["person"]["id"]


def test_somebody_with_an_account_is_known_by_the_verified_address(
    sso: Accounts, provider: Provider
) -> None:
    owner = sso.owner("grace@example.com")
    browser = sso.browser()
    come_back(browser, leave(browser))
    assert browser.me()["person"]["id"] == owner.me()["person"]["id"]
    provider.person = GRACE | {"email": "grace.hopper@example.com"}  # the subject stays
    come_back(browser, leave(browser))
    assert browser.me()["person"]["id"] == owner.me()["person"]["id"]


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_is_nobodys(
    sso: Accounts, provider: Provider, verified: object
) -> None:
    sso.owner("grace@example.com")
    provider.person = GRACE | {"email_verified": verified}
    browser = sso.browser()
    assert problem(come_back(browser, leave(browser))) == "not_invited"
    assert browser.get("/session").status_code == 401


def test_nobody_comes_in_uninvited_or_under_another_ones_address(
    sso: Accounts, provider: Provider
) -> None:
    browser = sso.browser()
    sso.owner()
    assert problem(come_back(browser, leave(browser))) == "not_invited"
    provider.person = GRACE | {"email": "ada@example.com"}
    come_back(browser, leave(browser))
    provider.person = GRACE | {"email": "ada@example.com", "sub": "mallory"}
    other = sso.browser()
    assert problem(come_back(other, leave(other))) == "not_invited"


def test_the_request_carries_state_nonce_and_challenge_of_its_own(sso: Accounts) -> None:
    browser = sso.browser()
    queries = [parse_qs(urlsplit(leave(browser)).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        values = [query[name][0] for query in queries]
        assert len(set(values)) == 2
        assert all(len(value) >= 43 for value in values)
    assert queries[0]["code_challenge_method"] == ["S256"]


def test_the_way_back_is_for_the_browser_that_left(sso: Accounts, provider: Provider) -> None:
    sso.owner("grace@example.com")
    left = sso.browser()
    address = leave(left)
    thief = sso.browser()
    assert problem(come_back(thief, address)) == "identity_provider"
    leave(thief)  # has a cookie, but of another journey
    assert problem(come_back(thief, address)) == "identity_provider"
    assert come_back(left, address).headers["location"] == "/"
    assert problem(come_back(left, address)) == "identity_provider"  # the cookie is used up


def test_a_code_is_worth_nothing_to_another_verifier(sso: Accounts, provider: Provider) -> None:
    sso.owner("grace@example.com")
    first, second = sso.browser(), sso.browser()
    stolen = parse_qs(urlsplit(httpx2.get(leave(first)).headers["location"]).query)["code"][0]
    state = parse_qs(urlsplit(leave(second)).query)["state"][0]
    response = second.client.get(
        f"/api/v1/session/oidc/callback?state={state}&code={stolen}", follow_redirects=False
    )
    assert problem(response) == "identity_provider"


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://evil.test"},
        {"aud": "another-client"},
        {"aud": ["cevvo", "another"], "azp": "another"},
        {"exp": 1_000_000_000},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
    ],
)
def test_a_token_that_is_for_somebody_else_or_another_time_is_refused(
    sso: Accounts, provider: Provider, lies: dict[str, Any]
) -> None:
    sso.owner("grace@example.com")
    provider.lies = lies
    browser = sso.browser()
    assert problem(come_back(browser, leave(browser))) == "identity_provider"
    assert browser.get("/session").status_code == 401


def test_a_name_that_is_no_text_is_refused(sso: Accounts, provider: Provider) -> None:
    """Half a surrogate pair: JSON can say it, and no database can store it."""
    invite(sso.owner(), "grace@example.com", "editor")
    provider.lies = {"name": "Grace \ud800"}
    browser = sso.browser()
    assert problem(come_back(browser, leave(browser))) == "identity_provider"


def test_a_token_that_another_key_signed_is_refused(sso: Accounts, provider: Provider) -> None:
    sso.owner("grace@example.com")
    provider.signing_key = other_key()
    browser = sso.browser()
    assert problem(come_back(browser, leave(browser))) == "identity_provider"


def test_who_is_turned_away_by_the_provider_comes_back_to_the_sign_in_page(
    sso: Accounts, provider: Provider
) -> None:
    provider.person = None
    browser = sso.browser()
    assert problem(come_back(browser, leave(browser))) == "identity_provider"


def test_without_a_provider_there_is_no_way_there(accounts: Accounts) -> None:
    browser = accounts.browser()
    assert browser.get("/session/options").json()["identity_provider"] is None
    for path in ("", "/callback?state=x&code=y"):
        response = browser.client.get(f"/api/v1/session/oidc{path}", follow_redirects=False)
        assert response.status_code == 404
