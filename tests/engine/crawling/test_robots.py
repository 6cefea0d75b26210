"""robots.txt: what is allowed, how fast, and what its absence means."""

import asyncio
import time

import pytest

from cevvo.engine.crawling import politeness
from cevvo.engine.crawling.politeness import PoliteFetcher
from cevvo.engine.crawling.robots import MAX_BYTES, Robots, load_robots, parse_robots, robots_header
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


def test_of_rules_without_end_the_first_500_kib_are_read(site: Site) -> None:
    """Up to the last whole line: half of one could forbid everything."""
    rules = b"User-agent: *\nDisallow: /private\n#".ljust(MAX_BYTES - 12, b"#")
    site.raw("/robots.txt", rules + b"\nDisallow: /open\nDisallow: /\n" + b"#" * 50_000_000)
    robots = load(site)
    assert not robots.allows("https://h/private")
    assert robots.allows("https://h/open")


def test_a_redirect_is_followed_five_times(site: Site) -> None:
    site.redirect("/robots.txt", "/1")
    for n in range(1, 5):
        site.redirect(f"/{n}", f"/{n + 1}")
    site.raw("/5", b"User-agent: *\nDisallow: /no")
    assert not load(site).allows("https://h/no")
    site.redirect("/5", "/6")
    assert load(site).allows("https://h/no")  # RFC 9309, 2.3.1.2: as if there were none


@pytest.mark.parametrize(
    ("text", "url", "allowed"),
    [
        # RFC 9309, 5.2: the longest match wins, whatever the order.
        ("Allow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/", True),
        ("Allow: /example/page/\nDisallow: /example/page/disallowed.gif",
         "/example/page/disallowed.gif", False),
        ("Disallow: /\nAllow: /docs", "/docs/a", True),
        ("Disallow: /\nAllow: /docs", "/doc", False),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow:", "/a", True),
        ("Disallow: /", "/robots.txt", True),
        # RFC 9309, 2.2.2 and 2.2.3: escapes and wildcards.
        ("Disallow: /foo/bar/\u30c4", "/foo/bar/%E3%83%84", False),
        ("Disallow: /foo/bar/%e3%83%84", "/foo/bar/\u30c4", False),
        ("Disallow: /foo/bar/%62%61%7A", "/foo/bar/baz", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /file-with-a-%2A.html", "/file-with-a-*.html", False),
        ("Disallow: /file-with-a-%2A.html", "/file-with-a-x.html", True),
        ("Disallow: /foo-%24", "/foo-$", False),
        ("Disallow: /*.php$", "/a/b.php", False),
        ("Disallow: /*.php$", "/a/b.php?x=1", True),
        ("Disallow: /*.php$", "/a.php/b.php", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /*?", "/a", True),
        ("Disallow: /*?", "/a?b=1", False),
        ("Disallow: /a*b*c", "/a-c-b", True),
        ("Disallow: /a*b*c", "/a-b-c-d", False),
        ("Disallow: /ab*ba$", "/aba", True),
        ("Disallow: *", "/a", False),
        ("Disallow: private", "/private", False),
        # What webmasters write.
        ("DISALLOW : /a # all of it", "/a", False),
        ("Dissallow: /a", "/a", False),
        ("Disallow /a", "/a", False),
        ("Noindex: /a\nX: y", "/a", True),
    ],
)  # fmt: skip
def test_what_a_rule_covers(text: str, url: str, allowed: bool) -> None:
    assert parse_robots(f"User-agent: *\n{text}").allows(f"https://h{url}") is allowed


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisallow: /b\nUser-agent: Cevvo/1.0\nDisallow: /a",
        "User-agent: cevvo\nUser-agent: other\n\nDisallow: /a",
        "User-agent: other\nUser-agent: CEVVO\nDisallow: /a\n\nUser-agent: other\nDisallow: /b",
        "User-agent: cevvo\nAllow: /x\nUser-agent: *\nDisallow: /b\n"
        "User-agent: cevvo\nDisallow: /a",
        "user agent cevvo\rdisallow /a\rUser-agent: *\rDisallow: /b",
        "User-agent: *\nUser-agent: cevvo\nSitemap: /s\nDisallow: /a",
        "User-agent: cevvobot\nDisallow: /b\nUser-agent: cevvo\nDisallow: /a",
        "Disallow: /b\nUser-agent: *\nDisallow: /a\nUser-agent: the-cevvo\nDisallow: /b",
    ],
)
def test_the_group_that_holds_for_us(text: str) -> None:
    robots = parse_robots(text)
    assert not robots.allows("https://h/a")
    assert robots.allows("https://h/b")


def test_a_group_of_our_own_without_rules_allows_everything() -> None:
    assert parse_robots("User-agent: *\nDisallow: /\nUser-agent: cevvo\nDisallow:").allows(
        "https://h/a"
    )


@pytest.mark.parametrize(
    ("line", "delay"),
    [
        ("Crawl-delay: 0.5", 0.5),
        ("Crawl-delay: -1", 0.0),
        ("Crawl-delay: nan", 0.0),
        ("Crawl-delay: inf", 0.0),
        ("Request-rate: 1/5", 5.0),
        ("Request-rate: 2/5s", 2.5),
        ("Request-rate: 30/1m", 2.0),
        ("Request-rate: 1/1h", 10.0),
        ("Request-rate: 1/4 1300-1659", 4.0),
        ("Request-rate: 0/5", 0.0),
        ("Request-rate: fast", 0.0),
        ("Request-rate: 1/5\nCrawl-delay: 2", 5.0),
    ],
)
def test_how_fast(line: str, delay: float) -> None:
    assert parse_robots(f"User-agent: *\n{line}").delay == delay


N = MAX_BYTES


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"User-agent: {n}\n" for n in range(N // 40))
        + "".join(f"Disallow: /{n}\n" for n in range(N // 40)),
        "User-agent: *\n" + "Disallow: /*a*a*a*a*b\n" * (N // 22),
        "User-agent: *\nDisallow: /" + "*a" * (N // 2) + "b",
        "User-agent: *\nDisallow: /" + "$" * N,
        "User-agent:" + " " * N + "x",
        "a " * (N // 2),
        "\r" * N,
    ],
    ids=["agents", "wildcards", "one pattern", "dollars", "spaces", "words", "empty"],
)
def test_r30_no_file_takes_long_to_read_or_to_ask(text: str) -> None:
    """Some of these took minutes, or all memory, when groups multiplied their rules."""
    started = time.process_time()
    robots = parse_robots(text)
    robots.allows("https://h/" + "a" * 1900)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("value", "ours"),
    [
        ("", set()),
        ("noindex", {"noindex"}),
        ("NoIndex, NOFOLLOW", {"noindex", "nofollow"}),
        ("none", {"noindex", "nofollow"}),
        ("cevvo: noindex", {"noindex"}),
        ("otherbot: noindex", set()),
        ("otherbot: noindex, nofollow", set()),
        ("otherbot: noindex, cevvo: nofollow", {"nofollow"}),
        ("otherbot: none\nnoindex", {"noindex"}),
        ("Cevvo/1.0: none, noarchive", {"noindex", "nofollow", "noarchive"}),
        ("cevvobot: none", set()),
        ("*: noindex", {"noindex"}),
        ("max-snippet: 20, noindex", {"noindex"}),
        ("unavailable_after: Wed, 25 Jun 2031 15:00:00 GMT, noindex", {"noindex"}),
        (",,:,a:b:c", set()),
    ],
)
def test_the_header_for_us(value: str, ours: set[str]) -> None:
    assert robots_header(value) == ours


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_says_when_to_come_back(site: Site, status: int) -> None:
    site.raw("/robots.txt", b"", status, {"Retry-After": "120"})
    with pytest.raises(Transient) as caught:
        load(site)
    assert caught.value.retry_after == 120


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failing_server_leaves_it_open(
    site: Site, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(politeness, "_BACKOFF", 0.01)
    site.raw("/robots.txt", b"", status)
    with pytest.raises(Transient, match=f"HTTP {status}"):
        load(site)
    assert site.requests == ["/robots.txt"] * 3


def test_how_long_a_failing_server_asks_to_wait_is_passed_on(site: Site) -> None:
    site.raw("/robots.txt", b"", 429, {"Retry-After": "3000"})
    with pytest.raises(Transient) as raised:
        load(site)
    assert raised.value.retry_after == 3000


def test_an_unreachable_server_leaves_it_open(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "_BACKOFF", 0.01)
    site.close()
    with pytest.raises(Transient, match="could not be reached"):
        load(site)


def test_s11_a_redirect_to_inside_is_not_followed(site: Site) -> None:
    site.redirect("/robots.txt", "http://127.0.0.1:1/robots.txt")
    with pytest.raises(UrlNotAllowed):
        load(site)
