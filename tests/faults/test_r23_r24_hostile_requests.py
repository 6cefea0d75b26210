"""R23, R24: requests that never end, in number and in size, against a real server."""

import contextlib
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Server, running_server

HEAD = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
UPLOAD = "Content-Type: multipart/form-data; boundary=b\r\n"
JSON = "Content-Type: application/json\r\n"
PART = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("attacked")) as server:
        yield server


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that takes twenty requests at a time."""
    few = {"CEVVO_MAX_REQUESTS": "20", "CEVVO_RATE_LIMIT": "10000"}
    with running_server(tmp_path_factory.mktemp("narrow"), **few) as server:
        yield server


def connected(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def memory(server: Server) -> int:
    """Megabytes in use."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def peak(server: Server) -> int:
    """The most megabytes that have been in use since ``forget_peak``."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def forget_peak(server: Server) -> None:
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


def answer(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65_536):
            received += piece
            if b"\r\n\r\n" in received:
                break
    return received


def test_r23_five_hundred_slow_clients(attacked: Server) -> None:
    """Each sends a byte now and then and never ends; others are served meanwhile."""
    before = memory(attacked)
    chat = HEAD.format(path="/api/v1/chat", key=attacked.key)
    body = f"{JSON}Content-Length: 40\r\n\r\n{{"
    slow_heads = ["GET /healthz HTTP/1.1\r\nX"] * 220 + [chat] * 220
    slow_bodies = [chat.replace(attacked.key, "nobody") + body] * 20 + [chat + body] * 40
    with contextlib.ExitStack() as open_ones, attacked.client() as client:
        slow = [open_ones.enter_context(connected(attacked)) for _ in range(500)]
        for connection, sent in zip(slow, slow_heads + slow_bodies, strict=True):
            connection.sendall(sent.encode())
        for _ in range(5):
            for connection in slow[::7]:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it was cut
                    connection.sendall(b" ")
            assert client.get("/sources").status_code == 200
            assert client.post("/chat", json={"message": "Who are you?"}).status_code == 200
        assert memory(attacked) - before < 100


@pytest.mark.parametrize(
    ("path", "headers", "begun"),
    [
        ("/api/v1/chat", JSON, b"{"),
        ("/api/v1/chat/stream", JSON, b"{"),
        ("/api/v1/ingest/upload", UPLOAD, PART),
    ],
    ids=["chat", "stream", "upload"],
)
def test_r23_a_hundred_bodies_that_do_not_end_take_no_place(
    narrow: Server, path: str, headers: str, begun: bytes
) -> None:
    length = f"Content-Length: {len(begun) + 40}\r\n\r\n"
    head = (HEAD.format(path=path, key=narrow.key) + headers + length).encode()
    question = {"message": "Who are you?"}
    with contextlib.ExitStack() as open_ones, narrow.client() as client:
        slow = [open_ones.enter_context(connected(narrow)) for _ in range(100)]
        for piece in (head + begun, b" ", b" "):
            for number, connection in enumerate(slow):
                connection.sendall(piece)
                if number % 5 == 0:  # many at the very same moment may be too many
                    assert client.get("/sources").status_code == 200
                    assert client.get("/analytics/overview").status_code == 200
                    assert client.post("/chat", json=question).status_code == 200
        assert not select.select(slow, [], [], 0)[0], "they were to be waited for"


def test_r23_thirty_uploads_of_more_than_a_megabyte_take_no_place(narrow: Server) -> None:
    """Twenty requests at a time, of which fifteen may be these."""
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%d.txt"\r\n\r\n'
    starts = [part % number + b"The tide comes at noon. " * 60_000 for number in range(30)]
    end = b"\r\n--b--\r\n"
    before = memory(narrow)
    with contextlib.ExitStack() as open_ones, narrow.client() as client:
        slow = [open_ones.enter_context(connected(narrow)) for _ in starts]
        for connection, start in zip(slow, starts, strict=True):
            length = f"Content-Length: {len(start) + len(end)}\r\n\r\n"
            head = HEAD.format(path="/api/v1/ingest/upload", key=narrow.key) + UPLOAD + length
            connection.sendall(head.encode() + start)
            assert client.get("/sources").status_code == 200
        assert client.post("/chat", json={"message": "Who are you?"}).status_code == 200
        assert not select.select(slow, [], [], 0)[0], "they were to be waited for"
        assert memory(narrow) - before < 60
        slow[0].sendall(end)
        assert answer(slow[0]).startswith(b"HTTP/1.1 202")


BODIES = {
    "a gigabyte, declared": (
        "/api/v1/ingest/upload",
        f"{UPLOAD}Content-Length: {2**30}\r\n\r\n",
        b"",
    ),
    "negative": ("/api/v1/chat", f"{JSON}Content-Length: -1\r\n\r\n", b""),
    "ten thousand parts": (
        "/api/v1/ingest/upload",
        f"{UPLOAD}Content-Length: {10_000 * len(PART) + 5}\r\n\r\n",
        PART * 10_000 + b"--b--",
    ),
    "a part's head of a megabyte": (
        "/api/v1/ingest/upload",
        f"{UPLOAD}Content-Length: {2**20 + 60}\r\n\r\n",
        b"--b\r\nContent-Disposition: " + b"x" * 2**20 + b"\r\n\r\n1\r\n--b--".ljust(33),
    ),
    "a head of a megabyte": ("/api/v1/chat", "X: " + "x" * 2**20 + "\r\n\r\n", b""),
}


@pytest.mark.parametrize("name", BODIES)
def test_r24_huge_and_odd_bodies(attacked: Server, name: str) -> None:
    path, headers, body = BODIES[name]
    before = memory(attacked)
    with connected(attacked) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused on the way
            connection.sendall((HEAD.format(path=path, key=attacked.key) + headers).encode() + body)
        received = answer(connection)
    assert received == b"" or received.startswith(b"HTTP/1.1 4"), received[:200]
    assert memory(attacked) - before < 60


FILE = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="a.md"\r\n\r\n'
FIELD = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n'
# One letter of four bytes, and Python keeps all letters of the text in four.
SMALL, LARGE = ("\N{OCTOPUS}".encode() + b"x" * size + b"\r\n" for size in (100_000, 1_000_000))
FORMS = {
    "files": (UPLOAD, (FILE % b"file" + LARGE) * 45 + b"--b--\r\n"),
    "files of other names": (UPLOAD, (FILE % b"x" + LARGE) * 45 + b"--b--\r\n"),
    "fields": (UPLOAD, (FIELD + SMALL) * 450 + b"--b--\r\n"),
    "large fields": (UPLOAD, (FIELD + LARGE) * 45 + b"--b--\r\n"),
    "fields in a URL's form": (
        "Content-Type: application/x-www-form-urlencoded\r\n",
        (b"x=" + b"x" * 100_000 + b"&") * 450,
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_r24_a_form_of_many_parts_lies_in_memory_as_one_of_few_does(
    attacked: Server, name: str
) -> None:
    """Each part is small enough to be kept in memory, all of them together are not."""
    headers, body = FORMS[name]
    forget_peak(attacked)
    before = peak(attacked)
    with connected(attacked) as connection:
        head = HEAD.format(path="/api/v1/ingest/upload", key=attacked.key) + headers
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused on the way
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        received = answer(connection)
    assert received == b"" or received.startswith(b"HTTP/1.1 400"), received[:200]
    assert peak(attacked) - before < 20


def test_r24_a_body_without_length_and_without_end(attacked: Server) -> None:
    """A gigabyte in pieces, or as much of it as is taken: none of it is kept."""
    before, sent, piece = memory(attacked), 0, b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with connected(attacked) as connection:
        head = HEAD.format(path="/api/v1/ingest/upload", key=attacked.key)
        start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n'
        connection.sendall((head + UPLOAD + "Transfer-Encoding: chunked\r\n\r\n").encode())
        connection.sendall(f"{len(start):x}\r\n".encode() + start + b"\r\n")
        connection.settimeout(30)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while sent < 2**30:
                connection.sendall(piece)
                sent += 65_536
        received = answer(connection)
    assert received == b"" or received.startswith(b"HTTP/1.1 413"), received[:200]
    assert memory(attacked) - before < 60
    end = time.monotonic() + 60
    with attacked.client() as client:
        while client.get("/sources").status_code != 200:
            assert time.monotonic() < end
