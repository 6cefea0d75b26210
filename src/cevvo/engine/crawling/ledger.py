"""The ledger of a crawl: every address that was discovered, and what became of it.

It is frontier and record in one, so a crawl that was killed goes on from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from cevvo.domain.documents import ParsedDocument

CrawlVerdict = Literal["ok", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class FrontierPage:
    """An address that waits for its visit. ``depth`` is the number of links from the start page."""

    url: str
    depth: int


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """``discovered`` counts every address in the ledger, ``visited`` those with a verdict."""

    discovered: int
    visited: int


@dataclass(frozen=True, slots=True)
class CrawledPage:
    """The outcome of one visit.

    ``ok``: ``parsed`` is the page to be taken in. ``refused``: it is not to be taken, and
    ``reason`` says why (robots.txt, noindex, a redirect, another content type, gone …). ``failed``:
    it could not be had, and another time it might. ``url`` is the frontier's, ``final_url`` where
    the response came from; ``http_status`` is None where nothing was fetched. ``media_type`` is
    set for ``ok``. ``elapsed_ms`` covers fetching and parsing.
    """

    url: str
    final_url: str
    depth: int
    http_status: int | None
    parsed: ParsedDocument | None
    verdict: CrawlVerdict
    reason: str | None
    elapsed_ms: int
    media_type: str | None = None


class Ledger(Protocol):
    """What the crawler needs to know about pages. Verdicts are recorded by whoever takes them."""

    async def discover(self, urls: Sequence[str], depth: int) -> None:
        """Let unknown addresses join the frontier, in the order given; known ones stay as is."""
        ...

    async def next_unvisited(self, limit: int) -> list[FrontierPage]:
        """The first ``limit`` addresses without a verdict, in order of discovery.

        Those that are being visited at the moment are among them.
        """
        ...

    async def counts(self) -> LedgerCounts:
        """How far the crawl is."""
        ...


class MemoryLedger:
    """A ledger that lasts as long as its process: for previews and tests."""

    def __init__(self) -> None:
        self._unvisited: dict[str, int] = {}
        self._visited: dict[str, CrawledPage] = {}

    @property
    def pages(self) -> list[CrawledPage]:
        """What was recorded, in that order."""
        return list(self._visited.values())

    async def discover(self, urls: Sequence[str], depth: int) -> None:
        for url in urls:
            if url not in self._visited:
                self._unvisited.setdefault(url, depth)

    async def next_unvisited(self, limit: int) -> list[FrontierPage]:
        first = list(self._unvisited.items())[:limit]
        return [FrontierPage(url, depth) for url, depth in first]

    async def counts(self) -> LedgerCounts:
        visited = len(self._visited)
        return LedgerCounts(visited + len(self._unvisited), visited)

    async def record(self, page: CrawledPage) -> None:
        """Note a page's verdict: what ``take`` does in the end."""
        self._unvisited.pop(page.url, None)
        self._visited[page.url] = page
