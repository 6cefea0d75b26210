"""A site on loopback, a parser in a few lines, and a crawl of the one with the other."""

import asyncio
import threading
import time
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.engine.crawling.crawler import CrawledPage, Crawler, CrawlPlan, Stop
from cevvo.engine.crawling.ledger import MemoryLedger
from cevvo.errors import Permanent
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import HttpFetcher
from cevvo.providers.parsing.base import MediaType

Answer = tuple[int, dict[str, str], bytes]


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that breaks off is nothing to report."""


class Site:
    """Pages by path and query, served on loopback; notes every request and when it came."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[int], Answer]] = {}
        self.otherwise: Callable[[str], Answer] = lambda _: (404, {}, b"")
        self.requests: list[str] = []
        self.times: dict[str, list[float]] = {}
        self._lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet

            def do_GET(self) -> None:
                status, headers, body = site.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    def answer(self, path: str) -> Answer:
        with self._lock:
            self.requests.append(path)
            times = self.times.setdefault(path, [])
            times.append(time.monotonic())
        make = self.answers.get(path)
        return make(len(times)) if make else self.otherwise(path)

    def on(self, path: str, make: Callable[[int], Answer]) -> None:
        """Answer requests for ``path`` with what ``make`` returns for the first, second, …"""
        self.answers[path] = make

    def raw(
        self, path: str, body: bytes = b"", status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        self.on(path, lambda _: (status, headers or {}, body))

    def page(
        self,
        path: str,
        *links: str,
        text: str | None = None,
        head: str = "",
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """An HTML page with these links; its text is its own unless it is given."""
        self.raw(
            path,
            html(*links, text=text or f"This is {path}.", head=head),
            status,
            {"Content-Type": "text/html", **(headers or {})},
        )

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        self.raw(path, b"", status, {"Location": location})

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def html(*links: str, text: str, head: str = "") -> bytes:
    anchors = "".join(f'<a href="{escape(link)}">x</a>' for link in links)
    return f"<html><head>{head}</head><body><p>{text}</p>{anchors}</body></html>".encode()


class TinyParser:
    """A parser behind the port that reads just what a crawl depends on, in this process."""

    async def parse(
        self,
        content: bytes,
        media_type: MediaType,
        *,
        name: str,
        url: str | None = None,
        selector: str | None = None,
    ) -> ParsedDocument:
        text = content.decode("utf-8-sig", "replace")
        if media_type == "application/pdf" and not content.startswith(b"%PDF-"):
            raise Permanent("The PDF is damaged.", reason="unreadable")
        if media_type != "text/html":
            return ParsedDocument(name, (Block("paragraph", text),))
        reader = _Reader()
        reader.feed(text)
        base = url or ""
        return ParsedDocument(
            title="A page",
            blocks=(Block("paragraph", " ".join(reader.text.split())),),
            links=tuple(urljoin(base, link) for link in reader.links),
            canonical=urljoin(base, reader.canonical) if reader.canonical else None,
            noindex="noindex" in reader.robots,
            nofollow="nofollow" in reader.robots,
        )

    async def close(self) -> None:
        pass


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.canonical: str | None = None
        self.robots = ""
        self.text = ""
        self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._in_link = True
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") == "canonical":
            self.canonical = values["href"]
        elif tag == "meta" and values.get("name") == "robots":
            self.robots = values["content"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_link = False

    def handle_data(self, data: str) -> None:
        if not self._in_link:
            self.text += data


def stop_of(
    site: Site,
    plan: CrawlPlan | None = None,
    *,
    start: str = "/",
    ledger: MemoryLedger | None = None,
    allow: tuple[str, ...] = (),
) -> Stop | None:
    """Crawl a site; what kept the crawl from seeing all of it."""
    ledger = ledger or MemoryLedger()

    async def main() -> Stop | None:
        fetcher = HttpFetcher(AddressRules((site.host, *allow)))
        try:
            url = start if "://" in start else site.url(start)
            return await Crawler(fetcher, TinyParser()).run(url, ledger, ledger.record, plan)
        finally:
            await fetcher.close()

    return asyncio.run(main())


def crawl(
    site: Site,
    start: str = "/",
    ledger: MemoryLedger | None = None,
    plan: CrawlPlan | None = None,
    allow: tuple[str, ...] = (),
) -> dict[str, CrawledPage]:
    """Crawl a site, with fetching allowed to reach it and ``allow``; the pages by path."""
    ledger = ledger or MemoryLedger()
    stop_of(site, plan, start=start, ledger=ledger, allow=allow)
    return {page.url.removeprefix(f"http://{site.host}"): page for page in ledger.pages}
