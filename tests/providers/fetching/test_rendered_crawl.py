"""A crawl of a site that builds its pages in the browser."""

from typing import Any

import pytest

from cevvo.engine.crawling.crawler import CrawledPage, Crawler, CrawlPlan
from cevvo.engine.crawling.ledger import MemoryLedger
from cevvo.providers.parsing.sandbox import SandboxedParser
from providers.fetching.conftest import Room

pytestmark = pytest.mark.xdist_group("chromium")

SHELL = '<html><head><title>{0}</title></head><body><div id="root"></div>{1}</body></html>'
BUILD = """<script>
const links = {links};
document.getElementById('root').innerHTML = '<main><h1>{title}</h1><p>{text}</p>'
  + links.map(link => `<a href="${{link}}">${{link}}</a>`).join('') + '</main>';
</script>"""


def shell(title: str, text: str, links: list[str]) -> str:
    return SHELL.format(title, BUILD.format(title=title, text=text, links=links))


def crawl(room: Room, plan: CrawlPlan) -> dict[str, CrawledPage]:
    async def main() -> Any:
        ledger, parser = MemoryLedger(), SandboxedParser()
        try:
            crawler = Crawler(room.guarded, parser, room.fetcher)
            await crawler.run(room.site.url("/built/"), ledger, ledger.record, plan)
        finally:
            await parser.close()
        return {page.url.removeprefix(room.site.url("/built")): page for page in ledger.pages}

    pages: dict[str, CrawledPage] = room.run(main())
    return pages


def test_pages_that_need_javascript_are_taken_where_they_are_rendered(room: Room) -> None:
    room.page("/built/", shell("Home", "Welcome to the manual of the pump.", ["/built/a"]))
    room.page("/built/a", shell("Alpha", "How to prime the pump in winter.", []))

    bare = crawl(room, CrawlPlan())
    assert [(path, page.verdict) for path, page in bare.items()] == [("/", "refused")]
    assert "JavaScript" in (bare["/"].reason or "")

    rendered = crawl(room, CrawlPlan(render=True))
    assert [(path, page.verdict) for path, page in rendered.items()] == [("/", "ok"), ("/a", "ok")]
    parsed = rendered["/a"].parsed
    assert parsed is not None
    assert parsed.title == "Alpha"
    assert "How to prime the pump in winter." in [block.text for block in parsed.blocks]
