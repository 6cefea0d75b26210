"""One Chromium and one site for all tests that render, in one event loop."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.base import Fetched
from cevvo.providers.fetching.chromium import ChromiumFetcher, rendering_available
from cevvo.providers.fetching.http import HttpFetcher
from engine.crawling.local_site import Site


class RecordingFetcher:
    """The guarded fetcher, which notes what it is asked for."""

    def __init__(self, fetcher: HttpFetcher) -> None:
        self._fetcher = fetcher
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def fetch(
        self, url: str, *, headers: dict[str, str] | None = None, max_bytes: int | None = None
    ) -> Fetched:
        self.asked.append((url, dict(headers or {})))
        return await self._fetcher.fetch(url, headers=headers, max_bytes=max_bytes)

    async def close(self) -> None:
        await self._fetcher.close()


class Room:
    """A site that may be fetched, and a browser that reads it."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.site = Site()
        # Pages that may be fetched by the site's own host and port, and nothing else on loopback.
        self.guarded = RecordingFetcher(HttpFetcher(AddressRules((self.site.host,))))
        self.fetcher = ChromiumFetcher(self.guarded)

    def page(self, path: str, body: str, **headers: str) -> None:
        """Serve HTML at ``path``."""
        self.site.raw(path, body.encode(), headers={"Content-Type": "text/html", **headers})

    def script(self, path: str, body: str) -> None:
        self.site.raw(path, body.encode(), headers={"Content-Type": "text/javascript"})

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def fetch(self, path: str, **options: Any) -> Fetched:
        fetched: Fetched = self.run(self.fetcher.fetch(self.site.url(path), **options))
        return fetched

    def text(self, path: str) -> str:
        """The HTML of a page once it is rendered."""
        return self.fetch(path).body.decode("utf-8-sig")

    def close(self) -> None:
        self.run(self.fetcher.close())
        self.run(self.guarded.close())
        self.runner.close()
        self.site.close()


class Canary:
    """A listener, by TCP and UDP, where nobody may come; ``came`` counts who does."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self.host = f"127.0.0.1:{self.port}"
        self._threads = [
            threading.Thread(target=self._accept),
            threading.Thread(target=self._receive),
        ]
        for thread in self._threads:
            thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            with connection:
                self.came.append("tcp")

    def _receive(self) -> None:
        while self._udp.recv(2048) != b"end":
            self.came.append("udp")

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"end", ("127.0.0.1", self.port))
        self._tcp.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._tcp.close()
        self._udp.close()


@pytest.fixture(scope="session")
def room() -> Iterator[Room]:
    missing = rendering_available()
    if missing is not None:
        pytest.skip(missing)
    running = Room()
    yield running
    running.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    listening.close()
