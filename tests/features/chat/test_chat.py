"""``POST /chat``: as documented, in its thread, within its workspace."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import conversations, messages, turns
from cevvo.providers.embedding.base import Embedder
from features.chat.chat_room import OTHERS, OURS, Room

RESET = "How do I reset my password?"
MODELS = ("auto", "extractive", "gpt-4o", "claude-sonnet-4-20250514")


def rows(db: Database, table: Any) -> list[dict[str, Any]]:
    """Turns in the order in which they were asked."""
    query = select(table).order_by(turns.c.asked_at) if table is turns else select(table)
    return db.read_now(lambda c: [dict(row) for row in c.execute(query).mappings()])


def ask(client: TestClient, message: str = RESET, **more: Any) -> dict[str, Any]:
    response = client.post("/chat", json={"message": message, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_an_answer_as_documented(client: TestClient) -> None:
    answer = ask(client, "How do I get started?", thread_id=None)
    assert list(answer) == [
        "id",
        "answer",
        "thread_id",
        "sources",
        "model",
        "usage",
        "answered",
        "confidence",
        "degraded",
        "citations",
        "handover",
        "cached",
        "retrieved",
        "saved",
    ]
    assert answer["id"].startswith("msg_")
    assert answer["thread_id"].startswith("thr_")
    assert "first create a source" in answer["answer"]
    assert "[1]" in answer["answer"]
    source = answer["sources"][0]
    assert (source["title"], source["url"]) == (
        "Getting Started Guide",
        "https://docs.example.com/getting",
    )
    assert 0 < source["score"] <= 1
    assert answer["model"] == "extractive"
    assert (answer["answered"], answer["degraded"], answer["retrieved"]) == (True, False, None)
    assert 0.3 <= answer["confidence"] <= 1


def test_a_citation_quotes_the_document_and_opens_the_place(client: TestClient) -> None:
    answer = ask(client)
    (citation, *_) = answer["citations"]
    assert list(citation) == ["source", "document_id", "quote", "start", "end", "url"]
    assert citation["source"] == 1
    assert citation["document_id"].startswith("doc_")
    assert citation["quote"] in answer["answer"]
    assert citation["end"] - citation["start"] == len(citation["quote"])
    assert citation["url"].startswith("https://docs.example.com/account#:~:text=")


def test_usage_counts_what_the_model_read_and_what_was_said(
    client: TestClient, embedder: Embedder
) -> None:
    answer = ask(client)
    assert answer["usage"] == {
        "prompt_tokens": embedder.count_tokens(RESET),
        "completion_tokens": embedder.count_tokens(answer["answer"]),
    }


def test_what_is_not_there_is_not_made_up(client: TestClient, db: Database) -> None:
    answer = ask(client, "Which planets have rings?")
    assert answer["answered"] is False
    assert answer["sources"] == answer["citations"] == []
    assert answer["answer"]
    (turn,) = rows(db, turns)
    assert (turn["answered"], turn["off_topic"], turn["kind"]) == (False, False, "question")


def test_small_talk_is_answered_without_a_search(client: TestClient, db: Database) -> None:
    answer = ask(client, "Hello!", include=["retrieved"])
    assert answer["answer"]
    assert (answer["answered"], answer["sources"], answer["retrieved"]) == (True, [], [])
    (turn,) = rows(db, turns)
    assert turn["kind"] == "small_talk"
    assert (turn["standalone"], turn["vector"], turn["cluster_id"]) == (None, None, None)
    assert client.get("/analytics/overview").json()["total_messages"] == 2
    assert client.get("/analytics/overview").json()["resolution_rate"] is None


def test_the_passages_that_were_found_on_request(client: TestClient) -> None:
    answer = ask(client, include=["retrieved"])
    best = answer["retrieved"][0]
    assert list(best) == ["title", "url", "score", "quote"]
    assert best["title"] == "Account security"
    assert "valid for one hour" in best["quote"]
    assert len(answer["retrieved"]) > len(answer["sources"])
    scores = [passage["score"] for passage in answer["retrieved"]]
    assert scores == sorted(scores, reverse=True)


def test_a_thread_keeps_what_was_said(client: TestClient, db: Database) -> None:
    first = ask(client, user_id="user_42", metadata={"plan": "pro", "seats": [1, None]})
    second = ask(client, "How can I pay?", thread_id=first["thread_id"], user_id="user_43")
    assert second["thread_id"] == first["thread_id"]
    thread = client.get(f"/conversations/{first['thread_id']}").json()
    assert thread["title"] == RESET
    assert [(m["role"], m["content"]) for m in thread["messages"]] == [
        ("user", RESET),
        ("assistant", first["answer"]),
        ("user", "How can I pay?"),
        ("assistant", second["answer"]),
    ]
    shown = thread["messages"][1]
    same = ("id", "sources", "citations", "model", "answered", "confidence", "degraded", "cached")
    for name in same:
        assert shown[name] == first[name]
    assert shown["status"] == "complete"
    (kept,) = rows(db, conversations)
    assert (kept["user_id"], kept["metadata"]) == ("user_42", {"plan": "pro", "seats": [1, None]})


def test_a_follow_up_is_understood_in_its_thread(client: TestClient, db: Database) -> None:
    thread = ask(client)["thread_id"]
    answer = ask(client, "How long is it valid?", thread_id=thread)
    assert "one hour" in answer["answer"]
    follow_up = rows(db, turns)[1]
    assert "password" in follow_up["standalone"].lower()
    assert rows(db, turns)[0]["rephrased"] is False


def test_an_ellipsis_is_found_near_the_last_answer(client: TestClient) -> None:
    thread = ask(client, "How are invoices paid?")["thread_id"]
    alone = ask(client, "Any discount options?", include=["retrieved"])
    within = ask(client, "Any discount options?", thread_id=thread, include=["retrieved"])
    scores = [
        next(each["score"] for each in answer["retrieved"] if each["title"] == "Billing")
        for answer in (alone, within)
    ]
    assert within["retrieved"][0]["title"] == "Billing"
    assert scores[1] >= scores[0]


def test_a_question_about_the_conversation_is_answered_from_it(
    client: TestClient, db: Database
) -> None:
    first = ask(client)
    thread = first["thread_id"]
    source = ask(client, "Where did you get that from?", thread_id=thread, include=["retrieved"])
    again = ask(client, "Repeat that, please", thread_id=thread)
    question = ask(client, "What was my first question?", thread_id=thread)
    assert "[Account security](https://docs.example.com/account" in source["answer"]
    assert (source["sources"], source["retrieved"]) == ([], [])
    for name in ("answer", "sources", "citations"):
        assert again[name] == first[name]
    assert RESET in question["answer"]
    assert [turn["kind"] for turn in rows(db, turns)] == ["question", *["small_talk"] * 3]
    assert [turn["standalone"] for turn in rows(db, turns)] == [RESET, None, None, None]
    assert client.get("/analytics/overview").json()["resolution_rate"] == 1.0


def test_a_first_message_about_the_conversation_finds_it_at_its_beginning(
    client: TestClient, db: Database
) -> None:
    answer = ask(client, "What did I just ask?")
    assert "beginning" in answer["answer"]
    assert [turn["kind"] for turn in rows(db, turns)] == ["small_talk"]


def test_a_long_first_question_is_cut_at_a_word_for_the_title(client: TestClient) -> None:
    question = "How do I\n\nreset " + "my very old password " * 20
    thread = ask(client, question)["thread_id"]
    title = client.get(f"/conversations/{thread}").json()["title"]
    assert len(title) <= 80
    assert title.startswith("How do I reset my very old password")
    assert title.rstrip("…").split()[-1] in ("my", "very", "old", "password")


@pytest.mark.parametrize(
    "model", ["auto", "extractive", "gpt-4o", "claude-sonnet-4-20250514", None]
)
def test_the_documented_models_always_work(client: TestClient, model: str | None) -> None:
    assert ask(client, model=model)["model"] == "extractive"


def test_an_unknown_model_lists_what_there_is(client: TestClient, db: Database) -> None:
    response = client.post("/chat", json={"message": RESET, "model": "gpt-5000"})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (
        400,
        "invalid_request",
        "model",
    )
    assert all(name in error["message"] for name in MODELS)
    assert rows(db, conversations) == rows(db, messages) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message", None),
        ("message", ""),
        ("message", " \n\t "),
        ("message", "x" * 8001),
        ("message", 5),
        ("message", ["hi"]),
        ("message", "\ud800"),
        ("thread_id", 5),
        ("thread_id", True),
        ("model", 5),
        ("source_ids", "src_manual"),
        ("source_ids", []),
        ("source_ids", [5]),
        ("include", ["everything"]),
        ("include", "retrieved"),
        ("user_id", 5),
        ("user_id", ""),
        ("user_id", "u" * 201),
        ("metadata", "pro"),
        ("metadata", {"note": "x" * 4096}),
        ("metadata", {"note": float("nan")}),
    ],
)
@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_bad_input_names_its_field(
    client: TestClient, db: Database, path: str, field: str, value: Any
) -> None:
    body = json.dumps({"message": RESET, field: value})
    response = client.post(path, content=body, headers={"Content-Type": "application/json"})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_request"), error
    assert error["param"].partition("[")[0].partition(".")[0] == field
    assert rows(db, conversations) == rows(db, messages) == []


def test_a_message_may_have_8000_characters_after_trimming(client: TestClient) -> None:
    longest = "password " * 888 + "12345678"
    assert len(longest) == 8000
    thread = ask(client, f"\n  {longest}  ")["thread_id"]
    stored = client.get(f"/conversations/{thread}").json()["messages"][0]["content"]
    assert stored == longest


def test_unknown_fields_are_ignored(client: TestClient, db: Database) -> None:
    ask(client, workspace_id=OTHERS, id="msg_mine", status="complete", temperature=1)
    assert {row["workspace_id"] for row in rows(db, messages)} == {OURS}


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_an_unknown_thread_is_never_silently_a_new_one(
    client: TestClient, db: Database, path: str
) -> None:
    response = client.post(path, json={"message": RESET, "thread_id": "thr_nowhere"})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (404, "not_found", "thread_id")
    assert rows(db, conversations) == rows(db, messages) == []


def test_the_thread_of_another_workspace_is_as_unknown(room: Room, db: Database) -> None:
    with room.client() as ours, room.client(OTHERS) as theirs:
        thread = ask(ours)["thread_id"]
        refused, unknown = (
            theirs.post("/chat", json={"message": RESET, "thread_id": each}).json()["error"]
            for each in (thread, "thr_nowhere")
        )
        assert {**refused, "request_id": None} == {**unknown, "request_id": None}
        assert len(rows(db, messages)) == 2


def test_another_workspace_finds_nothing_of_ours(room: Room) -> None:
    with room.client(OTHERS) as theirs:
        answer = ask(theirs, include=["retrieved"])
        assert (answer["answered"], answer["retrieved"]) == (False, [])


def test_a_search_within_some_sources(client: TestClient) -> None:
    assert ask(client, source_ids=["src_manual", "src_empty"])["answered"] is True
    nothing = ask(client, source_ids=["src_empty"], include=["retrieved"])
    assert (nothing["answered"], nothing["retrieved"]) == (False, [])


@pytest.mark.parametrize("foreign", ["src_nowhere", "src_theirs"])
def test_an_unknown_source_is_not_found(client: TestClient, db: Database, foreign: str) -> None:
    body = {"message": RESET, "source_ids": ["src_manual", foreign]}
    response = client.post("/chat", json=body)
    assert response.status_code == 404
    assert response.json()["error"]["param"] == "source_ids"
    assert rows(db, messages) == []


def test_it_takes_the_chat_scope(room: Room) -> None:
    with room.client(scopes=("read", "ingest")) as client:
        for path in ("/chat", "/chat/stream"):
            assert client.post(path, json={"message": RESET}).status_code == 403


def test_r12_simultaneous_turns_of_a_thread_stay_whole_and_in_order(client: TestClient) -> None:
    thread = ask(client)["thread_id"]
    questions = [f"How do I pay invoice {number}?" for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda q: ask(client, q, thread_id=thread), questions))
    found = client.get(f"/conversations/{thread}").json()["messages"][2:]
    assert len(found) == 40
    assert [m["role"] for m in found] == ["user", "assistant"] * 20
    asked = {m["content"]: reply["id"] for m, reply in zip(found[::2], found[1::2], strict=True)}
    assert asked == {q: a["id"] for q, a in zip(questions, answers, strict=True)}
    times = [m["created_at"] for m in found[::2]]
    assert times == sorted(times)


def test_times_are_measured_and_stored(client: TestClient, db: Database) -> None:
    ask(client)
    (turn,) = rows(db, turns)
    assert 0 <= turn["first_token_ms"] <= turn["response_ms"] < 10_000
    assert re.fullmatch(r"turn_\w{22}", turn["id"])
    assert turn["confidence"] > 0.5
    assert turn["is_test"] is False


def test_a_question_that_is_a_test_counts_in_no_figure(client: TestClient, db: Database) -> None:
    asked = ask(client, test=True)
    assert asked["answered"] is True
    again = ask(client, thread_id=asked["thread_id"], test=True)
    assert again["answer"] == asked["answer"]
    ask(client, "Which planets have rings?", test=True)
    assert [turn["is_test"] for turn in rows(db, turns)] == [True] * 3
    assert {(turn["cluster_id"], turn["rephrased"]) for turn in rows(db, turns)} == {(None, False)}
    assert client.get("/analytics/overview").json()["total_messages"] == 0
    assert client.get("/analytics/top-questions").json()["data"] == []
    assert client.get("/analytics/coverage-gaps").json()["data"] == []


def test_a_conversation_without_its_clusters_still_answers(
    client: TestClient, db: Database
) -> None:
    """A row that memory knows and the database lost must not stop anyone."""
    ask(client)
    db.write_now(lambda c: c.execute(update(turns).values(cluster_id=None)))
    db.write_now(lambda c: c.exec_driver_sql("DELETE FROM question_clusters"))
    assert ask(client)["answered"] is True


def test_conversations_that_are_a_test_are_marked_and_can_be_left_out(client: TestClient) -> None:
    def send(**more: Any) -> str:
        body = {"message": "How do I reset my password?", **more}
        thread: str = client.post("/chat", json=body).json()["thread_id"]
        return thread

    real, test, both = send(), send(test=True), send(test=True)
    send(thread_id=both)  # somebody went on in earnest
    send(test=True, thread_id=real)

    def listed(query: str) -> dict[str, bool]:
        page = client.get(f"/conversations{query}").json()
        assert page["meta"]["total"] == len(page["data"])
        return {each["id"]: each["test"] for each in page["data"]}

    assert listed("") == {real: False, test: True, both: False}
    assert listed("?test=false") == {real: False, both: False}
    assert listed("?test=true") == {test: True}
    assert client.get(f"/conversations/{test}").json()["test"] is True
    assert client.get(f"/conversations/{real}").json()["test"] is False
    assert client.get("/conversations?test=maybe").status_code == 400
