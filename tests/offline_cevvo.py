"""The ``cevvo`` command on a machine that has no network but loopback.

What tests make up is full of addresses: none of them is looked up or contacted. Everything above
the socket is as it ships, the address rules included.
"""

from ipaddress import ip_address

import httpcore2

from cevvo.cli import main
from cevvo.providers.fetching import http
from cevvo.providers.fetching.resolver import SystemResolver

_connect = http._connect


class LocalNames(SystemResolver):
    """Knows this machine's own name and no other."""

    async def __call__(self, host: str, port: int) -> list[str]:
        if host == "localhost":
            return ["127.0.0.1"]
        raise OSError(f"No name server was asked for {host}.")


async def connect_here(
    address: str, port: int, seconds: float | None
) -> httpcore2.AsyncNetworkStream:
    """A connection to loopback; no other address is reached."""
    if not ip_address(address).is_loopback:
        raise httpcore2.ConnectError("There is no network but loopback.")
    return await _connect(address, port, seconds)


if __name__ == "__main__":
    http.SystemResolver = LocalNames  # type: ignore[attr-defined]
    http._connect = connect_here
    main()
