"""Which names this server answers to.

A website can have its own name point to an address of the reader's network (DNS rebinding) and
so have the reader's browser talk to this server as if it were that site. The ``Host`` header then
gives the strange name away. An address in figures cannot be made to point elsewhere.
"""

import ipaddress
import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from cevvo.domain.hosts import is_loopback
from cevvo.errors import InvalidRequest, MisdirectedRequest

_FORM = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:@/]+))(?::[0-9]*)?")
_SHOWN = 100  # characters of a name that a message repeats


class Hosts:
    """Refuses requests for other hosts than ``names``, this machine and, where the server listens
    to the network (``local`` is False), addresses in figures."""

    def __init__(self, app: ASGIApp, *, names: Collection[str], local: bool) -> None:
        self.app = app
        self._names = frozenset(name.lower().removesuffix(".") for name in names)
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises MisdirectedRequest, or InvalidRequest without one host."""
        if scope["type"] == "http":
            given = Headers(scope=scope).getlist("host")
            if len(given) != 1:
                raise InvalidRequest("A request needs exactly one Host header.", param="Host")
            host = _host(given[0])
            if not self._is_ours(host):
                raise MisdirectedRequest(
                    f"This server is not known as {host[:_SHOWN]!r}. If it is, its operator adds "
                    "the name to CEVVO_ALLOWED_HOSTS."
                )
        await self.app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        return host in self._names or is_loopback(host) or (not self._local and _is_address(host))


def _host(header: str) -> str:
    """The host without its port, in lower case; all of it where it has another form."""
    name = header.strip().lower()
    match = _FORM.fullmatch(name)
    return name if match is None else match[1] or match[2].removesuffix(".")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
