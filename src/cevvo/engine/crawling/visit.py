"""One page: fetch it, parse it, and decide whether it is taken."""

import codecs
import contextlib
import time
from dataclasses import dataclass
from hashlib import sha256

from cevvo.domain.documents import ParsedDocument
from cevvo.engine.crawling.ledger import CrawledPage, CrawlVerdict, FrontierPage, KnownPage, Ledger
from cevvo.engine.crawling.politeness import MAX_WAIT, PoliteFetcher, retry_after
from cevvo.engine.crawling.robots import Robots, robots_header
from cevvo.engine.crawling.selection import Selection
from cevvo.engine.crawling.traps import MAX_LINKS, Traps
from cevvo.engine.crawling.urls import Scope
from cevvo.errors import IngestError, Transient
from cevvo.providers.fetching.base import Fetched, TooLarge
from cevvo.providers.parsing.base import MediaType, Parser

_MEDIA_TYPES: dict[str, MediaType] = {
    "text/html": "text/html",
    "application/xhtml+xml": "text/html",
    "application/pdf": "application/pdf",
    "application/x-pdf": "application/pdf",
    "text/markdown": "text/markdown",
    "text/x-markdown": "text/markdown",
    "text/plain": "text/plain",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit found: the outcome, and addresses to discover.

    ``links`` lie one link further, ``successors`` (where the page redirects to, or its canonical
    address) at the page's own depth. ``unreachable`` says that the site did not answer;
    ``come_back`` in how many seconds it wants to be asked again, if not sooner than a crawl waits.
    """

    page: CrawledPage
    links: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    unreachable: bool = False
    come_back: float | None = None


def media_type_of(response: Fetched) -> MediaType | None:
    """What a response says it is, None where that is nothing that can be read."""
    declared = _MEDIA_TYPES.get(response.content_type)
    if declared == "text/plain" and response.url.lower().endswith((".md", ".markdown")):
        return "text/markdown"
    return declared


def conditions(known: KnownPage | None) -> dict[str, str]:
    """Request headers by which a server may answer that nothing has changed (RFC 9110, 13.1)."""
    headers = {}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


@dataclass(frozen=True, slots=True)
class _Outcome:
    verdict: CrawlVerdict
    reason: str | None = None
    response: Fetched | None = None
    parsed: ParsedDocument | None = None
    media_type: MediaType | None = None
    same_as: str | None = None
    withdrawn: bool = False
    links: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    unreachable: bool = False
    come_back: float | None = None


class Visitor:
    """Visits the pages of one crawl; remembers what it needs to take each text once.

    ``start`` is the address of the start page, ``selector`` the CSS selector of what is read.
    ``pages`` and ``bytes`` count what was asked of the site so far.
    """

    def __init__(
        self,
        fetcher: PoliteFetcher,
        parser: Parser,
        ledger: Ledger,
        robots: Robots,
        scope: Scope,
        start: str,
        selection: Selection,
        selector: str | None,
    ) -> None:
        self.pages = 0
        self.bytes = 0
        self._fetcher = fetcher
        self._parser = parser
        self._ledger = ledger
        self._robots = robots
        self._scope = scope
        self._traps = Traps()
        self._start = start
        self._selection = selection
        self._selector = selector
        self._visited: set[str] = set()
        self._canonical: dict[str, str] = {}
        self._taken: dict[bytes, str] = {}

    async def visit(self, page: FrontierPage) -> Visit:
        """Visit a page of the frontier. Never raises for what is wrong with it."""
        started = time.monotonic()
        self._visited.add(page.url)
        outcome = await self._outcome(page.url)
        response = outcome.response
        headers = response.headers if response else {}
        crawled = CrawledPage(
            url=page.url,
            final_url=response.url if response else page.url,
            depth=page.depth,
            http_status=response.status if response else None,
            parsed=outcome.parsed,
            verdict=outcome.verdict,
            reason=outcome.reason,
            elapsed_ms=round((time.monotonic() - started) * 1000),
            media_type=outcome.media_type,
            same_as=outcome.same_as,
            withdrawn=outcome.withdrawn,
            size=len(response.body) if response else None,
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            body_hash=sha256(response.body).hexdigest() if response and response.body else None,
            links=outcome.links,
        )
        return Visit(
            crawled, outcome.links, outcome.successors, outcome.unreachable, outcome.come_back
        )

    async def _outcome(self, url: str) -> _Outcome:
        unwanted = self._selection.reason(url)
        if unwanted is not None and url != self._start:
            return _Outcome("refused", unwanted, withdrawn=True)
        reason = self._traps.reason(url)
        if reason is None and not self._robots.allows(url):
            reason = "robots.txt forbids it"
        if reason is not None:
            return _Outcome("refused", reason)
        known = await self._ledger.known(url)
        if known is not None and known.is_fresh:
            return _Outcome("unchanged", "not due: it rarely changes", links=known.links)
        self.pages += 1
        try:
            response = await self._response(url, known)
        except Transient as error:
            return _Outcome("failed", error.message, unreachable=True)
        except IngestError as error:
            self.bytes += error.received if isinstance(error, TooLarge) else 0
            return _Outcome("refused", error.message)
        decided = await self._without_reading(url, response, known)
        return decided or await self._read(url, response, unwanted)

    async def _response(self, url: str, known: KnownPage | None) -> Fetched:
        kept = await self._ledger.kept(url)
        if kept is not None and (kept.status != 304 or known is not None):
            return kept
        response = await self._fetcher.get(url, headers=conditions(known))
        if response.status != 429 and response.status < 500:  # those are worth another request
            await self._ledger.keep(url, response)
        self.bytes += len(response.body)
        return response

    async def _without_reading(
        self, url: str, response: Fetched, known: KnownPage | None
    ) -> _Outcome | None:
        """The outcome where the response's head, or its bytes as a whole, decide it."""
        target = self._scope.admit(response.url)
        if target is None:
            return _Outcome("refused", f"redirects out of the site: {response.url}", response)
        if target != url:
            if target not in self._visited and await self._ledger.kept(target) is None:
                await self._ledger.keep(target, response)
            return _Outcome("refused", f"redirects to {target}", response, successors=(target,))
        status = response.status
        if known is not None and (
            status == 304
            or (status == 200 and known.body_hash == sha256(response.body).hexdigest())
        ):
            return _Outcome("unchanged", None, response, links=known.links)
        if status == 429 or status >= 500:
            down = status in (429, 502, 503, 504)  # 500 may be this page's own fault
            wait = retry_after(response) or 0.0
            return _Outcome(
                "failed",
                f"HTTP {status}",
                response,
                unreachable=down,
                come_back=wait if down and wait > MAX_WAIT else None,
            )
        if status != 200:
            return _Outcome("refused", f"HTTP {status}", response)
        if media_type_of(response) is None:
            kind = response.content_type or "none given"
            return _Outcome("refused", f"content type {kind}", response)
        return None

    async def _read(self, url: str, response: Fetched, unwanted: str | None) -> _Outcome:
        media_type = media_type_of(response) or "text/html"
        try:
            parsed = await self._parser.parse(
                as_declared(response, media_type),
                media_type,
                name=url,
                url=response.url,
                selector=self._selector if media_type == "text/html" else None,
            )
        except IngestError as error:
            verdict: CrawlVerdict = "failed" if isinstance(error, Transient) else "refused"
            return _Outcome(verdict, error.message, response)
        header = robots_header(response.headers.get("x-robots-tag", ""))
        nofollow = parsed.nofollow or "nofollow" in header
        links = () if nofollow else parsed.links[:MAX_LINKS]
        noindex = parsed.noindex or "noindex" in header
        canonical = self._canonical_elsewhere(url, parsed)
        same_as = None
        reason = unwanted
        if not parsed.blocks:
            reason = parsed.refusal or "no text on the page"
        elif parsed.refusal is not None:
            reason = parsed.refusal
        elif noindex:
            reason = "noindex"
        elif canonical is not None:
            reason = f"canonical: {canonical}"
        elif reason is None:
            same_as = self._same_as(url, parsed)
            reason = f"duplicate of {same_as}" if same_as else None
        return _Outcome(
            verdict="duplicate" if same_as else "refused" if reason else "ok",
            reason=reason,
            response=response,
            parsed=None if reason else parsed,
            media_type=None if reason else media_type,
            same_as=same_as,
            withdrawn=reason is not None and reason in ("noindex", unwanted),
            links=tuple(filter(None, map(self._scope.admit, links))),
            successors=(canonical,) if canonical else (),
        )

    def _canonical_elsewhere(self, url: str, parsed: ParsedDocument) -> str | None:
        """Another page of the crawl that this one names as the original of its content.

        Passed over: a page outside the scope; one that itself defers to this one; and the start
        page, which faulty templates name on every page. True copies are told by their text.
        """
        target = self._scope.admit(parsed.canonical) if parsed.canonical else None
        if target is None or target in (url, self._start):
            return None
        original = target
        while original in self._canonical:
            original = self._canonical[original]
            if original == url:
                return None
        self._canonical[url] = target
        return target

    def _same_as(self, url: str, parsed: ParsedDocument) -> str | None:
        """The page of this run with the same text; None for the first."""
        digest = sha256()
        for block in parsed.blocks:
            digest.update(f"{block.kind}\0{block.text}\0".encode())
        first = self._taken.setdefault(digest.digest(), url)
        return None if first == url else first


def as_declared(response: Fetched, media_type: MediaType) -> bytes:
    """The body; text that is not UTF-8 comes as UTF-8 from the charset that HTTP declares.

    A byte order mark goes before what the document says about itself, as HTTP's word does (HTML
    standard, section 13.2.3.2). Text that is valid UTF-8 is hardly ever anything else, so a
    declaration against that is taken for a server's default and passed over.
    """
    body = response.body
    if response.charset is None or not media_type.startswith("text/"):
        return body
    try:
        body.decode()
    except UnicodeDecodeError:
        with contextlib.suppress(LookupError, UnicodeError):
            text = body.decode(_codec(response.charset))
            return codecs.BOM_UTF8 + text.removeprefix("\ufeff").encode()
    return body


def _codec(label: str) -> str:
    """The codec of a label; Latin-1 and ASCII are what browsers take them for, Windows-1252."""
    name = codecs.lookup(label).name
    return "cp1252" if name in ("iso8859-1", "ascii") else name
