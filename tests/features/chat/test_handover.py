"""Hand-over and refusals: reasons as fields, the owner's words, and what they count as."""

from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import conversations, turns
from cevvo.providers.embedding.base import Embedder
from features.chat.chat_room import OTHERS, Misbehaving, Room, events_of
from features.chat.model_room import Model

RESET = "How do I reset my password?"
PERSON = "Can I talk to a human?"
NOBODY_KNOWS = "Which planets have rings?"


def rows(db: Database, table: Any) -> list[dict[str, Any]]:
    return db.read_now(lambda c: [dict(row) for row in c.execute(select(table)).mappings()])


def ask(client: TestClient, message: str, **more: Any) -> dict[str, Any]:
    response = client.post("/chat", json={"message": message, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def put(client: TestClient, **changes: Any) -> None:
    response = client.put("/settings/answers", json=changes)
    assert response.status_code == 200, response.text


def last_message(client: TestClient, answer: dict[str, Any]) -> Any:
    return client.get(f"/conversations/{answer['thread_id']}").json()["messages"][-1]


def test_an_ordinary_answer_hands_nothing_over(client: TestClient) -> None:
    answer = ask(client, RESET)
    assert (answer["handover"], answer["cached"]) == (None, False)
    stored = last_message(client, answer)
    assert (stored["handover"], stored["cached"]) == (None, False)


def test_who_asks_for_a_person_gets_one_without_a_search(client: TestClient, db: Database) -> None:
    thread = ask(client, RESET)["thread_id"]
    assert client.get("/analytics/overview").json()["resolution_rate"] == 1.0
    answer = ask(client, PERSON, thread_id=thread, include=["retrieved"])
    assert answer["handover"] == {"reason": "customer_request"}
    assert "person" in answer["answer"]
    assert (answer["sources"], answer["retrieved"]) == ([], [])
    assert last_message(client, answer)["handover"] == {"reason": "customer_request"}
    (conversation,) = rows(db, conversations)
    assert conversation["escalated_at"] is not None
    assert conversation["escalation_reason"] == PERSON
    question, request = sorted(rows(db, turns), key=lambda turn: turn["asked_at"])
    assert (question["kind"], question["escalated"], question["handover"]) == (
        "question",
        True,
        None,
    )
    assert (request["kind"], request["handover"]) == ("small_talk", "customer_request")
    assert client.get("/analytics/overview").json()["resolution_rate"] == 0.0


def test_a_person_asked_for_at_once_is_no_question(client: TestClient, db: Database) -> None:
    ask(client, PERSON)
    assert rows(db, conversations)[0]["escalated_at"] is not None
    assert client.get("/analytics/overview").json()["resolution_rate"] is None
    assert client.get("/analytics/coverage-gaps").json()["data"] == []


def test_the_owner_says_what_is_said_and_whether_at_all(client: TestClient, db: Database) -> None:
    put(client, handover={"message": "Write to help@example.com."})
    assert ask(client, PERSON)["answer"] == "Write to help@example.com."
    put(client, handover={"customer_request": False})
    answer = ask(client, PERSON)
    assert (answer["handover"], answer["answered"]) == (None, False)
    assert rows(db, turns)[-1]["kind"] == "question"


def test_missing_knowledge_is_handed_over_where_the_owner_wants_it(
    client: TestClient, db: Database
) -> None:
    before = ask(client, NOBODY_KNOWS)
    assert before["handover"] is None
    put(client, handover={"missing_knowledge": True, "message": "A person will look into it."})
    after = ask(client, NOBODY_KNOWS)
    assert (after["handover"], after["answered"]) == ({"reason": "missing_knowledge"}, False)
    assert after["answer"] == before["answer"] + "\n\nA person will look into it."
    assert last_message(client, after)["content"] == after["answer"]
    *texts, sources = events_of(client.post("/chat/stream", json={"message": NOBODY_KNOWS}))
    assert "".join(event["text"] for event in texts) == after["answer"]
    assert sources["handover"] == {"reason": "missing_knowledge"}
    assert ask(client, RESET)["handover"] is None
    assert [turn["handover"] for turn in rows(db, turns)] == [
        None,
        "missing_knowledge",
        "missing_knowledge",
        None,
    ]
    assert {row["escalated_at"] for row in rows(db, conversations)} == {None}


def test_a_refused_topic_is_not_answered_from_documents(client: TestClient, db: Database) -> None:
    assert ask(client, "What are the ways of payment for invoices?")["answered"] is True
    put(client, refuse=[{"topic": "payment of invoices", "reply": "Ask our bookkeepers."}])
    answer = ask(client, "What are the ways of payment for invoices?", include=["retrieved"])
    assert answer["answer"] == "Ask our bookkeepers."
    assert (answer["answered"], answer["handover"]) == (False, None)
    assert answer["sources"] == answer["citations"] == answer["retrieved"] == []
    assert ask(client, RESET)["answered"] is True
    refused = rows(db, turns)[1]
    assert (refused["kind"], refused["answered"], refused["off_topic"]) == (
        "question",
        False,
        True,
    )
    assert client.get("/analytics/coverage-gaps").json()["data"] == []
    put(client, refuse=None)
    assert ask(client, "What are the ways of payment for invoices?")["answered"] is True


@pytest.mark.parametrize("message", [None, "Write to help@example.com."])
def test_a_refused_topic_is_handed_over_where_the_owner_wants_it(
    client: TestClient, message: str | None
) -> None:
    topics = [{"topic": "discounts"}]
    put(client, refuse=topics, handover={"policy": True, "message": message})
    answer = ask(client, "Do you offer discounts for students?")
    assert answer["handover"] == {"reason": "policy"}
    assert answer["answer"] == "I cannot help with this here." + (
        f"\n\n{message}" if message else ""
    )
    assert last_message(client, answer)["handover"] == {"reason": "policy"}


def test_a_refused_topic_reaches_no_model(db: Database, embedder: Embedder) -> None:
    room = Room(db, embedder, [Misbehaving(at_the_end="raise")])
    with room.client() as client:
        put(client, refuse=[{"topic": "politics"}])
        assert ask(client, "What do you think about politics?")["answered"] is False
        assert client.post("/chat", json={"message": RESET}).status_code == 502


@pytest.mark.parametrize(
    ("reason", "settings", "expected"),
    [
        ("customer_request", {}, "customer_request"),
        ("customer_request", {"handover": {"customer_request": False}}, None),
        ("policy", {}, None),
        ("policy", {"handover": {"policy": True}}, "policy"),
        (
            "customer_request",
            {"handover": {"customer_request": False, "missing_knowledge": True}},
            None,
        ),
    ],
)
def test_what_a_model_hands_over_goes_by_the_owners_rules(
    db: Database, embedder: Embedder, reason: str, settings: dict[str, Any], expected: str | None
) -> None:
    with Room(
        db, embedder, [Model(answered=False, changes={"handover": reason})]
    ).client() as client:
        put(client, **settings)
        answer = ask(client, RESET)
        assert answer["handover"] == (expected and {"reason": expected})
        assert client.get("/analytics/coverage-gaps").json()["data"] == []
    escalated = rows(db, conversations)[0]["escalated_at"] is not None
    assert escalated == (expected == "customer_request")
    assert rows(db, turns)[0]["handover"] == expected


def test_the_owners_words_for_what_a_model_hands_over(db: Database, embedder: Embedder) -> None:
    model = Model()
    topics = [{"topic": "politics", "reply": "No comment."}]
    with Room(db, embedder, [model]).client() as client:
        ask(client, RESET)
        put(client, refuse=topics, handover={"message": "Call us.", "policy": True})
        ask(client, RESET)
        put(client, refuse=[*topics, {"topic": "religion"}], handover={"customer_request": False})
        ask(client, RESET)
    replies = [(given.handover_reply, given.refusal_reply) for _, given in model.calls]
    assert replies[0] == ("", "I cannot help with this here.")
    assert replies[1] == ("Call us.", "No comment.\n\nCall us.")
    assert "could not find" in replies[2][0]  # no person is promised where none comes
    assert replies[2][1] == "I cannot help with this here.\n\nCall us."
    assert model.calls[2][1].topic_replies == (
        "No comment.\n\nCall us.",
        "I cannot help with this here.\n\nCall us.",
    )


def test_a_question_about_the_conversation_is_answered_from_it(
    client: TestClient, db: Database
) -> None:
    first = ask(client, RESET)
    again = ask(client, "What did I ask first?", thread_id=first["thread_id"])
    assert RESET.rstrip("?") in again["answer"]
    assert (again["answered"], again["handover"]) == (True, None)
    in_order = sorted(rows(db, turns), key=lambda turn: turn["asked_at"])
    assert [turn["kind"] for turn in in_order] == ["question", "small_talk"]


def test_s3_another_workspaces_settings_say_nothing_here(room: Room) -> None:
    with room.client(OTHERS) as theirs, room.client() as ours:
        put(theirs, refuse=[{"topic": "password reset"}], handover={"message": "canary"})
        assert ask(ours, RESET)["answered"] is True
        assert "canary" not in ask(ours, PERSON)["answer"]


def test_a_follow_up_on_a_refused_topic_is_refused_too(client: TestClient) -> None:
    put(client, refuse=[{"topic": "discounts"}])
    first = ask(client, "Do you offer discounts?")
    again = ask(client, "Why not give them to students?", thread_id=first["thread_id"])
    assert again["answered"] is False
    assert again["answer"] == first["answer"]
