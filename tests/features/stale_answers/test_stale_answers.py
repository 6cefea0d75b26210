"""Answers that rest on words which are no longer there, found on a real server."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from api_walk import key_in_database, new_workspace
from conftest import Server

RATES = "One kilogram costs nine euros. Letters cost one euro."
COST = "What does one kilogram cost?"


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    """A client of a workspace of its own."""
    workspace = new_workspace(server, "Stale")
    scopes = ("chat", "read", "ingest", "admin")
    with server.client(key_in_database(server, workspace, scopes)) as opened:
        yield opened


def write(server: Server, client: httpx2.Client, title: str, content: str, **more: Any) -> str:
    body = {"title": title, "content": content, **more}
    job = server.wait_for_job(client, client.post("/ingest/text", json=body).json()["job_id"])
    assert job["status"] == "completed"
    return str(job["source_id"])


def ask(client: httpx2.Client, message: str, **more: Any) -> dict[str, Any]:
    body = {"message": message, **more}
    answer: dict[str, Any] = client.post("/chat", json=body).json()
    assert answer["answered"], answer
    return answer


def stale_once(
    client: httpx2.Client, holds: Callable[[list[dict[str, Any]]], bool]
) -> list[dict[str, Any]]:
    """The stale answers as soon as they are so."""
    end = time.monotonic() + 60
    while True:
        found: list[dict[str, Any]] = client.get("/analytics/stale-answers").json()["data"]
        if holds(found):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.05)


def judged(found: list[dict[str, Any]]) -> bool:
    return bool(found) and all(each["verdict"] for each in found)


def test_a_page_that_changes_makes_answers_stale(server: Server, client: httpx2.Client) -> None:
    write(server, client, "Rates", RATES)
    answer = ask(client, COST)
    ask(client, COST, test=True)
    write(server, client, "Rates", RATES.replace("nine", "ten"))
    (stale,) = stale_once(client, judged)
    assert (stale["message_id"], stale["thread_id"]) == (answer["id"], answer["thread_id"])
    assert (stale["question"], stale["open"], stale["verdict"]) == (COST, True, "different")
    (document,) = stale["documents"]
    assert (document["title"], document["change"]) == ("Rates", "changed")
    assert document["quotes"] == ["One kilogram costs nine euros."]
    assert stale["then"]["answer"] == answer["answer"]
    assert stale["now"]["citations"][0]["quote"] == "One kilogram costs ten euros."
    listed = client.get("/analytics/stale-answers", params={"verdict": "unanswered"}).json()
    assert listed == {"data": [], "meta": {"page": 1, "per_page": 20, "total": 0}}

    # What it quotes is there again.
    write(server, client, "Rates", RATES)
    assert stale_once(client, lambda found: not found) == []


def test_what_is_still_there_is_named_too(server: Server, client: httpx2.Client) -> None:
    write(server, client, "Rates", RATES)
    answer = ask(client, COST)
    write(server, client, "Rates", RATES.replace("nine", "ten"))
    stale_once(client, judged)
    forget = "UPDATE stale_answers SET documents = '[]' WHERE message_id = ?"
    server.stored(forget, answer["id"])  # as where it is another document that changed
    (stale,) = stale_once(client, judged)
    assert [each["title"] for each in stale["then"]["citations"]] == ["Rates"]


def test_a_page_that_changes_elsewhere_leaves_them_be(
    server: Server, client: httpx2.Client
) -> None:
    write(server, client, "Rates", RATES)
    ask(client, COST)
    write(server, client, "Rates", RATES.replace("one euro", "two euros"))
    write(server, client, "Hours", "We open at nine o'clock.")
    ask(client, "When do you open?")
    source = write(server, client, "Rates", RATES.replace("one euro", "three  euros"))
    client.delete(f"/sources/{source}")
    write(server, client, "Other", "Balloons are filled with helium.")
    found = stale_once(client, lambda each: len(each) == 2 and judged(each))
    assert {each["documents"][0]["change"] for each in found} == {"removed"}
    assert {each["documents"][0]["title"] for each in found} == {"Rates", "Hours"}
    assert [each["verdict"] for each in found] == ["unanswered", "unanswered"]


def test_a_question_is_asked_again_of_what_it_was_asked_of(
    server: Server, client: httpx2.Client
) -> None:
    ours, theirs = (
        client.post("/sources", json={"name": name, "type": "text"}).json()["id"] for name in "AB"
    )
    write(server, client, "Rates", RATES, source_id=ours)
    narrowed, free = ask(client, COST, source_ids=[ours]), ask(client, COST)
    write(server, client, "Prices", RATES, source_id=theirs)
    write(server, client, "Rates", "Balloons are filled with helium.", source_id=ours)
    found = stale_once(client, lambda each: len(each) == 2 and judged(each))
    assert {each["message_id"]: each["verdict"] for each in found} == {
        narrowed["id"]: "unanswered",
        free["id"]: "same",
    }


def test_what_only_repeats_an_answer_is_none(server: Server, client: httpx2.Client) -> None:
    write(server, client, "Rates", RATES)
    answer = ask(client, COST)
    repeated = ask(client, "Can you repeat that?", thread_id=answer["thread_id"])
    assert repeated["citations"] == answer["citations"]
    write(server, client, "Rates", RATES.replace("nine", "ten"))
    (stale,) = stale_once(client, judged)
    assert stale["message_id"] == answer["id"]


def test_what_was_kept_of_repeated_answers_is_neither_shown_nor_waited_for(
    server: Server, client: httpx2.Client
) -> None:
    write(server, client, "Rates", RATES)
    answer = ask(client, COST)
    repeated = ask(client, "Can you repeat that?", thread_id=answer["thread_id"])
    server.stored(
        "INSERT INTO cited_documents (message_id, document_id, workspace_id, content_hash) "
        "SELECT ?, document_id, workspace_id, content_hash FROM cited_documents "
        "WHERE message_id = ? ON CONFLICT DO NOTHING",
        repeated["id"],
        answer["id"],
    )
    write(server, client, "Rates", RATES.replace("nine", "ten"))
    stale_once(client, judged)
    live = (
        "SELECT id FROM jobs WHERE kind = 'recheck' AND status <> 'completed' "
        "AND workspace_id = (SELECT workspace_id FROM messages WHERE id = ?)"
    )
    end = time.monotonic() + 30
    while server.stored(live, answer["id"]):
        assert time.monotonic() < end, "a job that looks at answers again always follows another"
        time.sleep(0.05)
    kept = "SELECT checked_at FROM stale_answers WHERE message_id = ?"
    assert [each[0] for each in server.stored(kept, repeated["id"])] == [None]
    listed = client.get("/analytics/stale-answers").json()
    assert [each["message_id"] for each in listed["data"]] == [answer["id"]]
    assert listed["meta"]["total"] == 1


def test_they_go_with_their_conversation(server: Server, client: httpx2.Client) -> None:
    write(server, client, "Rates", RATES)
    thread = ask(client, COST)["thread_id"]
    write(server, client, "Rates", RATES.replace("nine", "ten"))
    stale_once(client, judged)
    client.delete(f"/conversations/{thread}")
    assert client.get("/analytics/stale-answers").json()["data"] == []


def test_another_workspace_sees_none(server: Server, client: httpx2.Client) -> None:
    write(server, client, "Rates", RATES)
    ask(client, COST)
    write(server, client, "Rates", RATES.replace("nine", "ten"))
    stale_once(client, judged)
    with server.client(key_in_database(server, new_workspace(server), ("read",))) as other:
        assert other.get("/analytics/stale-answers").json()["data"] == []
