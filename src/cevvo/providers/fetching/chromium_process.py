"""A Chromium that has no way to the network, driven over a socket.

The protocol is Chromium's DevTools protocol (https://chromedevtools.github.io/devtools-protocol/):
JSON messages, each ended by a zero byte, as ``--remote-debugging-pipe`` has it. Only its long-lived
domains are used: Target, Page, Fetch, Runtime.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

_CHILD = "cevvo.providers.fetching.chromium_child"
_START_DEADLINE = 30.0
_MAX_MESSAGE = 8 << 20  # what is asked for comes in smaller pieces; what a page causes is small
_ARGUMENTS = (
    "--headless",
    "--remote-debugging-pipe",
    # No name resolves and no address is dialled: neither directly, nor through the proxy that
    # everything is sent to (a port that nothing listens on), nor by UDP.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
    "--disable-quic",
    # The second name is the older one.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # WebRTC would announce itself by mDNS, the router look for TV sets, HttpsUpgrades for HTTPS.
    "--disable-features=WebRtcHideLocalIpsWithMdns,MediaRouter,DialMediaRouteProvider,HttpsUpgrades",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--no-startup-window",
    # What the machine may lack: a graphics card, sound, a key ring, a large /dev/shm.
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    # Much of what breaks out of V8 does so through its just-in-time compilers.
    "--js-flags=--jitless --max-old-space-size=512",
)

Listener = Callable[[str, dict[str, Any], int], None]
"""Called with an event's method, its parameters, and the bytes that it took."""


class BrowserGone(Exception):
    """The process has ended, or sent what is not the protocol."""


class DevToolsError(Exception):
    """Chromium refused a command, most often as the page has moved on meanwhile."""


class ChromiumProcess:
    """A running browser. Belongs to one event loop; ``kill`` it when done."""

    def __init__(self, process: Process, writer: asyncio.StreamWriter, profile: Path) -> None:
        self._process = process
        self._profile = profile
        self._writer = writer
        self._sending = asyncio.Lock()
        self._last_id = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: dict[str, Listener] = {}
        self._reading: asyncio.Task[None] | None = None
        self.gone = False

    @classmethod
    async def start(cls, program: str) -> "ChromiumProcess":
        """Start ``program`` with an empty profile. Raises BrowserGone."""
        profile = Path(tempfile.mkdtemp(prefix="cevvo-chromium-"))
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-m", _CHILD, str(profile), program),
                *_ARGUMENTS,
                f"--user-data-dir={profile}",
                stdin=theirs.fileno(),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(profile),
                start_new_session=True,  # Ctrl-C is for the server; and kill() reaches the group
            )
        reader, writer = await asyncio.open_connection(sock=ours, limit=_MAX_MESSAGE)
        browser = cls(process, writer, profile)
        browser._reading = asyncio.create_task(browser._read(reader))
        try:
            async with asyncio.timeout(_START_DEADLINE):
                await browser.call("Browser.getVersion")
        except BaseException as error:
            await browser.kill()
            if isinstance(error, TimeoutError):
                raise BrowserGone from error
            raise
        return browser

    async def call(
        self, method: str, session: str | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """Run a command, in a ``session`` with one page or in the browser. Its result.

        Raises DevToolsError and BrowserGone.
        """
        if self.gone:
            raise BrowserGone
        self._last_id += 1
        number = self._last_id
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            async with self._sending:
                self._writer.write(json.dumps(message).encode() + b"\0")
                await self._writer.drain()
            reply = await answer
        except ConnectionError as error:
            raise BrowserGone from error
        finally:
            del self._answers[number]
        if "error" in reply:
            raise DevToolsError(f"{method}: {reply['error'].get('message')}")
        result: dict[str, Any] = reply["result"]
        return result

    def listen(self, session: str, listener: Listener | None) -> None:
        """Have ``listener`` told of the events of ``session``; None ends that."""
        if listener is None:
            self._listeners.pop(session, None)
        else:
            self._listeners[session] = listener

    async def kill(self) -> None:
        """End every process of the browser and wait for the end of the first."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._writer.close()
        if self._reading is not None:
            await self._reading
        await asyncio.to_thread(shutil.rmtree, self._profile, ignore_errors=True)

    def memory(self) -> int:
        """Bytes that the browser's processes hold, beside its program files; 0 if not on Linux."""
        total = 0
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # ended meanwhile
                # Fields after the name, which may hold anything: state, parent, group (proc(5)).
                group = (process / "stat").read_text().rpartition(")")[2].split()[2]
                if int(group) == self._process.pid:
                    total += _own_memory((process / "status").read_text())
        return total

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                raw = await reader.readuntil(b"\0")
                self._dispatch(json.loads(raw[:-1]), len(raw))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError):
            self.gone = True
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(BrowserGone())

    def _dispatch(self, message: dict[str, Any], size: int) -> None:
        if "id" in message:
            answer = self._answers.get(message["id"])
            if answer is not None and not answer.done():
                answer.set_result(message)
        elif (listener := self._listeners.get(message.get("sessionId", ""))) is not None:
            listener(message["method"], message["params"], size)


def _own_memory(status: str) -> int:
    """What is not backed by files, out of /proc/PID/status, which counts in kB."""
    return sum(
        int(line.split()[1]) * 1024
        for line in status.splitlines()
        if line.startswith(("RssAnon:", "RssShmem:"))
    )


def _environment(profile: Path) -> dict[str, str]:
    """Nothing of the server's environment, which may hold secrets, but where programs are."""
    kept = {k: os.environ[k] for k in ("PATH", "LD_LIBRARY_PATH") if k in os.environ}
    return {"HOME": str(profile), "TMPDIR": str(profile), "LANG": "C.UTF-8", **kept}
