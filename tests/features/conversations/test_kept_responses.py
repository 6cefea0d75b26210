"""What an ``Idempotency-Key`` has kept goes with the conversation whose words are in it."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from cevvo.domain.ids import new_id
from conftest import Server

QUESTION = "Where does the canary sleep?"
CHAT, STREAM, COMPLETIONS = "/api/v1/chat", "/api/v1/chat/stream", "/v1/chat/completions"
COMPLETION = {"model": "auto", "messages": [{"role": "user", "content": QUESTION}]}
MCP_CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "ask", "arguments": {"question": QUESTION}},
}
Post = Callable[[], httpx2.Response]


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    """Its paths are from the server's root."""
    headers = {"Authorization": f"Bearer {server.key}"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=60) as opened:
        source = opened.post("/api/v1/sources", json={"name": "Birds", "type": "text"}).json()["id"]
        note = {"title": "Birds", "content": "The canary sleeps in the lighthouse."}
        job = opened.post("/api/v1/ingest/text", json=note | {"source_id": source}).json()
        with server.client() as api:
            assert server.wait_for_job(api, job["job_id"])["status"] == "completed"
        yield opened


def with_key(client: httpx2.Client, path: str, **request: Any) -> Post:
    """The same request each time that it is called."""
    headers = {"Idempotency-Key": new_id("try"), "Accept": "application/json, text/event-stream"}
    return lambda: client.post(path, headers=headers, **request)


def conversation(client: httpx2.Client) -> str:
    """The one that was spoken in last."""
    newest: str = client.get("/api/v1/conversations").json()["data"][0]["id"]
    return newest


def answered(post: Post) -> httpx2.Response:
    """A response that is kept."""
    first, again = post(), post()
    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    return first


def delete(client: httpx2.Client, conversation_id: str) -> None:
    assert client.delete(f"/api/v1/conversations/{conversation_id}").json() == {"deleted": True}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, {"message": QUESTION}),
        (STREAM, {"message": QUESTION}),
        (COMPLETIONS, COMPLETION),
        (COMPLETIONS, COMPLETION | {"stream": True}),
        ("/mcp", MCP_CALL),
    ],
)
def test_a_deleted_answer_is_not_given_again(
    client: httpx2.Client, path: str, body: dict[str, Any]
) -> None:
    post = with_key(client, path, json=body)
    first, deleted = answered(post), conversation(client)
    assert deleted in first.text
    delete(client, deleted)
    again = post()
    assert again.status_code == 200
    assert "idempotent-replayed" not in again.headers
    assert deleted not in again.text
    assert conversation(client) in again.text


def test_a_deleted_answer_is_not_compared_again(client: httpx2.Client) -> None:
    answer = client.post(CHAT, json={"message": QUESTION}).json()
    post = with_key(client, f"/api/v1/messages/{answer['id']}/replay")
    assert QUESTION in answered(post).text
    delete(client, answer["thread_id"])
    again = post()
    assert again.status_code == 404
    assert "canary" not in again.text


@pytest.mark.parametrize("what", ["feedback", "escalate"])
def test_what_was_said_of_a_deleted_answer_goes_too(client: httpx2.Client, what: str) -> None:
    answer = client.post(CHAT, json={"message": QUESTION}).json()
    path, body = {
        "feedback": ("feedback", {"message_id": answer["id"], "rating": "positive"}),
        "escalate": (f"conversations/{answer['thread_id']}/escalate", {"reason": "No canary."}),
    }[what]
    post = with_key(client, f"/api/v1/{path}", json=body)
    answered(post)
    delete(client, answer["thread_id"])
    assert post().status_code == 404


def test_a_deleted_comment_is_in_no_delivery_that_was_retried(client: httpx2.Client) -> None:
    hook = {
        "url": f"{client.base_url}/nowhere",
        "events": ["feedback.negative"],
        "include_text": True,
    }
    webhook = client.post("/api/v1/webhooks", json=hook).json()["id"]
    deliveries = f"/api/v1/webhooks/{webhook}/deliveries"
    answer = client.post(CHAT, json={"message": QUESTION}).json()
    rating = {"message_id": answer["id"], "rating": "negative", "comment": "No canary."}
    client.post("/api/v1/feedback", json=rating)
    (delivery,) = client.get(deliveries).json()["data"]
    post = with_key(client, f"{deliveries}/{delivery['id']}/retry")
    assert "No canary." in answered(post).text
    delete(client, answer["thread_id"])
    again = post()
    client.delete(f"/api/v1/webhooks/{webhook}")
    assert again.status_code == 404
    assert "canary" not in again.text
