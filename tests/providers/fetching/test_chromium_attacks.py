"""Pages that try to reach what must not be reached, or to take the server down.

Each page that reaches out also notes what became of it, so that a test fails where its script did
not run at all.
"""

import socket
import threading
import time

import pytest

from cevvo.errors import Permanent
from cevvo.providers.fetching import chromium_page, chromium_requests
from providers.fetching.conftest import Canary, Room

pytestmark = pytest.mark.xdist_group("chromium")

# Every way for a page to ask for something without leaving: each notes "NAME failed" or its like.
REACH_OUT = """
<!DOCTYPE html>
<link rel=preconnect href="http://CANARY/"><link rel=dns-prefetch href="//canary.example/">
<link rel=prefetch href="http://CANARY/"><link rel=preload as=script href="http://CANARY/">
<link rel=modulepreload href="http://CANARY/"><link rel=manifest href="http://CANARY/">
<link rel=icon href="http://CANARY/"><link rel=stylesheet href="http://CANARY/">
<style>@import url("http://CANARY/"); p { background: url("http://CANARY/") }
@font-face { font-family: f; src: url("http://CANARY/") } p { font-family: f }</style>
<script type=speculationrules>{"prefetch": [{"urls": ["http://CANARY/p"], "eagerness":
"immediate"}], "prerender": [{"urls": ["/prerendered"], "eagerness": "immediate"}]}</script>
<p>text</p><ul></ul>
<iframe src="http://CANARY/"></iframe><object data="http://CANARY/"></object>
<embed src="http://CANARY/"><video src="http://CANARY/" autoplay></video>
<audio src="http://CANARY/"></audio><img srcset="http://CANARY/ 1x" src="http://CANARY/">
<svg><image href="http://CANARY/"/><use href="http://CANARY/#a"/></svg>
<iframe srcdoc="<img src='http://CANARY/'><script src='http://CANARY/'></script>"></iframe>
<iframe sandbox=allow-scripts srcdoc="<script>fetch('http://CANARY/')</script>"></iframe>
<form id=form method=post action="http://CANARY/" target=frame></form><iframe name=frame></iframe>
<script>
const url = "http://CANARY/", pending = []
const note = (name, outcome) => {
  document.querySelector("ul").insertAdjacentHTML("beforeend", `<li>${name} ${outcome}</li>`)
}
const attempt = (name, start) => pending.push(
  Promise.race([Promise.resolve().then(start), new Promise((_, no) => setTimeout(no, 1500))])
    .then(() => note(name, "reached"), () => note(name, "failed")))
const event = (target, ok, failed) => new Promise((yes, no) => {
  target[ok] = yes
  target[failed] = no
})
const worker = body => URL.createObjectURL(new Blob([body], {type: "text/javascript"}))
const reply = `fetch("${url}", {mode: "no-cors"}).then(() => 1, () => 0)`
const says = port => new Promise((yes, no) => {
  port.onmessage = message => message.data ? yes() : no()
})

attempt("fetch", () => fetch(url, {mode: "no-cors"}))
attempt("post", () => fetch(url, {mode: "no-cors", method: "POST", body: "x"}))
attempt("keepalive", () => fetch(url, {mode: "no-cors", keepalive: true}))
attempt("metadata", () => fetch("http://169.254.169.254/latest/", {mode: "no-cors"}))
attempt("redirect", () => fetch("/to-canary", {mode: "no-cors"}))
attempt("xhr", () => {
  const request = new XMLHttpRequest()
  request.open("GET", url)
  request.send()
  return event(request, "onload", "onerror")
})
attempt("script", () => {
  const script = document.createElement("script")
  script.src = url
  document.head.append(script)
  return event(script, "onload", "onerror")
})
attempt("image", () => {
  const image = new Image()
  image.src = url
  return event(image, "onload", "onerror")
})
attempt("import", () => import(url))
attempt("events", () => event(new EventSource(url), "onopen", "onerror"))
attempt("socket", () => event(new WebSocket("ws://CANARY/"), "onopen", "onerror"))
attempt("transport", () => new WebTransport("https://CANARY/").ready)
attempt("worker", () => says(new Worker(worker(`${reply}.then(x => postMessage(x))`))))
attempt("shared", () => says(new SharedWorker(
  worker(`onconnect = e => ${reply}.then(x => e.ports[0].postMessage(x))`)).port))
attempt("service", () => navigator.serviceWorker.register("/service.js"))
attempt("popup", () => {
  const opened = open(url)
  return opened ? event(opened, "onload", "onerror") : Promise.reject()
})
attempt("rtc", async () => {
  const connection = new RTCPeerConnection({iceServers: [{urls: "stun:CANARY"},
    {urls: "turn:CANARY?transport=tcp", username: "a", credential: "b"}]})
  connection.createDataChannel("x")
  const found = new Promise((yes, no) => {
    connection.onicecandidate = e => e.candidate ? yes() : no()
  })
  await connection.setLocalDescription(await connection.createOffer())
  return found
})
navigator.sendBeacon(url, "x")
form.submit()
const waiting = setInterval(() => fetch("/tick"), 150)  // keeps the page from being read
Promise.all(pending).then(() => { note("all", "done"); clearInterval(waiting) })
</script>
"""
NOTED = (
    *("fetch", "post", "keepalive", "metadata", "redirect", "xhr", "script", "image", "import"),
    *("events", "socket", "transport", "worker", "shared", "service", "popup", "rtc"),
)


def test_s13_no_part_of_a_page_reaches_a_forbidden_address(room: Room, canary: Canary) -> None:
    room.page(
        "/reach",
        REACH_OUT.replace("CANARY", canary.host),
        **{
            "Content-Security-Policy-Report-Only": f"img-src 'none'; report-uri http://{canary.host}/",
            "Link": f"<http://{canary.host}/>; rel=preload; as=script",
            "Set-Cookie": "a=b",
        },
    )
    room.site.redirect("/to-canary", f"http://{canary.host}/")
    room.script("/service.js", f"fetch('http://{canary.host}/')")
    room.page("/prerendered", f"<script>fetch('http://{canary.host}/')</script>")

    html = room.text("/reach")

    assert canary.came == []
    for name in NOTED:
        assert f"<li>{name} failed</li>" in html
    assert "<li>all done</li>" in html


LEAVE = """
<p>Here is the text.</p><ul></ul>
<form id=get action="http://CANARY/"></form><form id=post method=post action="http://CANARY/"></form>
<a id=link href="http://CANARY/" ping="http://CANARY/">x</a>
<a id=tab href="http://CANARY/" target=_blank>x</a><a id=save href="http://CANARY/" download>x</a>
<script>
const url = "http://CANARY/", waiting = setInterval(() => fetch("/tick"), 150)
fetch("/held")  // answered when all is done: until then the page is not at rest
const script = `<script>fetch("${url}")<\\/script>`
const ways = [
  () => { location = url }, () => { location.replace("/away") },
  () => get.submit(), () => post.submit(),
  () => link.click(), () => tab.click(), () => save.click(),
  () => {
    const meta = document.createElement("meta")
    meta.httpEquiv = "refresh"
    meta.content = `0; url=${url}`
    document.head.append(meta)
  },
  () => open("/popup", "_blank", "noopener"), () => { open("about:blank").location = url },
  () => { location = "file:///etc/hostname" }, () => { location = "chrome://version" },
  () => { location = `data:text/html,${script}` }, () => { location = `view-source:${url}` },
]
const next = number => {
  if (number === ways.length) return clearInterval(waiting), fetch("/done")
  setTimeout(() => next(number + 1), 120)
  document.querySelector("ul").insertAdjacentHTML("beforeend", `<li>${number}</li>`)
  ways[number]()
}
onload = () => next(0)
</script>
"""


def test_s11_a_page_cannot_leave_to_a_forbidden_address(
    room: Room, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium_requests, "_SECONDS", 14)  # a busy machine's, for all ways
    room.page("/leave", LEAVE.replace("CANARY", canary.host))
    room.page("/popup", f"<script>fetch('http://{canary.host}/')</script>")
    room.site.redirect("/away", f"http://{canary.host}/")
    done = threading.Event()

    def held(_: int) -> tuple[int, dict[str, str], bytes]:
        done.wait(13)
        return 200, {}, b""

    def finish(_: int) -> tuple[int, dict[str, str], bytes]:
        done.set()
        return 200, {}, b""

    room.site.on("/held", held)
    room.site.on("/done", finish)

    fetched = room.fetch("/leave")

    assert fetched.url == room.site.url("/leave")
    assert b"Here is the text." in fetched.body
    assert b"<li>13</li>" in fetched.body
    assert canary.came == []


def test_s11_a_page_that_may_not_go_where_it_sends_is_read_so_far(
    room: Room, canary: Canary
) -> None:
    room.page("/sends", f"<p>So far.</p><script>location = 'http://{canary.host}/'</script>")
    room.page("/refreshes", f"<p>So far.</p><meta http-equiv=refresh content='0; {canary.host}'>")
    assert "So far." in room.text("/sends")
    assert "So far." in room.text("/refreshes")
    assert canary.came == []


def test_s11_what_a_page_makes_of_itself_is_guarded_like_the_page(
    room: Room, canary: Canary
) -> None:
    made = f"<p>Made.</p><script>fetch('http://{canary.host}/')</script>".replace("/", "\\/")
    room.page(
        "/makes",
        f"<script>location = URL.createObjectURL(new Blob([`{made}`], {{type: 'text/html'}}))"
        "</script>",
    )
    fetched = room.fetch("/makes")
    assert fetched.url == room.site.url("/makes")
    assert b"Made." in fetched.body
    assert canary.came == []


def test_the_canary_hears(canary: Canary) -> None:
    """The control of the tests above: a visit is noted."""
    with socket.create_connection(("127.0.0.1", canary.port)) as connection:
        connection.recv(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", canary.port))
    while len(canary.came) < 2:
        pass
    assert sorted(canary.came) == ["tcp", "udp"]


def test_what_a_page_asks_for_is_limited_in_number(room: Room) -> None:
    room.page(
        "/many",
        "<p></p><script>let got = 0; for (let i = 0; i < 1000; i++) fetch(`/part?${i}`)"
        ".then(() => { document.querySelector('p').textContent = ++got }, () => {})</script>",
    )
    room.site.otherwise = lambda path: (200, {}, b"x")
    assert "<p>100</p>" in room.text("/many")
    assert sum(path.startswith("/part?") for path in room.site.requests) == 100


def test_r30_a_page_asks_its_site_for_two_things_at_a_time(room: Room) -> None:
    room.page(
        "/busy",
        "<p></p><script>let got = 0; for (let i = 0; i < 12; i++) fetch(`/slow?${i}`)"
        ".then(() => { document.querySelector('p').textContent = ++got })</script>",
    )
    counting = threading.Lock()
    running = [0]
    most = [0]

    def slow(path: str) -> tuple[int, dict[str, str], bytes]:
        with counting:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.03)  # long enough for the others to come, if they may
        with counting:
            running[0] -= 1
        return 200, {}, b"x"

    room.site.otherwise = slow
    assert "<p>12</p>" in room.text("/busy")
    assert most[0] <= 2


def test_the_bytes_of_a_page_are_those_of_all_that_it_loaded(room: Room) -> None:
    page = "<script>fetch('/part').then(() => fetch('/large')).catch(() => 0)</script>"
    room.page("/loads", page)
    room.site.raw("/part", b"x" * 5000)
    room.site.raw("/large", b"x" * 9000)
    assert room.fetch("/loads").received == len(page) + 5000 + 9000
    assert len(room.fetch("/loads").body) < 5000
    room.site.raw("/text", b"x" * 50, headers={"Content-Type": "text/plain"})
    assert room.fetch("/text").received is None


def test_what_a_page_loads_and_becomes_is_limited_in_bytes(room: Room) -> None:
    room.page(
        "/heavy",
        "<p></p><script>for (const part of ['/small', '/large', '/small?again']) fetch(part)"
        ".then(r => r.text(), () => 'none').then(t => { document.querySelector('p').append("
        "`${part}: ${t.length} `) })</script>",
    )
    room.site.raw("/small", b"x" * 1000)
    room.site.raw("/small?again", b"x" * 1000)
    room.site.raw("/large", b"x" * 100_000)
    html = room.fetch("/heavy", max_bytes=10_000).body.decode()
    assert "/small: 1000" in html
    assert "/large: 4" in html

    room.page("/grows", "<script>document.write('x'.repeat(10_001))</script>")
    with pytest.raises(Permanent) as error:
        room.fetch("/grows", max_bytes=10_000)
    assert error.value.reason == "too_large"


def test_r25_a_page_that_never_rests_is_read_at_the_deadline(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.fetcher, "_deadline", 8.0)
    room.page("/polls", "<p>text</p><script>setInterval(() => fetch('/x'), 50)</script>")
    assert "<p>text</p>" in room.text("/polls")


@pytest.mark.parametrize("busy", ["for (;;) alert()", "setTimeout(() => { for (;;); }, 50)"])
def test_r25_a_page_that_never_ends_is_given_up(
    room: Room, monkeypatch: pytest.MonkeyPatch, busy: str
) -> None:
    monkeypatch.setattr(chromium_page, "_GRACE", 0.5)
    monkeypatch.setattr(room.fetcher, "_deadline", 1.0)
    room.page("/stuck", f"<p>text</p><script>{busy}</script>")
    with pytest.raises(Permanent) as error:
        room.fetch("/stuck")
    assert error.value.reason == "too_complex"


def test_a_script_that_does_not_come_is_done_without(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium_requests, "_SECONDS", 0.3)
    given_up = threading.Event()

    def hang(turn: int) -> tuple[int, dict[str, str], bytes]:
        given_up.wait(20)
        return 200, {"Content-Type": "text/javascript"}, b"document.write('late')"

    room.site.on("/hang.js", hang)
    room.page("/waits", "<script src=/hang.js></script><p>text</p>")
    try:
        html = room.text("/waits")
    finally:
        given_up.set()
    assert "<p>text</p>" in html
    assert "late" not in html


def test_r25_a_page_that_takes_memory_without_end_is_stopped(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium_page, "_MAX_MEMORY", 600_000_000)
    room.page(
        "/grow", "<script>for (const kept = [];;) kept.push(new Uint8Array(1e7).fill(1))</script>"
    )
    room.page("/", "<p>home</p>")
    with pytest.raises(Permanent) as error:
        room.fetch("/grow")
    assert error.value.reason == "too_complex"
    assert "home" in room.text("/")


def test_r25_a_page_that_asks_without_end_is_stopped(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium_page, "_MAX_EVENT_BYTES", 500_000)
    room.page("/flood", "<script>setInterval(() => { for (;;) fetch('/x') })</script>")
    with pytest.raises(Permanent) as error:
        room.fetch("/flood")
    assert error.value.reason == "too_complex"
