"""A server that is asked to stop."""

import signal
import socket
import time
from pathlib import Path

from conftest import Server, start_server


def half_a_request(server: Server) -> socket.socket:
    """A connection whose request never comes in whole: the server waits for it."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    connection.sendall(
        b"POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 40\r\nAuthorization: Bearer " + server.key.encode() + b"\r\n\r\n{"
    )
    time.sleep(0.2)
    return connection


def refuses_connections(server: Server) -> bool:
    host, port = server.url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_r20_it_waits_for_requests_until_it_is_asked_twice(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    with half_a_request(server):
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert server.process.poll() is None
        assert refuses_connections(server)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
        assert time.monotonic() - started < 4
    assert server.process.stdout is not None
    server.process.stdout.close()
