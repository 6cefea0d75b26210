"""Pages that need JavaScript, rendered in the user's own Chromium.

The browser is a reader of what the guarded fetcher brings, never a second way to the network:
``chromium_requests.py`` decides what a page gets, ``chromium_process.py`` cuts the browser off.
"""

import asyncio
import codecs
import os
import shutil
from dataclasses import replace
from pathlib import Path

from cevvo.errors import Permanent, Transient
from cevvo.providers.fetching.base import Fetched, Fetcher
from cevvo.providers.fetching.chromium_page import ChromiumPage, Rendered
from cevvo.providers.fetching.chromium_process import BrowserGone, ChromiumProcess, DevToolsError
from cevvo.providers.fetching.chromium_requests import HTML_TYPES
from cevvo.providers.fetching.http import MAX_BYTES

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_DEADLINE = 20.0
_PAGES_PER_BROWSER = 200  # then a fresh one, for memory leaked or fragmented; a second of CPU
_IDLE_SECONDS = 60.0
# No longer true of a body that scripts have made, perhaps out of what they fetched.
_NOT_OF_THE_BODY = ("content-encoding", "content-length", "transfer-encoding")
_VALIDATORS = ("etag", "last-modified")


def rendering_available(program: Path | None = None) -> str | None:
    """What is missing for rendering, and the remedy; None where there is a browser.

    ``program`` is what the operator set as CEVVO_CHROMIUM, if anything.
    """
    if _found(program) is not None:
        return None
    if program is not None:
        return "CEVVO_CHROMIUM names no program that can be run: set it to Chromium or Chrome."
    return (
        "Rendering pages needs Chromium or Chrome on the server: install it (Debian: "
        "apt-get install chromium), or set CEVVO_CHROMIUM to where it is."
    )


class ChromiumFetcher:
    """A ``Fetcher`` whose HTML pages are as they stand after their scripts have run.

    Every request, those of the pages included, goes through ``fetcher``, which stays the caller's
    to close. One page is rendered at a time, in ``deadline`` seconds and a few more for reading
    it; a page that is loaded but does not come to rest is read as it stands then. The browser
    starts when first needed and ends after a minute without a page. Belongs to one event loop;
    ``close`` it when done.
    """

    def __init__(
        self, fetcher: Fetcher, program: Path | None = None, *, deadline: float = _DEADLINE
    ) -> None:
        self._fetcher = fetcher
        self._program = program
        self._deadline = deadline
        self._turn = asyncio.Lock()
        self._browser: ChromiumProcess | None = None
        self._pages = 0
        self._idle: asyncio.Task[None] | None = None
        self._closed = False

    async def fetch(
        self,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        max_bytes: int | None = None,
        truncate: bool = False,
    ) -> Fetched:
        """See ``Fetcher.fetch``; ``headers`` go with the first request.

        HTML with status 200 is rendered, anything else returned as it came, and so is what may be
        cut off: that is no page. Also raises Permanent (``too_complex``: scripts that never end, a
        page that crashes; ``unreadable``) and Transient (``unreachable``) where the browser does
        not start, or dies.
        """
        answer = await self._fetcher.fetch(
            url, headers=headers, max_bytes=max_bytes, truncate=truncate
        )
        if truncate or answer.status != 200 or answer.content_type not in HTML_TYPES:
            return answer
        async with self._turn:
            if self._idle is not None:
                self._idle.cancel()
            rendered = await self._render(answer, max_bytes or MAX_BYTES)
            self._idle = asyncio.create_task(self._end_when_idle())
        return _as_fetched(rendered)

    async def close(self) -> None:
        """Kill the browser and wait for its end. A page being rendered fails as Transient."""
        self._closed = True
        if self._idle is not None:
            self._idle.cancel()
        await self._discard()

    async def _render(self, answer: Fetched, max_bytes: int) -> Rendered:
        try:
            browser = await self._obtain()
            rendered = await ChromiumPage(
                browser, self._fetcher, answer, max_bytes=max_bytes, deadline=self._deadline
            ).render()
        except (BrowserGone, DevToolsError) as error:
            await self._discard()
            raise Transient(
                "Chromium failed while it rendered the page.", reason="unreachable"
            ) from error
        except BaseException:
            await self._discard()
            raise
        self._pages += 1
        if rendered.overdue or self._pages >= _PAGES_PER_BROWSER:
            await self._discard()
        return rendered

    async def _obtain(self) -> ChromiumProcess:
        self._require_open()
        if self._browser is not None and not self._browser.gone:
            return self._browser
        await self._discard()
        program = _found(self._program)
        if program is None:
            raise Permanent(rendering_available(self._program) or "", reason="unreadable")
        try:
            browser = self._browser = await ChromiumProcess.start(program)
        except BrowserGone as error:
            raise Transient(
                "Chromium could not be started on the server. As the server's user, "
                "`chromium --headless --dump-dom about:blank` says why.",
                reason="unreachable",
            ) from error
        self._require_open()  # still
        return browser

    def _require_open(self) -> None:
        if self._closed:
            raise Transient("The server is shutting down.", reason="unreachable")

    async def _discard(self) -> None:
        """Kill the browser, if there is one; the next page gets a new one."""
        browser, self._browser = self._browser, None
        self._pages = 0
        if browser is not None:
            await browser.kill()

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(_IDLE_SECONDS)
        async with self._turn:
            await self._discard()


def _found(program: Path | None) -> str | None:
    """The browser's path, absolute; None where there is none that can be run."""
    candidates = _PROGRAMS if program is None else (str(program),)
    found = next(filter(None, map(shutil.which, candidates)), None)
    return None if found is None else os.path.abspath(found)


def _as_fetched(rendered: Rendered) -> Fetched:
    """The page with the headers of the response that it was made of.

    Where more was loaded, an unchanged document no longer says that the page is unchanged: it has
    no validators, so that nobody asks for it conditionally and keeps what is stale.
    """
    dropped = _NOT_OF_THE_BODY + (_VALIDATORS if rendered.requests else ())
    headers = {k: v for k, v in rendered.document.headers.items() if k not in dropped}
    # With the mark, a <meta charset> in it, which was true of the document as it came, is not.
    html = codecs.BOM_UTF8 + b"<!DOCTYPE html>" + rendered.html.encode("utf-8", "replace")
    return replace(
        rendered.document,
        headers=headers,
        content_type="text/html",
        charset="utf-8",
        body=html,
        received=rendered.received,
    )
