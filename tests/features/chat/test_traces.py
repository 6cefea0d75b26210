"""Why this answer, and what it would be now."""

from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import message_traces
from features.chat.chat_room import OTHERS, Room, add_documents

RESET = "How do I reset my password?"


def ask(client: TestClient, message: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/chat", json={"message": message, **more}).json()
    return answer


def trace_of(client: TestClient, message_id: str) -> dict[str, Any]:
    response = client.get(f"/messages/{message_id}/trace")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_an_answer_says_how_it_came_about(client: TestClient, db: Database) -> None:
    answer = ask(client, RESET)
    found = trace_of(client, answer["id"])
    trace = found["trace"]
    assert (found["question"], found["standalone"]) == (RESET, RESET)
    assert found["thread_id"] == answer["thread_id"]
    best = trace["candidates"][0]
    assert best["title"] == "Account security"
    assert best["cited"]
    assert (best["lexical_rank"], best["dense_rank"], best["fused_rank"]) == (1, 1, 1)
    assert (best["rank"], best["evidence_rank"]) == (1, 1)
    assert [each["rank"] for each in trace["candidates"]] == [1, 2, 3, 4]
    assert trace["right"] == pytest.approx(answer["confidence"], abs=1e-3)
    assert trace["answerable"] >= trace["least_answerable"] == 0.4
    assert set(trace["signals"]) >= {"cosine", "coverage", "unknown_names"}
    assert trace["model"] == "extractive"
    assert trace["prompt_hash"] is None
    timings = trace["timings"]
    stages = ("understand_ms", "search_ms", "answer_ms")
    assert sum(timings[each] for each in stages) <= timings["total_ms"] + 3
    stored = db.read_now(lambda c: c.execute(select(func.length(message_traces.c.trace))).scalar())
    assert stored is not None
    assert stored < 2000


def test_a_follow_up_says_what_was_searched_for(client: TestClient) -> None:
    thread = ask(client, RESET)["thread_id"]
    follow = ask(client, "How long is it valid?", thread_id=thread)
    found = trace_of(client, follow["id"])
    assert found["question"] == "How long is it valid?"
    assert "password" in found["standalone"]
    assert found["trace"]["searched_for"] == found["standalone"]


def test_what_was_not_searched_for_has_no_trace(client: TestClient) -> None:
    hello = ask(client, "Hello!")
    for message_id in (hello["id"], "msg_none"):
        for response in (
            client.get(f"/messages/{message_id}/trace"),
            client.post(f"/messages/{message_id}/replay"),
        ):
            assert response.status_code == 404, response.text


def test_another_workspace_sees_no_trace(client: TestClient, room: Room) -> None:
    message_id = ask(client, RESET)["id"]
    with room.client(OTHERS) as other:
        assert other.get(f"/messages/{message_id}/trace").status_code == 404
        assert other.post(f"/messages/{message_id}/replay").status_code == 404


def test_a_trace_goes_with_its_conversation(client: TestClient, db: Database) -> None:
    answer = ask(client, RESET)
    client.delete(f"/conversations/{answer['thread_id']}")
    assert client.get(f"/messages/{answer['id']}/trace").status_code == 404
    assert db.read_now(lambda c: c.execute(select(message_traces)).all()) == []


def test_asked_again_nothing_has_changed_until_the_page_has(room: Room) -> None:
    with room.client() as client:
        answer = ask(client, RESET, source_ids=["src_manual"])
        first = client.post(f"/messages/{answer['id']}/replay").json()
        assert first["same"]
        assert {each["change"] for each in first["diff"]} == {"same"}
        assert first["trace"]["source_ids"] == ["src_manual"]
        changed = "To reset your password, call the support desk. The call takes five minutes."
        add_documents(room, {"Account security": changed})
        second = client.post(f"/messages/{answer['id']}/replay").json()
        assert not second["same"]
        assert second["then"]["answer"] == answer["answer"]
        assert "support desk" in second["now"]["answer"]
        assert {"added", "removed"} <= {each["change"] for each in second["diff"]}
        assert client.get("/conversations").json()["meta"]["total"] == 1
