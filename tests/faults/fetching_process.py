"""Fetching by names that a hostile name server answers: ``fetching_process.py SCENARIO…``.

Runs in a network namespace of its own, with the system's own resolver. The connector notes the
address and opens nothing. Prints what was seen as JSON.
"""

import asyncio
import json
import sys
import time
from typing import Any

from cevvo.engine.crawling.crawler import Crawler
from cevvo.engine.crawling.ledger import MemoryLedger
from cevvo.errors import IngestError
from cevvo.providers.fetching import http
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import HttpFetcher
from engine.crawling.local_site import TinyParser
from faults.name_server import OWN_ADDRESS, NameServer
from faults.recording_network import PUBLIC, RecordingNetwork

PAGE = (
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n"
    b"<p>Page.</p>"
)
NAMES = [f"dead{n}.test" for n in range(20)]


class Attack:
    """A name server, and a fetcher whose connections are noted."""

    def __init__(self) -> None:
        self.names = NameServer()
        self.network = RecordingNetwork(otherwise=PAGE)
        self.fetcher = HttpFetcher(AddressRules(), connect=self.network.connect)

    async def fetch(self, url: str) -> str:
        """What became of a fetch: the status, or the error's code."""
        try:
            return str((await self.fetcher.fetch(url)).status)
        except IngestError as error:
            return f"{error.reason}: {error.message}"

    def opened(self) -> list[str]:
        """The addresses that connections were asked for since the last call."""
        addresses = [address for address, _ in self.network.opened]
        self.network.opened.clear()
        return addresses


async def rebinding(attack: Attack) -> dict[str, Any]:
    attack.names.set("h.test", [PUBLIC], ["127.0.0.1"], [PUBLIC], ["10.0.0.1"], ["::1"])
    outcomes = [await attack.fetch("http://h.test/") for _ in range(5)]
    return {"outcomes": outcomes, "opened": attack.opened(), "asked": attack.names.asked["h.test"]}


async def mixed(attack: Attack) -> dict[str, Any]:
    outcomes = []
    for n, records in enumerate(
        (
            [PUBLIC, "10.0.0.1"],
            ["192.168.1.1", PUBLIC],
            [PUBLIC, "::1"],
            ["2606:4700::1111", "fd00::1"],
            ["2606:4700::1111", "::ffff:127.0.0.1"],
            [PUBLIC, "64:ff9b::a00:1"],
        )
    ):
        attack.names.set(f"h{n}.test", records)
        outcomes.append(await attack.fetch(f"https://h{n}.test/"))
    return {"outcomes": outcomes, "opened": attack.opened()}


async def resync(attack: Attack) -> dict[str, Any]:
    """A site that is crawled, and once more after its name has moved inside."""
    crawler = Crawler(attack.fetcher, TinyParser())
    verdicts: list[list[str]] = []
    opened: list[list[str]] = []
    for records in ([PUBLIC], ["10.0.0.1"], [PUBLIC, "127.0.0.1"]):
        attack.names.set("h.test", records)
        ledger = MemoryLedger()
        try:
            await crawler.run("http://h.test/", ledger, ledger.record)
            verdicts.append([page.verdict for page in ledger.pages])
        except IngestError as error:
            verdicts.append([error.reason])
        opened.append(sorted(set(attack.opened())))
    return {"verdicts": verdicts, "opened": opened}


async def own_address(attack: Attack) -> dict[str, Any]:
    attack.names.set("own.test", [OWN_ADDRESS])
    outcomes = [await attack.fetch(f"http://own.test{port}/") for port in ("", ":9200")]
    return {"outcomes": outcomes, "opened": attack.opened()}


async def dead(attack: Attack) -> dict[str, Any]:
    """Twenty names that nobody answers for, while another one is fetched again and again."""
    http._RESOLVE_TIMEOUT = 2.0
    attack.names.set("alive.test", [PUBLIC])
    started = time.monotonic()
    dying = [asyncio.create_task(attack.fetch(f"http://{name}/")) for name in NAMES]
    lag = 0.0
    alive: list[str] = []
    while not all(task.done() for task in dying):
        before = time.monotonic()
        await asyncio.sleep(0.05)
        lag = max(lag, time.monotonic() - before - 0.05)
        if len(alive) < 5:
            alive.append(await attack.fetch("http://alive.test/"))
            answered = time.monotonic() - started
    return {
        "dead": [task.result() for task in dying],
        "dead_after": time.monotonic() - started,
        "alive": alive,
        "alive_after": answered,
        "lag": lag,
        "asked": [attack.names.asked[name] for name in NAMES],
    }


async def main() -> None:
    attack = Attack()
    print(json.dumps({name: await globals()[name](attack) for name in sys.argv[1:]}))
    await attack.fetcher.close()


if __name__ == "__main__":
    asyncio.run(main())
