"""The whole product in this process, with people in it, for tests of who may do what."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Connection, delete
from starlette.testclient import TestClient

from cevvo.app import create_app
from cevvo.domain.access import ALL_SCOPES, Actor, Role, Scope
from cevvo.domain.time import Millis
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.foundation.db.tables import one_time_tokens, people, sign_in_attempts, workspaces
from cevvo.services import Services
from cevvo.settings import Settings

HOST = "https://test"
PASSWORD = "correct horse battery staple"
COOKIE = "__Host-cevvo_session"


class Clock:
    """A wall clock (milliseconds) and a monotonic one (seconds) that the test sets."""

    def __init__(self) -> None:
        self.at = 1_770_000_000_000

    def monotonic(self) -> float:
        return self.at / 1000

    def __call__(self) -> Millis:
        return Millis(self.at)

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        self.at += int((seconds + 60 * minutes + 3600 * hours) * 1000)


class Browser:
    """Somebody's browser: cookies of its own, and the headers that a browser sends."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The response to a request from the dashboard's own pages."""
        sent = {"Origin": HOST, "Sec-Fetch-Site": "same-origin"} | headers
        return self.client.request(method, f"/api/v1{path}", json=body, headers=sent)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("POST", path, body)

    def put(self, path: str, body: Any = None) -> Any:
        return self.call("PUT", path, body)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)

    @property
    def token(self) -> str | None:
        """The session's token, as the browser holds it."""
        return self.client.cookies.get(COOKIE)

    def sign_in(self, email: str, password: str = PASSWORD, code: str | None = None) -> Any:
        """The response to an attempt to sign in."""
        body = {"email": email, "password": password} | ({"code": code} if code else {})
        return self.post("/session", body)

    def me(self) -> dict[str, Any]:
        """The session, as the server sees it."""
        response = self.get("/session")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


class Accounts:
    """A server in this process."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.clock = Clock()
        self.data_dir = data_dir
        self.app = create_app(
            Settings(data_dir=data_dir, rate_limit=100_000, allowed_hosts=("test",), **settings),
            clock=self.clock,
            monotonic=self.clock.monotonic,
        )
        self.services: Services = self.app.state.services
        self.db = self.services.workspaces._db
        self.first = TestClient(self.app, base_url=HOST)

    def run(self, f: Any, *arguments: Any, **named: Any) -> Any:
        """The result of an awaitable function, in the server's own event loop."""
        assert self.first.portal is not None

        async def call() -> Any:
            return await f(*arguments, **named)

        return self.first.portal.call(call)

    def stored(self, query: str) -> list[Any]:
        """Rows of the database. Another SQLite in this process would undo the locks of ours."""
        rows: list[Any] = self.db.read_now(lambda c: c.exec_driver_sql(query).fetchall())
        return [tuple(row) for row in rows]

    def settle(self) -> None:
        """Let what goes on behind the answers come to its end."""

        async def behind() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            ours = [task for task in others if "_write_mark" in repr(task)]
            await asyncio.gather(*ours)

        self.run(behind)

    def reset(self) -> None:
        """As after the first start, an hour later."""
        self.clock.advance(hours=1)

        def write(connection: Connection) -> None:
            for table in (people, one_time_tokens, sign_in_attempts, workspaces):
                connection.execute(delete(table))

        self.db.write_now(write)
        self.run(self.services.workspaces.default)

    def browser(self, address: str = "203.0.113.1") -> Browser:
        """A fresh one, at an address."""
        client = TestClient(self.app, base_url=HOST, client=(address, 50000))
        client.portal = self.first.portal
        return Browser(client)

    def setup_token(self) -> str:
        token = self.run(self.services.sign_in.setup_token)
        assert isinstance(token, str)
        return token

    def key(self, *scopes: Scope) -> str:
        """An API key of the first workspace."""
        workspace = self.run(self.services.workspaces.default)
        key: str = self.run(
            self.services.api_keys.create,
            workspace,
            KeyTerms(name="test", scopes=scopes or ALL_SCOPES),
            by=Actor("cli", "test"),
        )[0]
        return key

    def owner(self, email: str = "ada@example.com") -> Browser:
        """A browser in which the first owner is signed in."""
        browser = self.browser()
        body = {
            "token": self.setup_token(),
            "name": "Ada Lovelace",
            "email": email,
            "password": PASSWORD,
        }
        response = browser.post("/setup", body)
        assert response.status_code == 200, response.text
        return browser

    def member(self, owner: Browser, role: Role, email: str | None = None) -> Browser:
        """A browser in which somebody is signed in who was invited as ``role``."""
        email = email or f"{role}@example.com"
        token = invite(owner, email, role)
        browser = self.browser()
        body = {"token": token, "name": role.title(), "password": PASSWORD}
        response = browser.post("/invitations/accept", body)
        assert response.status_code == 200, response.text
        return browser


def invite(by: Browser, email: str, role: Role) -> str:
    """The token of an invitation's link."""
    response = by.post("/invitations", {"email": email, "role": role})
    assert response.status_code == 201, response.text
    return token_in(response.json()["url"])


def token_in(url: str) -> str:
    """The token of a link."""
    return parse_qs(urlsplit(url).query)["token"][0]


@contextmanager
def running_accounts(data_dir: Path, **settings: Any) -> Iterator[Accounts]:
    """A server in this process, started and stopped."""
    accounts = Accounts(data_dir, **settings)
    with accounts.first:
        yield accounts


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """One server in this process for a module's tests that need no settings of their own: gone
    before another module counts the processes that this one has."""
    with running_accounts(tmp_path_factory.mktemp("accounts")) as accounts:
        yield accounts


@pytest.fixture
def accounts(running: Accounts) -> Accounts:
    """A server without people."""
    running.reset()
    return running
