"""Rendering with a real Chromium: what a page with scripts becomes, and what the browser is."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from cevvo.errors import Permanent, Transient
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.chromium import ChromiumFetcher, rendering_available
from cevvo.providers.fetching.http import HttpFetcher
from engine.crawling.local_site import Site
from providers.fetching.conftest import Room

pytestmark = pytest.mark.xdist_group("chromium")

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
SHOW = "<main></main><script>document.querySelector('main').textContent = {}</script>"


def browsers(parent: int) -> dict[int, Path]:
    """The browsers that process ``parent`` started: process group, and folder of the profile."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # ended meanwhile
            line = (process / "cmdline").read_bytes()
            profile = re.search(rb"--user-data-dir=(\S+/cevvo-chromium-[^\s\0]+)", line)
            if profile is not None and fields(process)[1] == str(parent):
                found[int(process.name)] = Path(profile[1].decode())
    return found


def fields(process: Path) -> list[str]:
    """State, parent, group and more (proc(5))."""
    return (process / "stat").read_text().rpartition(")")[2].split()


def members(leader: int) -> list[Path]:
    """The processes of a group that have not ended."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, group, *_ = fields(process)
            if group == str(leader) and state != "Z":
                found.append(process)
    return found


def wait_for_the_end(leaders: Iterable[int]) -> None:
    for _ in range(200):
        if not any(map(members, leaders)):
            return
        time.sleep(0.05)
    raise AssertionError("The browser still runs.")


def test_a_page_that_scripts_build_has_their_text(room: Room) -> None:
    room.page(
        "/app",
        "<title>App</title><noscript>Enable JavaScript!</noscript><div id=root></div>"
        "<link rel=stylesheet href=/app.css><script type=module src=/app.js></script>",
    )
    room.script(
        "/app.js",
        "import { greet } from './greet.js';"
        "const guide = await (await fetch('/guide.json')).json();"
        "const request = new XMLHttpRequest();"
        "request.onload = () => { document.getElementById('root').innerHTML ="
        "  `<h1>${greet(guide.name)}</h1><p>${request.responseText}</p>` };"
        "request.open('GET', '/part.txt'); request.send();",
    )
    room.script("/greet.js", "export const greet = name => `Hello ${name}`")
    room.site.raw("/guide.json", '{"name": "Zoë"}'.encode(), headers={"Content-Type": "text/json"})
    room.site.raw("/part.txt", b"The tide comes twice.", headers={"Content-Type": "text/plain"})

    fetched = room.fetch("/app#top")

    html = fetched.body.decode("utf-8-sig")
    assert "<h1>Hello Zoë</h1><p>The tide comes twice.</p>" in html
    assert "Enable JavaScript" not in html
    assert (fetched.url, fetched.status) == (room.site.url("/app"), 200)
    assert (fetched.content_type, fetched.charset) == ("text/html", "utf-8")
    assert room.site.requests.count("/app") == 1
    assert "/app.css" not in room.site.requests


def test_a_page_in_another_encoding_comes_as_utf_8(room: Room) -> None:
    body = "<meta charset=shift_jis><p>日本語</p>".encode("shift_jis")
    room.site.raw("/sjis", body, headers={"Content-Type": "text/html"})
    assert "<p>日本語</p>" in room.text("/sjis")


def test_redirects_lead_to_the_address_that_scripts_see(room: Room) -> None:
    room.site.redirect("/old", "/new/")
    room.page("/new/", SHOW.format("location.pathname"))
    fetched = room.fetch("/old")
    assert fetched.url == room.site.url("/new/")
    assert b"<main>/new/</main>" in fetched.body


def test_a_script_that_is_redirected_knows_its_own_address(room: Room) -> None:
    room.page("/latest", "<script type=module src=/lib.js></script><main></main>")
    room.site.redirect("/lib.js", "/v2/lib.js")
    room.script("/v2/lib.js", "import './part.js'")
    room.script("/v2/part.js", "document.querySelector('main').textContent = 'v2'")
    assert "<main>v2</main>" in room.text("/latest")


def test_pages_that_send_elsewhere_are_followed(room: Room) -> None:
    room.page("/leave", "<script>location = '/hop'</script>")
    room.site.redirect("/hop", "/pass")
    room.page("/pass", "<meta http-equiv=refresh content='0; url=/last'>")
    room.page("/last", f"<script>location.replace('http://{room.other_host}/home')</script>")
    room.page("/home", "<main></main><script src=/home.js></script>")
    room.script("/home.js", "document.querySelector('main').textContent = location.host")
    fetched = room.fetch("/leave")
    assert fetched.url == f"http://{room.other_host}/home"
    assert f"<main>{room.other_host}</main>".encode() in fetched.body


def test_a_page_cannot_pass_for_another_one(room: Room) -> None:
    room.page("/mine", SHOW.format("(history.pushState({}, '', '/yours'), location.pathname)"))
    fetched = room.fetch("/mine")
    assert b"<main>/yours</main>" in fetched.body
    assert fetched.url == room.site.url("/mine")


def test_dialogs_are_dismissed(room: Room) -> None:
    loop = "(() => { for (let i = 0; i < 20; i++) alert(i); return `${confirm()} ${prompt()}` })()"
    room.page("/dialogs", SHOW.format(loop))
    assert "<main>false null</main>" in room.text("/dialogs")


def test_data_from_another_host_comes_with_its_consent(room: Room) -> None:
    """As in any browser: where that host does not name the page's, scripts do not see the data."""
    room.page(
        "/both",
        "<main></main><script>for (const path of ['open', 'closed'])"
        f"fetch(`http://{room.other_host}/${{path}}`).then(r => r.text()).catch(() => 'none')"
        ".then(data => document.querySelector('main').append(`${path}: ${data}. `))</script>",
    )
    room.site.raw("/closed", b"42")
    room.site.raw("/open", b"42", headers={"Access-Control-Allow-Origin": "*"})
    html = room.text("/both")
    assert "open: 42." in html
    assert "closed: none." in html


def test_what_is_not_a_page_is_returned_as_it_came(room: Room) -> None:
    room.site.raw("/guide.pdf", b"%PDF-1.7", headers={"Content-Type": "application/pdf"})
    room.site.raw("/gone", b"<script>x</script>", 404, {"Content-Type": "text/html"})
    room.site.raw("/same", b"", 304, {"ETag": '"1"'})
    room.page("/robots.txt", SHOW.format("'rendered'"))
    for path in ("/guide.pdf", "/gone", "/same"):
        by_browser, by_http = room.fetch(path), room.run(room.guarded.fetch(room.site.url(path)))
        for fetched in (by_browser, by_http):
            del fetched.headers["date"]  # the two may ask in two seconds
        assert by_browser == by_http
    assert room.fetch("/robots.txt", max_bytes=20, truncate=True).body == SHOW[:20].encode()


def test_headers_go_with_the_first_request_only(room: Room) -> None:
    room.page("/first", "<script src=/second.js></script>", **{"Set-Cookie": "secret=1"})
    room.script("/second.js", "fetch('/third', {headers: {Authorization: 'secret'}})")
    room.guarded.asked.clear()
    room.fetch("/first", headers={"If-None-Match": '"1"'})
    (_, first), *others = room.guarded.asked
    assert first == {"If-None-Match": '"1"'}
    assert [url for url, _ in others] == [room.site.url("/second.js"), room.site.url("/third")]
    assert all(headers == {"Accept": "*/*"} for _, headers in others)


def test_only_a_page_that_loaded_nothing_more_can_be_asked_for_conditionally(room: Room) -> None:
    """The same shell with other data behind it would be "not modified", and stale for ever."""
    room.page("/shell", "<script src=/data.js></script>", ETag='"1"')
    room.script("/data.js", "")
    room.page("/whole", SHOW.format("'whole'"), ETag='"1"')
    assert "etag" not in room.fetch("/shell").headers
    assert room.fetch("/whole").headers["etag"] == '"1"'


@LINUX
def test_the_browser_has_no_rights_and_no_secrets_and_an_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CEVVO_TEST_SECRET", "hunter2")
    seen: list[tuple[bytes, bytes, str]] = []

    def look(turn: int) -> tuple[int, dict[str, str], bytes]:
        for leader in browsers(os.getpid()):
            for process in members(leader):
                with contextlib.suppress(OSError):  # it has ended meanwhile
                    line, environment = ((process / f).read_bytes() for f in ("cmdline", "environ"))
                    seen.append((line, environment, (process / "status").read_text()))
        return 200, {"Content-Type": "text/javascript"}, b""

    room.site.on("/look.js", look)
    room.page("/look", "<script src=/look.js></script>")
    room.run(room.fetcher.close())
    room.fetcher = room.another_fetcher()
    room.fetch("/look")

    renderers = [status for line, *_, status in seen if b"--type=renderer" in line]
    assert renderers
    assert not any(b"hunter2" in environment for _, environment, _ in seen)
    assert not any("Uid:\t0" in status for *_, status in seen)
    if not any(b"--no-sandbox" in line for line, *_ in seen):
        assert all("Seccomp:\t2\n" in status for status in renderers)

    running = browsers(os.getpid())
    room.run(room.fetcher.close())
    wait_for_the_end(running)
    assert running
    assert not any(profile.exists() for profile in running.values())
    room.fetcher = room.another_fetcher()


@LINUX
def test_a_browser_that_is_killed_fails_its_page_and_is_replaced(room: Room) -> None:
    def kill(turn: int) -> tuple[int, dict[str, str], bytes]:
        for leader in browsers(os.getpid()):
            os.kill(leader, signal.SIGKILL)
        return 200, {"Content-Type": "text/javascript"}, b""

    room.site.on("/kill.js", kill)
    room.page("/fatal", "<script src=/kill.js></script>")
    room.page("/", "<p>home</p>")
    with pytest.raises(Transient) as error:
        room.fetch("/fatal")
    assert error.value.reason == "unreachable"
    assert "home" in room.text("/")


# With uvloop, as the server runs it.
SERVER = """
import asyncio, sys
from pathlib import Path
import uvloop
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.base import Fetched
from cevvo.providers.fetching.chromium import ChromiumFetcher
from cevvo.providers.fetching.http import HttpFetcher

async def main():
    program = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    fetcher = ChromiumFetcher(HttpFetcher(AddressRules((sys.argv[1],))), program)
    await fetcher.fetch(f"http://{sys.argv[1]}/busy")

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""


@LINUX
def test_the_browser_ends_with_a_server_that_is_killed(room: Room) -> None:
    room.page("/busy", "<script src=/started.js></script><script>for (;;);</script>")
    room.script("/started.js", "")
    program = [str(room.program)] if room.program else []
    server = subprocess.Popen([sys.executable, "-c", SERVER, room.site.host, *program])
    try:
        while "/started.js" not in room.site.requests:
            assert server.poll() is None
            time.sleep(0.02)
        running = browsers(server.pid)
        assert running
    finally:
        server.kill()
        server.wait()
    wait_for_the_end(running)
    for profile in running.values():
        shutil.rmtree(profile)


def test_a_missing_browser_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "apt-get install chromium" in (rendering_available() or "")
    assert "CEVVO_CHROMIUM names no program" in (rendering_available(Path("/nowhere")) or "")
    assert rendering_available(Path("/bin/true")) is None
    site = Site()
    site.page("/")

    async def fetch(program: Path | None) -> None:
        guarded = HttpFetcher(AddressRules((site.host,)))
        try:
            await ChromiumFetcher(guarded, program).fetch(site.url())
        finally:
            await guarded.close()

    try:
        with pytest.raises(Permanent, match="apt-get install chromium"):
            asyncio.run(fetch(None))
        with pytest.raises(Transient, match="could not be started"):
            asyncio.run(fetch(Path("/bin/true")))
    finally:
        site.close()
