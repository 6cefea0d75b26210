"""The system's resolver, and what the system knows about its own addresses."""

import asyncio
import contextlib
from functools import partial
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM, getaddrinfo, socket
from threading import Thread

MAX_LOOKUPS = 256


class SystemResolver:
    """getaddrinfo, in a thread for each name that is being looked up. Belongs to one event loop.

    A lookup cannot be broken off, and a dead name server holds it for half a minute. So no name
    waits behind another, whoever asks for the same name waits for the same lookup, and the
    threads do not keep the process from ending.
    """

    def __init__(self) -> None:
        self._lookups: dict[str, asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> list[str]:
        """All IP addresses of a host. Raises OSError or UnicodeError where there is none."""
        lookup = self._lookups.get(host)
        if lookup is None:
            if len(self._lookups) >= MAX_LOOKUPS:
                raise OSError("Too many names are being looked up.")
            lookup = asyncio.get_running_loop().create_future()
            Thread(target=_look_up, args=(host, lookup), daemon=True, name="resolve").start()
            self._lookups[host] = lookup
            lookup.add_done_callback(lambda done: self._forget(host, done))
        return await asyncio.shield(lookup)  # who asked first may leave first

    def _forget(self, host: str, lookup: asyncio.Future[list[str]]) -> None:
        del self._lookups[host]
        lookup.exception()  # seen, though nobody may be waiting any more


def _look_up(host: str, lookup: asyncio.Future[list[str]]) -> None:
    try:
        records = getaddrinfo(host, None, type=SOCK_STREAM)
        addresses = dict.fromkeys(str(record[4][0]).partition("%")[0] for record in records)
        settle = partial(lookup.set_result, list(addresses))
    except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
        settle = partial(lookup.set_exception, error)
    with contextlib.suppress(RuntimeError):  # the loop is closed
        lookup.get_loop().call_soon_threadsafe(settle)


def is_this_machine(address: str) -> bool:
    """Whether an address is one of this machine's own: packets to it would come from it.

    Connecting a datagram socket sends nothing; it lets the system choose the sender's address.
    """
    family = AF_INET6 if ":" in address else AF_INET
    with contextlib.suppress(OSError), socket(family, SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        return ip_address(probe.getsockname()[0]) == ip_address(address)
    return False
