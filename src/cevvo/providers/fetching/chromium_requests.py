"""What a page in Chromium gets of what it asks for.

Every request is answered out of the guarded fetcher, which applies the address rules, or not at
all. A page gets what its text may be made of: documents for its own frame, scripts and data, by
GET, up to a number of requests and of bytes, and few at a time from one site.
"""

import asyncio
from collections import defaultdict
from typing import Any

from cevvo.providers.fetching.base import Fetched, Fetcher, TooLarge
from cevvo.providers.fetching.url import parse_url

HTML_TYPES = ("text/html", "application/xhtml+xml")
_MAX_REQUESTS = 100
_PARALLEL = 6
_PARALLEL_AT_SITE = 2  # more is what a visitor's browser does, but a crawl is many visitors
_SECONDS = 8.0  # for each: a page must not wait for some counter of visits until its deadline
_ANSWERED = ("Document", "Script", "XHR", "Fetch")
# What a server needs. The others would tell it of the browser, or carry a page's secrets to it.
_SENT_HEADERS = ("Accept", "Origin")


class PageRequests:
    """The requests of one page. ``max_bytes`` is for all of them together, ``document`` included.

    ``count`` is how many were asked of the fetcher, ``bytes`` what came.
    """

    def __init__(self, fetcher: Fetcher, document: Fetched, max_bytes: int) -> None:
        self.count = 0
        self._fetcher = fetcher
        self._documents = {document.url: document}
        self._ahead = {document.url: document}  # responses that will be asked for
        self.bytes = len(document.body)
        self._max_bytes = max_bytes
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._slots_at = defaultdict[str, asyncio.Semaphore](
            lambda: asyncio.Semaphore(_PARALLEL_AT_SITE)
        )

    def document(self, url: str) -> Fetched | None:
        """The document that was handed out for ``url`` as the browser writes it.

        Raises UrlNotAllowed where that is not a web address.
        """
        return self._documents.get(str(parse_url(url)))

    async def response(self, paused: dict[str, Any], frame: str) -> Fetched | None:
        """The response to a held request (the event Fetch.requestPaused), None to refuse it.

        ``frame`` is the page's own. Raises IngestError as ``Fetcher.fetch`` does.
        """
        request, kind = paused["request"], paused["resourceType"]
        if request["method"] != "GET":
            return None
        if kind == "Stylesheet":  # scripts wait for some; the text needs none
            return _made_up(request["url"], 200, {"content-type": "text/css"})
        if kind not in _ANSWERED or (kind == "Document" and paused["frameId"] != frame):
            return None
        url = str(parse_url(request["url"]))
        response = self._ahead.pop(url, None) or await self._fetch(url, request["headers"])
        if response is None:
            return None
        if kind == "Document":
            if response.status != 200 or response.content_type not in HTML_TYPES:
                return None
            self._documents[response.url] = response
        if response.url != url:  # the browser asks anew, and so knows where it is
            self._ahead[response.url] = response
            return _made_up(url, 302, {"location": response.url})
        return response

    async def _fetch(self, url: str, headers: dict[str, str]) -> Fetched | None:
        if self.count >= _MAX_REQUESTS:
            return None
        self.count += 1
        sent = {k.title(): v for k, v in headers.items() if k.title() in _SENT_HEADERS}
        async with self._slots_at[parse_url(url).origin], self._slots:
            left = self._max_bytes - self.bytes
            if left <= 0:
                return None
            try:
                async with asyncio.timeout(_SECONDS):
                    response = await self._fetcher.fetch(url, headers=sent, max_bytes=left)
            except TimeoutError:
                return None
            except TooLarge as error:
                self.bytes += error.received
                raise
        self.bytes += len(response.body)
        return response


def _made_up(url: str, status: int, headers: dict[str, str]) -> Fetched:
    return Fetched(url, status, headers, content_type="", charset=None, body=b"")
