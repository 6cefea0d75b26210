"""What a connection may cost: slow heads, large heads, readers that stall, nonsense."""

import asyncio
import json
import socket
import threading
import time

import pytest

from cevvo.foundation.http import protocol
from cevvo.foundation.http.protocol import BoundedHttpProtocol
from http_api import Api


def receive_all(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    received = b""
    while piece := connection.recv(65_536):
        received += piece
    return received


def error_in(response: bytes) -> dict[str, str]:
    head, _, body = response.partition(b"\r\n\r\n")
    error: dict[str, str] = json.loads(body)["error"]
    assert f"x-request-id: {error['request_id']}".encode() in head
    assert b"connection: close" in head
    return error


def test_nonsense_is_answered_in_the_error_shape(api: Api) -> None:
    with (
        api.served() as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection,
    ):
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        received = receive_all(connection)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert error_in(received)["code"] == "invalid_request"


def test_r23_a_head_that_trickles_is_cut(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_HEAD_SECONDS", 0.3)
    with api.served() as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            started = time.monotonic()
            connection.sendall(b"GET /api/v1/items HTTP/1.1\r\n")
            received = receive_all(connection)
            assert time.monotonic() - started < 10
        assert received.startswith(b"HTTP/1.1 408 ")
        assert error_in(received)["code"] == "request_timeout"
        with server.client() as client:
            assert client.get("/items").status_code == 200


def test_a_silent_connection_is_cut(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_HEAD_SECONDS", 0.2)
    with (
        api.served() as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection,
    ):
        assert receive_all(connection).startswith(b"HTTP/1.1 408 ")


def test_the_deadline_is_for_the_head_and_not_for_the_response_or_the_pause_after_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[asyncio.TimerHandle] = []
    await_head = BoundedHttpProtocol._await_head

    def noted(connection: BoundedHttpProtocol) -> None:
        await_head(connection)
        assert connection._head_timer is not None
        timers.append(connection._head_timer)

    monkeypatch.setattr(BoundedHttpProtocol, "_await_head", noted)
    with api.served() as server, server.client() as client:
        for turn in (1, 2):
            api.state.go_on.clear()
            with client.stream("POST", "/stream/silent") as response:
                assert [timer.cancelled() for timer in timers] == [True] * turn
                api.state.go_on.set()
                assert response.read().endswith(b"[DONE]\n\n")
            # The connection stays open, and nothing was sent on it.
            assert [timer.cancelled() for timer in timers] == [True] * turn
        assert client.get("/items").status_code == 200


def test_r24_a_head_over_the_limit_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()
    on_message_begin = BoundedHttpProtocol.on_message_begin

    def noted(connection: BoundedHttpProtocol) -> None:
        on_message_begin(connection)
        begun.set()

    monkeypatch.setattr(BoundedHttpProtocol, "on_message_begin", noted)
    with (
        api.served() as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nX-Long: ")
        assert begun.wait(10)  # the first read is not counted
        connection.sendall(b"x" * 70_000)
        received = connection.recv(65_536)
    assert received.startswith(b"HTTP/1.1 431 ")


def test_r16_a_reader_that_stalls_is_cut(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_STALL_SECONDS", 0.3)
    with (
        api.served() as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection,
    ):
        connection.sendall(server.head("POST", "/api/v1/stream/flood", "Content-Length: 0"))
        assert api.state.left.wait(10)
        with pytest.raises((ConnectionResetError, AssertionError)):
            assert receive_all(connection).endswith(b"0\r\n\r\n")
