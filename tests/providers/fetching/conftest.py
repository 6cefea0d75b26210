"""One Chromium and one site for all tests that render, in one event loop."""

import asyncio
import shlex
import socket
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.base import Fetched
from cevvo.providers.fetching.chromium import ChromiumFetcher, rendering_available
from cevvo.providers.fetching.http import HttpFetcher
from e2e.chromium import find_chromium
from engine.crawling.local_site import Site


class RecordingFetcher:
    """The guarded fetcher, which notes what it is asked for."""

    def __init__(self, fetcher: HttpFetcher) -> None:
        self._fetcher = fetcher
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def fetch(
        self,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        max_bytes: int | None = None,
        truncate: bool = False,
    ) -> Fetched:
        self.asked.append((url, dict(headers or {})))
        return await self._fetcher.fetch(
            url, headers=headers, max_bytes=max_bytes, truncate=truncate
        )

    async def close(self) -> None:
        await self._fetcher.close()


class Room:
    """A site that may be fetched, and a browser that reads it."""

    def __init__(self, program: Path | None) -> None:
        self.program = program
        self.runner = asyncio.Runner()
        self.site = Site()
        self.other_host = f"other.example:{self.site.port}"  # the same site by another name
        rules = AddressRules((self.site.host, self.other_host))  # nothing else on loopback
        self.guarded = RecordingFetcher(HttpFetcher(rules, resolve=_to_loopback))
        self.fetcher = self.another_fetcher()

    def another_fetcher(self) -> ChromiumFetcher:
        return ChromiumFetcher(self.guarded, self.program)

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


async def _to_loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


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
    # Not pytest's folder, which only its owner may enter: as root, the browser is somebody else.
    with tempfile.TemporaryDirectory() as folder:
        running = Room(_program(Path(folder)))
        yield running
        running.close()


def _program(folder: Path) -> Path | None:
    """The browser that `make test` installs where the system has none; None where it has one."""
    if rendering_available() is None:
        return None
    try:
        chromium = find_chromium(folder)
    except FileNotFoundError as error:
        pytest.skip(str(error))
    program = folder / "run"
    libraries = shlex.quote(chromium.environment["LD_LIBRARY_PATH"])
    command = shlex.join([chromium.executable, *chromium.arguments])
    program.write_text(f'#!/bin/sh\nexport LD_LIBRARY_PATH={libraries}\nexec {command} "$@"\n')
    for path in (folder, program):
        path.chmod(0o755)
    return program


@pytest.fixture
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    listening.close()
