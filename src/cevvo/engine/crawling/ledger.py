"""The ledger of a crawl: every address that was discovered, and what became of it.

It is frontier and record in one, so a crawl that was killed goes on from it. It also remembers
what was fetched and not judged yet, and tells what the last crawl knew of a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from cevvo.domain.documents import ParsedDocument
from cevvo.providers.fetching.base import Fetched

CrawlVerdict = Literal["ok", "unchanged", "duplicate", "refused", "failed"]
Absence = Literal["unknown", "missing", "withdrawn"]
"""What it says about a page that it was not taken: nothing for sure; that it is not there, which
may pass; that its owner does not want it taken."""


TAKEN = ("ok", "unchanged", "duplicate")
"""Verdicts on pages whose text is taken in, under this address or another."""


@dataclass(frozen=True, slots=True)
class FrontierPage:
    """An address that waits for its visit. ``depth`` is the number of links from the start page."""

    url: str
    depth: int


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """``discovered`` counts every address in the ledger, ``visited`` those with a verdict, and
    ``asked`` those of them that the site was asked for."""

    discovered: int
    visited: int
    asked: int = 0


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What the last crawl knew of a page that was taken in and is read in the same way today.

    ``etag`` and ``last_modified`` are as the server sent them, ``body_hash`` the SHA-256 (hex) of
    its response, ``links`` the addresses it led to. ``is_fresh``: it changes so rarely that it
    need not be asked for this time.
    """

    etag: str | None
    last_modified: str | None
    body_hash: str | None
    links: tuple[str, ...]
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class CrawledPage:
    """The outcome of one visit.

    ``ok``: ``parsed`` is the page to be taken in. ``unchanged``: it is as the last crawl left it.
    ``duplicate``: another page, ``same_as``, has the same text. ``refused``: it is not to be taken,
    and ``reason`` says why (robots.txt, a redirect, another content type, gone …). ``failed``: it
    could not be had, and another time it might. ``absence`` says what follows from that for what
    was taken of it before. ``url`` is the frontier's,
    ``final_url`` where the response came from; ``http_status`` is None where nothing was fetched.
    ``media_type`` is set for ``ok``. ``elapsed_ms`` covers fetching and parsing, ``size`` counts
    the bytes of the response, unpacked. What the next crawl will want to know: ``etag``,
    ``last_modified``, ``body_hash`` and ``links`` as in KnownPage.
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
    same_as: str | None = None
    absence: Absence = "unknown"
    size: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    links: tuple[str, ...] = field(default=(), repr=False)


class Ledger(Protocol):
    """What the crawler needs to know about pages. Verdicts are recorded by whoever takes them."""

    async def start_page(self) -> str | None:
        """The address that was discovered first; None while the ledger is empty."""
        ...

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

    async def known(self, url: str) -> KnownPage | None:
        """What the last crawl knew of a page; None where it has to be read anew."""
        ...

    async def taken(self, url: str) -> bool:
        """Whether this crawl has taken a page's text in, or found it as it was."""
        ...

    async def keep(self, url: str, response: Fetched) -> None:
        """Keep a page's response until its verdict, whatever happens to this process."""
        ...

    async def kept(self, url: str) -> Fetched | None:
        """The response that was kept for a page, None if there is none."""
        ...


class MemoryLedger:
    """A ledger that lasts as long as its process: for previews and tests."""

    def __init__(self) -> None:
        self._unvisited: dict[str, int] = {}
        self._visited: dict[str, CrawledPage] = {}
        self._kept: dict[str, Fetched] = {}
        self._by_text: dict[tuple[str, ...], str] = {}
        self._start: str | None = None

    @property
    def pages(self) -> list[CrawledPage]:
        """What was recorded, in that order."""
        return list(self._visited.values())

    async def start_page(self) -> str | None:
        return self._start

    async def discover(self, urls: Sequence[str], depth: int) -> None:
        for url in urls:
            self._start = self._start or url
            if url not in self._visited:
                self._unvisited.setdefault(url, depth)

    async def next_unvisited(self, limit: int) -> list[FrontierPage]:
        first = list(self._unvisited.items())[:limit]
        return [FrontierPage(url, depth) for url, depth in first]

    async def counts(self) -> LedgerCounts:
        visited = len(self._visited)
        asked = sum(page.http_status is not None for page in self._visited.values())
        return LedgerCounts(visited + len(self._unvisited), visited, asked)

    async def known(self, url: str) -> KnownPage | None:
        return None

    async def taken(self, url: str) -> bool:
        return url in self._visited and self._visited[url].verdict in TAKEN

    async def keep(self, url: str, response: Fetched) -> None:
        self._kept[url] = response

    async def kept(self, url: str) -> Fetched | None:
        return self._kept.get(url)

    async def record(self, page: CrawledPage) -> None:
        """Note a page's verdict, a duplicate's as such: what ``take`` does in the end."""
        if page.parsed is not None:
            text = (page.parsed.title, *(block.text for block in page.parsed.blocks))
            first = self._by_text.setdefault(text, page.url)
            if first != page.url:
                reason = f"duplicate of {first}"
                page = replace(page, verdict="duplicate", reason=reason, same_as=first, parsed=None)
        self._unvisited.pop(page.url, None)
        self._kept.pop(page.url, None)
        self._visited[page.url] = page
