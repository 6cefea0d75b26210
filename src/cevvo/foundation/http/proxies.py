"""Who really asks, where a proxy stands before the server.

``X-Forwarded-For`` and ``X-Forwarded-Proto`` can be written by anyone: they count only from
addresses that the operator has named, and from the right, where the nearest proxy has written.
"""

import ipaddress
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_MOST_HOPS = 20


class TrustedProxies:
    """Puts the client's own address and scheme into the scope. ``ranges``: the proxies'."""

    def __init__(self, app: ASGIApp, *, ranges: Collection[str]) -> None:
        self.app = app
        self._ranges = tuple(ipaddress.ip_network(each, strict=False) for each in ranges)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        peer = scope.get("client")
        if scope["type"] == "http" and peer and self._trusted(peer[0]):
            headers = Headers(scope=scope)
            hops = ",".join(headers.getlist("x-forwarded-for")).split(",")
            scope["client"] = (self._client(peer[0], hops), 0)
            schemes = [each.strip() for each in headers.get("x-forwarded-proto", "").split(",")]
            if schemes[-1] in ("http", "https"):
                scope["scheme"] = schemes[-1]
        await self.app(scope, receive, send)

    def _client(self, peer: str, hops: list[str]) -> str:
        """The last address that no trusted proxy has; the nearest known where all are proxies."""
        client = peer
        for hop in reversed(hops[-_MOST_HOPS:]):
            try:
                address = str(ipaddress.ip_address(hop.strip()))
            except ValueError:
                break
            client = address
            if not self._trusted(address):
                break
        return client

    def _trusted(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in each for each in self._ranges)
