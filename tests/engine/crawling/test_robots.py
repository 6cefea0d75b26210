"""robots.txt: what is allowed, how fast, and what its absence means."""

import asyncio

import pytest

from cevvo.engine.crawling import politeness
from cevvo.engine.crawling.politeness import PoliteFetcher
from cevvo.engine.crawling.robots import Robots, load_robots, parse_robots
from cevvo.errors import Transient, UrlNotAllowed
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import HttpFetcher
from engine.crawling.local_site import Site


def load(site: Site, origin: str | None = None) -> Robots:
    async def main() -> Robots:
        fetcher = HttpFetcher(AddressRules((site.host,)))
        try:
            return await load_robots(PoliteFetcher(fetcher), origin or f"http://{site.host}")
        finally:
            await fetcher.close()

    return asyncio.run(main())


def test_rules_for_everyone_and_for_us() -> None:
    robots = parse_robots(
        "User-agent: *\nDisallow: /\n\n"
        "User-agent: cevvo\nDisallow: /private\nAllow: /private/open$\nCrawl-delay: 2\n"
    )
    assert robots.allows("https://h/a")
    assert not robots.allows("https://h/private/a")
    assert robots.allows("https://h/private/open")
    assert robots.delay == 2.0


def test_a_delay_is_honoured_up_to_ten_seconds() -> None:
    assert parse_robots("User-agent: *\nCrawl-delay: 600").delay == 10.0
    assert parse_robots("User-agent: *\nCrawl-delay: soon").delay == 0.0


def test_sitemap_lines() -> None:
    robots = parse_robots("Sitemap: https://h/a.xml\nUser-agent: *\nSitemap: /b.xml")
    assert robots.sitemaps == ("https://h/a.xml", "/b.xml")


def test_a_page_instead_of_rules_has_no_effect() -> None:
    assert parse_robots("<html><body>Not found</body></html>").allows("https://h/a")


def test_it_is_read_from_the_origin(site: Site) -> None:
    site.raw("/robots.txt", b"\xef\xbb\xbfUser-agent: *\nDisallow: /no\xff")
    robots = load(site)
    assert robots.allows("https://h/yes")
    assert site.requests == ["/robots.txt"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_no_rules_allow_everything(site: Site, status: int) -> None:
    site.raw("/robots.txt", b"User-agent: *\nDisallow: /", status)
    assert load(site).allows("https://h/a")


def test_rules_too_large_to_be_any_allow_everything(site: Site) -> None:
    site.raw("/robots.txt", b"User-agent: *\nDisallow: /\n" * 100_000)
    assert load(site).allows("https://h/a")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failing_server_leaves_it_open(
    site: Site, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(politeness, "_BACKOFF", 0.01)
    site.raw("/robots.txt", b"", status)
    with pytest.raises(Transient, match=f"HTTP {status}"):
        load(site)
    assert site.requests == ["/robots.txt"] * 3


def test_an_unreachable_server_leaves_it_open(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "_BACKOFF", 0.01)
    site.close()
    with pytest.raises(Transient, match="could not be reached"):
        load(site)


def test_s11_a_redirect_to_inside_is_not_followed(site: Site) -> None:
    site.redirect("/robots.txt", "http://127.0.0.1:1/robots.txt")
    with pytest.raises(UrlNotAllowed):
        load(site)
