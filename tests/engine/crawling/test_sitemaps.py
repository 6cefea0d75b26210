"""Sitemaps: every form there is, and every way to abuse them."""

import asyncio
import gzip
import socket
import threading
import time
from asyncio import to_thread
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from cevvo.engine.crawling import sitemaps
from cevvo.engine.crawling.politeness import PoliteFetcher
from cevvo.engine.crawling.sitemaps import (
    MAX_FILES,
    Sitemap,
    SitemapUrls,
    read_sitemap,
    sitemap_urls,
)
from cevvo.engine.crawling.urls import Scope
from cevvo.providers.fetching import resolver
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import HttpFetcher
from engine.crawling.local_site import Answer, Site

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*urls: str) -> bytes:
    items = "".join(f"<url><loc>{u}</loc><lastmod>2026-01-01</lastmod></url>" for u in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NS}>{items}</urlset>'.encode()


def index(*urls: str) -> bytes:
    items = "".join(f"<sitemap><loc>{u}</loc></sitemap>" for u in urls)
    return f"<sitemapindex {NS}>{items}</sitemapindex>".encode()


def load(site: Site, *starts: str, limit: int = 1000, allow: str | None = None) -> list[str]:
    return read(site, *starts, limit=limit, allow=allow).urls


def read(
    site: Site,
    *starts: str,
    limit: int = 1000,
    allow: str | None = None,
    guessed: bool = False,
) -> SitemapUrls:
    async def main() -> SitemapUrls:
        fetcher = HttpFetcher(AddressRules((allow or site.host,)))
        try:
            urls = [s if "://" in s else site.url(s) for s in starts]
            scope = Scope.around(site.url("/docs/"))
            return await sitemap_urls(PoliteFetcher(fetcher), urls, scope, limit, guessed=guessed)
        finally:
            await fetcher.close()

    found = asyncio.run(main())
    urls = [url.removeprefix(f"http://{site.host}") for url in found.urls]
    return SitemapUrls(urls, found.complete)


@pytest.mark.parametrize(
    ("content", "pages", "further"),
    [
        (urlset("https://h/a", " https://h/b?x=1&amp;y=2\n"),
         ["https://h/a", "https://h/b?x=1&y=2"], []),
        (index("https://h/1.xml"), [], ["https://h/1.xml"]),
        (gzip.compress(urlset("https://h/a"), mtime=0), ["https://h/a"], []),
        (b"\xef\xbb\xbfhttps://h/a\r\nhttps://h/b\n\n", ["https://h/a", "https://h/b"], []),
        (b"<urlset><url><loc><![CDATA[https://h/a]]></loc></url></urlset>", ["https://h/a"], []),
        (b'<s:urlset xmlns:s="x"><s:url><s:loc>https://h/a</s:loc></s:url></s:urlset>',
         ["https://h/a"], []),
        (b"<urlset><url><loc>https://h/a</loc><image:image><image:loc>https://h/i</image:loc>"
         b"</image:image></url></urlset>", ["https://h/a"], []),
        (b"<urlset><loc>https://h/a</loc><url><x><loc>https://h/b</loc></x></url></urlset>",
         [], []),
        (urlset("https://h/" + "a" * 5000, ""), [], []),
    ],
)  # fmt: skip
def test_forms(content: bytes, pages: list[str], further: list[str]) -> None:
    assert read_sitemap(content) == Sitemap(pages, further)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>Not found",
        b"<urlset><url><loc>https://h/a</loc></url>",
        b"\x1f\x8bnot gzip",
        b"<!DOCTYPE urlset><urlset/>",
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        b"<urlset><url><loc>&a;</loc></url></urlset>",
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><urlset/>',
        b"<urlset><url><loc>&undefined;</loc></url></urlset>",
        b'<?xml version="1.0" encoding="no-such"?><urlset/>',
        b"<a>" * 100_000,
        gzip.compress(b"<urlset>" + b" " * 11_000_000, mtime=0),
    ],
)
def test_s37_what_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"XML|document type|nested|gzip|unpacked"):
        read_sitemap(content)


def test_entities_cannot_multiply() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "lol">{levels}]><urlset><url><loc>&e11;</loc></url></urlset>'
    started = time.process_time()
    with pytest.raises(ValueError, match="document type"):
        read_sitemap(bomb.encode())
    assert time.process_time() - started < 0.1


def test_an_index_is_followed_and_only_the_scope_is_taken(site: Site) -> None:
    site.raw(
        "/sitemap.xml", index(site.url("/a.xml.gz"), site.url("/b.txt"), site.url("/gone.xml"))
    )
    site.raw("/a.xml.gz", gzip.compress(urlset(
        site.url("/docs/1"), site.url("/blog/2"), "https://elsewhere.example/docs/3",
        site.url("/docs/1#again"), "mailto:a@b",
    )))  # fmt: skip
    site.raw("/b.txt", site.url("/docs/4").encode())
    assert load(site, "/sitemap.xml") == ["/docs/1", "/docs/4"]


def test_a_broken_sitemap_is_passed_over(site: Site) -> None:
    site.raw("/broken.xml", b"<urlset>")
    site.raw("/good.xml", urlset(site.url("/docs/1")))
    assert load(site, "/broken.xml", "/missing.xml", "/good.xml") == ["/docs/1"]


def test_s11_a_sitemap_inside_is_not_fetched(site: Site) -> None:
    site.raw("/sitemap.xml", index("http://127.0.0.1:1/a.xml", "file:///etc/passwd"))
    assert load(site, "/sitemap.xml", "http://169.254.169.254/sitemap.xml") == []
    assert site.requests == ["/sitemap.xml"]


def test_an_index_leads_to_no_other_host(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that robots.txt names may lie elsewhere, and lead on to where it lies and to the site."""
    loopback = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]
    monkeypatch.setattr(resolver, "getaddrinfo", lambda *_, **__: loopback)
    elsewhere = f"http://maps.example:{site.port}"
    third = f"http://victim.example:{site.port}"
    site.raw("/index.xml", index(
        f"{elsewhere}/a.xml", site.url("/b.xml"), f"{third}/c.xml", "file:///d.xml"
    ))  # fmt: skip
    site.raw("/a.xml", urlset(site.url("/docs/a"), f"{elsewhere}/docs/x"))
    site.raw("/b.xml", urlset(site.url("/docs/b")))
    assert load(site, f"{elsewhere}/index.xml", allow="127.0.0.0/8") == ["/docs/a", "/docs/b"]
    assert site.requests == ["/index.xml", "/a.xml", "/b.xml"]


def test_r30_sitemaps_that_trickle_are_left_off(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    over: list[Callable[[], object]] = []

    def timeout(seconds: float) -> asyncio.Timeout:
        assert seconds == sitemaps._MAX_SECONDS
        loop, bound = asyncio.get_running_loop(), asyncio.timeout(seconds)
        over.append(lambda: loop.call_soon_threadsafe(bound.reschedule, loop.time()))
        return bound

    monkeypatch.setattr(sitemaps, "asyncio", SimpleNamespace(timeout=timeout, to_thread=to_thread))

    def slow(_: int) -> Answer:
        for end in over:  # as if all the time were over
            end()
        released.wait(20)
        return 404, {}, b""

    site.raw("/1.xml", urlset(site.url("/docs/1")))
    site.on("/2.xml", slow)
    started = time.monotonic()
    try:
        assert read(site, "/1.xml", "/2.xml") == SitemapUrls(["/docs/1"], complete=False)
    finally:
        released.set()
    assert time.monotonic() - started < 15


def test_a_sitemap_that_names_itself_is_read_once(site: Site) -> None:
    site.raw("/sitemap.xml", index(site.url("/sitemap.xml")))
    assert load(site, "/sitemap.xml") == []
    assert site.requests == ["/sitemap.xml"]


def test_indexes_without_end_are_bounded(site: Site) -> None:
    site.otherwise = lambda path: (
        200, {}, index(site.url(f"{path}1"), site.url(f"{path}2"), site.url(f"{path}3"))
    )  # fmt: skip
    assert load(site, "/s") == []
    assert len(site.requests) == 1 + 3 + 9 + 27
    site.requests.clear()
    assert load(site, "/t", "/u", "/v") == []
    assert len(site.requests) == MAX_FILES


def test_no_more_addresses_than_asked_for(site: Site) -> None:
    site.raw("/sitemap.xml", urlset(*(site.url(f"/docs/{n}") for n in range(100))))
    assert len(load(site, "/sitemap.xml", limit=10)) == 10


def test_the_largest_sitemap_is_read_in_good_time() -> None:
    content = urlset(*(f"https://h/docs/{n:0100}" for n in range(50_000)))
    started = time.process_time()
    assert len(read_sitemap(content).pages) == 50_000
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("status", "body", "complete"),
    [
        (200, b"<urlset/>", True),
        (404, b"", True),
        (410, b"", True),
        (403, b"", False),
        (503, b"", False),
        (200, b"<urlset>", False),
        (200, b"<html><body>Our site is being repaired.</body></html>x", False),
        (200, b'<?xml version="1.0" encoding="no-such"?><urlset/>', False),
        (200, b'<?xml version="1.0" encoding="shift_jis"?><urlset/>', False),
        (200, b" " * 10_000_001, False),
    ],
)
def test_a_sitemap_that_fails_is_told_from_one_that_lists_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, complete: bool
) -> None:
    monkeypatch.setattr("cevvo.engine.crawling.politeness._BACKOFF", 0.01)
    site.raw("/sitemap.xml", body, status)
    site.raw("/good.xml", urlset(site.url("/docs/1")))
    expected = SitemapUrls(["/docs/1"], complete)
    assert read(site, "/sitemap.xml", "/good.xml") == expected
    site.raw("/index.xml", index(site.url("/sitemap.xml"), site.url("/good.xml")))
    assert read(site, "/index.xml", guessed=True) == expected


def test_where_no_sitemap_was_named_a_page_or_a_refusal_means_that_there_is_none(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cevvo.engine.crawling.politeness._BACKOFF", 0.01)
    page = {"Content-Type": "text/html; charset=utf-8"}
    site.raw("/sitemap.xml", b"<html><p>No such page", headers=page)
    site.raw("/docs/sitemap.xml", b"", 403)
    starts = "/sitemap.xml", "/docs/sitemap.xml"
    assert read(site, *starts, guessed=True) == SitemapUrls([], complete=True)
    assert read(site, "/sitemap.xml") == SitemapUrls([], complete=False)
    assert read(site, "/docs/sitemap.xml") == SitemapUrls([], complete=False)
    for status in (429, 500):
        site.raw("/sitemap.xml", b"", status)
        assert read(site, *starts, guessed=True) == SitemapUrls([], complete=False)


def test_what_is_beyond_a_limit_is_not_taken_for_missing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.raw("/sitemap.xml", urlset(*(site.url(f"/docs/{n}") for n in range(10))))
    assert read(site, "/sitemap.xml", limit=10).complete
    assert not read(site, "/sitemap.xml", limit=9).complete
    assert not read(site, *(f"/{n}.xml" for n in range(MAX_FILES + 1))).complete
    assert read(site, *(f"/{n}.xml" for n in range(MAX_FILES))).complete
    monkeypatch.setattr(sitemaps, "MAX_URLS", 9)
    assert not read(site, "/sitemap.xml").complete
    site.raw("/sitemap.txt", "\n".join(site.url(f"/docs/{n}") for n in range(10)).encode())
    assert not read(site, "/sitemap.txt").complete


def test_sitemaps_nested_too_deeply_leave_something_out(site: Site) -> None:
    for n in range(5):
        site.raw(f"/{n}.xml", index(site.url(f"/{n + 1}.xml")))
    site.raw("/5.xml", urlset(site.url("/docs/1")))
    assert read(site, "/2.xml") == SitemapUrls(["/docs/1"], complete=True)
    assert read(site, "/1.xml") == SitemapUrls([], complete=False)
