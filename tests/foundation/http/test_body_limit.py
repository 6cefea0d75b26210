"""Bodies that are too large or too slow, over real sockets."""

import json
import socket
import time
from contextlib import suppress

import pytest

from cevvo.foundation.db.database import Database
from cevvo.foundation.http import body_limit
from http_api import Api, Served

JSON = "Content-Type: application/json"


def exchange(server: Served, *pieces: bytes, pause: float = 0) -> tuple[int, dict[str, str], bytes]:
    """Send ``pieces`` one after another, until the server closes; status, headers and body of the
    response."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        return read_response(connection)


def read_response(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """One response with a Content-Length."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        assert piece, f"closed after {received!r}"
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65_536)
    return int(lines[0].split()[1]), headers, body


def test_r24_a_declared_length_over_the_limit_is_refused_before_it_is_sent(api: Api) -> None:
    with api.served() as server:
        head = server.head("POST", "/api/v1/orders", JSON, "Content-Length: 1114113")
        status, headers, body = exchange(server, head)
    assert status == 413
    error = json.loads(body)["error"]
    assert error["code"] == "payload_too_large"
    assert "at most 1 MB" in error["message"]
    assert headers["x-ratelimit-remaining"] == "99"
    assert headers["x-request-id"] == error["request_id"]


def test_r24_a_client_that_sends_all_of_it_still_gets_the_answer(db: Database, api: Api) -> None:
    with api.served() as server, server.client() as client:
        files = {"file": ("big.txt", b"x" * 60_000_000)}
        refused = client.post("/ingest/upload", files=files)
        after = client.get("/items")
    assert refused.status_code == 413
    assert "at most 50 MB" in refused.json()["error"]["message"]
    assert after.status_code == 200


def test_r24_a_body_without_length_is_counted(api: Api) -> None:
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    with api.served() as server:
        head = server.head("POST", "/api/v1/orders", JSON, "Transfer-Encoding: chunked")
        status, _, body = exchange(server, head, chunk * 18)
    assert status == 413
    assert json.loads(body)["error"]["code"] == "payload_too_large"


def test_limits_differ_by_path(api: Api) -> None:
    with api.client() as client:
        spaces = b" " * 1_200_000
        headers = {"Content-Type": "application/json"}
        assert client.post("/orders", content=spaces, headers=headers).status_code == 413
        assert client.post("/ingest/text", content=spaces, headers=headers).status_code == 404
        assert client.post("/sources", content=spaces, headers=headers).status_code == 404
        assert client.post("/ingest/text", content=spaces * 30, headers=headers).status_code == 413
        gap = "/analytics/coverage-gaps/gap_1"
        assert client.post(f"{gap}/answer", content=spaces, headers=headers).status_code == 404
        assert client.post(f"{gap}/answer", content=spaces * 30, headers=headers).status_code == 413
        assert client.put(gap, content=spaces, headers=headers).status_code == 413
        files = {"file": ("a.txt", b"x" * 2_000_000)}
        assert client.post("/ingest/upload", files=files).json()["bytes"] == 2_000_000


def test_an_upload_limit_that_was_set_holds(db: Database, api: Api) -> None:
    small = Api(db, api.workspace, max_upload_mb=1)
    with small.client() as client:
        fits = client.post("/ingest/upload", files={"file": ("a.txt", b"x" * 1_000_000)})
        over = client.post("/ingest/upload", files={"file": ("a.txt", b"x" * 2_000_001)})
    assert fits.status_code == 200
    assert over.status_code == 413


@pytest.mark.parametrize("length", ["-1", "abc", "1 2", "0x10", "+5", "١"])
def test_r24_an_invalid_length_is_a_400(api: Api, length: str) -> None:
    with api.served() as server:
        head = server.head("POST", "/api/v1/orders", JSON, f"Content-Length: {length}")
        status, headers, body = exchange(server, head)
    assert status == 400
    assert json.loads(body)["error"]["code"] == "invalid_request"
    assert headers["x-request-id"] == json.loads(body)["error"]["request_id"]


def test_an_invalid_length_is_refused_without_help_from_the_server(api: Api) -> None:
    with api.client() as client:
        response = client.post("/orders", content=b"", headers={"Content-Length": "-1"})
    assert response.status_code == 400
    assert "Content-Length" in response.json()["error"]["message"]


def test_s46_two_ways_to_say_the_length_are_refused(api: Api) -> None:
    with api.served() as server:
        for double in (
            ("Transfer-Encoding: chunked", "Content-Length: 5"),
            ("Content-Length: 5", "Content-Length: 6"),
        ):
            head = server.head("POST", "/api/v1/orders", JSON, *double)
            status, headers, _ = exchange(server, head)
            assert status == 400
            assert headers["connection"] == "close"
    assert api.state.done == []


def test_r23_a_body_that_trickles_is_cut(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "_PATIENCE", 0.3)
    with api.served() as server:
        head = server.head("POST", "/api/v1/orders", JSON, "Content-Length: 100")
        started = time.monotonic()
        status, headers, body = exchange(server, head, *[b" "] * 5, pause=0.05)
    assert status == 408
    assert time.monotonic() - started < 10
    assert json.loads(body)["error"]["code"] == "request_timeout"
    assert headers["connection"] == "close"
    assert api.state.done == []


def test_a_slow_but_steady_upload_is_waited_for(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "_PATIENCE", 0.2)
    body = b'{"message": "x"}' + b" " * 799_984
    with api.served() as server:
        head = server.head("POST", "/api/v1/orders", JSON, f"Content-Length: {len(body)}")
        first, *pieces = [body[at : at + 200_000] for at in range(0, len(body), 200_000)]
        # Longer than the patience in all; each piece buys twenty seconds for the next.
        status, _, _ = exchange(server, head + first, *pieces, pause=0.1)
    assert status == 201


def test_a_client_that_goes_away_while_sending_leaves_nothing(api: Api) -> None:
    with api.served() as server:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                head = server.head("POST", "/api/v1/orders", JSON, "Content-Length: 100")
                connection.sendall(head + b'{"mess')
        with server.client() as client:
            assert client.get("/items").status_code == 200
    assert api.state.done == []


def test_a_refusal_comes_before_the_body_is_asked_for(api: Api) -> None:
    with api.served() as server:
        server.key = "wrong"
        head = server.head(
            "POST", "/api/v1/orders", JSON, "Content-Length: 500", "Expect: 100-continue"
        )
        status, _, _ = exchange(server, head)
    assert status == 401


def test_other_clients_do_not_notice_those_that_stall(api: Api) -> None:
    with api.served() as server:
        head = server.head("POST", "/api/v1/orders", JSON, "Content-Length: 100")
        stalled = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
        for connection in stalled:
            connection.sendall(head)
        with server.client() as client:
            started = time.monotonic()
            assert client.get("/items").status_code == 200
            assert time.monotonic() - started < 10  # their patience is longer
        for connection in stalled:
            connection.close()


def test_r19_a_server_that_stops_answers_what_it_does_not_finish(api: Api) -> None:
    with api.served() as server:
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        more = ("Content-Length: 40", "Expect: 100-continue")
        connection.sendall(server.head("POST", "/api/v1/orders", JSON, *more))
        assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")  # it waits for the body
        connection.sendall(b"{")
    with connection:
        status, headers, body = read_response(connection)
    assert status == 503
    error = json.loads(body)["error"]
    assert error["code"] == "unavailable"
    assert headers["x-request-id"] == error["request_id"]
