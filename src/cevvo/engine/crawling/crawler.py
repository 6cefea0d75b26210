"""Crawling a site from its start page, within its host and folder."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin

from cevvo.engine.crawling.ledger import CrawledPage, FrontierPage, Ledger
from cevvo.engine.crawling.politeness import Hosts, PoliteFetcher
from cevvo.engine.crawling.robots import Robots, load_robots
from cevvo.engine.crawling.selection import Selection
from cevvo.engine.crawling.sitemaps import SitemapUrls, sitemap_urls
from cevvo.engine.crawling.traps import no_document
from cevvo.engine.crawling.urls import Scope, normalize
from cevvo.engine.crawling.visit import Visit, Visitor, conditions, media_type_of
from cevvo.errors import Permanent, Transient
from cevvo.providers.fetching.base import Fetched, Fetcher
from cevvo.providers.fetching.retry_after import retry_after
from cevvo.providers.fetching.url import parse_url
from cevvo.providers.parsing.base import Parser

__all__ = ["CrawlPlan", "CrawledPage", "Crawler", "Stop", "Take"]

CONCURRENCY = 4
"""Pages of a site that are in work at once; of these one is being fetched, the rest is read."""
_DISCOVERED_PER_PAGE = 10  # the frontier holds at most so many times ``max_pages``
_SILENT_PAGES = 10  # so many failures in a row mean that the site is down, not a page
_BATCH = 64
_GRACE = 5.0  # seconds beyond the time budget for pages in work to be finished

Take = Callable[[CrawledPage], Awaitable[None]]
"""Stores a visited page and its verdict in the ledger, both or neither."""
Stop = Literal["max_pages", "max_bytes", "max_seconds", "sitemap"]
"""Why a crawl did not see the whole site: the budget that ended it, or ``sitemap``: a sitemap could
not be read in full."""


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """What a crawl takes, and when it ends at the latest; what is not visited by then stays in the
    frontier.

    ``max_pages`` counts the pages in the ledger that the site was asked for, ``max_bytes`` decoded
    bytes of this run, ``max_seconds`` the time of this run. ``delay`` is the least time in seconds
    between two requests; a longer one in robots.txt wins. ``selector`` is the CSS selector of what
    is read of each page, None for its main part. ``render``: pages are read as a browser shows
    them.
    """

    max_pages: int = 2000
    max_depth: int = 20
    max_bytes: int = 2_000_000_000
    max_seconds: float = 4 * 3600.0
    delay: float = 0.0
    selection: Selection = field(default_factory=Selection)
    selector: str | None = None
    render: bool = False


class Crawler:
    """Walks a site: robots.txt, start page, sitemaps, then links breadth first.

    ``renderer`` fetches pages as a browser shows them, for the plans that ask for it.
    """

    def __init__(self, fetcher: Fetcher, parser: Parser, renderer: Fetcher | None = None) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._renderer = renderer
        self._hosts = Hosts()

    async def run(
        self, start_url: str, ledger: Ledger, take: Take, plan: CrawlPlan | None = None
    ) -> Stop | None:
        """Visit every page within the scope, and hand each to ``take`` exactly once.

        Returns what kept the crawl from seeing the whole site, None when it did. Up to four calls
        of ``take`` are in flight; what it raises ends the crawl. A page's links are in the ledger
        before ``take`` is called and its response before it is read, so a crawl that was killed
        goes on from its ledger: at most the one page that was being fetched is fetched again.

        Raises UrlNotAllowed, Permanent or Transient when robots.txt or the start page cannot be
        had, and Transient when the site stops answering. A single page never raises.
        """
        plan = plan or CrawlPlan()
        polite = PoliteFetcher(self._fetcher, self._hosts)
        pages = polite
        if plan.render:
            pages = PoliteFetcher(self._require_renderer(), self._hosts)
        start_page, robots = await _enter(polite, pages, start_url, ledger, plan.delay)
        scope = Scope.around(start_page)
        discovered = (await ledger.counts()).discovered
        frontier = _Frontier(ledger, plan.max_pages * _DISCOVERED_PER_PAGE, discovered)
        await frontier.discover([start_page], 0)
        complete = True
        if plan.max_depth > 0:
            listed = await _listed(polite, robots, scope, frontier.capacity)
            await frontier.discover(listed.urls, 1)
            complete = listed.complete
        visitor = Visitor(
            pages,
            self._parser,
            ledger,
            robots,
            scope,
            start_page,
            plan.selection,
            plan.selector,
        )
        stop = await _Walk(frontier, ledger, visitor, take, plan, scope.host).run()
        if stop is None and frontier.overflowed:
            return "max_pages"
        return stop or (None if complete else "sitemap")

    def _require_renderer(self) -> Fetcher:
        if self._renderer is None:
            raise Permanent("This server cannot render pages.", reason="internal")
        return self._renderer


async def _enter(
    polite: PoliteFetcher, pages: PoliteFetcher, start_url: str, ledger: Ledger, delay: float
) -> tuple[str, Robots]:
    """The start page's address, wherever it redirects to, and the rules that hold there."""
    before = await ledger.start_page()
    start = parse_url(before or start_url)
    robots = await _rules(polite, pages, start.origin, delay)
    _require_allowed(robots, str(start))
    if before is not None:
        return before, robots
    known = await ledger.known(str(start))
    response = await pages.get(str(start), headers=conditions(known))
    origin = parse_url(response.url).origin
    if origin != start.origin:
        robots = await _rules(polite, pages, origin, delay)
    _require_allowed(robots, response.url)
    if known is None or response.status != 304:
        _require_page(response)
    start_page = normalize(response.url) or response.url
    await ledger.keep(start_page, response)
    return start_page, robots


async def _rules(polite: PoliteFetcher, pages: PoliteFetcher, origin: str, delay: float) -> Robots:
    """The rules of an origin; both fetchers keep its delay from now on."""
    robots = await load_robots(polite, origin)
    polite.delay = pages.delay = max(delay, robots.delay)
    return robots


def _require_allowed(robots: Robots, url: str) -> None:
    if not robots.allows(url):
        raise Permanent(f"The site's robots.txt forbids {url}.", reason="robots_forbidden")


def _require_page(response: Fetched) -> None:
    status = response.status
    if status == 429 or status >= 500:
        raise Transient(
            f"The start page answers HTTP {status}.",
            reason="http_error",
            retry_after=retry_after(response.headers),
        )
    if status in (404, 410):
        raise Permanent(f"The start page does not exist (HTTP {status}).", reason="not_found")
    if status != 200:
        raise Permanent(f"The start page answers HTTP {status}.", reason="http_error")
    if media_type_of(response) != "text/html":
        raise Permanent(
            f"The start page is not an HTML page but {response.content_type or 'untyped'}.",
            reason="unsupported_file_type",
        )


async def _listed(polite: PoliteFetcher, robots: Robots, scope: Scope, limit: int) -> SitemapUrls:
    """What the sitemaps list that robots.txt names, else those where they usually are."""
    named = []
    for sitemap in robots.sitemaps:
        with contextlib.suppress(ValueError):  # such as http://[
            named.append(urljoin(scope.root, sitemap))
    usual = [urljoin(scope.root, "/sitemap.xml"), urljoin(scope.root, "sitemap.xml")]
    return await sitemap_urls(polite, named or usual, scope, limit, guessed=not named)


class _Frontier:
    """The ledger's unvisited pages, each handed out once in this run.

    ``capacity`` bounds how many addresses a run discovers, whatever a site makes up, and again how
    many that are refused by their ending: images must not crowd out pages. ``discovered`` counts
    those that an interrupted run left in the ledger. ``overflowed``: there are, or may be, pages
    beyond the capacity.
    """

    def __init__(self, ledger: Ledger, capacity: int, discovered: int) -> None:
        self.capacity = capacity
        self.overflowed = discovered >= capacity
        self._ledger = ledger
        self._pages: set[str] = set()
        self._others: set[str] = set()
        self._queue: deque[FrontierPage] = deque()
        self._handed_out: set[str] = set()

    async def discover(self, urls: Sequence[str], depth: int) -> None:
        new = []
        for url in urls:
            known = self._pages if no_document(url) is None else self._others
            if url in known:
                continue
            if len(known) < self.capacity:
                known.add(url)
                new.append(url)
            elif known is self._pages:
                self.overflowed = True
        if new:
            await self._ledger.discover(new, depth)

    async def next(self, in_hand: int) -> FrontierPage | None:
        """The next page, None if there is none at the moment; ``in_hand`` of those that were handed
        out have no verdict yet."""
        if not self._queue:
            # The ledger counts those among the unvisited: enough room beyond them.
            pages = await self._ledger.next_unvisited(_BATCH + in_hand)
            self._queue.extend(p for p in pages if p.url not in self._handed_out)
        if not self._queue:
            return None
        page = self._queue.popleft()
        self._handed_out.add(page.url)
        return page


class _Walk:
    """Visits pages, four at a time, until there are none or a budget is used up.

    Pages that name another as their original wait to the end: only then is it known whether that
    one was taken.
    """

    def __init__(
        self,
        frontier: _Frontier,
        ledger: Ledger,
        visitor: Visitor,
        take: Take,
        plan: CrawlPlan,
        host: str,
    ) -> None:
        self._frontier = frontier
        self._ledger = ledger
        self._visitor = visitor
        self._take = take
        self._plan = plan
        self._host = host
        self._deadline = time.monotonic() + plan.max_seconds
        self._waiting: dict[str, tuple[FrontierPage, str]] = {}  # with the original
        self._running: set[asyncio.Task[Visit]] = set()

    async def run(self) -> Stop | None:
        """The budget that ended it; None when every page was visited."""
        try:
            stop = await self._visit_all()
            if stop != "max_seconds":
                await self._settle()
            return stop
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _visit_all(self) -> Stop | None:
        pages_left = self._plan.max_pages - (await self._ledger.counts()).asked
        silent = 0
        while True:
            while (
                len(self._running) < CONCURRENCY
                and self._used_up(pages_left) is None
                and (page := await self._frontier.next(self._in_hand()))
            ):
                self._running.add(asyncio.create_task(self._visit(page)))
            if not self._running:
                more = await self._frontier.next(self._in_hand())
                return self._used_up(pages_left) if more else None
            done, _ = await asyncio.wait(
                self._running,
                timeout=max(0.0, self._deadline - time.monotonic()) + _GRACE,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not done:
                return "max_seconds"
            for task in done:
                self._running.remove(task)
                visit = task.result()
                if visit.unreachable or visit.page.http_status is not None:
                    silent = silent + 1 if visit.unreachable else 0
                _require_welcome(visit, self._host)
            if silent >= _SILENT_PAGES:
                raise Transient(f"{self._host} has stopped answering.", reason="unreachable")

    def _in_hand(self) -> int:
        return len(self._running) + len(self._waiting)

    def _used_up(self, pages_left: int) -> Stop | None:
        if self._visitor.pages + len(self._running) >= pages_left:
            return "max_pages"
        if self._visitor.bytes >= self._plan.max_bytes:
            return "max_bytes"
        return "max_seconds" if time.monotonic() >= self._deadline else None

    async def _visit(self, page: FrontierPage) -> Visit:
        """Visit one page, let what it leads to join the frontier, and record it."""
        visit = await self._visitor.visit(page)
        await self._frontier.discover(visit.successors, page.depth)
        if page.depth < self._plan.max_depth:
            await self._frontier.discover(visit.links, page.depth + 1)
        if visit.canonical is None:
            await self._take(visit.page)
        else:
            self._waiting[page.url] = page, visit.canonical
        return visit

    async def _settle(self) -> None:
        """Take the pages whose original, or whose original's original, was not taken."""
        for page, original in self._waiting.values():
            visit = await self._visitor.settle(page, await self._taken_original(page.url, original))
            await self._take(visit.page)

    async def _taken_original(self, url: str, original: str) -> str | None:
        passed = {url}
        while original not in passed:
            if await self._ledger.taken(original):
                return original
            passed.add(original)
            original = self._waiting[original][1] if original in self._waiting else original
        return None


def _require_welcome(visit: Visit, host: str) -> None:
    """Raises Transient when the site asks to be left alone for longer than a crawl waits."""
    if visit.come_back is not None:
        raise Transient(
            f"{host} asks to come back in {visit.come_back:.0f} s.",
            reason="unreachable",
            retry_after=visit.come_back,
        )
