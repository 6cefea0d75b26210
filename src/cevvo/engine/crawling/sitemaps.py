"""Sitemaps (sitemaps.org, version 0.9): the addresses that a site lists itself.

They are read in the server's own process, unlike documents: expat streams the XML, a document
type (and with it every entity) is refused, and size, nesting and number are bounded.

A sitemap may lie on another host only where robots.txt names it there, as the protocol has it;
an index leads to sitemaps of its own host and of the site's. Wherever it lies, only pages within
the crawl's scope are taken from it.
"""

import asyncio
import logging
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from cevvo.engine.crawling.politeness import PoliteFetcher
from cevvo.engine.crawling.urls import Scope
from cevvo.errors import IngestError, UrlNotAllowed
from cevvo.providers.fetching.base import Fetched
from cevvo.providers.fetching.url import parse_url

MAX_FILES = 50
MAX_NESTING = 3  # of index files
MAX_BYTES = 10_000_000  # of one file, unpacked
MAX_URLS = 50_000  # of one file, the protocol's own limit
_MAX_SECONDS = 300.0  # for all of them together
_MAX_DEPTH = 16  # of XML elements
_MAX_LENGTH = 4096  # of one address

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Sitemap:
    """What one file lists: pages, and further sitemaps. ``complete``: it lists no more."""

    pages: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    complete: bool = True


@dataclass(slots=True)
class SitemapUrls:
    """The addresses that a site's sitemaps list, in order.

    ``complete``: every sitemap was read whole, so what is not among them is in none. One that does
    not exist, or that the address rules forbid, has never listed anything.
    """

    urls: list[str]
    complete: bool


async def sitemap_urls(
    fetcher: PoliteFetcher,
    starts: Sequence[str],
    scope: Scope,
    limit: int,
    *,
    guessed: bool = False,
) -> SitemapUrls:
    """The addresses within ``scope`` that these sitemaps and those they name list.

    At most ``limit``, and what was found within five minutes. A sitemap that is missing or broken
    is passed over: links lead on. ``guessed``: nobody said that there are sitemaps at ``starts``,
    so a web page or any refusal (4xx) there means that there are none.
    """
    found: dict[str, None] = {}
    complete = False
    try:
        async with asyncio.timeout(_MAX_SECONDS):
            complete = await _collect(fetcher, starts, scope, limit, found, guessed=guessed)
    except TimeoutError:
        _log.info("sitemaps of %s left off after %d s", scope.host, _MAX_SECONDS)
    return SitemapUrls(list(found)[:limit], complete and len(found) <= limit)


async def _collect(
    fetcher: PoliteFetcher,
    starts: Sequence[str],
    scope: Scope,
    limit: int,
    found: dict[str, None],
    *,
    guessed: bool,
) -> bool:
    """Add what is listed to ``found``; whether that is everything."""
    complete = True
    queue = deque((url, 0) for url in dict.fromkeys(starts))
    seen = set(starts)
    read = 0
    while queue and read < MAX_FILES and len(found) < limit:
        url, nesting = queue.popleft()
        read += 1
        sitemap = await _load(fetcher, url, scope, guessed=guessed and nesting == 0)
        found.update(dict.fromkeys(sitemap.pages))
        hosts = {scope.host, _host(url)}
        fresh = [u for u in sitemap.sitemaps if u not in seen and _host(u) in hosts]
        complete = complete and sitemap.complete
        if nesting == MAX_NESTING:
            complete = complete and not fresh
            continue
        seen.update(fresh)
        queue.extend((u, nesting + 1) for u in fresh)
    return complete and not queue


def _host(url: str) -> str | None:
    try:
        return parse_url(url).host
    except UrlNotAllowed:
        return None


async def _load(fetcher: PoliteFetcher, url: str, scope: Scope, *, guessed: bool) -> Sitemap:
    """What a sitemap lists, its pages as far as they are within the scope."""
    try:
        answer = await fetcher.get(url, max_bytes=MAX_BYTES)
        if answer.status in (404, 410) or (guessed and _is_none(answer)):
            return Sitemap()
        if answer.status == 200:
            # In a thread: the largest file allowed takes a good part of a second.
            return await asyncio.to_thread(_read_within, scope, answer.body)
        _log.info("sitemap %r passed over: HTTP %d", url, answer.status)
    except UrlNotAllowed as error:
        _log.info("sitemap %r passed over: %s", url, error)
        return Sitemap()
    except (IngestError, ValueError) as error:
        _log.info("sitemap %r passed over: %s", url, error)
    return Sitemap(complete=False)


def _is_none(answer: Fetched) -> bool:
    """Sites answer with a page for whatever they do not have, or forbid it."""
    if answer.status == 200:
        return answer.content_type in ("text/html", "application/xhtml+xml")
    return 400 <= answer.status < 500 and answer.status != 429


def _read_within(scope: Scope, content: bytes) -> Sitemap:
    sitemap = read_sitemap(content)
    pages = [page for url in sitemap.pages if (page := scope.admit(url))]
    return Sitemap(pages, sitemap.sitemaps, sitemap.complete)


def read_sitemap(content: bytes) -> Sitemap:
    """Read a urlset, an index or a list of lines, gzipped or not.

    Raises ValueError for XML that is broken, of an unknown encoding, has a document type, or is
    nested too deeply.
    """
    if content.startswith(b"\x1f\x8b"):
        content = _unzipped(content)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"http"):
        lines = content.decode("utf-8-sig", "replace").split()
        pages = [line for line in lines if len(line) <= _MAX_LENGTH]
        return Sitemap(pages[:MAX_URLS], complete=len(pages) <= MAX_URLS)
    reader = _Reader()
    try:
        reader.parse(content)
    except expat.ExpatError as error:
        raise ValueError(f"not well-formed XML: {error}") from error
    except LookupError as error:
        raise ValueError(f"XML that cannot be decoded: {error}") from error
    return reader.sitemap


def _unzipped(content: bytes) -> bytes:
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = inflate.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise ValueError(f"broken gzip: {error}") from error
    if len(unpacked) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES} bytes when unpacked")
    return unpacked


class _Reader:
    """Collects the text of ``loc`` directly under ``url`` and ``sitemap``, whatever the prefix."""

    def __init__(self) -> None:
        self.sitemap = Sitemap()
        self._path: list[str] = []
        self._text: list[str] = []

    def parse(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(content, True)

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type is not allowed in a sitemap")

    def _start(self, name: str, _: dict[str, str]) -> None:
        if len(self._path) >= _MAX_DEPTH:
            raise ValueError("nested too deeply")
        self._path.append(name.rpartition(":")[2])
        self._text.clear()

    def _characters(self, text: str) -> None:
        if self._path[-1] == "loc":
            self._text.append(text)

    def _end(self, _: str) -> None:
        parent, name = ("", *self._path)[-2:]
        self._path.pop()
        if name != "loc":
            return
        url = "".join(self._text).strip()
        self._text.clear()
        into = {"url": self.sitemap.pages, "sitemap": self.sitemap.sitemaps}.get(parent)
        if into is None or not url or len(url) > _MAX_LENGTH:
            return
        if len(into) < MAX_URLS:
            into.append(url)
        else:
            self.sitemap.complete = False
