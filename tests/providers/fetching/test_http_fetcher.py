"""Fetching from real servers on loopback: bodies, limits, deadlines, TLS."""

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cevvo import __version__
from cevvo.errors import IngestError, Permanent, Transient
from cevvo.providers.fetching import http, resolver
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.base import Fetched, TooLarge
from cevvo.providers.fetching.http import HttpFetcher

Send = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(
    send: Send, requests: list[str] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server on loopback that answers every request with ``send``; its port."""
    tasks: set[asyncio.Task[Any]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if requests is not None:
                    requests.append(head.decode())
                await send(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await listener.wait_closed()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def sends(
    body: bytes = b"", *headers: str, status: str = "200 OK", length: bool = True
) -> Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]:
    lines = [f"HTTP/1.1 {status}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    return send


def fetch(
    send: Send,
    requests: list[str] | None = None,
    *,
    headers: dict[str, str] | None = None,
    max_bytes: int | None = None,
    truncate: bool = False,
) -> Fetched:
    async def main() -> Fetched:
        async with server(send, requests) as port:
            fetcher = HttpFetcher(AddressRules((f"127.0.0.1:{port}",)))
            try:
                return await fetcher.fetch(
                    f"http://127.0.0.1:{port}/page#part",
                    headers=headers,
                    max_bytes=max_bytes,
                    truncate=truncate,
                )
            finally:
                await fetcher.close()

    return asyncio.run(main())


def test_a_response_is_read_whole() -> None:
    answer = fetch(
        sends("é".encode("latin-1"), "Content-Type: Text/HTML; Charset=ISO-8859-1", "X-A: 1")
    )
    assert answer.url.startswith("http://127.0.0.1:")
    assert answer.url.endswith("/page")
    assert answer.status == 200
    assert answer.content_type == "text/html"
    assert answer.charset is not None
    assert answer.charset.lower() == "iso-8859-1"
    assert answer.headers["x-a"] == "1"
    assert answer.body == b"\xe9"


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "304 Not Modified", "302 Found"])
def test_any_status_is_returned(status: str) -> None:
    assert fetch(sends(status=status)).status == int(status[:3])


def test_what_is_sent() -> None:
    requests: list[str] = []
    fetch(sends(b"ok"), requests, headers={"If-None-Match": '"1"'})
    lines = requests[0].lower().split("\r\n")
    assert lines[0] == "get /page http/1.1"
    assert f"user-agent: cevvo/{__version__} (+https://github.com/cevvo/cevvo)" in lines
    assert 'if-none-match: "1"' in lines
    assert "accept-encoding: gzip, deflate" in lines
    assert not any(line.startswith(("cookie:", "authorization:", "referer:")) for line in lines)


def test_no_cookie_is_kept_and_no_header_follows_a_redirect() -> None:
    requests: list[str] = []
    send = sends(b"", "Set-Cookie: a=1", "Location: /again", status="302 Found")
    with pytest.raises(Permanent, match="redirects"):
        fetch(send, requests, headers={"X-Own": "1"})
    assert len(requests) == 6
    assert "x-own" in requests[0].lower()
    assert not any("x-own" in r.lower() or "cookie:" in r.lower() for r in requests[1:])


def test_the_environments_proxy_and_netrc_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    requests: list[str] = []
    assert fetch(sends(b"ok"), requests).body == b"ok"
    assert "authorization" not in requests[0].lower()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"text", mtime=0)),
        ("deflate", zlib.compress(b"text")),
        ("identity", b"text"),
    ],
)
def test_compressed_bodies_are_decoded(encoding: str, body: bytes) -> None:
    assert fetch(sends(body, f"Content-Encoding: {encoding}")).body == b"text"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", b"not gzip"), ("br", b"x"), ("gzip, gzip", gzip.compress(b"x", mtime=0))],
)
def test_other_compression_is_an_error(encoding: str, body: bytes) -> None:
    with pytest.raises(Permanent, match="compression") as caught:
        fetch(sends(body, f"Content-Encoding: {encoding}"))
    assert caught.value.reason == "http_error"


def test_a_body_up_to_the_limit_is_taken() -> None:
    assert len(fetch(sends(b"x" * 1000), max_bytes=1000).body) == 1000


def test_an_announced_body_over_the_limit_is_not_read() -> None:
    with pytest.raises(Permanent, match="larger than 1,000 bytes") as caught:
        fetch(sends(b"", "Content-Length: 1001", length=False), max_bytes=1000)
    assert caught.value.reason == "too_large"


def test_an_endless_body_is_cut_at_the_limit() -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    with pytest.raises(Permanent, match="larger") as caught:
        fetch(endless, max_bytes=200_000)
    assert caught.value.reason == "too_large"
    assert sent < 20_000_000


def test_a_gzip_bomb_is_cut_at_the_limit() -> None:
    """200 MB of zeros in 200 kB: unpacked piece by piece, never whole."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(deflate.compress(bytes(1_000_000)) for _ in range(200)) + deflate.flush()
    started = time.process_time()
    with pytest.raises(Permanent, match="larger") as caught:
        fetch(sends(bomb, "Content-Encoding: gzip"), max_bytes=5_000_000)
    assert caught.value.reason == "too_large"
    assert time.process_time() - started < 0.5


def test_a_body_that_unpacks_to_nothing_is_cut_at_the_limit() -> None:
    """Empty deflate blocks without end: what is sent counts, not only what comes of it."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        deflate = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + deflate.compress(b""))
        while True:
            writer.write(b"\x00\x00\x00\xff\xff" * 10_000)
            await writer.drain()

    with pytest.raises(TooLarge, match="larger than 200,000 bytes") as caught:
        fetch(endless, max_bytes=200_000)
    assert 200_000 < caught.value.received < 400_000


@pytest.mark.parametrize("headers", [(), ("Content-Length: 5000000",)])
def test_a_body_is_cut_off_where_that_is_asked_for(headers: tuple[str, ...]) -> None:
    cut = fetch(sends(b"x" * 5_000_000, *headers, length=False), max_bytes=1000, truncate=True)
    assert cut.body == b"x" * 1000
    assert fetch(sends(b"short"), max_bytes=1000, truncate=True).body == b"short"


def test_a_header_sent_twice_keeps_its_values_apart() -> None:
    answer = fetch(sends(b"", "X-Robots-Tag: other: none", "X-Robots-Tag: noindex"))
    assert answer.headers["x-robots-tag"] == "other: none\nnoindex"


def test_a_slow_body_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "DEADLINE", 0.3)

    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    with pytest.raises(Transient, match="did not answer in full") as caught:
        fetch(trickle)
    assert caught.value.reason == "unreachable"


def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(http._TIMEOUTS, "read", 0.2)

    async def nothing(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    with pytest.raises(Transient, match="took too long"):
        fetch(nothing)


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
def test_what_is_not_http_or_breaks_off(answer: bytes) -> None:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    with pytest.raises(Transient) as caught:
        fetch(send)
    assert caught.value.reason == "unreachable"
    assert caught.value.message.startswith("127.0.0.1 ")


def attempt(url: str, fetcher: Callable[[], HttpFetcher]) -> IngestError:
    async def main() -> IngestError:
        one = fetcher()
        try:
            with pytest.raises(IngestError) as caught:
                await one.fetch(url)
            return caught.value
        finally:
            await one.close()

    return asyncio.run(main())


def test_a_closed_port() -> None:
    error = attempt("http://127.0.0.1:9/", lambda: HttpFetcher(AddressRules(("127.0.0.1:9",))))
    assert isinstance(error, Transient)
    assert error.message == "127.0.0.1 could not be reached."


def test_a_name_that_does_not_exist() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    error = attempt("http://h.example/", lambda: HttpFetcher(AddressRules(), resolve=unknown))
    assert isinstance(error, Transient)
    assert error.message == "The host name h.example could not be resolved."


def test_a_dead_name_server_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the event loop goes on meanwhile: the resolver has threads of its own."""
    monkeypatch.setattr(http, "_RESOLVE_TIMEOUT", 0.2)
    released = threading.Event()

    def dead(*_: object, **__: object) -> None:
        released.wait(10)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(resolver, "getaddrinfo", dead)

    async def main() -> tuple[float, IngestError]:
        fetcher = HttpFetcher(AddressRules())
        longest, before = 0.0, time.monotonic()
        fetching = asyncio.ensure_future(fetcher.fetch("http://h.example/"))
        while not fetching.done():
            await asyncio.sleep(0.01)
            longest, before = max(longest, time.monotonic() - before), time.monotonic()
        released.set()
        await fetcher.close()
        error = fetching.exception()
        assert isinstance(error, IngestError)
        return longest, error

    longest, error = asyncio.run(main())
    assert error.message == "The host name h.example could not be resolved."
    assert longest < 5


def test_dead_names_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty lookups that hang: other names are resolved, and each name has one thread only."""
    released = threading.Event()
    looked_up: list[str] = []

    def slow(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        looked_up.append(host)
        if host.startswith("dead"):
            released.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(resolver, "getaddrinfo", slow)
    monkeypatch.setattr(http, "_RESOLVE_TIMEOUT", 30.0)

    async def main() -> bytes:
        async with server(sends(b"ok")) as port:
            fetcher = HttpFetcher(AddressRules(("127.0.0.0/8",)))
            urls = [f"http://dead{n % 50}.example:{port}/" for n in range(100)]
            dead = [asyncio.create_task(fetcher.fetch(url)) for url in urls]
            await asyncio.sleep(0)
            alive = await fetcher.fetch(f"http://alive.example:{port}/")
            assert not any(task.done() for task in dead)
            released.set()
            assert {(await task).body for task in dead} == {b"ok"}
            await fetcher.close()
            return alive.body

    assert asyncio.run(main()) == b"ok"
    assert sorted(looked_up) == sorted([*(f"dead{n}.example" for n in range(50)), "alive.example"])


def test_more_lookups_than_can_be_meant_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "MAX_LOOKUPS", 0)
    error = attempt("http://h.example/", lambda: HttpFetcher(AddressRules()))
    assert isinstance(error, Transient)
    assert error.message == "h.example could not be reached."


def test_connections_are_kept_alive() -> None:
    ports: set[int] = set()

    async def send(writer: asyncio.StreamWriter) -> None:
        ports.add(writer.get_extra_info("peername")[1])
        await sends(b"ok")(writer)

    async def main() -> None:
        async with server(send) as port:
            fetcher = HttpFetcher(AddressRules((f"127.0.0.1:{port}",)))
            for _ in range(5):
                await fetcher.fetch(f"http://127.0.0.1:{port}/")
            await fetcher.close()

    asyncio.run(main())
    assert len(ports) == 1


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for h.example, with its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=h.example", "-keyout", key, "-out", cert),
            *("-addext", "subjectAltName=DNS:h.example"),
        ],
        check=True,
        capture_output=True,
    )
    both = tmp_path / "both.pem"
    both.write_text(cert.read_text() + key.read_text())
    return both


@pytest.mark.parametrize(
    ("host", "trusted", "outcome"),
    [
        ("h.example", True, "ok"),
        ("h.example", False, "The TLS certificate of h.example is not valid."),
        ("other.example", True, "The TLS certificate of other.example is not valid."),
    ],
)
def test_tls_verifies_the_name_though_the_address_is_dialled(
    certificate: Path, host: str, trusted: bool, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    names: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: names.append(name)

    async def loopback(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def main() -> str:
        async with server(sends(b"ok"), tls=tls) as port:
            fetcher = HttpFetcher(AddressRules(("127.0.0.0/8",)), resolve=loopback)
            try:
                return (await fetcher.fetch(f"https://{host}:{port}/")).body.decode()
            except Transient as error:
                return error.message
            finally:
                await fetcher.close()

    assert asyncio.run(main()) == outcome
    assert names == [host]
