"""A source's crawl options: whether they can be followed, and what they mean to the crawler."""

from collections.abc import Callable, Mapping
from typing import Any

from cevvo.engine.crawling.crawler import CrawlPlan
from cevvo.engine.crawling.selection import Selection
from cevvo.errors import InvalidRequest, Permanent
from cevvo.providers.parsing.base import Parser

Missing = Callable[[], str | None]
"""What is missing to render pages, and how to get it; None when nothing is."""


class CrawlOptionsCheck:
    """Refuses options that no crawl could follow, before anything is stored."""

    def __init__(self, parser: Parser, rendering: Missing) -> None:
        self._parser = parser
        self._rendering = rendering

    async def check(self, options: Mapping[str, Any]) -> None:
        """Raises InvalidRequest that names the option and what it takes."""
        Selection.checked(options.get("include") or (), options.get("exclude") or ())
        if options.get("css_selector"):
            await self._check_selector(options["css_selector"])
        if options.get("render_js"):
            missing = self._rendering()
            if missing is not None:
                raise InvalidRequest(missing, param="crawl.render_js")

    async def _check_selector(self, selector: str) -> None:
        """A selector is read where documents are: in the parser's own process."""
        try:
            await self._parser.parse(b"<p>x</p>", "text/html", name="selector", selector=selector)
        except Permanent as error:
            if error.reason == "invalid_selector":
                raise InvalidRequest(error.message, param="crawl.css_selector") from error


def plan_of(options: Mapping[str, Any], *, max_pages: int) -> CrawlPlan:
    """What a source's crawl options ask for, within the server's limit of pages."""
    default = CrawlPlan()
    include, exclude = options.get("include") or (), options.get("exclude") or ()
    return CrawlPlan(
        max_pages=min(options.get("max_pages") or max_pages, max_pages),
        max_depth=options.get("max_depth", default.max_depth),
        selection=Selection.checked(include, exclude),
        selector=options.get("css_selector") or None,
        render=bool(options.get("render_js")),
    )
