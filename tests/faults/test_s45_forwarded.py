"""S45: whoever writes ``X-Forwarded-For`` is somebody else only if a proxy is trusted to."""

import asyncio
from typing import Any

import pytest

from cevvo.foundation.access.keys import generate
from cevvo.foundation.http.proxies import TrustedProxies
from http_api import Api


def seen(ranges: tuple[str, ...], peer: str, *forwarded: str, proto: str = "") -> tuple[str, str]:
    """The client's address and the scheme that the application sees."""
    got: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        got.update(scope)

    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    headers += [(b"x-forwarded-proto", proto.encode())] if proto else []
    scope = {"type": "http", "client": (peer, 1), "headers": headers, "scheme": "http"}
    asyncio.run(TrustedProxies(app, ranges=ranges)(scope, None, None))  # type: ignore[arg-type]
    return got["client"][0], got["scheme"]


@pytest.mark.parametrize(
    ("ranges", "peer", "forwarded", "client"),
    [
        ((), "127.0.0.1", ["203.0.113.9"], "127.0.0.1"),
        (("10.0.0.0/8",), "192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", ["198.51.100.7, 203.0.113.9"], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", ["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", ["198.51.100.7", "203.0.113.9"], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", [], "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (("10.0.0.0/8",), "10.0.0.1", ["198.51.100.7, evil, 10.0.0.2"], "10.0.0.2"),
        (("10.0.0.0/8",), "10.0.0.1", ["203.0.113.9, "], "10.0.0.1"),
        (("::1",), "::1", ["2001:db8::5"], "2001:db8::5"),
        (("10.0.0.0/8",), "10.0.0.1", ["203.0.113.9:4711, 10.0.0.2:80"], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", ["[2001:DB8::5]:4711"], "2001:db8::5"),
        (("10.0.0.0/8",), "10.0.0.1", ["[2001:db8::5]"], "2001:db8::5"),
        (("10.0.0.0/8",), "10.0.0.1", ["203.0.113.9, 198.51.100.7:x"], "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["203.0.113.9, []"], "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["::ffff:203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9"),
        (("10.0.0.0/8",), "::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ((), "::ffff:203.0.113.9", [], "203.0.113.9"),
        (("10.0.0.1",), "10.0.0.2", ["203.0.113.9"], "10.0.0.2"),
    ],
)
def test_s45_only_the_trusted_proxy_is_believed(
    ranges: tuple[str, ...], peer: str, forwarded: list[str], client: str
) -> None:
    assert seen(ranges, peer, *forwarded)[0] == client


def test_s45_the_scheme_too() -> None:
    assert seen((), "10.0.0.1", proto="https")[1] == "http"
    assert seen(("10.0.0.1",), "10.0.0.1", proto="https")[1] == "https"
    assert seen(("10.0.0.1",), "10.0.0.1", proto="http, https")[1] == "https"
    assert seen(("10.0.0.1",), "10.0.0.1", proto="javascript")[1] == "http"


def test_s45_guessing_is_not_hidden_behind_a_header(api: Api) -> None:
    with api.client(key=None) as client:
        statuses = [
            client.get(
                "/items",
                headers={
                    "Authorization": f"Bearer {generate('secret')}",
                    "X-Forwarded-For": f"203.0.113.{number}",
                    "Forwarded": f"for=203.0.113.{number}",
                    "X-Real-IP": f"203.0.113.{number}",
                },
            ).status_code
            for number in range(31)
        ]
    assert statuses == [401] * 30 + [429]
