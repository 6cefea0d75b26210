"""Asking one site no faster than it likes, and again when it says "later".

A host is asked one thing at a time, however many crawls of it are under way: the next request
leaves when the answer to the last is here, and not before the delay that robots.txt asks for.
Reading and embedding a page takes longer than fetching it, so more at once would gain nothing.

A page that is rendered is one such thing, with all the scripts and data that it loads, which do not
wait for the delay: they come two at a time from each site, within the turn of the page.
"""

import asyncio
import time
from typing import Any

from cevvo.errors import Transient
from cevvo.providers.fetching.base import Fetched, Fetcher
from cevvo.providers.fetching.retry_after import retry_after
from cevvo.providers.fetching.url import parse_url

RETRIES = 2
MAX_WAIT = 60.0  # seconds that a Retry-After is obeyed in place; a longer one gives the page up
_BACKOFF = 0.5  # seconds before the first repetition, doubled for the second
_RETRIED = frozenset({429, 500, 502, 503, 504})
_MAX_IDLE_HOSTS = 1000


class _Host:
    """Whose turn it is at one host. ``not_before`` is on the monotonic clock."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.not_before = 0.0


class Hosts:
    """The hosts that are being asked, shared by all crawls of this process."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}

    def of(self, url: str) -> _Host:
        """The host of an address, with its port."""
        page = parse_url(url)
        name = f"{page.host}:{page.port}"
        if name not in self._hosts and len(self._hosts) >= _MAX_IDLE_HOSTS:
            now = time.monotonic()
            self._hosts = {
                key: host
                for key, host in self._hosts.items()
                if host.lock.locked() or host.not_before > now
            }
        return self._hosts.setdefault(name, _Host())


class PoliteFetcher:
    """A fetcher for one crawl: paced by ``delay`` seconds between requests, patient with errors."""

    def __init__(self, fetcher: Fetcher, hosts: Hosts | None = None, delay: float = 0.0) -> None:
        self._fetcher = fetcher
        self._hosts = hosts or Hosts()
        self.delay = delay

    async def get(
        self,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        max_bytes: int | None = None,
        truncate: bool = False,
    ) -> Fetched:
        """GET, repeated up to twice after what may pass: 429, 5xx, no connection.

        A Retry-After holds up every request to the host. Returns the last response whatever its
        status, raises as ``Fetcher.fetch`` does.
        """
        host = self._hosts.of(url)
        for attempt in range(RETRIES + 1):
            last = attempt == RETRIES
            try:
                answer = await self._ask(
                    host, url, headers=headers, max_bytes=max_bytes, truncate=truncate
                )
            except Transient:
                if last:
                    raise
                await asyncio.sleep(_BACKOFF * 2**attempt)
                continue
            if last or answer.status not in _RETRIED:
                return answer
            wait = retry_after(answer.headers)
            if wait is None:
                await asyncio.sleep(_BACKOFF * 2**attempt)
            elif wait > MAX_WAIT:
                return answer
            else:
                host.not_before = max(host.not_before, time.monotonic() + wait)
        raise AssertionError("the last attempt returns or raises")

    async def _ask(self, host: _Host, url: str, **options: Any) -> Fetched:
        async with host.lock:
            while (wait := host.not_before - time.monotonic()) > 0:  # noqa: ASYNC110 - a time
                await asyncio.sleep(wait)
            try:
                return await self._fetcher.fetch(url, **options)
            finally:
                host.not_before = max(host.not_before, time.monotonic() + self.delay)
