"""A POST that is sent again is answered again, not done again."""

import socket
import threading
import time
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

import http_api
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import idempotency_keys
from http_api import Api, Served
from stores import only_on_sqlite

HOUR = 3600


def post(client: TestClient, path: str, key: str, **request: Any) -> httpx2.Response:
    response: httpx2.Response = client.post(path, headers={"Idempotency-Key": key}, **request)
    return response


def stored(db: Database) -> list[str]:
    return db.read_now(lambda c: list(c.execute(select(idempotency_keys.c.key)).scalars()))


def test_r36_the_first_response_comes_again_byte_for_byte(api: Api) -> None:
    with api.client() as client:
        first = post(client, "/orders", "k1", json={"message": "one"})
        again = post(client, "/orders", "k1", json={"message": "one"})
        third = post(client, "/orders", "k1", json={"message": "one"})
    assert first.status_code == again.status_code == third.status_code == 201
    assert first.content == again.content == b'{"number": 1,  "message": "one"}'
    assert first.headers["location"] == again.headers["location"] == "/orders/1"
    assert first.headers["content-type"] == again.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == third.headers["idempotent-replayed"] == "true"
    assert first.headers["x-request-id"] != again.headers["x-request-id"]
    assert again.headers["x-ratelimit-remaining"] == "98"
    assert api.state.done == ["one"]


def test_r36_another_body_is_a_conflict(api: Api) -> None:
    with api.client() as client:
        post(client, "/orders", "k1", json={"message": "one"})
        other = post(client, "/orders", "k1", json={"message": "two"})
        other_query = post(client, "/orders?x=1", "k1", json={"message": "one"})
    assert other.status_code == other_query.status_code == 409
    assert other.json()["error"]["code"] == "conflict"
    assert "another body" in other.json()["error"]["message"]
    assert api.state.done == ["one"]


def test_without_a_key_it_is_done_again(api: Api) -> None:
    with api.client() as client:
        client.post("/orders", json={"message": "one"})
        client.post("/orders", json={"message": "one"})
    assert len(api.state.done) == 2
    assert stored(api.db) == []


def test_another_path_and_another_api_key_are_others(api: Api) -> None:
    with api.client() as client, api.client(api.make_key()) as neighbour:
        post(client, "/orders", "k1", json={"message": "one"})
        post(client, "/bare", "k1")
        mine = post(neighbour, "/orders", "k1", json={"message": "mine"})
    assert mine.json() == {"number": 3, "message": "mine"}
    assert api.state.done == ["one", "bare", "mine"]


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "tab\t", "ümlaut"])
def test_a_malformed_key_is_a_400(api: Api, key: str) -> None:
    with api.client() as client:
        headers = {b"Idempotency-Key": key.encode("latin-1")}
        response = client.post("/orders", json={"message": "one"}, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "Idempotency-Key"
    assert api.state.done == []


def test_the_longest_key_is_taken_and_a_get_has_none(api: Api) -> None:
    with api.client() as client:
        post(client, "/orders", "~" * 255, json={"message": "one"})
        assert client.get("/items", headers={"Idempotency-Key": "k1"}).status_code == 200
    assert len(stored(api.db)) == 1


def test_r36_while_the_first_is_running_it_is_a_conflict(api: Api) -> None:
    with api.served() as server:
        first: list[httpx2.Response] = []

        def run() -> None:
            with server.client() as client:
                first.append(client.post("/slow", headers={"Idempotency-Key": "k1"}))

        thread = threading.Thread(target=run)
        thread.start()
        assert api.state.entered.wait(10)
        with server.client() as client:
            meanwhile = client.post("/slow", headers={"Idempotency-Key": "k1"})
            api.state.go_on.set()
            thread.join()
            after = client.post("/slow", headers={"Idempotency-Key": "k1"})
    assert meanwhile.status_code == 409
    assert "x-should-retry" not in meanwhile.headers  # a client asks again, and gets the answer
    assert "still being answered" in meanwhile.json()["error"]["message"]
    assert after.content == first[0].content
    assert api.state.done == ["slow"]


def test_r36_a_response_that_was_lost_comes_when_asked_again(api: Api) -> None:
    with api.served() as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            more = ("Idempotency-Key: k1", "Content-Length: 0")
            connection.sendall(server.head("POST", "/api/v1/slow", *more))
            assert api.state.entered.wait(10)
        api.state.go_on.set()
        response = _retried(server)
    assert response.json() == {"number": 1}
    assert response.headers["idempotent-replayed"] == "true"


def _retried(server: Served) -> httpx2.Response:
    end = time.monotonic() + 10
    with server.client() as client:
        while True:
            response = client.post("/slow", headers={"Idempotency-Key": "k1"})
            if response.status_code != 409:
                return response
            assert time.monotonic() < end, "it stayed a conflict"
            time.sleep(0.01)


@pytest.mark.parametrize("path", ["/bare", "/orders"])
def test_endpoints_that_leave_the_body_unread_compare_it_too(api: Api, path: str) -> None:
    with api.client() as client:
        first = post(client, path, "k1", json={"message": "one"})
        again = post(client, path, "k1", json={"message": "one"})
        other = post(client, path, "k1", json={"message": "two"})
    assert again.content == first.content
    assert other.status_code == 409
    assert len(api.state.done) == 1


def test_an_upload_is_the_same_whatever_its_boundary(api: Api) -> None:
    def body(boundary: str, content: bytes) -> dict[str, Any]:
        part = b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + content
        dashed = b"--" + boundary.encode()
        return {
            "content": dashed + b"\r\n" + part + b"\r\n" + dashed + b"--\r\n",
            "headers": {
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Idempotency-Key": "k1",
            },
        }

    content = b"some text\r\n" * 30_000  # several reads, so boundaries fall across them
    with api.served() as server, server.client() as client:
        first = client.post("/ingest/upload", **body("boundary-one", content))
        again = client.post("/ingest/upload", **body("another-and-longer-boundary", content))
        other = client.post("/ingest/upload", **body("boundary-one", content + b"more"))
    assert first.json() == {"bytes": len(content), "number": 1}
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert other.status_code == 409
    assert api.state.done == ["a.txt"]


def test_a_stream_comes_again_whole(api: Api) -> None:
    with api.client() as client:
        first = post(client, "/stream/whole", "k1")
        again = post(client, "/stream/whole", "k1")
    assert first.content == again.content
    assert again.content.endswith(b"data: [DONE]\n\n")
    assert again.headers["x-thread-id"] == "thr_stream"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["cache-control"] == "no-cache, no-transform"
    assert api.state.done == ["whole"]


def test_a_stream_that_was_cut_short_is_begun_anew(api: Api) -> None:
    with api.served() as server, server.client() as client:
        key = {"Idempotency-Key": "k1"}
        with client.stream("POST", "/stream/endless", headers=key) as response:
            next(response.iter_bytes())
        assert api.state.left.wait(5)
        end = time.monotonic() + 10
        while True:
            with client.stream("POST", "/stream/endless", headers=key) as response:
                if response.status_code == 200:
                    break
            assert time.monotonic() < end, "it stayed a conflict"
            time.sleep(0.01)
    assert api.state.done == ["endless", "endless"]
    assert stored(api.db) == []


def test_a_response_too_large_to_keep_is_never_done_twice(api: Api) -> None:
    with api.client() as client:
        first = post(client, "/large", "k1")
        again = post(client, "/large", "k1")
    assert len(first.content) == 1_000_001
    assert again.status_code == 409
    assert "too large to be kept" in again.json()["error"]["message"]
    assert api.state.done == ["large"]


@pytest.mark.parametrize("kind", ["surprise", "unavailable", "provider", "full", "conflict"])
def test_what_asks_for_another_try_is_tried_again(api: Api, kind: str) -> None:
    with api.client() as client:
        post(client, f"/fail/{kind}", "k1")
        post(client, f"/fail/{kind}", "k1")
    assert api.state.done == [kind, kind]
    assert stored(api.db) == []


@pytest.mark.parametrize("kind", ["fails-later", "breaks"])
def test_a_stream_that_failed_later_is_tried_again(api: Api, kind: str) -> None:
    with api.client() as client:
        first = post(client, f"/stream/{kind}", "k1")
        again = post(client, f"/stream/{kind}", "k1")
    assert "error" in first.text
    assert "idempotent-replayed" not in again.headers
    assert "Grüße 2" in again.text
    assert stored(api.db) == []


def test_a_stream_that_was_refused_for_good_comes_again(api: Api) -> None:
    with api.client() as client:
        first = post(client, "/stream/refuses-later", "k1")
        again = post(client, "/stream/refuses-later", "k1")
    assert "That cannot be answered." in first.text
    assert again.content == first.content
    assert api.state.done == ["refuses-later"]


def test_r19_a_stream_that_a_server_ended_when_it_stopped_is_not_kept(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_api, "CLOSING", 2.0)
    with api.served() as server:
        client = server.client()
        request = client.build_request("POST", "/stream/endless", headers={"Idempotency-Key": "k1"})
        response = client.send(request, stream=True)
        assert api.state.entered.wait(5)
    assert response.read().endswith(b"data: [DONE]\n\n")
    client.close()
    assert stored(api.db) == []


def test_a_refusal_for_good_is_kept(api: Api) -> None:
    with api.client() as client:
        first = post(client, "/orders", "k1", json={"message": 5})
        again = post(client, "/orders", "k1", json={"message": 5})
        mended = post(client, "/orders", "k1", json={"message": "five"})
    assert first.status_code == again.status_code == 400
    assert first.content == again.content
    assert mended.status_code == 409


def test_a_request_over_the_rate_limit_is_not_kept(api: Api) -> None:
    with api.client(api.make_key(rate_limit=1)) as client:
        client.get("/items")
        assert post(client, "/orders", "k1", json={"message": "one"}).status_code == 429
        api.clocks.advance(61)
        assert post(client, "/orders", "k1", json={"message": "one"}).status_code == 201


def test_after_24_hours_it_is_a_first_request_again(api: Api) -> None:
    with api.client() as client:
        post(client, "/orders", "k1", json={"message": "one"})
        post(client, "/orders", "k2", json={"message": "two"})
        api.clocks.advance(24 * HOUR)
        assert (
            "idempotent-replayed" in post(client, "/orders", "k1", json={"message": "one"}).headers
        )
        api.clocks.advance(1)
        anew = post(client, "/orders", "k1", json={"message": "another"})
    assert anew.json()["number"] == 3
    assert len(stored(api.db)) == 1  # what had expired is gone, k2 too


def test_a_server_that_was_killed_leaves_no_key_blocked(api: Api) -> None:
    with api.client() as client:
        post(client, "/orders", "k1", json={"message": "one"})
    successor = Api(api.db, api.workspace)
    with successor.client(api.key) as client:
        again = post(client, "/orders", "k1", json={"message": "one"})
        fresh = post(client, "/orders", "k2", json={"message": "two"})
    assert again.json()["number"] == 1
    assert fresh.json()["number"] == 1
    assert successor.state.done == ["two"]


def test_a_response_names_the_conversation_whose_words_it_has(api: Api) -> None:
    with api.client() as client:
        post(client, "/orders", "k1", json={"message": "one"})
        post(client, "/bare", "k2")
    rows = api.db.read_now(
        lambda c: c.execute(select(idempotency_keys.c.thread_id, idempotency_keys.c.key)).all()
    )
    assert sorted(thread_id or "" for thread_id, _ in rows) == ["", "thr_1"]


@only_on_sqlite("its full disk is a trigger in its words")
def test_that_a_response_cannot_be_kept_is_no_reason_not_to_send_it(api: Api) -> None:
    api.db.write_now(
        lambda c: c.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON idempotency_keys "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    )
    with api.client() as client:
        response = post(client, "/orders", "k1", json={"message": "one"})
    assert response.json()["number"] == 1
    assert stored(api.db) == []


def test_another_workspace_cannot_reach_it(api: Api) -> None:
    with api.client() as client:
        post(client, "/orders", "k1", json={"message": "one"})
        api.db.write_now(lambda c: c.execute(update(idempotency_keys).values(key="another:/x:k1")))
        assert (
            "idempotent-replayed"
            not in post(client, "/orders", "k1", json={"message": "one"}).headers
        )
