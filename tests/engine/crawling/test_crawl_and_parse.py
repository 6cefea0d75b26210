"""A crawl with the real parser, in its own process."""

import asyncio

import pytest

from cevvo.engine.crawling.crawler import CrawledPage, Crawler
from cevvo.engine.crawling.ledger import MemoryLedger
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import HttpFetcher
from cevvo.providers.parsing.sandbox import SandboxedParser
from engine.crawling.local_site import Site

START = b"""<!doctype html><html lang="en"><head><title>Manual</title></head><body>
<nav><a href="/install">Install</a> <a href="/old">Old</a></nav>
<main><h1>Manual</h1><p>Read <a href="guide.md#top">the guide</a>, the
<a href="/cyrillic">Russian page</a>, the <a href="/list">list</a> and
<a href="https://elsewhere.example/">others</a>.</p></main></body></html>"""


def page(title: str, text: str, head: str = "") -> bytes:
    return (
        f"<html><head><title>{title}</title>{head}</head>"
        f"<body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
    ).encode()


@pytest.fixture
def manual(site: Site) -> Site:
    html = {"Content-Type": "text/html"}
    site.raw("/", START, headers=html)
    site.raw("/install", page("Install", "Run the installer."), headers=html)
    old = page("Install", "Old.", '<link rel="canonical" href="/install">')
    site.raw("/old", old, headers=html)
    site.raw("/guide.md", b"# Guide\n\nFirst steps.", headers={"Content-Type": "text/plain"})
    russian = "<html><body><main><p>Установите программу.</p></main></body></html>"
    site.raw(
        "/cyrillic",
        russian.encode("koi8-r"),
        headers={"Content-Type": "text/html; charset=koi8-r"},
    )
    hidden = page("List", "<a href='/deep'>x</a>", '<meta name="robots" content="noindex">')
    site.raw("/list", hidden, headers=html)
    site.raw("/deep", page("Deep", "Down here."), headers=html)
    return site


def test_a_small_site(manual: Site) -> None:
    ledger = MemoryLedger()

    async def main() -> None:
        fetcher = HttpFetcher(AddressRules((manual.host,)))
        parser = SandboxedParser()
        try:
            await Crawler(fetcher, parser).run(manual.url(), ledger, ledger.record)
        finally:
            await fetcher.close()
            await parser.close()

    asyncio.run(main())
    pages = {p.url.removeprefix(f"http://{manual.host}"): p for p in ledger.pages}
    assert {path: p.reason for path, p in pages.items() if p.verdict != "ok"} == {
        "/old": f"canonical: {manual.url('/install')}",
        "/list": "noindex",
    }
    assert {path for path, p in pages.items() if p.verdict == "ok"} == {
        *("/", "/install", "/guide.md", "/cyrillic", "/deep"),
    }
    assert text(pages["/guide.md"]) == ["# Guide", "First steps."]
    assert "Установите программу." in text(pages["/cyrillic"])
    assert pages["/"].parsed is not None
    assert pages["/"].parsed.title == "Manual"


def text(page: CrawledPage) -> list[str]:
    assert page.parsed is not None
    return [block.text for block in page.parsed.blocks]
