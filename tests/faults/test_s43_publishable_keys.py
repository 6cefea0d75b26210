"""S43: what a key that everyone can read in a web page may do, and for whom."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from cevvo.domain.access import Visitor
from cevvo.domain.ids import WorkspaceId
from cevvo.features.conversations import endpoints as conversations
from cevvo.features.conversations.repository import append_message, create_conversation
from cevvo.features.conversations.service import ConversationsService
from cevvo.features.feedback import endpoints as feedback
from cevvo.features.feedback.service import FeedbackService
from cevvo.features.visitors import endpoints as visitors
from cevvo.foundation.access.visitors import VisitorTokens
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import workspaces
from cevvo.foundation.secrets import Secrets
from conftest import Server, on_one_day
from http_api import Api

SITE = "https://shop.test"


@pytest.fixture
def widget(api: Api, db: Database) -> Api:
    """With the endpoints that a widget talks to."""
    state, clock = api.app.state, api.clocks.now
    state.conversations = ConversationsService(db, clock)
    state.feedback = FeedbackService(db, clock)
    state.visitors = VisitorTokens(db, Secrets.of(db.data_dir), clock)
    for each in (conversations, feedback, visitors):
        api.app.include_router(each.router, prefix="/api/v1")
    return api


@contextmanager
def page(api: Api, key: str, token: str | None = None, site: str = SITE) -> Iterator[TestClient]:
    """A web page of ``site`` with a publishable key, as its browser sends it."""
    with api.client(key) as client:
        client.headers["Origin"] = site
        if token is not None:
            client.headers["X-Visitor-Token"] = token
        yield client


def token_for(api: Api, key: str) -> Any:
    with page(api, key) as client:
        response = client.post("/visitor-tokens", json={})
    assert response.status_code == 200, response.text
    return response.json()


def thread_of(db: Database, api: Api, thread_id: str, visitor_id: str | None) -> None:
    """A thread of a visitor with a question and an answer."""
    ids = (api.workspace, thread_id)
    now = api.clocks.now()
    visitor = None if visitor_id is None else Visitor(visitor_id)

    def write(connection: Any) -> None:
        create_conversation(connection, *ids, question="my wish", visitor=visitor, now=now)
        asked = append_message(
            connection, *ids, message_id=f"{thread_id}_q", role="user", content="q", now=now
        )
        append_message(
            connection, *ids, message_id=f"{thread_id}_a", role="assistant", content="a", now=now,
            reply_to=asked,
        )  # fmt: skip

    db.write_now(write)


@pytest.mark.parametrize(
    "origin",
    [
        None, "null", "", "https://shop.test.evil.test", "https://evil.test", "http://shop.test",
        "https://sub.shop.test", "https://shop.test:8443", "https://shop.test/", "shop.test",
        "https://shop.tes", "https://shop.test, https://evil.test", "https://SHOP.test", "*",
    ],
)  # fmt: skip
def test_s43_another_origin_or_none_is_refused(widget: Api, origin: str | None) -> None:
    with widget.client(widget.make_key(origins=(SITE,))) as client:
        headers = {} if origin is None else {"Origin": origin}
        response = client.post("/visitor-tokens", json={}, headers=headers)
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "origin_not_allowed"
    assert "access-control-allow-origin" not in response.headers


def test_s43_two_origins_are_none(widget: Api) -> None:
    with widget.client(widget.make_key(origins=(SITE,))) as client:
        headers = [("Origin", SITE), ("Origin", "https://evil.test")]
        assert client.post("/visitor-tokens", json={}, headers=headers).status_code == 403


def test_s43_no_history_without_a_visitor_token(widget: Api, db: Database) -> None:
    thread_of(db, widget, "thr_a", "vis_a")
    with page(widget, widget.make_key(origins=(SITE,))) as client:
        refused = (
            client.get("/conversations"),
            client.get("/conversations/thr_a"),
            client.post("/feedback", json={"message_id": "thr_a_a", "rating": "positive"}),
            client.post("/conversations/thr_a/escalate", json={"reason": "x"}),
        )
    for response in refused:
        assert response.status_code == 403
        assert "X-Visitor-Token" in response.json()["error"]["message"]


def test_s43_a_visitor_has_their_own_threads_and_no_others(widget: Api, db: Database) -> None:
    key = widget.make_key(origins=(SITE,))
    ours, theirs = token_for(widget, key), token_for(widget, key)
    thread_of(db, widget, "thr_ours", ours["visitor_id"])
    thread_of(db, widget, "thr_theirs", theirs["visitor_id"])
    thread_of(db, widget, "thr_of_a_server", None)
    with page(widget, key, ours["visitor_token"]) as client:
        listed = [each["id"] for each in client.get("/conversations").json()["data"]]
        assert listed == ["thr_ours"]
        assert client.get("/conversations/thr_ours").status_code == 200
        rating = {"message_id": "thr_ours_a", "rating": "positive"}
        assert client.post("/feedback", json=rating).status_code == 200
        reason = {"reason": "A person, please."}
        assert client.post("/conversations/thr_ours/escalate", json=reason).status_code == 200
        for other in ("thr_theirs", "thr_of_a_server", "thr_none"):
            rating = {"message_id": f"{other}_a", "rating": "negative"}
            answers = (
                client.get(f"/conversations/{other}"),
                client.post("/feedback", json=rating),
                client.post(f"/conversations/{other}/escalate", json=reason),
            )
            assert {each.status_code for each in answers} == {404}
        assert client.delete("/conversations/thr_ours").status_code == 403
    with widget.client() as server:
        shown = server.get("/conversations/thr_theirs").json()
    assert shown["messages"][1]["feedback"] is None


def test_s43_a_token_is_renewed_for_the_same_visitor_and_expires(widget: Api) -> None:
    key = widget.make_key(origins=(SITE,))
    first = token_for(widget, key)
    widget.clocks.advance(24 * 3600 - 1)
    with page(widget, key, first["visitor_token"]) as client:
        second = client.post("/visitor-tokens", json={}).json()
        assert second["visitor_id"] == first["visitor_id"]
        widget.clocks.advance(2)
        late = client.get("/conversations")
    assert late.status_code == 401
    assert late.json()["error"]["code"] == "invalid_visitor_token"
    assert "has expired" in late.json()["error"]["message"]
    with page(widget, key, second["visitor_token"]) as client:
        assert client.get("/conversations").status_code == 200


def test_s43_a_backend_names_the_user_and_a_page_cannot(widget: Api) -> None:
    key = widget.make_key(origins=(SITE,))
    with widget.client() as server, page(widget, key) as client:
        named = server.post("/visitor-tokens", json={"user_id": "42"}).json()
        nobody = server.post("/visitor-tokens", json={})
        claimed = client.post("/visitor-tokens", json={"user_id": "42"})
        both = server.get("/items", headers={"X-Visitor-Token": named["visitor_token"]})
    assert (named["visitor_id"], named["user_id"]) == ("user:42", "42")
    for response in (nobody, claimed, both):
        assert response.status_code == 400
    with page(widget, key, named["visitor_token"]) as client:
        assert client.post("/visitor-tokens", json={}).json()["user_id"] == "42"


@pytest.mark.parametrize("character", ["я", "😀", "\x01", '"', "\\", "\u2028"])
def test_s43_a_token_holds_for_the_longest_user_id(widget: Api, character: str) -> None:
    key, user_id = widget.make_key(origins=(SITE,)), 200 * character
    with widget.client() as server:
        named = server.post("/visitor-tokens", json={"user_id": user_id}).json()
        too_long = server.post("/visitor-tokens", json={"user_id": user_id + "a"})
    with page(widget, key, named["visitor_token"]) as client:
        again = client.post("/visitor-tokens", json={}).json()
        assert client.get("/conversations").status_code == 200
    assert again["user_id"] == named["user_id"] == user_id
    assert too_long.status_code == 400


def test_s43_half_a_character_is_no_user_id(widget: Api) -> None:
    with widget.client() as server:
        body, is_json = b'{"user_id": "\\ud83d"}', {"Content-Type": "application/json"}
        refused = server.post("/visitor-tokens", content=body, headers=is_json)
    assert refused.status_code == 400


def test_s43_a_token_cannot_be_made_or_changed(widget: Api, db: Database) -> None:
    key = widget.make_key(origins=(SITE,))
    token = token_for(widget, key)["visitor_token"]
    body, _, signature = token.partition(".")
    other = WorkspaceId("ws_other")
    row = {"id": other, "name": "o", "created_at": 0}
    db.write_now(lambda c: c.execute(workspaces.insert().values(**row)))
    foreign = token_for(widget, widget.make_key(origins=(SITE,), workspace=other))["visitor_token"]
    wrong = [
        "", "x", body, f"{body}.", f".{signature}", f"{body}.{signature[:-2]}", f"{token}A",
        f"{body}A.{signature}", f"{foreign.partition('.')[0]}.{signature}", foreign, token * 30,
        f"cevvo_vt_{'A' * 40}.{signature}", "cevvo_vt_\xff.\xff", widget.key, f"{token}, {token}",
    ]  # fmt: skip
    for each in wrong:
        with page(widget, key) as client:
            headers = {"X-Visitor-Token": each.encode("latin-1")}
            response = client.get("/conversations", headers=headers)
        assert response.status_code == 401, each
        assert response.json()["error"]["code"] == "invalid_visitor_token"


def test_s21_the_key_that_signs_is_sealed(widget: Api, db: Database) -> None:
    token_for(widget, widget.make_key(origins=(SITE,)))
    sealed = db.read_now(lambda c: c.exec_driver_sql("SELECT sealed FROM workspace_secrets").all())
    assert len(sealed) == 1
    owner = f"workspace_secrets:{widget.workspace}:visitor_tokens"
    assert len(bytes.fromhex(Secrets.of(db.data_dir).open(sealed[0][0], belongs_to=owner))) == 32


def test_s43_one_visitor_or_address_cannot_use_the_key_up(widget: Api) -> None:
    key = widget.make_key(origins=(SITE,), rate_limit=500)
    one, two = (token_for(widget, key)["visitor_token"] for _ in range(2))
    with page(widget, key, one) as client:
        statuses = [client.get("/conversations").status_code for _ in range(21)]
        refused = client.get("/conversations")
    assert statuses == [200] * 20 + [429]
    assert "this visitor" in refused.json()["error"]["message"]
    assert int(refused.headers["retry-after"]) <= 60
    with page(widget, key, two) as client:
        assert client.get("/conversations").status_code == 200
    with page(widget, key) as client:
        rest = [client.post("/visitor-tokens", json={}).status_code for _ in range(60)]
        refused = client.post("/visitor-tokens", json={})
    assert rest.count(200) == 60 - 2 - 20 - 1 - 2  # what this address had before
    assert "this address" in refused.json()["error"]["message"]
    widget.clocks.advance(60)
    with page(widget, key) as client:
        assert client.post("/visitor-tokens", json={}).status_code == 200


def test_s43_a_user_id_of_emoji_goes_through_a_real_server(server: Server) -> None:
    user_id = 200 * "😀"
    with server.client() as admin:
        body = {"name": "w", "kind": "publishable", "allowed_origins": [SITE]}
        made = admin.post("/api-keys", json=body).json()
        token = admin.post("/visitor-tokens", json={"user_id": user_id}).json()["visitor_token"]
        with server.client(made["key"]) as client:
            client.headers.update({"Origin": SITE, "X-Visitor-Token": token})
            asked = client.post("/chat", json={"message": "How do I fly a balloon?"})
            thread = asked.json()["thread_id"]
            listed = client.get("/conversations").json()["data"]
    assert [each["id"] for each in listed] == [thread]
    stored = server.stored("SELECT user_id FROM conversations WHERE id = ?", thread)
    assert stored == [(user_id,)]


def test_s43_s44_the_whole_way_with_a_real_server(server: Server) -> None:
    on_one_day(60)
    with server.client() as admin:
        body = {"name": "w", "kind": "publishable", "allowed_origins": [SITE]}
        made = admin.post("/api-keys", json=body | {"messages_per_day": 3}).json()
    with server.client(made["key"]) as client:
        client.headers["Origin"] = SITE
        question = {"message": "How do I fly a balloon?"}
        first = client.post("/chat", json=question)
        thread = {"thread_id": first.json()["thread_id"]}
        assert first.status_code == 200
        assert client.post("/chat", json=question | thread).status_code == 403
        assert client.post("/chat", json=question | {"user_id": "42"}).status_code == 400
        token = client.post("/visitor-tokens", json={}).json()["visitor_token"]
        client.headers["X-Visitor-Token"] = token
        assert client.post("/chat", json=question | thread).status_code == 404  # it is nobody's
        own = client.post("/chat", json=question).json()["thread_id"]
        assert client.post("/chat", json=question | {"thread_id": own}).status_code == 200
        shown = client.get(f"/conversations/{own}").json()
        assert len(shown["messages"]) == 4
        spent = client.post("/chat/stream", json=question)
        assert client.get(f"/conversations/{own}").json() == shown
    assert spent.status_code == 429
    assert spent.json()["error"]["code"] == "budget_exceeded"
    assert "3 messages of today" in spent.json()["error"]["message"]


WISH = "How do I fly a balloon?"
COMPLETION = {"messages": [{"role": "user", "content": WISH}]}
MCP = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "ask", "arguments": {"question": WISH}},
}
SURFACES: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/api/v1/chat", {"message": WISH}),
    "chat stream": ("/api/v1/chat/stream", {"message": WISH}),
    "completion": ("/v1/chat/completions", COMPLETION),
    "completion stream": ("/v1/chat/completions", COMPLETION | {"stream": True}),
    "mcp": ("/mcp", MCP),
}


@contextmanager
def website(server: Server) -> Iterator[httpx2.Client]:
    """A web page with a publishable key of its own, at the paths of the whole server."""
    with server.client() as admin:
        body = {"name": "w", "kind": "publishable", "allowed_origins": [SITE]}
        key = admin.post("/api-keys", json=body).json()["key"]
    headers = {
        "Authorization": f"Bearer {key}",
        "Origin": SITE,
        "Accept": "application/json, text/event-stream",
    }
    with httpx2.Client(base_url=server.url, headers=headers, timeout=60) as client:
        yield client


@pytest.mark.parametrize("surface", SURFACES)
def test_s43_what_a_named_visitor_says_is_deleted_with_the_user(
    server: Server, surface: str
) -> None:
    path, body = SURFACES[surface]
    user = {"user_id": f"user of {surface}"}
    with server.client() as admin, website(server) as client:
        token = admin.post("/visitor-tokens", json=user).json()["visitor_token"]
        asked = client.post(path, json=body, headers={"X-Visitor-Token": token})
        assert asked.status_code == 200, asked.text
        found = re.search(r"thr_\w+", f"{asked.headers.get('x-thread-id')} {asked.text}")
        assert found is not None
        thread = f"/conversations/{found[0]}"
        assert admin.get(thread).status_code == 200
        assert admin.delete("/conversations", params=user).json()["count"] == 1
        assert admin.get(thread).status_code == 404


@pytest.mark.parametrize(
    ("surface", "field"),
    [
        ("chat", "user_id"),
        ("chat stream", "user_id"),
        ("completion", "user"),
        ("completion stream", "user"),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_s43_a_page_cannot_say_who_asks(
    server: Server, surface: str, field: str, named: bool
) -> None:
    path, body = SURFACES[surface]
    with server.client() as admin, website(server) as client:
        if named:
            visitor = admin.post("/visitor-tokens", json={"user_id": "user_43"}).json()
            client.headers["X-Visitor-Token"] = visitor["visitor_token"]
        before = admin.get("/conversations").json()["meta"]["total"]
        refused = client.post(path, json=body | {field: "user_42"})
        assert admin.get("/conversations").json()["meta"]["total"] == before
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == field
    assert "cannot vouch for who asks" in refused.json()["error"]["message"]


def test_s43_an_agent_goes_on_with_the_threads_of_its_visitor_alone(server: Server) -> None:
    def ask(client: httpx2.Client, thread_id: str, token: str | None) -> str:
        arguments = {"question": WISH, "thread_id": thread_id}
        call = MCP | {"params": {"name": "ask", "arguments": arguments}}
        headers = {} if token is None else {"X-Visitor-Token": token}
        return client.post("/mcp", json=call, headers=headers).text

    with website(server) as client:
        tokens = [client.post("/api/v1/visitor-tokens", json={}).json() for _ in range(2)]
        own, other = (each["visitor_token"] for each in tokens)
        asked = client.post(
            "/api/v1/chat", json={"message": WISH}, headers={"X-Visitor-Token": own}
        )
        thread = asked.json()["thread_id"]
        assert "insufficient_scope" in ask(client, thread, None)
        assert "not_found" in ask(client, thread, other)
        assert f'"{thread}"' in ask(client, thread, own).replace("\\", "")
