"""Where a request comes from, as far as that is known."""

import ipaddress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Scope

_LONGEST = 300  # characters kept of what a browser calls itself


@dataclass(frozen=True, slots=True)
class Client:
    """The other end: ``network`` is whom to hold failures against (see ``network_of``)."""

    address: str | None
    network: str
    user_agent: str | None
    request_id: str | None


async def client_of(request: Request) -> Client:
    """The client of a request: a dependency of endpoints."""
    user_agent = request.headers.get("user-agent")
    return Client(
        address=None if request.client is None else request.client.host,
        network=network_of(request.scope),
        user_agent=None if user_agent is None else user_agent[:_LONGEST],
        request_id=request.state.request_id,
    )


def network_of(scope: Scope) -> str:
    """Whom to hold failures against: an IPv4 address, or the /64 that one IPv6 user has."""
    host: str = scope["client"][0] if scope.get("client") else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
