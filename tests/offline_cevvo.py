"""The ``cevvo`` command on a machine that has no network but loopback.

What tests make up is full of addresses: none of them is looked up or contacted. Everything above
the socket is as it ships, the address rules included. A server takes its time to read passages:
what it answers does not depend on how busy the machine is.
"""

import sys
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING

import httpcore2

from cevvo.cli import main
from cevvo.providers.fetching import http
from cevvo.providers.fetching.resolver import SystemResolver

if TYPE_CHECKING:  # other commands than the server are quicker without
    from cevvo.domain.documents import Passage
    from cevvo.providers.reading.base import Reader

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


def unhurried() -> None:
    """Have passages read however long that takes."""
    from cevvo.engine.retrieval import retriever
    from cevvo.engine.retrieval.reading import read

    async def patiently(
        reader: "Reader", question: str, passages: "Sequence[Passage]", budget: float
    ) -> "list[Passage]":
        return await read(reader, question, passages, max(budget, 600.0))

    retriever.read = patiently  # type: ignore[attr-defined]


if __name__ == "__main__":
    http.SystemResolver = LocalNames  # type: ignore[attr-defined]
    http._connect = connect_here
    if "serve" in sys.argv:
        unhurried()
    main()
