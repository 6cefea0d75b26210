"""One page: fetch it, parse it, and decide whether it is taken."""

import codecs
import contextlib
import time
from dataclasses import dataclass
from hashlib import sha256

from cevvo.domain.documents import ParsedDocument
from cevvo.engine.crawling.ledger import CrawledPage, CrawlVerdict, FrontierPage
from cevvo.engine.crawling.politeness import PoliteFetcher
from cevvo.engine.crawling.robots import Robots
from cevvo.engine.crawling.traps import Traps
from cevvo.engine.crawling.urls import Scope
from cevvo.errors import IngestError, Transient
from cevvo.providers.fetching.base import Fetched
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
_KEPT_AHEAD = 32  # responses of redirect targets that wait for their turn


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit found: the outcome, and addresses to discover.

    ``links`` lie one link further, ``successors`` (where the page redirects to, or its canonical
    address) at the page's own depth. ``unreachable`` says that the site did not answer.
    """

    page: CrawledPage
    links: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    unreachable: bool = False


def media_type_of(response: Fetched) -> MediaType | None:
    """What a response says it is, None where that is nothing that can be read."""
    declared = _MEDIA_TYPES.get(response.content_type)
    if declared == "text/plain" and response.url.lower().endswith((".md", ".markdown")):
        return "text/markdown"
    return declared


@dataclass(frozen=True, slots=True)
class _Outcome:
    verdict: CrawlVerdict
    reason: str | None = None
    response: Fetched | None = None
    parsed: ParsedDocument | None = None
    media_type: MediaType | None = None
    links: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    unreachable: bool = False


class Visitor:
    """Visits the pages of one crawl; remembers what it needs to take each page once.

    ``start`` is the response of the start page, fetched before. ``pages`` and ``bytes`` count what
    was asked of the site so far.
    """

    def __init__(
        self, fetcher: PoliteFetcher, parser: Parser, robots: Robots, scope: Scope, start: Fetched
    ) -> None:
        self.pages = 0
        self.bytes = len(start.body)
        self._fetcher = fetcher
        self._parser = parser
        self._robots = robots
        self._scope = scope
        self._traps = Traps()
        self._start = scope.admit(start.url) or start.url
        self._ahead = {self._start: start}  # responses of pages whose turn is to come
        self._visited: set[str] = set()
        self._canonical: dict[str, str] = {}
        self._taken: dict[bytes, str] = {}

    async def visit(self, page: FrontierPage) -> Visit:
        """Visit a page of the frontier. Never raises for what is wrong with it."""
        started = time.monotonic()
        self._visited.add(page.url)
        outcome = await self._outcome(page.url)
        response = outcome.response
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
        )
        return Visit(crawled, outcome.links, outcome.successors, outcome.unreachable)

    async def _outcome(self, url: str) -> _Outcome:
        reason = self._traps.reason(url)
        if reason is None and not self._robots.allows(url):
            reason = "robots.txt forbids it"
        if reason is not None:
            return _Outcome("refused", reason)
        self.pages += 1
        try:
            response = await self._response(url)
        except Transient as error:
            return _Outcome("failed", error.message, unreachable=True)
        except IngestError as error:
            return _Outcome("refused", error.message)
        return self._without_reading(url, response) or await self._read(url, response)

    async def _response(self, url: str) -> Fetched:
        if url in self._ahead:
            return self._ahead.pop(url)
        response = await self._fetcher.get(url)
        self.bytes += len(response.body)
        return response

    def _without_reading(self, url: str, response: Fetched) -> _Outcome | None:
        """The outcome where the response's head decides it."""
        target = self._scope.admit(response.url)
        if target is None:
            return _Outcome("refused", f"redirects out of the site: {response.url}", response)
        if target != url:
            if target not in self._visited and len(self._ahead) < _KEPT_AHEAD:
                self._ahead[target] = response
            return _Outcome("refused", f"redirects to {target}", response, successors=(target,))
        status = response.status
        if status == 429 or status >= 500:
            down = status in (429, 502, 503, 504)  # 500 may be this page's own fault
            return _Outcome("failed", f"HTTP {status}", response, unreachable=down)
        if status != 200:
            return _Outcome("refused", f"HTTP {status}", response)
        if media_type_of(response) is None:
            kind = response.content_type or "none given"
            return _Outcome("refused", f"content type {kind}", response)
        return None

    async def _read(self, url: str, response: Fetched) -> _Outcome:
        media_type = media_type_of(response) or "text/html"
        try:
            parsed = await self._parser.parse(
                as_declared(response, media_type), media_type, name=url, url=response.url
            )
        except IngestError as error:
            verdict: CrawlVerdict = "failed" if isinstance(error, Transient) else "refused"
            return _Outcome(verdict, error.message, response)
        header = {part.strip() for part in response.headers.get("x-robots-tag", "").split(",")}
        nofollow = parsed.nofollow or not header.isdisjoint(("nofollow", "none"))
        links = () if nofollow else tuple(filter(None, map(self._scope.admit, parsed.links)))
        canonical = self._canonical_elsewhere(url, parsed)
        reason = None
        if not parsed.blocks:
            reason = "no text on the page"
        elif parsed.noindex or not header.isdisjoint(("noindex", "none")):
            reason = "noindex"
        elif canonical is not None:
            reason = f"canonical: {canonical}"
        else:
            reason = self._duplicate(url, parsed)
        return _Outcome(
            verdict="refused" if reason else "ok",
            reason=reason,
            response=response,
            parsed=None if reason else parsed,
            media_type=None if reason else media_type,
            links=links,
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

    def _duplicate(self, url: str, parsed: ParsedDocument) -> str | None:
        digest = sha256()
        for block in parsed.blocks:
            digest.update(f"{block.kind}\0{block.text}\0".encode())
        first = self._taken.setdefault(digest.digest(), url)
        return None if first == url else f"duplicate of {first}"


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
