"""One page in Chromium: loads it, waits until it stands, reads it.

Chromium holds every request of the page (DevTools domain Fetch) until it is answered here. Time,
memory, and what is said over the connection are limited.
"""

import asyncio
import base64
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from cevvo.errors import IngestError, Permanent
from cevvo.providers.fetching.base import Fetched, Fetcher, TooLarge
from cevvo.providers.fetching.chromium_process import BrowserGone, ChromiumProcess, DevToolsError
from cevvo.providers.fetching.chromium_requests import PageRequests

_MAX_EVENT_BYTES = 16_000_000  # some 10,000 events
_MAX_MEMORY = 1_500_000_000  # bytes of all processes; an empty page takes 200 MB
_WATCH_SECONDS = 0.25
_QUIET_SECONDS = 0.3
_GRACE = 3.0  # seconds for reading a page, which its scripts may hold up
_PIECE = 500_000  # characters
# What was true of the response as it came: now its body is whole and decoded, and shown, not saved.
_DROPPED_HEADERS = (
    "connection",
    "content-disposition",
    "content-encoding",
    "content-length",
    "set-cookie",
    "transfer-encoding",
)
_WORLD = "cevvo"  # a world of its own, where the page's scripts cannot redefine what is called
_UNTIL_IDLE = "new Promise(done => requestIdleCallback(() => done(), {timeout: 1000}))"
# Without scripts, a reader of the HTML would take the text of <noscript> for the page's.
_SERIALISE = """
document.querySelectorAll("noscript").forEach(element => element.remove());
globalThis.html = document.documentElement?.outerHTML ?? "";
html.length
"""


@dataclass(frozen=True, slots=True)
class Rendered:
    """``document`` is the response that the page was made of; ``requests`` counts the others,
    ``received`` the bytes of all.

    ``overdue``: it went on loading, and was read as it stood at the deadline.
    """

    document: Fetched
    html: str
    requests: int
    received: int
    overdue: bool


class ChromiumPage:
    """A page for one document: ``render`` once. ``max_bytes`` is for all that it loads together,
    and for what it becomes.
    """

    def __init__(
        self,
        browser: ChromiumProcess,
        fetcher: Fetcher,
        document: Fetched,
        *,
        max_bytes: int,
        deadline: float,
    ) -> None:
        self._browser = browser
        self._requests = PageRequests(fetcher, document, max_bytes)
        self._url = document.url
        self._max_bytes = max_bytes
        self._deadline = deadline
        self._session = ""
        self._frame = ""
        self._shown: Fetched | None = None
        self._loaded = False
        self._crashed = False
        self._fault: BaseException | None = None
        self._event_bytes = 0
        self._open: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    async def render(self) -> Rendered:
        """The page once it stands.

        Raises TooLarge, Permanent (``too_complex``, ``unreadable``), BrowserGone and DevToolsError;
        the browser is then to be killed.
        """
        page = asyncio.create_task(self._render())
        watch = asyncio.create_task(self._watch())
        try:
            await asyncio.wait((page, watch), return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                watch.result()
            return await page
        finally:
            self._browser.listen(self._session, None)
            tasks = (page, watch, *self._open)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        """Raises when the browser or the page crashes, or a limit is overstepped."""
        while not self._crashed:
            if self._browser.gone:
                raise BrowserGone
            if self._fault is not None:
                raise self._fault
            if self._event_bytes > _MAX_EVENT_BYTES:
                raise Permanent("The page's scripts do not stop asking.", reason="too_complex")
            if await asyncio.to_thread(self._browser.memory) > _MAX_MEMORY:
                break
            await asyncio.sleep(_WATCH_SECONDS)
        raise Permanent(
            "The page crashed Chromium or used up the memory it may take.", reason="too_complex"
        )

    async def _render(self) -> Rendered:
        context = (await self._browser.call("Target.createBrowserContext"))["browserContextId"]
        await self._open_tab(context)
        overdue = False
        try:
            async with asyncio.timeout(self._deadline):
                await self._navigate()
                await self._settle()
        except TimeoutError:
            overdue = True
        if self._shown is None or not self._loaded:
            raise self._too_slow()
        html = await self._read()
        await self._browser.call("Target.disposeBrowserContext", browserContextId=context)
        return Rendered(
            self._shown, html, self._requests.count, self._requests.bytes, overdue=overdue
        )

    async def _open_tab(self, context: str) -> None:
        call = self._browser.call
        await call("Browser.setDownloadBehavior", behavior="deny", browserContextId=context)
        tab = await call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await call("Target.attachToTarget", targetId=tab["targetId"], flatten=True)
        self._session = attached["sessionId"]
        self._browser.listen(self._session, self._on_event)
        await self._call("Fetch.enable", patterns=[{"urlPattern": "*"}])
        await self._call("Page.enable")
        self._frame = (await self._call("Page.getFrameTree"))["frameTree"]["frame"]["id"]

    async def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return await self._browser.call(method, self._session, **parameters)

    def _on_event(self, method: str, parameters: dict[str, Any], size: int) -> None:
        self._event_bytes += size
        self._changed.set()
        match method:
            case "Fetch.requestPaused":
                self._start(self._answer(parameters))
            case "Page.javascriptDialogOpening":
                self._start(self._dismiss_dialog())
            case "Page.frameNavigated" if parameters["frame"]["id"] == self._frame:
                self._committed(parameters["frame"]["url"])
            case "Page.loadEventFired":
                self._loaded = True
            case "Inspector.targetCrashed":
                self._crashed = True

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._open.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        self._changed.set()
        error = None if task.cancelled() else task.exception()
        if not isinstance(error, DevToolsError | BrowserGone):  # the page it was for has gone
            self._fault = self._fault or error

    def _committed(self, url: str) -> None:
        """The frame shows the document from ``url``.

        history.pushState changes the address without a request and is not told here: a page could
        pass for another one by it.
        """
        self._loaded = False
        with contextlib.suppress(IngestError):  # such as about:blank
            self._shown = self._requests.document(url) or self._shown

    async def _answer(self, paused: dict[str, Any]) -> None:
        """Answer a held request, or refuse it."""
        try:
            response = await self._requests.response(paused, self._frame)
        except IngestError:
            response = None
        if paused["resourceType"] == "Document" and paused["frameId"] == self._frame:
            # Refused, it leaves a page that Chromium had stopped reading for it: nothing follows.
            self._loaded = response is None
        await self._fulfil(paused["requestId"], response)

    async def _fulfil(self, request: str, response: Fetched | None) -> None:
        if response is not None:
            headers = [
                {"name": name, "value": value}
                for name, values in response.headers.items()
                if name not in _DROPPED_HEADERS
                for value in values.split("\n")
            ]
            with contextlib.suppress(DevToolsError):  # a status or header that Chromium refuses
                await self._call(
                    "Fetch.fulfillRequest",
                    requestId=request,
                    responseCode=response.status,
                    responseHeaders=headers,
                    body=base64.b64encode(response.body).decode(),
                )
                return
        await self._call("Fetch.failRequest", requestId=request, errorReason="Aborted")

    async def _dismiss_dialog(self) -> None:
        await self._call("Page.handleJavaScriptDialog", accept=False)

    async def _navigate(self) -> None:
        outcome = await self._call("Page.navigate", url=self._url)
        if "errorText" in outcome:
            raise Permanent(
                f"Chromium cannot show the page: {outcome['errorText']}.", reason="unreadable"
            )

    async def _settle(self) -> None:
        """Wait until the page is loaded, has asked for nothing for a while and does nothing."""
        while True:
            await self._wait_until_quiet()
            with contextlib.suppress(DevToolsError):  # it has moved on
                await self._evaluate(_UNTIL_IDLE, await self._world())
                if self._loaded and not self._open:
                    return

    async def _wait_until_quiet(self) -> None:
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(_QUIET_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                if self._loaded and not self._open:
                    return

    async def _read(self) -> str:
        """The page as HTML."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                while True:
                    with contextlib.suppress(DevToolsError):  # it has moved on
                        return await self._html()
        raise self._too_slow()

    def _too_slow(self) -> Permanent:
        return Permanent(
            f"The page was still busy after {self._deadline:g} s: its scripts do not end, or what "
            "they load comes too slowly.",
            reason="too_complex",
        )

    async def _html(self) -> str:
        world = await self._world()
        length = await self._evaluate(_SERIALISE, world)
        if length > self._max_bytes:
            raise TooLarge(self._max_bytes, self._requests.bytes)
        pieces = [
            await self._evaluate(f"html.slice({start}, {start + _PIECE})", world)
            for start in range(0, length, _PIECE)
        ]
        return "".join(pieces)

    async def _world(self) -> int:
        created = await self._call(
            "Page.createIsolatedWorld", frameId=self._frame, worldName=_WORLD
        )
        identity: int = created["executionContextId"]
        return identity

    async def _evaluate(self, expression: str, world: int) -> Any:
        outcome = await self._call(
            "Runtime.evaluate",
            expression=expression,
            contextId=world,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in outcome:
            raise DevToolsError("The expression failed.")
        return outcome["result"].get("value")
