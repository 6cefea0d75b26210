"""No route and no method answers without a key that holds; what is open is listed, and why."""

import sys
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from api_walk import (
    API,
    PUBLIC,
    Operation,
    Tenant,
    key_in_database,
    nothing_like,
    wrong_shape,
)
from cevvo.app import create_app
from cevvo.domain.access import ALL_SCOPES
from cevvo.foundation.access.keys import generate
from cevvo.settings import Settings
from conftest import Server

ROOTS = (API, "/v1", "/mcp")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
OPEN_PAGES = {  # what is not in the description: what each says, everyone may know
    "/openapi.json",  # the description itself
    "/docs",  # how to use it all
    "/docs/{path:path}",  # its pages, the same at every server of a version
    "/healthz",  # that the process is there
    "/readyz",  # that the database is
    "/widget.js",  # the widget's files, which hold no data; what they ask for needs a key
    "/widget/assets/{name}",
    "/widget/demo",
    "/widget/demo.js",
    "/widget/demo.css",
    "/ask/{slug:slug}",  # what a workspace has made public, bounded by address
    "/{path:path}",  # the dashboard's files, which hold no data
}
OPERATORS = {"/metrics"}  # not open either: for those with CEVVO_METRICS_TOKEN, see test_metrics
OTHER_PROTOCOLS = {"/mcp"}  # not open, and described by what they speak
FAILURES_PER_ADDRESS = 25  # below the 30 that the server bears with


def bad_authorizations(server: Server, tenant: Tenant) -> dict[str, list[str]]:
    """Headers that authenticate nobody."""

    def stored(**columns: object) -> str:
        return "Bearer " + key_in_database(server, tenant.workspace, ALL_SCOPES, **columns)

    key = tenant.client.headers["authorization"].removeprefix("Bearer ")
    now = int(time.time() * 1000)
    return {
        "none": [],
        "empty": [""],
        "no token": ["Bearer"],
        "another scheme": [f"Basic {key}"],
        "twice": [f"Bearer {key}", f"Bearer {key}"],
        "malformed": ["Bearer null"],
        "mistyped": [f"Bearer {key[:-1]}{'a' if key[-1] != 'a' else 'b'}"],
        "unknown": [f"Bearer {generate('secret')}"],
        "unknown, publishable": [f"Bearer {generate('publishable')}"],
        "expired": [stored(expires_at=now - 1000)],
        "revoked": [stored(revoked_at=now - 1000)],
    }


def clients(server: Server) -> Generator[httpx2.Client]:
    """A client for each few requests, from another address of loopback each time."""
    for number in range(2, 65_000):
        address = f"127.1.{number // 250}.{number % 250 + 1}"
        with httpx2.Client(
            base_url=server.url, transport=httpx2.HTTPTransport(local_address=address)
        ) as client:
            yield from [client] * FAILURES_PER_ADDRESS


@pytest.mark.skipif(sys.platform != "linux", reason="has one address of loopback only")
def test_s15_without_a_key_that_holds_no_route_and_no_method_answers(
    server: Server, tenant: Tenant, operations: list[Operation]
) -> None:
    faults, tried = [], 0
    senders = clients(server)
    nothing = nothing_like(tenant.ids)
    urls = {each.url(nothing) for each in operations}
    urls |= {f"{server.url}{root}{end}" for root in ROOTS for end in ("", "/", "/nothing")}
    public = {f"{each.method} {each.url(nothing)}" for each in operations if each.is_open}
    for name, values in bad_authorizations(server, tenant).items():
        for url in sorted(urls):
            for method in METHODS:
                headers = [("Authorization", value) for value in values]
                response = next(senders).request(method, url, headers=headers)
                tried += 1
                if f"{method} {url}" in public:
                    continue
                fault = wrong_shape(response, 401)
                if fault or not response.headers.get("www-authenticate", "").startswith("Bearer"):
                    faults.append(f"{method} {url} with {name}: {fault}")
    senders.close()
    assert not faults, "\n".join(faults)
    assert tried > 1000


def test_s15_what_is_described_as_open_is_what_is_listed_as_open(
    operations: list[Operation],
) -> None:
    described = {str(each) for each in operations if each.is_open}
    assert described == PUBLIC, "list it in PUBLIC of tests/api_walk.py, and say there why"


def test_s15_every_route_is_described_or_a_page_that_is_listed_as_open(
    tmp_path: Path, operations: list[Operation]
) -> None:
    app = create_app(Settings(data_dir=tmp_path / "data"))
    with TestClient(app):  # so that all that was opened is closed
        found = set(paths(app.routes))
    described = {each.path for each in operations}
    told = "describe the route, or list it in OPEN_PAGES"
    assert found - described == OPEN_PAGES | OPERATORS | OTHER_PROTOCOLS, told
    assert described <= found


def paths(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """The paths of all routes, those of included routers too, whether described or not."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            prefix = getattr(route, "include_context").prefix  # noqa: B009 - of a private class
            yield from (prefix + path for path in paths(included.routes))
        else:
            assert isinstance(route, Route), f"{route}: of which paths?"
            yield route.path


def test_s15_metrics_are_closed_until_the_operator_opens_them(server: Server) -> None:
    for key in (None, server.key):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        response = httpx2.get(f"{server.url}/metrics", headers=headers)
        assert response.status_code == 404
        assert "cevvo_" not in response.text


def test_s15_a_refusal_does_not_repeat_what_was_sent(server: Server) -> None:
    key = generate("secret")
    headers = {"Authorization": f"Bearer {key}"}
    response = httpx2.get(f"{server.url}{API}/sources", headers=headers)
    assert response.status_code == 401
    assert key[12:] not in response.text
