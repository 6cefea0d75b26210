"""Who takes a place while its body comes in, over real sockets. Of 8 places, 6 are for these."""

import select
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo.foundation.http import load_shedding
from http_api import Api, Served

UPLOAD = "Content-Type: multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'


@pytest.fixture
def narrow(db: Database, workspace: WorkspaceId) -> Api:
    return Api(db, workspace, max_requests=8, rate_limit=10_000)


@contextmanager
def begun(
    server: Served, count: int, path: str, sent: bytes, *more: str
) -> Iterator[list[socket.socket]]:
    """Requests of which a body of ``sent`` and 10 bytes more has come in up to these."""
    head = server.head("POST", path, *more, f"Content-Length: {len(sent) + 10}")
    with ExitStack() as open_ones:
        connections = []
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connections.append(open_ones.enter_context(connection))
            connection.sendall(head + sent)
        yield connections


def until(server: Served, status: int) -> None:
    """Wait for what others get."""
    with server.client() as client:
        end = time.monotonic() + 30
        while client.get("/items").status_code != status:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_r23_bodies_that_are_complete_at_once_find_no_more_places_than_there_are(
    narrow: Api,
) -> None:
    with narrow.served() as server:
        until(server, 200)  # the key is known from here on, so that nobody waits for that
        with begun(server, 20, "/api/v1/slow", b"") as connections:
            until(server, 200)
            assert not select.select(connections, [], [], 0)[0]
            for connection in connections:
                connection.sendall(b"x" * 10)
            end = time.monotonic() + 30
            while len(select.select(connections, [], [], 10)[0]) < 14:
                assert time.monotonic() < end
                time.sleep(0.01)
            narrow.state.go_on.set()
            statuses = Counter(connection.recv(12) for connection in connections)
    assert statuses == {b"HTTP/1.1 200": 6, b"HTTP/1.1 503": 14}


def test_r23_bodies_beyond_what_is_kept_for_them_take_places(
    narrow: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_shedding, "_ALL_BODIES", 3 * load_shedding._WAITING)
    with narrow.served() as server:
        until(server, 200)
        with begun(server, 3, "/api/v1/orders", b"x"), begun(server, 9, "/api/v1/orders", b"x"):
            until(server, 503)
        until(server, 200)
        with begun(server, 3, "/api/v1/orders", b"x"):
            until(server, 200)


def test_r23_a_large_body_takes_a_place_for_the_rest_of_it(
    narrow: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_shedding, "_ONE_BODY", 1000)
    with narrow.served() as server:
        until(server, 200)
        with begun(server, 9, "/api/v1/orders", b"x" * 1000):
            until(server, 200)
        with begun(server, 9, "/api/v1/orders", b"x" * 1001):
            until(server, 503)
        until(server, 200)
        plain = "Content-Type: application/x-www-form-urlencoded"  # read into memory
        with begun(server, 9, "/api/v1/ingest/upload", b"x" * 1001, plain):
            until(server, 503)
        until(server, 200)


def test_r23_a_large_upload_takes_none_as_long_as_there_are_few(
    narrow: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_shedding, "_ONE_BODY", 1000)
    monkeypatch.setattr(load_shedding, "_ON_DISK", 9)
    monkeypatch.setattr(load_shedding, "_ALL_BODIES", 18 * load_shedding._WAITING)
    large = PART + b"x" * 200_000
    with narrow.served() as server:
        until(server, 200)
        for _ in range(2):  # what is over is not counted any more
            with begun(server, 9, "/api/v1/ingest/upload", large, UPLOAD):
                until(server, 200)
                with begun(server, 9, "/api/v1/ingest/upload", large, UPLOAD):
                    until(server, 503)
            until(server, 200)
