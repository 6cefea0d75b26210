"""Pacing, repetition, and Retry-After."""

import asyncio
import time

import pytest

from cevvo.engine.crawling import politeness
from cevvo.engine.crawling.politeness import Hosts, PoliteFetcher
from cevvo.errors import Transient
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import HttpFetcher
from cevvo.providers.fetching.retry_after import retry_after
from engine.crawling.local_site import Site


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "_BACKOFF", 0.02)


def get(site: Site, *paths: str, delay: float = 0.0) -> list[int]:
    """The statuses of these pages, asked for all at once."""

    async def main() -> list[int]:
        fetcher = HttpFetcher(AddressRules((site.host,)))
        polite = PoliteFetcher(fetcher, delay=delay)
        try:
            answers = await asyncio.gather(*(polite.get(site.url(path)) for path in paths))
            return [answer.status for answer in answers]
        finally:
            await fetcher.close()

    return asyncio.run(main())


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(site: Site, status: int) -> None:
    site.on("/", lambda n: (status if n < 3 else 200, {}, b""))
    assert get(site, "/") == [200]
    assert site.requests == ["/"] * 3


def test_the_third_failure_stands(site: Site) -> None:
    site.raw("/", b"", 503)
    assert get(site, "/") == [503]
    assert site.requests == ["/"] * 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_what_will_not_pass_is_not_tried_again(site: Site, status: int) -> None:
    site.raw("/", b"", status)
    assert get(site, "/") == [status]
    assert site.requests == ["/"]


def test_no_connection_is_tried_again_and_then_raised(site: Site) -> None:
    site.close()
    started = time.monotonic()
    with pytest.raises(Transient, match="could not be reached"):
        get(site, "/")
    assert time.monotonic() - started > 0.05


def test_a_delay_holds_between_any_two_requests(site: Site) -> None:
    for path in ("/a", "/b", "/c"):
        site.raw(path)
    get(site, "/a", "/b", "/c", delay=0.1)
    times = sorted(t for times in site.times.values() for t in times)
    assert times[-1] - times[0] > 0.15


def test_a_host_is_asked_one_thing_at_a_time_by_all_crawls_together(site: Site) -> None:
    inside = most = 0

    def answer(_: int) -> tuple[int, dict[str, str], bytes]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.02)
        inside -= 1
        return 200, {}, b""

    for n in range(6):
        site.on(f"/{n}", answer)

    async def main() -> None:
        fetcher, hosts = HttpFetcher(AddressRules((site.host,))), Hosts()
        crawls = [PoliteFetcher(fetcher, hosts) for _ in range(3)]
        await asyncio.gather(*(crawls[n % 3].get(site.url(f"/{n}")) for n in range(6)))
        await fetcher.close()

    asyncio.run(main())
    assert (most, len(site.requests)) == (1, 6)


def test_retry_after_holds_up_the_whole_site(site: Site) -> None:
    site.on("/busy", lambda n: (503, {"Retry-After": "1"}, b"") if n == 1 else (200, {}, b""))
    site.raw("/other")

    async def main() -> None:
        fetcher = HttpFetcher(AddressRules((site.host,)))
        polite = PoliteFetcher(fetcher)
        busy = asyncio.create_task(polite.get(site.url("/busy")))
        await asyncio.sleep(0.5)
        await polite.get(site.url("/other"))
        assert (await busy).status == 200
        await fetcher.close()

    asyncio.run(main())
    first, second = site.times["/busy"]
    assert second - first > 0.95
    assert site.times["/other"][0] - first > 0.95


def test_a_retry_after_beyond_reason_gives_the_page_up(site: Site) -> None:
    site.raw("/", b"", 429, {"Retry-After": "3600"})
    assert get(site, "/") == [429]
    assert site.requests == ["/"]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"}, None),
        ({"retry-after": "Fri, 06 Nov 2026 10:00:30 GMT",
          "date": "Fri, 06 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Fri, 06 Nov 2026 10:00:00 GMT",
          "date": "Fri, 06 Nov 2026 10:00:30 GMT"}, 0.0),
        ({"retry-after": "Fri, 06 Nov 2026 10:00:30 GMT"}, None),
        ({"retry-after": "Fri, 06 Nov 2026 10:00:30", "date": "Fri, 06 Nov 2026 10:00:00 GMT"},
         None),
    ],
)  # fmt: skip
def test_what_retry_after_says(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
