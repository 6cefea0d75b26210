"""Who really asks, where a proxy stands before the server.

``X-Forwarded-For`` and ``X-Forwarded-Proto`` can be written by anyone: they count only from
addresses that the operator has named, and from the right, where the nearest proxy has written.
"""

import ipaddress
import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_MOST_HOPS = 20
_WITH_PORT = re.compile(r"\[([^\[\]]*)\](?::[0-9]+)?|([0-9.]+):[0-9]+")


class TrustedProxies:
    """Puts the client's own address and scheme into the scope. ``ranges``: the proxies'."""

    def __init__(self, app: ASGIApp, *, ranges: Collection[str]) -> None:
        self.app = app
        self._ranges = tuple(ipaddress.ip_network(each, strict=False) for each in ranges)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope.get("client"):
            host, port = scope["client"]
            scope["client"] = (str(_address(host) or host), port)
            self._believe(scope)
        await self.app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        peer = scope["client"][0]
        if self._trusted(peer):
            headers = Headers(scope=scope)
            hops = ",".join(headers.getlist("x-forwarded-for")).split(",")
            scope["client"] = (self._client(peer, hops), 0)
            schemes = [each.strip() for each in headers.get("x-forwarded-proto", "").split(",")]
            if schemes[-1] in ("http", "https"):
                scope["scheme"] = schemes[-1]

    def _client(self, peer: str, hops: list[str]) -> str:
        """The last address that no trusted proxy has; the nearest known where all are proxies."""
        client = peer
        for hop in reversed(hops[-_MOST_HOPS:]):
            address = _address(hop.strip())
            if address is None:
                break
            client = str(address)
            if not self._trusted(client):
                break
        return client

    def _trusted(self, host: str) -> bool:
        address = _address(host)
        return address is not None and any(address in each for each in self._ranges)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for what is none. Some proxies write a port behind it; who listens to IPv4 and IPv6 at
    once, as this server does with the host ``::``, calls an IPv4 address ``::ffff:203.0.113.9``."""
    match = _WITH_PORT.fullmatch(host)
    try:
        address = ipaddress.ip_address(host if match is None else match[1] or match[2])
    except ValueError:
        return None
    return (address.version == 6 and address.ipv4_mapped) or address
