"""What chat records for analytics: clusters, rephrasings, gaps; and what a deletion leaves."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Table, select, update
from starlette.testclient import TestClient

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.chat.clusters import QuestionClusters
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import question_clusters, turns
from features.chat.chat_room import OURS, Room, add_documents

RESET = "How do I reset my password?"
RESET_AGAIN = "I want to reset my password"
SSO = "Do you support SSO?"
MODEL = "test-model"


def rows(db: Database, table: Table) -> list[Any]:
    return db.read_now(lambda c: list(c.execute(select(table))))


def ask(client: TestClient, message: str, thread: str | None = None) -> dict[str, Any]:
    response = client.post("/chat", json={"message": message, "thread_id": thread})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_what_means_the_same_counts_as_one_question(client: TestClient, db: Database) -> None:
    for question in (RESET, "How can I change my password?", RESET_AGAIN, SSO, "Hello!", "Thanks"):
        ask(client, question)
    top = client.get("/analytics/top-questions").json()["data"]
    assert [question["count"] for question in top] == [3, 1]
    assert top[0]["question"] in (RESET, "How can I change my password?", RESET_AGAIN)
    assert top[0]["resolved_rate"] == 1.0
    assert top[1] == {
        "question": SSO,
        "count": 1,
        "resolved_rate": 0.0,
        "id": rows(db, question_clusters)[1].id,
    }


def test_the_same_conversation_counts_a_question_once(client: TestClient) -> None:
    thread = ask(client, RESET)["thread_id"]
    ask(client, RESET_AGAIN, thread)
    ask(client, RESET_AGAIN, thread)
    (question,) = client.get("/analytics/top-questions").json()["data"]
    assert question["count"] == 1


def test_what_is_not_known_is_a_gap(client: TestClient) -> None:
    ask(client, RESET)
    ask(client, SSO)
    ask(client, "Do you support SSO logins?")
    (gap,) = client.get("/analytics/coverage-gaps").json()["data"]
    assert gap["question"] in (SSO, "Do you support SSO logins?")
    assert gap["count"] == 2
    assert gap["id"].startswith("gap_")


@pytest.mark.parametrize(
    ("message", "asked_back"),
    [
        ("it doesn't work", "What exactly"),
        ("You stupid bot!", "What exactly"),
        ("this is useless", "in other words"),
        ("Es funktioniert nicht", "Was genau"),
    ],
)
def test_a_complaint_about_nothing_is_asked_about_and_is_no_gap(
    client: TestClient, message: str, asked_back: str
) -> None:
    answer = ask(client, message)
    assert asked_back in answer["answer"]
    assert (answer["sources"], answer["handover"]) == ([], None)
    assert client.get("/analytics/coverage-gaps").json()["data"] == []
    assert client.get("/analytics/overview").json()["resolution_rate"] is None
    angry = ask(client, f"{message}. I want to talk to a human.", answer["thread_id"])
    assert angry["handover"] == {"reason": "customer_request"}


def test_figures_of_a_few_conversations(client: TestClient) -> None:
    ask(client, RESET)
    ask(client, SSO)
    thread = ask(client, "How can I pay?")["thread_id"]
    ask(client, "Thank you!", thread)
    ask(client, "Hi there")
    overview = client.get("/analytics/overview").json()
    assert overview["total_conversations"] == 4
    assert overview["total_messages"] == 10
    assert overview["resolution_rate"] == pytest.approx(2 / 3, abs=1e-4)
    assert overview["avg_response_time_ms"] >= 0
    assert overview["trend"] == {"conversations": None, "resolution_rate": None}


@pytest.mark.parametrize(
    ("then", "rephrased"),
    [
        ([RESET_AGAIN], True),
        (["How can I pay?"], False),
        (["Thank you!", RESET_AGAIN], False),
        (["How long is it valid?"], False),  # a follow-up, alike because of what is folded in
    ],
)
def test_asking_the_same_again_speaks_against_the_answer_before(
    client: TestClient, db: Database, then: list[str], rephrased: bool
) -> None:
    thread = ask(client, RESET)["thread_id"]
    for message in then:
        ask(client, message, thread)
    found = sorted(rows(db, turns), key=lambda turn: int(turn.asked_at))
    assert [turn.rephrased for turn in found] == [rephrased] + [False] * len(then)


def test_a_liked_answer_is_not_rephrased(client: TestClient, db: Database) -> None:
    answer = ask(client, RESET)
    client.post("/feedback", json={"message_id": answer["id"], "rating": "positive"})
    ask(client, RESET_AGAIN, answer["thread_id"])
    assert [turn.rephrased for turn in rows(db, turns)] == [False, False]


def test_another_thread_is_another_person(client: TestClient, db: Database) -> None:
    ask(client, RESET)
    ask(client, RESET_AGAIN)
    assert [turn.rephrased for turn in rows(db, turns)] == [False, False]


def test_a_deleted_conversation_counts_on_without_a_word(client: TestClient, db: Database) -> None:
    kept, deleted, alone = (ask(client, q)["thread_id"] for q in (SSO, "Is SSO supported?", RESET))
    before = client.get("/analytics/overview").json()
    for thread in (deleted, alone):
        assert client.delete(f"/conversations/{thread}").status_code == 200
    assert client.get("/analytics/overview").json() == before
    gaps = client.get("/analytics/coverage-gaps").json()["data"]
    top = client.get("/analytics/top-questions").json()["data"]
    assert [(gap["question"], gap["count"]) for gap in gaps] == [(SSO, 2)]
    assert [(question["question"], question["count"]) for question in top] == [(SSO, 2)]
    clusters = {row.id: row for row in rows(db, question_clusters)}
    (remaining,) = [turn for turn in rows(db, turns) if turn.vector is not None]
    assert remaining.conversation_id == kept
    mean = np.frombuffer(clusters[remaining.cluster_id].mean, "<f4")
    assert mean == pytest.approx(stored(remaining.vector), abs=1e-4)
    ask(client, RESET)
    assert client.get("/analytics/top-questions").json()["data"][1]["question"] == RESET


def test_clusters_hold_the_exact_mean_of_their_questions(client: TestClient, db: Database) -> None:
    questions = [RESET, RESET_AGAIN, "How can I change my password?", SSO, "How can I pay?"]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda question: ask(client, question), questions * 2))
    found = rows(db, turns)
    assert sum(cluster.size for cluster in rows(db, question_clusters)) == len(found) == 10
    for cluster in rows(db, question_clusters):
        vectors = [stored(turn.vector) for turn in found if turn.cluster_id == cluster.id]
        assert cluster.size == len(vectors)
        mean = np.frombuffer(cluster.mean, "<f4")
        assert mean == pytest.approx(np.mean(vectors, axis=0), abs=1e-5)


def stored(vector: bytes) -> Any:
    return np.frombuffer(vector, "<f2").astype("<f4")


def axis(number: int) -> Any:
    return np.eye(1, 8, number, dtype=np.float32)[0]


def test_clusters_are_followed_from_wherever_they_were_changed(db: Database) -> None:
    one, other = QuestionClusters(8, MODEL), QuestionClusters(8, MODEL)
    other_workspace = WorkspaceId("ws_others")

    def assign(clusters: QuestionClusters, number: int, workspace: WorkspaceId = OURS) -> str:
        return db.write_now(lambda c: clusters.assign(c, workspace, axis(number), Millis(0)))

    first = assign(one, 1)
    assert assign(other, 1) == first
    second = assign(other, 2)
    assert assign(one, 2) == second
    assert assign(one, 2, other_workspace) not in (first, second)
    sizes = {row.id: row.size for row in rows(db, question_clusters)}
    assert (sizes[first], sizes[second]) == (2, 2)


def test_a_write_that_is_undone_leaves_no_cluster_behind(db: Database) -> None:
    clusters = QuestionClusters(8, MODEL)

    def undone(connection: Any) -> None:
        clusters.assign(connection, OURS, axis(1), Millis(0))
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        db.write_now(undone)
    found = db.write_now(lambda c: clusters.assign(c, OURS, axis(1), Millis(0)))
    assert [(row.id, row.size) for row in rows(db, question_clusters)] == [(found, 1)]


def test_an_emptied_cluster_takes_no_one_in(db: Database) -> None:
    clusters = QuestionClusters(8, MODEL)
    first = db.write_now(lambda c: clusters.assign(c, OURS, axis(1), Millis(0)))
    emptied = update(question_clusters).values(
        mean=np.zeros(8, "<f4").tobytes(), size=0, revision=question_clusters.c.revision + 1
    )
    db.write_now(lambda c: c.execute(emptied))
    assert db.write_now(lambda c: clusters.assign(c, OURS, axis(1), Millis(0))) != first


def test_off_topic_questions_stay_out_of_the_gaps(room: Room, db: Database) -> None:
    text = "Invoice {} is sent by mail and paid by card or transfer."
    add_documents(room, {f"Invoice {number}": text.format(number) for number in range(200)})
    assert asyncio.run(room.index.chunk_count(OURS)) >= 200
    with room.client() as client:
        ask(client, "Who won the world cup in 1998?")
        ask(client, "Do you deliver invoices by pigeon?")
        found = {turn.standalone: turn.off_topic for turn in rows(db, turns)}
        gaps = client.get("/analytics/coverage-gaps").json()["data"]
    assert found == {
        "Who won the world cup in 1998?": True,
        "Do you deliver invoices by pigeon?": False,
    }
    assert "Who won the world cup in 1998?" not in [gap["question"] for gap in gaps]
