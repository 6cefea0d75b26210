"""Crawling a site on loopback: what is found, what is refused and why, and where it ends."""

import asyncio
import threading
import time

import pytest

from cevvo.engine.crawling import crawler, politeness
from cevvo.engine.crawling.crawler import CrawledPage, Crawler, CrawlPlan
from cevvo.engine.crawling.ledger import LedgerCounts, MemoryLedger
from cevvo.errors import IngestError, Permanent, Transient, UrlNotAllowed
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.base import Fetched
from cevvo.providers.fetching.http import HttpFetcher
from engine.crawling.local_site import Site, TinyParser, crawl, html, stop_of


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "_BACKOFF", 0.01)


def verdicts(pages: dict[str, CrawledPage]) -> dict[str, tuple[str, str | None]]:
    return {path: (page.verdict, page.reason) for path, page in pages.items()}


def test_a_site_is_walked_from_its_start_page(site: Site) -> None:
    site.page("/", "a", "/b#part", "http://elsewhere.example/", "mailto:x@h")
    site.page("/a", "/c", "/")
    site.page("/b")
    site.page("/c")
    pages = crawl(site)
    assert {path: page.depth for path, page in pages.items()} == {"/": 0, "/a": 1, "/b": 1, "/c": 2}
    assert all(page.verdict == "ok" for page in pages.values())
    assert sorted(site.requests) == ["/", "/a", "/b", "/c", "/robots.txt", "/sitemap.xml"]
    page = pages["/a"]
    assert (page.url, page.final_url) == (site.url("/a"), site.url("/a"))
    assert (page.http_status, page.reason, page.media_type) == (200, None, "text/html")
    assert page.parsed is not None
    assert page.parsed.blocks[0].text == "This is /a."
    assert page.elapsed_ms >= 0


def test_breadth_first_in_order_of_discovery(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler, "CONCURRENCY", 1)
    site.page("/", "/1", "/2")
    site.page("/1", "/11", "/12")
    site.page("/2", "/21")
    for path in ("/11", "/12", "/21"):
        site.page(path)
    assert list(crawl(site)) == ["/", "/1", "/2", "/11", "/12", "/21"]


def test_it_stays_within_the_folder_of_the_start_page(site: Site) -> None:
    site.page("/docs/index.html", "/docs/a", "/blog/b", "../c", "/docs/../d")
    site.page("/docs/a")
    assert list(crawl(site, "/docs/index.html")) == ["/docs/index.html", "/docs/a"]


def test_a_redirected_start_page_moves_the_scope(site: Site) -> None:
    site.redirect("/", "/en/latest/")
    site.page("/en/latest/", "a", "/fr/b")
    site.page("/en/latest/a")
    assert list(crawl(site)) == ["/en/latest/", "/en/latest/a"]
    assert site.requests.count("/en/latest/") == 1


def test_sitemaps_lead_to_pages_that_nothing_links_to(site: Site) -> None:
    site.raw("/robots.txt", b"Sitemap: /hidden/map.xml")
    site.raw(
        "/hidden/map.xml", f"<urlset><url><loc>{site.url('/alone')}</loc></url></urlset>".encode()
    )
    site.page("/")
    site.page("/alone")
    assert crawl(site)["/alone"].verdict == "ok"
    assert "/sitemap.xml" not in site.requests


def test_without_a_robots_line_sitemaps_are_looked_for_in_two_places(site: Site) -> None:
    site.page("/docs/")
    crawl(site, "/docs/")
    assert {"/sitemap.xml", "/docs/sitemap.xml"} < set(site.requests)


def test_a_sitemap_that_cannot_be_read_leaves_the_crawl_incomplete(site: Site) -> None:
    site.page("/", "/a")
    site.page("/a")
    assert stop_of(site) is None
    site.raw("/sitemap.xml", b"", 503)
    assert stop_of(site) == "sitemap"
    assert stop_of(site, CrawlPlan(max_pages=1)) == "max_pages"


@pytest.mark.parametrize("line", [b"http://[", b"http://h:0/", b"//[::1", b"\\\x00"])
def test_a_malformed_sitemap_line_is_passed_over(site: Site, line: bytes) -> None:
    site.raw("/robots.txt", b"User-agent: *\nSitemap: " + line + b"\n")
    site.page("/", "/a")
    site.page("/a")
    assert set(crawl(site)) == {"/", "/a"}


def test_robots_rules_hold_for_pages(site: Site) -> None:
    site.raw("/robots.txt", b"User-agent: *\nDisallow: /private")
    site.page("/", "/private/a", "/open")
    site.page("/open")
    pages = crawl(site)
    assert verdicts(pages)["/private/a"] == ("refused", "robots.txt forbids it")
    assert pages["/private/a"].http_status is None
    assert "/private/a" not in site.requests


def test_a_crawl_delay_is_kept(site: Site) -> None:
    site.raw("/robots.txt", b"User-agent: *\nCrawl-delay: 0.15")
    site.page("/", "/a", "/b")
    site.page("/a")
    site.page("/b")
    crawl(site)
    times = sorted(t for path, times in site.times.items() if path != "/robots.txt" for t in times)
    assert times[-1] - times[0] > 0.15 * (len(times) - 1) - 0.05


def test_noindex_is_refused_and_its_links_are_followed(site: Site) -> None:
    site.page("/", "/list", "/header", "/dead-end")
    site.page("/list", "/a", head='<meta name="robots" content="noindex">')
    site.page("/header", "/b", headers={"X-Robots-Tag": "noindex"})
    site.page("/dead-end", "/c", head='<meta name="robots" content="noindex, nofollow">')
    for path in ("/a", "/b", "/c"):
        site.page(path)
    found = verdicts(crawl(site))
    refused = ("refused", "noindex")
    assert (found["/list"], found["/header"], found["/dead-end"]) == (refused, refused, refused)
    assert found["/a"] == found["/b"] == ("ok", None)
    assert "/c" not in found


def test_a_canonical_address_is_taken_instead(site: Site) -> None:
    def canonical(url: str) -> str:
        return f'<link rel="canonical" href="{url}">'

    site.page("/", "/print", "/own", "/foreign", "/to-start", head=canonical("/"))
    site.page("/print", head=canonical("/article"))
    site.page("/article", head=canonical("/article?utm_source=self"))
    site.page("/own", head=canonical(site.url("/own")))
    site.page("/foreign", head=canonical("https://elsewhere.example/x"))
    site.page("/to-start", head=canonical("/"))
    found = verdicts(crawl(site))
    assert found.pop("/print") == ("refused", f"canonical: {site.url('/article')}")
    assert set(found) == {"/", "/article", "/own", "/foreign", "/to-start"}
    assert set(found.values()) == {("ok", None)}


def test_pages_that_call_each_other_canonical_are_not_lost(site: Site) -> None:
    site.page("/", "/a")
    for path, target in (("/a", "/b"), ("/b", "/c"), ("/c", "/a")):
        site.page(path, head=f'<link rel="canonical" href="{target}">')
    found = verdicts(crawl(site))
    assert [found[path][0] for path in ("/a", "/b", "/c")] == ["ok", "refused", "refused"]


def test_many_pages_that_name_another_do_not_end_the_crawl(site: Site) -> None:
    copies = [f"/print/{n:02}" for n in range(crawler._BATCH + crawler.CONCURRENCY + 20)]
    site.page("/", *copies)
    for copy in copies:
        original = copy.replace("print", "page")
        site.page(copy, head=f'<link rel="canonical" href="{original}">')
        site.page(original)
    found = verdicts(crawl(site))
    taken = {path for path, (verdict, _) in found.items() if verdict == "ok"}
    assert taken == {"/", *(copy.replace("print", "page") for copy in copies)}
    assert {found[copy][0] for copy in copies} == {"refused"}


@pytest.mark.parametrize("canonical", ["/gone", "/a/"], ids=["not there", "redirects back"])
def test_a_page_whose_original_is_not_taken_is_taken(site: Site, canonical: str) -> None:
    site.page("/", "/a")
    site.page("/a", head=f'<link rel="canonical" href="{canonical}">')
    site.redirect("/a/", "/a", 301)
    found = verdicts(crawl(site))
    assert found["/a"] == ("ok", None)
    assert site.requests.count("/a") <= 2


def test_pages_whose_original_is_known_after_a_kill(site: Site) -> None:
    site.page("/", "/a", "/b")
    for path, original in (("/a", "/b"), ("/b", "/a")):
        site.page(path, head=f'<link rel="canonical" href="{original}">')
    ledger = MemoryLedger()

    async def killed() -> None:
        fetcher = HttpFetcher(AddressRules((site.host,)))
        taken = asyncio.Event()

        async def take(page: CrawledPage) -> None:
            await ledger.record(page)
            taken.set()
            if page.url != site.url("/"):
                await asyncio.Event().wait()

        crawling = asyncio.create_task(Crawler(fetcher, TinyParser()).run(site.url(), ledger, take))
        await taken.wait()
        await asyncio.sleep(0.1)
        crawling.cancel()
        await asyncio.gather(crawling, return_exceptions=True)
        await fetcher.close()

    asyncio.run(killed())
    found = verdicts(crawl(site, ledger=ledger))
    assert sorted(found[path][0] for path in ("/a", "/b")) == ["ok", "refused"]


def test_the_same_text_is_taken_once(site: Site) -> None:
    site.page("/", "/a", "/b?print=1")
    site.page("/a", text="The same.")
    site.page("/b?print=1", "/c", text="The same.")
    site.page("/c")
    pages = crawl(site)
    kept = {path: pages[path].verdict for path in ("/a", "/b?print=1")}
    assert sorted(kept.values()) == ["duplicate", "ok"]
    (first,) = (path for path, verdict in kept.items() if verdict == "ok")
    (second,) = set(kept) - {first}
    assert pages[second].same_as == site.url(first)
    assert pages[second].reason == f"duplicate of {site.url(first)}"
    assert pages["/c"].verdict == "ok"


def test_redirects_between_pages(site: Site, other_site: Site) -> None:
    other_site.page("/")
    site.page("/", "/old", "/away", "/login", "/loop", "/a?sid=1")
    site.redirect("/old", "/new")
    site.page("/new")
    site.redirect("/away", other_site.url())
    site.redirect("/login", "/a?sid=7&utm_source=x")
    site.redirect("/loop", "/loop")
    site.page("/a")
    site.page("/a?sid=7&utm_source=x", text="This is /a.")
    pages = crawl(site, allow=(other_site.host,))
    found = verdicts(pages)
    assert found["/old"] == ("refused", f"redirects to {site.url('/new')}")
    assert found["/new"] == ("ok", None)
    assert site.requests.count("/new") == 1
    assert found["/away"] == ("refused", f"redirects out of the site: {other_site.url()}")
    assert found["/loop"] == ("refused", "More than 5 redirects in a row.")
    assert found["/a"] == ("ok", None)
    assert pages["/old"].final_url == site.url("/new")


def test_s11_nothing_inside_is_reached_by_way_of_a_page(site: Site) -> None:
    """Redirects, links, canonical, meta refresh, sitemap and robots.txt that point inside."""
    inside = "http://127.0.0.1:1"
    opened: list[int] = []
    site.raw("/robots.txt", f"Sitemap: {inside}/map.xml\nSitemap: {site.url('/map.xml')}".encode())
    site.raw("/map.xml", (
        f"<sitemapindex><sitemap><loc>{inside}/b.xml</loc></sitemap>"
        f"<url><loc>{inside}/c</loc></url></sitemapindex>"
    ).encode())  # fmt: skip
    head = (
        f'<link rel="canonical" href="{inside}/d">'
        f'<meta http-equiv="refresh" content="0; url={inside}/e">'
    )
    site.page("/", f"{inside}/f", "file:///etc/passwd", "/1", "/2", "/3", head=head)
    site.redirect("/1", f"{inside}/g")
    site.redirect("/2", "file:///etc/passwd")
    site.redirect("/3", "gopher://127.0.0.1:1/x")

    async def main() -> MemoryLedger:
        ledger = MemoryLedger()
        fetcher = HttpFetcher(AddressRules((site.host,)))
        backend = fetcher._transport._pool._network_backend
        connect = backend._connect  # type: ignore[attr-defined]

        async def record(address: str, port: int, seconds: float | None) -> object:
            opened.append(port)
            return await connect(address, port, seconds)

        backend._connect = record  # type: ignore[attr-defined]
        await Crawler(fetcher, TinyParser()).run(site.url(), ledger, ledger.record)
        await fetcher.close()
        return ledger

    ledger = asyncio.run(main())
    assert set(opened) == {site.port}
    assert {page.url for page in ledger.pages} == {site.url(p) for p in ("/", "/1", "/2", "/3")}
    refused = [page for page in ledger.pages if page.url != site.url("/")]
    assert all(page.verdict == "refused" for page in refused)


def test_other_documents_are_taken_by_their_media_type(site: Site) -> None:
    site.page("/", "/a.pdf", "/b.md", "/c.txt", "/d.md", "/e", "/f", "/g", "/h.pdf")
    site.raw("/a.pdf", b"%PDF-1.7 a", headers={"Content-Type": "application/pdf"})
    site.raw("/b.md", b"# b", headers={"Content-Type": "text/markdown; charset=utf-8"})
    site.raw("/c.txt", b"c", headers={"Content-Type": "text/plain"})
    site.raw("/d.md", b"# d", headers={"Content-Type": "text/plain"})
    site.raw("/e", b"\x89PNG", headers={"Content-Type": "image/png"})
    site.raw("/f", b"{}", headers={"Content-Type": "application/json"})
    site.raw("/g", b"what is it")
    site.raw("/h.pdf", b"<html>", headers={"Content-Type": "application/pdf"})
    pages = crawl(site)
    taken = {path: page.media_type for path, page in pages.items() if page.verdict == "ok"}
    assert taken == {
        "/": "text/html",
        "/a.pdf": "application/pdf",
        "/b.md": "text/markdown",
        "/c.txt": "text/plain",
        "/d.md": "text/markdown",
    }
    assert pages["/e"].reason == "content type image/png"
    assert pages["/f"].reason == "content type application/json"
    assert pages["/g"].reason == "content type none given"
    assert verdicts(pages)["/h.pdf"] == ("refused", "The PDF is damaged.")


def test_a_file_whose_type_the_server_does_not_know_is_told_by_its_name(site: Site) -> None:
    site.page("/", "/a.PDF?v=2", "/b")
    for path in ("/a.PDF?v=2", "/b"):
        site.raw(path, b"%PDF-1.7 a", headers={"Content-Type": "application/octet-stream"})
    pages = crawl(site)
    assert pages["/a.PDF?v=2"].media_type == "application/pdf"
    assert pages["/b"].reason == "content type application/octet-stream"


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("windows-1251", "Привет".encode("cp1251")),
        ("utf-8", "Привет".encode()),
        ("UTF-8", "\ufeffПривет".encode()),
        ("no-such-charset", "Привет".encode()),
        ("iso-8859-1", "Привет".encode()),
        ("utf-16", "Привет".encode("utf-16")),
    ],
)
def test_the_charset_that_http_declares(site: Site, charset: str, body: bytes) -> None:
    site.raw("/", body, headers={"Content-Type": f"text/html; charset={charset}"})
    parsed = crawl(site)["/"].parsed
    assert parsed is not None
    assert parsed.blocks[0].text == "Привет"


def test_latin_1_is_what_browsers_take_it_for(site: Site) -> None:
    headers = {"Content-Type": "text/html; charset=ISO-8859-1"}
    site.raw("/", "“naïve” – 5 €".encode("cp1252"), headers=headers)
    parsed = crawl(site)["/"].parsed
    assert parsed is not None
    assert parsed.blocks[0].text == "“naïve” – 5 €"


def test_errors_of_pages_are_recorded_with_a_reason(site: Site) -> None:
    site.page("/", "/404", "/403", "/500", "/429", "/gone", "/huge", "/once")
    for status in (404, 403, 500, 429):
        site.raw(f"/{status}", b"", status)
    site.page("/gone", status=410)
    site.raw("/huge", b"", headers={"Content-Type": "text/html", "X": "1"})
    site.on("/huge", lambda _: (200, {"Content-Type": "text/html"}, b"x" * 21_000_000))
    site.on(
        "/once", lambda n: (503, {}, b"") if n == 1 else (200, {"Content-Type": "text/html"}, b"ok")
    )
    pages = crawl(site)
    assert verdicts(pages) == {
        "/": ("ok", None),
        "/404": ("refused", "HTTP 404"),
        "/403": ("refused", "HTTP 403"),
        "/500": ("failed", "HTTP 500"),
        "/429": ("failed", "HTTP 429"),
        "/gone": ("refused", "HTTP 410"),
        "/huge": ("refused", "The response is larger than 20,000,000 bytes."),
        "/once": ("ok", None),
    }
    assert pages["/404"].http_status == 404
    assert pages["/huge"].http_status is None


def test_an_endless_calendar_ends(site: Site) -> None:
    def month(path: str) -> tuple[int, dict[str, str], bytes]:
        if not path.startswith("/calendar"):
            return 404, {}, b""
        n = int(path.partition("=")[2])
        body = html(f"/calendar?month={n + 1}", f"/calendar?month={n - 1}", text=f"Month {n}")
        return 200, {"Content-Type": "text/html"}, body

    site.page("/", "/calendar?month=0")
    site.otherwise = month
    pages = crawl(site, plan=CrawlPlan(max_depth=1000))
    assert len(site.times) == 53  # 50 months, the start page, robots.txt, sitemap.xml
    reasons = {page.reason for page in pages.values() if page.verdict == "refused"}
    assert reasons == {"more than 50 addresses that differ only in a date or query"}


def test_an_endless_path_ends(site: Site) -> None:
    site.otherwise = lambda path: (
        (200, {"Content-Type": "text/html"}, html("deeper/", text=path))
        if path.endswith("/")
        else (404, {}, b"")
    )
    pages = crawl(site)
    assert list(pages)[-1] == "/deeper/deeper/deeper/"
    assert list(pages.values())[-1].reason == "a path segment occurs 3 times"


class Clock:
    """A monotonic clock that stands still until it is moved."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the time budget of a crawl goes by."""
    clock = Clock()
    monkeypatch.setattr(crawler, "time", clock)
    return clock


def endless(site: Site, clock: Clock | None = None) -> None:
    """Every page links to three more, and takes a twentieth of a second of the ``clock``."""

    def answer(path: str) -> tuple[int, dict[str, str], bytes]:
        if "." in path:
            return 404, {}, b""
        if clock is not None:
            clock.seconds += 0.05
        return 200, {"Content-Type": "text/html"}, html(*(path + n for n in "abc"), text=path)

    site.otherwise = answer


@pytest.mark.parametrize(
    "plan",
    [
        CrawlPlan(max_pages=10),
        CrawlPlan(max_bytes=600),
        CrawlPlan(max_seconds=0.28),
    ],
)
def test_a_crawl_ends_at_its_limits(site: Site, clock: Clock, plan: CrawlPlan) -> None:
    endless(site, clock)
    ledger = MemoryLedger()
    started = time.monotonic()
    pages = crawl(site, ledger=ledger, plan=plan)
    assert 0 < len(pages) <= 10
    assert time.monotonic() - started < 5
    counts = asyncio.run(ledger.counts())
    assert counts.visited == len(pages)
    assert counts.discovered > counts.visited


def test_depth_is_limited(site: Site) -> None:
    endless(site)
    pages = crawl(site, plan=CrawlPlan(max_depth=2))
    assert len(pages) == 1 + 3 + 9


def test_without_any_depth_only_the_start_page_is_taken(site: Site) -> None:
    site.page("/", "/a")
    site.raw("/sitemap.xml", f"<urlset><url><loc>{site.url('/b')}</loc></url></urlset>".encode())
    assert list(crawl(site, plan=CrawlPlan(max_depth=0))) == ["/"]
    assert "/sitemap.xml" not in site.requests


def test_the_page_limit_counts_what_was_visited_before(site: Site) -> None:
    endless(site)
    ledger = MemoryLedger()
    crawl(site, ledger=ledger, plan=CrawlPlan(max_pages=10))
    crawl(site, ledger=ledger, plan=CrawlPlan(max_pages=10))
    assert asyncio.run(ledger.counts()).visited == 10
    crawl(site, ledger=ledger, plan=CrawlPlan(max_pages=15))
    assert asyncio.run(ledger.counts()).visited == 15


def test_the_frontier_is_bounded(site: Site) -> None:
    site.page("/", *(f"/{n}" for n in range(500)))
    ledger = MemoryLedger()
    crawl(site, ledger=ledger, plan=CrawlPlan(max_pages=2))
    assert asyncio.run(ledger.counts()) == LedgerCounts(discovered=20, visited=2, asked=2)


def test_pages_beyond_the_frontier_leave_the_crawl_incomplete(site: Site) -> None:
    """Even where none of those within it had to be fetched."""
    site.raw("/robots.txt", b"User-agent: *\nDisallow: /p")
    plan = CrawlPlan(max_pages=2)
    site.page("/", *(f"/p{n}" for n in range(19)))
    assert stop_of(site, plan) is None
    site.page("/", *(f"/p{n}" for n in range(20)))
    assert stop_of(site, plan) == "max_pages"


def test_pages_beyond_the_frontier_are_remembered_after_a_kill(site: Site) -> None:
    site.raw("/robots.txt", b"User-agent: *\nDisallow: /p")
    site.page("/", *(f"/p{n}" for n in range(30)))
    ledger = MemoryLedger()
    plan = CrawlPlan(max_pages=2)
    assert stop_of(site, plan, ledger=ledger) == "max_pages"
    assert stop_of(site, plan, ledger=ledger) == "max_pages"


def test_images_do_not_crowd_out_pages(site: Site) -> None:
    site.page("/", *(f"/{n}.png" for n in range(50)), "/a")
    site.page("/a")
    ledger = MemoryLedger()
    assert stop_of(site, CrawlPlan(max_pages=3), ledger=ledger) is None
    pages = {page.url.removeprefix(site.url("")): page.verdict for page in ledger.pages}
    assert pages["/a"] == "ok"
    assert len(pages) == 32


@pytest.mark.parametrize(
    ("status", "headers", "error", "reason"),
    [
        (404, {}, Permanent, "not_found"),
        (403, {}, Permanent, "http_error"),
        (500, {}, Transient, "http_error"),
        (503, {"Retry-After": "300"}, Transient, "http_error"),
        (200, {"Content-Type": "application/pdf"}, Permanent, "unsupported_file_type"),
        (200, {}, Permanent, "unsupported_file_type"),
        (302, {"Location": "http://127.0.0.1:1/"}, UrlNotAllowed, "url_not_allowed"),
        (302, {"Location": "file:///etc/passwd"}, UrlNotAllowed, "url_not_allowed"),
        (302, {"Location": "/"}, Permanent, "http_error"),
    ],
)
def test_a_start_page_that_cannot_be_had_raises(
    site: Site, status: int, headers: dict[str, str], error: type[IngestError], reason: str
) -> None:
    site.raw("/", b"x", status, headers)
    ledger = MemoryLedger()
    with pytest.raises(error) as caught:
        crawl(site, ledger=ledger)
    assert caught.value.reason == reason
    assert ledger.pages == []
    if "Retry-After" in headers:
        assert isinstance(caught.value, Transient)
        assert caught.value.retry_after == 300


def test_a_site_that_cannot_be_reached_raises(site: Site) -> None:
    site.close()
    with pytest.raises(Transient, match="could not be reached"):
        crawl(site)


@pytest.mark.parametrize("start", ["http://127.0.0.1:1/", "ftp://h/", "docs", "http://10.0.0.1/"])
def test_a_start_address_that_is_not_allowed_raises(site: Site, start: str) -> None:
    with pytest.raises(UrlNotAllowed):
        crawl(site, start)


def test_robots_that_forbid_the_start_page_raise(site: Site) -> None:
    site.raw("/robots.txt", b"User-agent: *\nDisallow: /")
    site.page("/")
    with pytest.raises(Permanent, match="forbids") as caught:
        crawl(site)
    assert caught.value.reason == "robots_forbidden"
    assert "/" not in site.requests


def test_robots_hold_where_the_start_page_leads(site: Site, other_site: Site) -> None:
    site.redirect("/", other_site.url("/private/"))
    other_site.raw("/robots.txt", b"User-agent: *\nDisallow: /private")
    other_site.page("/private/")
    with pytest.raises(Permanent, match="forbids") as caught:
        crawl(site, allow=(other_site.host,))
    assert caught.value.reason == "robots_forbidden"


def test_a_start_page_that_leads_to_another_host_moves_the_crawl(
    site: Site, other_site: Site
) -> None:
    site.redirect("/", other_site.url("/docs/"))
    other_site.page("/docs/", "a", site.url("/b"))
    other_site.page("/docs/a")
    pages = crawl(site, allow=(other_site.host,))
    assert list(pages) == [other_site.url("/docs/"), other_site.url("/docs/a")]
    assert site.requests == ["/robots.txt", "/"]


def test_robots_that_fail_stop_the_crawl(site: Site) -> None:
    site.raw("/robots.txt", b"", 500)
    site.page("/")
    with pytest.raises(Transient, match="HTTP 500"):
        crawl(site)
    assert "/" not in site.requests


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_site_that_goes_down_stops_the_crawl(site: Site, status: int) -> None:
    site.page("/", *(f"/{n}" for n in range(30)))
    site.otherwise = lambda path: (status if path.strip("/").isdigit() else 404, {}, b"")
    ledger = MemoryLedger()
    with pytest.raises(Transient, match="stopped answering"):
        crawl(site, ledger=ledger)
    assert len(ledger.pages) < 20


def test_a_site_that_wants_to_be_left_alone_is_left_alone(site: Site) -> None:
    site.page("/", *(f"/{n}" for n in range(30)))
    site.otherwise = lambda path: (
        (429, {"Retry-After": "600"}, b"") if path.strip("/").isdigit() else (404, {}, b"")
    )
    with pytest.raises(Transient, match="come back in 600 s") as caught:
        crawl(site)
    assert caught.value.retry_after == 600
    assert len([path for path in site.requests if path.strip("/").isdigit()]) <= 4


def test_a_page_that_trickles_does_not_outlast_the_time_budget(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    def quick(_: int) -> tuple[int, dict[str, str], bytes]:
        monkeypatch.setattr(crawler, "_GRACE", 0.1)  # for what comes after this page
        return 200, {"Content-Type": "text/html"}, html("/slow", text="quick")

    def slow(_: int) -> tuple[int, dict[str, str], bytes]:
        let_go.wait(20)
        return 200, {"Content-Type": "text/html"}, b"slow"

    site.on("/", quick)
    site.on("/slow", slow)
    started = time.monotonic()
    try:
        pages = crawl(site, plan=CrawlPlan(max_seconds=0.5))
    finally:
        let_go.set()
    assert time.monotonic() - started < 10
    assert list(pages) == ["/"]


def test_many_broken_pages_do_not(site: Site) -> None:
    site.page("/", *(f"/{n}" for n in range(30)))
    site.otherwise = lambda path: (500 if path.strip("/").isdigit() else 404, {}, b"")
    assert len(crawl(site)) == 31


def test_a_killed_crawl_goes_on_from_its_ledger(site: Site) -> None:
    """Only the page that was being fetched is asked for again."""
    names = [f"/{n}" for n in range(40)]
    site.page("/", *names)
    for name in names:
        site.page(name)
    ledger = MemoryLedger()
    enough = asyncio.Event()

    async def take(page: CrawledPage) -> None:
        await ledger.record(page)
        if len(ledger.pages) == 17:
            enough.set()

    async def killed() -> None:
        fetcher = HttpFetcher(AddressRules((site.host,)))
        crawling = asyncio.create_task(Crawler(fetcher, TinyParser()).run(site.url(), ledger, take))
        await enough.wait()
        crawling.cancel()
        await asyncio.gather(crawling, return_exceptions=True)
        await fetcher.close()

    asyncio.run(killed())
    taken_before = len(ledger.pages)
    assert 17 <= taken_before < 30
    pages = crawl(site, ledger=ledger)
    assert len(pages) == 41
    assert all(page.verdict == "ok" for page in pages.values())
    again = [name for name in ["/", *names] if site.requests.count(name) > 1]
    assert len(again) <= 1
    assert max(map(site.requests.count, ["/", *names])) <= 2


def test_no_page_is_asked_for_before_the_last_one_is_kept(site: Site) -> None:
    """However slow the disk is: what was asked for and not kept is fetched again after a kill."""
    kept: list[str] = []
    lost: list[int] = []

    class SlowLedger(MemoryLedger):
        async def keep(self, url: str, response: Fetched) -> None:
            await asyncio.sleep(0.03)
            pages = [path for path in site.requests if path in ["/", *names]]
            lost.append(len(pages) - len(kept))
            kept.append(url)
            await super().keep(url, response)

    names = [f"/{n}" for n in range(12)]
    site.page("/", *names)
    for name in names:
        site.page(name)
    assert len(crawl(site, ledger=SlowLedger())) == len(lost) == 13
    assert set(lost) == {1}


def test_every_page_is_taken_once_and_at_most_four_at_a_time(site: Site) -> None:
    site.page("/", *(f"/{n}" for n in range(30)))
    for n in range(30):
        site.page(f"/{n}", *(f"/{m}" for m in range(30)))
    ledger = MemoryLedger()
    taken: list[str] = []
    inside = most = 0
    two = asyncio.Event()

    async def take(page: CrawledPage) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        if inside == 2:
            two.set()
        if page.url == site.url("/0"):  # until another comes, however long that takes
            await two.wait()
        await asyncio.sleep(0.002)
        taken.append(page.url)
        await ledger.record(page)
        inside -= 1

    async def main() -> None:
        fetcher = HttpFetcher(AddressRules((site.host,)))
        await Crawler(fetcher, TinyParser()).run(site.url(), ledger, take)
        await fetcher.close()

    asyncio.run(main())
    assert len(taken) == len(set(taken)) == 31
    assert 1 < most <= 4


def test_a_resumed_crawl_has_as_many_pages_left_as_it_had(site: Site) -> None:
    images = [f"/{n}.png" for n in range(30)]
    site.page("/", *images, *(f"/p{n}" for n in range(10)))
    for n in range(10):
        site.page(f"/p{n}")
    ledger = MemoryLedger()
    asked = 0

    class Killed(Exception):
        pass

    async def take(page: CrawledPage) -> None:
        nonlocal asked
        await ledger.record(page)
        asked += page.http_status is not None
        if asked == 3:
            raise Killed

    async def main() -> object:
        fetcher = HttpFetcher(AddressRules((site.host,)))
        crawler, plan = Crawler(fetcher, TinyParser()), CrawlPlan(max_pages=20)
        with pytest.raises(Killed):
            await crawler.run(site.url(), ledger, take, plan)
        try:
            return await crawler.run(site.url(), ledger, ledger.record, plan)
        finally:
            await fetcher.close()

    assert asyncio.run(main()) is None
    assert sum(page.verdict == "ok" for page in ledger.pages) == 11


@pytest.mark.parametrize("etag", ['"\xe9"', "x" * 2000])
def test_a_validator_that_cannot_be_sent_back_is_not_kept(site: Site, etag: str) -> None:
    site.page("/", headers={"ETag": etag, "Last-Modified": "Sat, 01 Jan 2026 00:00:00 GMT"})
    page = crawl(site)["/"]
    assert (page.etag, page.last_modified) == (None, "Sat, 01 Jan 2026 00:00:00 GMT")


def test_a_dead_site_is_told_though_other_addresses_lie_between(site: Site) -> None:
    links = [link for n in range(40) for link in (f"/p{n}", f"/i{n}.png")]
    site.page("/", *links)
    site.otherwise = lambda path: (503 if path.startswith("/p") else 404, {}, b"")
    with pytest.raises(Transient, match="stopped answering"):
        crawl(site)


def test_what_take_raises_ends_the_crawl_and_no_link_is_lost(site: Site) -> None:
    site.page("/", "/a", "/b")
    ledger = MemoryLedger()

    async def take(page: CrawledPage) -> None:
        raise RuntimeError("the disk is full")

    async def main() -> None:
        fetcher = HttpFetcher(AddressRules((site.host,)))
        try:
            await Crawler(fetcher, TinyParser()).run(site.url(), ledger, take)
        finally:
            await fetcher.close()

    with pytest.raises(RuntimeError, match="disk is full"):
        asyncio.run(main())
    assert asyncio.run(ledger.counts()) == LedgerCounts(discovered=3, visited=0)
