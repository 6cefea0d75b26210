"""Sites without end, in number of pages, in size and in time: the budgets hold.

robots.txt as a trap is in ``test_robots.py``, single sitemaps are in ``test_sitemaps.py``.
"""

import asyncio
import gzip
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from email.utils import formatdate
from itertools import count, permutations

import pytest

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.engine.crawling import politeness
from cevvo.engine.crawling.crawler import CrawledPage, Crawler, CrawlPlan
from cevvo.engine.crawling.ledger import MemoryLedger
from cevvo.engine.crawling.traps import MAX_VARIANTS
from cevvo.errors import Transient
from cevvo.providers.fetching import http
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import HttpFetcher
from cevvo.providers.parsing.base import MediaType
from engine.crawling.local_site import Answer, Site, TinyParser, crawl, html

HTML = {"Content-Type": "text/html"}
Send = Callable[[asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def site() -> Iterator[Site]:
    with closing(Site()) as running:
        yield running


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "_BACKOFF", 0.01)


def endless_site(site: Site, prefix: str, links: Callable[[str, int], list[str]]) -> None:
    """Pages below ``prefix`` whose links are made up: by path, and a number that is ever new."""
    numbers = count(1)

    def answer(path: str) -> Answer:
        if not path.startswith(prefix):
            return 404, {}, b""
        n = next(numbers)
        return 200, HTML, html(*links(path, n), text=f"Page {n} at {path}.")

    site.otherwise = answer
    site.page("/", *links("/", 0))


@pytest.mark.parametrize(
    ("prefix", "links"),
    [
        ("/cal", lambda _, n: [f"/cal/{2000 + n % 200}/{n % 12 + 1}/", f"/cal/2{n % 100:03}/may"]),
        ("/cal", lambda _, n: [f"/cal/20{n % 100:02}-01-01/list", f"/cal/20{n % 100:02}0101"]),
        ("/cal", lambda _, n: [f"/cal?month={n}", f"/cal?m={n}&y={n}"]),
        ("/s/", lambda _, n: [f"/s/5f2b8c0d9e{n:06x}/a", f"/s/0f2b8c0d9e{n:06x}/b"]),
        ("/p", lambda _, n: [f"/p?ticket={n}", f"/p?ticket=x{n}"]),
        ("/p", lambda _, n: [f"/p;x={n}?a=1", f"/p/;y={n}/z#top"]),
        ("/p", lambda path, _: [f"{path.rstrip('/')}/p"]),
        ("/p", lambda path, n: [f"{'' if path == '/' else path}/p{n}x"]),
    ],
    ids=["path", "dates", "query", "session", "ticket", "path parameter", "repeated", "deep"],
)
def test_r30_a_site_that_makes_up_addresses(
    site: Site, prefix: str, links: Callable[[str, int], list[str]]
) -> None:
    """The crawl ends by itself, long before the budget of pages."""
    endless_site(site, prefix, links)
    pages = crawl(site, plan=CrawlPlan(max_pages=1000))
    assert len(site.requests) < 4 * MAX_VARIANTS
    assert pages["/"].verdict == "ok"


def test_r30_session_ids_are_one_page(site: Site) -> None:
    """However a visit is marked, in a parameter that is known for it or in the path."""
    endless_site(
        site,
        "/a",
        lambda _, n: [f"/a?PHPSESSID={n}", f"/a;jsessionid={n}", f"/(S(abc{n}))/a", f"/a?sid={n}"],
    )
    assert list(crawl(site)) == ["/", "/a"]


def test_r30_parameters_in_every_order(site: Site) -> None:
    orders = ["&".join(order) for order in permutations(["a=1", "b=2", "c=3", "d=4"])]
    site.page("/", *(f"/list?{order}" for order in orders))
    site.otherwise = lambda path: (200, HTML, html(text=path)) if "?" in path else (404, {}, b"")
    pages = crawl(site)
    assert [path for path in site.requests if "?" in path] == [f"/list?{orders[0]}"]
    assert {page.reason for page in pages.values() if page.verdict == "refused"} == {
        "the same query parameters in another order"
    }


def test_r30_redirect_loops(site: Site) -> None:
    site.page("/", "/self", "/a", "/grow?n=1", "/fine")
    site.page("/fine")
    site.redirect("/self", "/self")
    site.redirect("/a", "/b")
    site.redirect("/b", "/a")
    site.otherwise = lambda path: (
        (302, {"Location": f"{path}1"}, b"") if path.startswith("/grow") else (404, {}, b"")
    )
    pages = crawl(site)
    endless = {path: page.reason for path, page in pages.items() if page.verdict != "ok"}
    assert endless == dict.fromkeys(("/self", "/a", "/grow?n=1"), "More than 5 redirects in a row.")
    assert pages["/fine"].verdict == "ok"
    assert len(site.requests) == 3 + 1 + 3 * 6  # robots.txt, the start page, a sitemap; /fine


class ManyLinks(TinyParser):
    """Finds a hundred thousand links on every page."""

    async def parse(
        self,
        content: bytes,
        media_type: MediaType,
        *,
        name: str,
        url: str | None = None,
        selector: str | None = None,
    ) -> ParsedDocument:
        links = tuple(f"{(url or '').rstrip('/')}/{n}" for n in range(100_000))
        return ParsedDocument(name, (Block("paragraph", name),), links=links)


def test_r30_a_page_of_a_hundred_thousand_links(site: Site) -> None:
    """The frontier is bounded, and the event loop is not held up while links are judged."""
    site.otherwise = lambda _: (200, HTML, b"x")
    ledger = MemoryLedger()

    async def main() -> float:
        fetcher = HttpFetcher(AddressRules((site.host,)))
        crawler = Crawler(fetcher, ManyLinks())
        plan = CrawlPlan(max_pages=2)
        crawling = asyncio.create_task(crawler.run(site.url(), ledger, ledger.record, plan))
        lag = 0.0
        while not crawling.done():
            before = time.thread_time()  # of its own, whatever else the machine does
            await asyncio.sleep(0.01)
            lag = max(lag, time.thread_time() - before)
        await crawling
        await fetcher.close()
        return lag

    assert asyncio.run(main()) < 0.5
    assert asyncio.run(ledger.counts()).discovered == 20
    assert len(ledger.pages) == 2


@pytest.mark.parametrize(
    "charset",
    [
        *("utf-16", "utf-32", "utf-7", "idna", "punycode", "unicode_escape", "base64", "zlib"),
        *("rot13", "undefined", "mbcs", "../../etc/passwd", "a" * 5000, "shift_jis", "cp037"),
    ],
)
def test_r30_a_wrong_charset(site: Site, charset: str) -> None:
    site.raw(
        "/",
        html("/next", text="Plain text."),
        headers={"Content-Type": f"text/html; charset={charset}"},
    )
    site.raw(
        "/next",
        html(text="na\xefve").replace(b"\xc3\xaf", b"\xef"),
        headers={"Content-Type": f"text/html; charset={charset}"},
    )
    pages = crawl(site)
    assert pages["/"].parsed is not None
    assert pages["/"].parsed.blocks[0].text == "Plain text."
    assert "/next" in pages


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_r30_a_site_that_says_later_is_not_asked_again(site: Site, form: str) -> None:
    later = "3600" if form == "seconds" else formatdate(time.time() + 3600, usegmt=True)
    site.page("/", "/busy", *(f"/{n}" for n in range(20)))
    site.raw("/busy", b"", 429, {"Retry-After": later})
    with pytest.raises(Transient, match=r"asks to come back in 3\d\d\d s") as caught:
        crawl(site)
    assert caught.value.retry_after == pytest.approx(3600, abs=300)
    assert site.requests.count("/busy") == 1
    assert len([path for path in site.requests if path[1:].isdigit()]) <= 3  # under way by then


def test_r30_sitemaps_without_end(site: Site) -> None:
    def index(*paths: str) -> bytes:
        entries = "".join(f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in paths)
        return f"<sitemapindex>{entries}</sitemapindex>".encode()

    site.raw("/robots.txt", f"Sitemap: {site.url('/map.xml')}".encode())
    site.raw("/map.xml", index("/map.xml", "/other.xml", "/bomb.xml.gz", "/bomb.xml", "/more/1"))
    site.raw("/other.xml", index("/map.xml"))
    bomb = gzip.compress(b"<urlset>" + b" " * 30_000_000)
    site.raw("/bomb.xml.gz", bomb)
    site.raw("/bomb.xml", bomb, headers={"Content-Encoding": "gzip"})
    site.otherwise = lambda path: (200, {}, index(f"{path}1", f"{path}2", f"{path}3"))
    site.page("/")
    assert list(crawl(site)) == ["/"]
    assert len(site.requests) < 60


class EndlessServer:
    """Pages by path on loopback, written as slowly and as long as they like. A context manager."""

    def __init__(self, pages: dict[str, Send]) -> None:
        self._pages = pages
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> "EndlessServer":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._handle(reader, writer))
        self._tasks.add(task)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await self._pages.get(head.split()[1].decode(), missing)(writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def missing(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def page(*links: str, text: str = "Here.") -> Send:
    async def send(writer: asyncio.StreamWriter) -> None:
        body = html(*links, text=text)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)

    return send


def endless(*headers: str, piece: bytes = b"x" * 16384, pause: float = 0.0) -> Send:
    async def send(writer: asyncio.StreamWriter) -> None:
        head = "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: text/html", *headers, "", ""))
        writer.write(head.encode())
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return send


def crawl_endless(pages: dict[str, Send], plan: CrawlPlan | None = None) -> dict[str, CrawledPage]:
    async def main() -> dict[str, CrawledPage]:
        async with EndlessServer(pages) as server:
            start = f"http://127.0.0.1:{server.port}"
            fetcher = HttpFetcher(AddressRules((f"127.0.0.1:{server.port}",)))
            ledger = MemoryLedger()
            await Crawler(fetcher, TinyParser()).run(f"{start}/", ledger, ledger.record, plan)
            await fetcher.close()
            return {page.url.removeprefix(start): page for page in ledger.pages}

    return asyncio.run(main())


ENDLESS = {
    "announced": endless("Content-Length: 10000000000"),
    "unannounced": endless(),
    "chunked": endless("Transfer-Encoding: chunked", piece=b"4000\r\n" + b"x" * 16384 + b"\r\n"),
    "packed": endless("Content-Encoding: gzip", piece=gzip.compress(bytes(10_000_000))),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_r30_ten_gigabytes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BYTES", 300_000)
    pages = crawl_endless({"/": page("/big", "/fine"), "/big": ENDLESS[kind], "/fine": page()})
    assert pages["/big"].verdict == "refused"
    assert pages["/big"].reason == "The response is larger than 300,000 bytes."
    assert "/fine" in pages


def test_r30_a_site_of_endless_pages_ends_at_the_byte_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was read of a page counts though the page is refused for its size."""
    monkeypatch.setattr(http, "MAX_BYTES", 300_000)
    names = [f"/{n}" for n in range(30)]
    pages = crawl_endless(
        {"/": page(*names)} | dict.fromkeys(names, endless()), CrawlPlan(max_bytes=1_000_000)
    )
    assert 4 <= len(pages) <= 1 + 4 + 4  # the start page, a megabyte, those in flight


@pytest.mark.parametrize("path", ["/robots.txt", "/sitemap.xml", "/slow"])
def test_r30_a_byte_at_a_time(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given up at the deadline; the rest of the site is not held up by it."""
    monkeypatch.setattr(http, "DEADLINE", 0.3)
    slow = endless(piece=b"\n", pause=0.02)
    other = page(text="Slow, or not.")
    pages = {"/": page("/slow", "/fine"), "/fine": page(text="Fine."), "/slow": other, path: slow}
    if path == "/robots.txt":
        with pytest.raises(Transient, match="did not answer in full"):
            crawl_endless(pages)
        return
    found = crawl_endless(pages)
    assert found["/fine"].verdict == "ok"
    assert found["/slow"].verdict == ("failed" if path == "/slow" else "ok")
    if path == "/slow":
        assert "did not answer in full" in (found["/slow"].reason or "")


def test_r30_rules_without_end() -> None:
    """The beginning of robots.txt holds, and the rest is not waited for."""
    rules = b"User-agent: *\nDisallow: /private\n" * 500
    pages = {"/": page("/private", "/fine"), "/fine": page(), "/private": page()}
    found = crawl_endless(pages | {"/robots.txt": endless(piece=rules)})
    assert found["/private"].reason == "robots.txt forbids it"
    assert "/fine" in found


def test_r30_a_crawl_ends_at_its_time_budget() -> None:
    names = [f"/{n}" for n in range(200)]
    started = time.monotonic()
    pages = crawl_endless(
        {"/": page(*names)} | dict.fromkeys(names, page()), CrawlPlan(max_seconds=0.3, delay=0.05)
    )
    assert len(pages) < 30
    assert time.monotonic() - started < 10
