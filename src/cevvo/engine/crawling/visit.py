"""One page: fetch it, parse it, and decide whether it is taken."""

import asyncio
import codecs
import contextlib
import logging
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from hashlib import sha256

from cevvo.domain.documents import ParsedDocument
from cevvo.engine.crawling.ledger import (
    Absence,
    CrawledPage,
    CrawlVerdict,
    FrontierPage,
    KnownPage,
    Ledger,
)
from cevvo.engine.crawling.politeness import MAX_WAIT, PoliteFetcher
from cevvo.engine.crawling.robots import Robots, robots_header
from cevvo.engine.crawling.selection import Selection
from cevvo.engine.crawling.traps import MAX_LINKS, Traps
from cevvo.engine.crawling.urls import Scope
from cevvo.errors import IngestError, Transient
from cevvo.providers.fetching.base import Fetched, TooLarge
from cevvo.providers.fetching.retry_after import retry_after
from cevvo.providers.parsing.base import MediaType, Parser
from cevvo.providers.parsing.names import suffix_of

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
# What servers say that do not know a file's type: its name tells it.
_UNTOLD = frozenset({"application/octet-stream", "binary/octet-stream", "application/x-download"})
_BY_NAME: dict[str, MediaType] = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_LONGEST_VALIDATOR = 1000
# Reasons of the parser that say what the page is, and not how it went this time.
_SAYS_NOTHING = frozenset({"empty", "no_content", "encrypted", "scanned", "unreadable"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit found: the outcome, and addresses to discover.

    ``links`` lie one link further, ``successors`` (where the page redirects to, or its canonical
    address) at the page's own depth. ``unreachable`` says that the site did not answer;
    ``come_back`` in how many seconds it wants to be asked again, if not sooner than a crawl waits.
    With ``canonical``, the page names another as its original: its outcome is not final before it
    is known whether that one is taken.
    """

    page: CrawledPage
    links: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    unreachable: bool = False
    come_back: float | None = None
    canonical: str | None = None


def media_type_of(response: Fetched) -> MediaType | None:
    """What a response says it is, None where that is nothing that can be read."""
    declared = _MEDIA_TYPES.get(response.content_type)
    if declared == "text/plain" and response.url.lower().endswith((".md", ".markdown")):
        return "text/markdown"
    if response.content_type in _UNTOLD:
        return _BY_NAME.get(suffix_of(response.url))
    return declared


def conditions(known: KnownPage | None) -> dict[str, str]:
    """Request headers by which a server may answer that nothing has changed (RFC 9110, 13.1)."""
    headers = {}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _validator(response: Fetched | None, name: str) -> str | None:
    """ETag or Last-Modified, if it can be sent back: one line of printable ASCII."""
    value = response.headers.get(name, "") if response else ""
    fits = value.isascii() and value.isprintable() and len(value) <= _LONGEST_VALIDATOR
    return value if value and fits else None


@dataclass(frozen=True, slots=True)
class _Outcome:
    verdict: CrawlVerdict
    reason: str | None = None
    response: Fetched | None = None
    parsed: ParsedDocument | None = None
    media_type: MediaType | None = None
    absence: Absence = "unknown"
    canonical: str | None = None
    links: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    unreachable: bool = False
    come_back: float | None = None


class Visitor:
    """Visits the pages of one crawl.

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
        self._turn = asyncio.Lock()

    async def visit(self, page: FrontierPage) -> Visit:
        """Visit a page of the frontier. Never raises for what is wrong with it."""
        self._visited.add(page.url)
        return await self._seen(page, self._outcome(page.url))

    async def settle(self, page: FrontierPage, original: str | None) -> Visit:
        """The final outcome for a page that names another as its original: None if that one was
        not taken, and this page is."""
        return await self._seen(page, self._settled(page.url, original))

    async def _seen(self, page: FrontierPage, looking: Awaitable[_Outcome]) -> Visit:
        started = time.monotonic()
        try:
            outcome = await looking
        except (ValueError, LookupError, ArithmeticError) as error:
            # Whatever a site sends must end as a verdict; this is for what nobody thought of.
            _log.exception("visit of %r broke", page.url)
            outcome = _Outcome("failed", f"It could not be made sense of ({type(error).__name__}).")
        response = outcome.response
        moved = response is not None and self._scope.admit(response.url) not in (page.url, None)
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
            absence=outcome.absence,
            size=None if response is None or moved else len(response.body),
            etag=_validator(response, "etag"),
            last_modified=_validator(response, "last-modified"),
            body_hash=_hash(response),
            links=outcome.links,
        )
        return Visit(
            crawled,
            outcome.links,
            outcome.successors,
            outcome.unreachable,
            outcome.come_back,
            outcome.canonical,
        )

    async def _outcome(self, url: str) -> _Outcome:
        unwanted = self._selection.reason(url)
        if unwanted is not None and url != self._start:
            return _Outcome("refused", unwanted, absence="withdrawn")
        reason = self._traps.reason(url)
        if reason is None and not self._robots.allows(url):
            reason = "robots.txt forbids it"
        if reason is not None:
            return _Outcome("refused", reason, absence="missing")
        known = await self._ledger.known(url)
        if known is not None and known.is_fresh and unwanted is None:
            return _Outcome("unchanged", "not due: it rarely changes", links=known.links)
        self.pages += 1
        try:
            response = await self._response(url, known)
        except Transient as error:
            return _Outcome("failed", error.message, unreachable=True)
        except IngestError as error:
            self.bytes += error.received if isinstance(error, TooLarge) else 0
            return _Outcome("refused", error.message)
        decided = await self._without_reading(url, response, known, unwanted)
        return decided or await self._read(url, response, unwanted)

    async def _settled(self, url: str, original: str | None) -> _Outcome:
        response = await self._ledger.kept(url)
        if response is None:
            return _Outcome("failed", "its response is gone: the next crawl asks again")
        if original is not None:
            return _Outcome("refused", f"canonical: {original}", response, absence="missing")
        return await self._read(url, response, None, heed_canonical=False)

    async def _response(self, url: str, known: KnownPage | None) -> Fetched:
        kept = await self._ledger.kept(url)
        if kept is not None and (kept.status != 304 or known is not None):
            return kept
        # The next page is asked for once this one is kept: a crawl that is killed loses no more.
        async with self._turn:
            response = await self._fetcher.get(url, headers=conditions(known))
            if response.status != 429 and response.status < 500:  # those are worth another request
                await self._ledger.keep(url, response)
        self.bytes += response.received or len(response.body)
        return response

    async def _without_reading(
        self, url: str, response: Fetched, known: KnownPage | None, unwanted: str | None
    ) -> _Outcome | None:
        """The outcome where the response's head, or its bytes as a whole, decide it."""
        target = self._scope.admit(response.url)
        if target is None:
            reason = f"redirects out of the site: {response.url}"
            return _Outcome("refused", reason, response, absence="missing")
        if target != url:
            if target not in self._visited and await self._ledger.kept(target) is None:
                await self._ledger.keep(target, response)
            reason = f"redirects to {target}"
            return _Outcome("refused", reason, response, absence="missing", successors=(target,))
        if known is not None and _is_as_known(response, known):
            if "noindex" in _robots_header(response):
                unwanted = "noindex"
            if unwanted is not None:
                return _Outcome(
                    "refused", unwanted, response, absence="withdrawn", links=known.links
                )
            return _Outcome("unchanged", None, response, links=known.links)
        return _refused_by_its_head(response)

    async def _read(
        self, url: str, response: Fetched, unwanted: str | None, *, heed_canonical: bool = True
    ) -> _Outcome:
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
            gone: Absence = "missing" if error.reason in _SAYS_NOTHING else "unknown"
            return _Outcome(verdict, error.message, response, absence=gone)
        header = _robots_header(response)
        nofollow = parsed.nofollow or "nofollow" in header
        links = () if nofollow else parsed.links[:MAX_LINKS]
        admitted = tuple(filter(None, map(self._scope.admit, links)))
        if parsed.noindex or "noindex" in header:
            unwanted = "noindex"
        canonical = self._original(url, parsed) if heed_canonical else None
        reason = unwanted or parsed.refusal
        if reason is None and not parsed.blocks:
            reason = "no text on the page"
        if reason is None and canonical is not None:
            reason = f"canonical: {canonical}"
        else:
            canonical = None
        return _Outcome(
            verdict="refused" if reason else "ok",
            reason=reason,
            response=response,
            parsed=None if reason else parsed,
            media_type=None if reason else media_type,
            absence="withdrawn" if unwanted else "missing" if reason else "unknown",
            canonical=canonical,
            links=admitted,
            successors=(canonical,) if canonical else (),
        )

    def _original(self, url: str, parsed: ParsedDocument) -> str | None:
        """Another page of the crawl that this one names as the original of its content.

        Passed over: a page outside the scope, and the start page, which faulty templates name on
        every page. True copies are told by their text.
        """
        target = self._scope.admit(parsed.canonical) if parsed.canonical else None
        return None if target in (url, self._start) else target


def _refused_by_its_head(response: Fetched) -> _Outcome | None:
    """What status and media type decide. Only 404 and 410 say that a page is not there: 403 and the
    like may be meant for us."""
    status = response.status
    if status == 429 or status >= 500:
        down = status in (429, 502, 503, 504)  # 500 may be this page's own fault
        wait = retry_after(response.headers) or 0.0
        come_back = wait if down and wait > MAX_WAIT else None
        return _Outcome("failed", f"HTTP {status}", response, unreachable=down, come_back=come_back)
    if status != 200:
        gone: Absence = "missing" if status in (404, 410) else "unknown"
        return _Outcome("refused", f"HTTP {status}", response, absence=gone)
    if media_type_of(response) is None:
        kind = response.content_type or "none given"
        return _Outcome("refused", f"content type {kind}", response, absence="missing")
    return None


def _is_as_known(response: Fetched, known: KnownPage) -> bool:
    same_bytes = known.body_hash is not None and known.body_hash == _hash(response)
    return response.status == 304 or (response.status == 200 and same_bytes)


def _hash(response: Fetched | None) -> str | None:
    """SHA-256 (hex) of a body; None where there is none."""
    if response is None or not response.body:
        return None
    return sha256(response.body).hexdigest()


def _robots_header(response: Fetched) -> frozenset[str]:
    return robots_header(response.headers.get("x-robots-tag", ""))


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
