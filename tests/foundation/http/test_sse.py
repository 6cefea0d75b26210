"""Streams: as documented, kept alive, cleanly ended, and never longer than there is a reader."""

import json
import time

import pytest

from cevvo.foundation.http import sse
from cevvo.foundation.http.sse import event
from http_api import SECRET, Api


def test_an_event_is_one_line_as_the_documentation_prints_it() -> None:
    assert (
        event({"type": "text", "text": "To get "})
        == b'data: {"type": "text", "text": "To get "}\n\n'
    )
    assert event({"text": "a\nb\r\n"}) == b'data: {"text": "a\\nb\\r\\n"}\n\n'
    assert event({"text": "Grüße 🎉"}) == 'data: {"text": "Grüße 🎉"}\n\n'.encode()


def test_a_whole_stream(api: Api) -> None:
    with api.served() as server, server.client() as client:
        response = client.post("/stream/whole")
    assert response.content == (
        event({"type": "text", "text": "Grüße 1 "})
        + event({"type": "text", "text": "to you\n"})
        + b"data: [DONE]\n\n"
    )
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers["cache-control"] == "no-cache, no-transform"
    assert response.headers["x-thread-id"] == "thr_stream"
    assert response.headers["x-ratelimit-remaining"] == "99"


def test_events_are_sent_as_they_come_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with api.served() as server, server.client() as client:
        started = time.monotonic()
        with client.stream("POST", "/stream/endless") as response:
            assert next(response.iter_bytes()) == event({"type": "text", "text": "Grüße 1 "})
            assert time.monotonic() - started < 5


def test_r17_silence_is_filled_with_comments(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "_PING_SECONDS", 0.05)
    text = ""
    with api.served() as server, server.client() as client:
        started = time.monotonic()
        with client.stream("POST", "/stream/silent") as response:
            for piece in response.iter_text():
                text += piece
                if text.count(": ping\n\n") >= 2:
                    api.state.go_on.set()
        took = time.monotonic() - started
    assert 2 <= text.count(": ping\n\n") <= took / 0.05
    assert [line for line in text.split("\n\n") if line and line != ": ping"][-1] == "data: [DONE]"


def test_failing_before_the_first_event_is_an_ordinary_error(api: Api) -> None:
    with api.client() as client:
        response = client.post("/stream/fails-at-once")
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "unavailable"
    assert response.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("kind", "code"), [("fails-later", "provider_error"), ("breaks", "internal_error")]
)
def test_failing_later_is_an_error_event_and_a_clean_end(api: Api, kind: str, code: str) -> None:
    with api.client() as client:
        response = client.post(f"/stream/{kind}")
    first, last, done, rest = response.text.split("\n\n")
    assert json.loads(first.removeprefix("data: "))["type"] == "text"
    assert json.loads(last.removeprefix("data: "))["type"] == "error"
    error = json.loads(last.removeprefix("data: "))["error"]
    assert error["code"] == code
    assert error["request_id"] == response.headers["x-request-id"]
    assert SECRET not in response.text
    assert (done, rest) == ("data: [DONE]", "")
    assert api.state.left.is_set()


def test_r15_a_client_that_leaves_stops_the_work(api: Api) -> None:
    with api.served() as server:
        with server.client() as client, client.stream("POST", "/stream/endless") as response:
            next(response.iter_bytes())
            assert api.state.entered.wait(5)
        started = time.monotonic()
        assert api.state.left.wait(20)
    assert time.monotonic() - started < 10  # by itself it ends after 60 s


def test_r15_a_client_that_leaves_between_two_events_stops_the_work(api: Api) -> None:
    with api.served() as server:
        with server.client() as client, client.stream("POST", "/stream/flood") as response:
            next(response.iter_bytes())
        assert api.state.left.wait(5)


def test_r16_a_client_that_stops_reading_stops_the_work(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "_WRITE_SECONDS", 0.3)
    with api.served() as server, server.client() as client:
        with client.stream("POST", "/stream/flood") as response:
            assert response.status_code == 200
            assert api.state.left.wait(5)
        assert client.get("/items").status_code == 200


def test_a_slow_reader_gets_everything(api: Api) -> None:
    pieces = []
    with (
        api.served() as server,
        server.client() as client,
        client.stream("POST", "/stream/whole") as response,
    ):
        for piece in response.iter_raw(7):
            pieces.append(piece)
            time.sleep(0.001)
    assert b"".join(pieces).endswith(b"data: [DONE]\n\n")


def test_r19_a_server_that_stops_says_so_in_the_stream(api: Api) -> None:
    with api.served() as server:
        client = server.client()
        sending = client.build_request("POST", "/stream/endless")
        response = client.send(sending, stream=True)
        pieces = response.iter_bytes()
        assert next(pieces) == event({"type": "text", "text": "Grüße 1 "})
    error, done, _ = b"".join(pieces).decode().split("\n\n")
    assert json.loads(error.removeprefix("data: "))["error"]["code"] == "unavailable"
    assert done == "data: [DONE]"
    assert api.state.left.is_set()
    client.close()
