"""A hostile site that points inside by every means there is, crawled with the real parser."""

import asyncio
from collections.abc import Iterator
from contextlib import closing

import httpcore2
import pytest

from cevvo.engine.crawling.crawler import Crawler
from cevvo.engine.crawling.ledger import MemoryLedger
from cevvo.errors import IngestError
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import HttpFetcher
from cevvo.providers.parsing.sandbox import SandboxedParser
from engine.crawling.local_site import Site, TinyParser

INSIDE = "http://inside.test"
"""A name that resolves to 10.0.0.5. The literals are addresses of the machine and of a cloud."""
TARGETS = (
    *(f"{INSIDE}/secret", "http://127.0.0.1:1/secret", "http://169.254.169.254/latest/meta-data/"),
    *("http://[::1]:1/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO"),
    *("data:text/html,<p>secret", "ftp://127.0.0.1/", "//127.0.0.1:1/secret"),
)


@pytest.fixture
def site() -> Iterator[Site]:
    with closing(Site()) as running:
        yield running


async def crawl(site: Site, parser: SandboxedParser | TinyParser) -> MemoryLedger:
    """Crawl; asserts that nothing but the site's own port was asked for."""
    opened: list[tuple[str, int]] = []

    async def resolve(host: str, port: int) -> list[str]:
        return ["10.0.0.5"]

    async def connect(
        address: str, port: int, seconds: float | None
    ) -> httpcore2.AsyncNetworkStream:
        opened.append((address, port))
        assert (address, port) == ("127.0.0.1", site.port)
        return await httpcore2.AnyIOBackend().connect_tcp(address, port, timeout=seconds)

    ledger = MemoryLedger()
    fetcher = HttpFetcher(AddressRules((site.host,)), resolve=resolve, connect=connect)
    try:
        await Crawler(fetcher, parser).run(site.url(), ledger, ledger.record)
    finally:
        await fetcher.close()
        await parser.close()
        assert set(opened) == {("127.0.0.1", site.port)}
    return ledger


def test_s11_nothing_that_a_site_says_leads_inside(site: Site) -> None:
    redirects = [f"/redirect/{n}" for n in range(len(TARGETS))]
    pages = [f"/page/{n}" for n in range(len(TARGETS))]
    for target, redirect, page in zip(TARGETS, redirects, pages, strict=True):
        site.redirect(redirect, target)
        site.raw(
            page,
            f'<html><head><base href="{target}"><link rel="canonical" href="{target}">'
            f'<link rel="next" href="{target}">'
            f'<meta http-equiv="refresh" content="0; url={target}">'
            f"</head><body><main><h1>{page}</h1><p>The text of the page at {page}.</p>"
            f'<a href="{target}">x</a><iframe src="{target}"></iframe><img src="{target}"></main>'
            f"</body></html>".encode(),
            headers={"Content-Type": "text/html", "Refresh": f"0; url={target}"},
        )
    # A chain that turns inside at its last hop, and one that is a hop too long.
    for n in range(4):
        site.redirect(f"/chain/{n}", f"/chain/{n + 1}")
    site.redirect("/chain/4", f"{INSIDE}/secret")
    for n in range(10):
        site.redirect(f"/hop/{n}", f"/hop/{n + 1}")
    links = [*redirects, *pages, "/chain/0", "/hop/0", *TARGETS]
    anchors = "".join(f'<a href="{link}">x</a>' for link in links)
    start = f"<html><body><main><h1>Start</h1><p>Start here.</p>{anchors}</main></body></html>"
    site.raw("/", start.encode(), headers={"Content-Type": "text/html"})
    maps = "".join(f"Sitemap: {target}\n" for target in TARGETS)
    site.raw("/robots.txt", f"{maps}Sitemap: {site.url('/map.xml')}\n".encode())
    entries = "".join(
        f"<sitemap><loc>{target.replace('<', '&lt;')}</loc></sitemap>"
        f"<url><loc>{target.replace('<', '&lt;')}</loc></url>"
        for target in TARGETS
    )
    site.raw("/map.xml", f"<sitemapindex>{entries}</sitemapindex>".encode())

    ledger = asyncio.run(crawl(site, SandboxedParser()))
    verdicts = {page.url.removeprefix(site.url("")): page.verdict for page in ledger.pages}
    refused = {*redirects, "/chain/0", "/hop/0"}
    assert set(verdicts) == {"/", *pages, *refused}
    assert {verdicts[path] for path in refused} == {"refused"}
    assert verdicts["/"] == "ok"
    assert [path for path in site.requests if path.startswith("/hop")] == [
        f"/hop/{n}" for n in range(6)
    ]
    assert [path for path in site.requests if path.startswith("/chain")] == [
        f"/chain/{n}" for n in range(5)
    ]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("path", ["/robots.txt", "/"])
def test_s11_a_start_that_leads_inside_ends_the_crawl(site: Site, path: str, target: str) -> None:
    site.page("/")
    site.redirect(path, target)
    with pytest.raises(IngestError) as caught:
        asyncio.run(crawl(site, TinyParser()))
    assert caught.value.reason == "url_not_allowed"
