"""What a crawl would take of a website, and why not the rest, before anything is stored."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cevvo.engine.crawling.crawler import Crawler
from cevvo.engine.crawling.ledger import CrawledPage, MemoryLedger
from cevvo.errors import IngestError, InvalidRequest, Unavailable, UrlNotAllowed
from cevvo.features.sources.plans import CrawlOptionsCheck, plan_of
from cevvo.providers.fetching.addresses import AddressRules

MAX_PAGES = 50
_SECONDS = 20.0
_BYTES = 50_000_000
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Preview:
    """``pages`` in the order of their visits; ``discovered`` counts every address that was found.

    ``complete``: there is nothing else. ``error``: why the site cannot be crawled at all.
    """

    pages: tuple[CrawledPage, ...]
    discovered: int
    complete: bool
    error: IngestError | None = None


class PreviewService:
    """Crawls the first pages of a site and stores nothing."""

    def __init__(self, crawler: Crawler, rules: AddressRules, options: CrawlOptionsCheck) -> None:
        self._crawler = crawler
        self._rules = rules
        self._options = options
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def preview(self, url: str, options: Mapping[str, Any], max_pages: int) -> Preview:
        """Visit up to ``max_pages`` pages, for 20 seconds at most.

        Raises InvalidRequest (URL, options) and Unavailable while others are being made.
        """
        try:
            self._rules.check_url(url)
        except UrlNotAllowed as error:
            raise InvalidRequest(error.message, param="url") from error
        await self._options.check(options)
        if self._free.locked():
            raise Unavailable("Other previews are being made at the moment: try again shortly.")
        async with self._free:
            return await self._crawl(url, options, max_pages)

    async def _crawl(self, url: str, options: Mapping[str, Any], max_pages: int) -> Preview:
        ledger = MemoryLedger()
        plan = replace(
            plan_of(options, max_pages=max_pages), max_seconds=_SECONDS, max_bytes=_BYTES
        )
        failure: IngestError | None = None
        complete = False
        try:
            async with asyncio.timeout(_SECONDS):
                complete = await self._crawler.run(url, ledger, ledger.record, plan) is None
        except TimeoutError:
            pass
        except IngestError as error:
            failure = error
        counts = await ledger.counts()
        return Preview(tuple(ledger.pages), counts.discovered, complete, failure)
