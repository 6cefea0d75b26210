"""Answers given again: the same question over the same evidence, and in no other case."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from cevvo.domain.answers import Usage
from cevvo.engine.answering.extractive.answerer import ExtractiveAnswerer
from cevvo.features.chat import cache
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import answer_cache, chunks, documents, messages, token_usage
from cevvo.providers.embedding.base import Embedder
from features.chat.chat_room import MANUAL, OTHERS, OURS, Room, add_documents, events_of
from features.chat.model_room import Model

RESET = "How do I reset my password?"
AGAIN = "how can I reset my password"
DAY = 86_400_000


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def modelled(db: Database, embedder: Embedder, model: Model) -> Room:
    """A room in which a language model answers."""
    return Room(db, embedder, [model, ExtractiveAnswerer()])


@pytest.fixture
def client(modelled: Room) -> Iterator[TestClient]:
    with modelled.client() as opened:
        yield opened


def ask(client: TestClient, message: str = RESET, **more: Any) -> dict[str, Any]:
    response = client.post("/chat", json={"message": message, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def entries(db: Database) -> int:
    return db.read_now(
        lambda c: c.execute(select(func.count()).select_from(answer_cache)).scalar_one()
    )


def test_the_same_question_gets_the_same_answer_without_a_call(
    client: TestClient, db: Database, model: Model
) -> None:
    first, second = ask(client), ask(client, AGAIN)
    assert (first["cached"], second["cached"]) == (False, True)
    assert len(model.calls) == 1
    assert second["usage"] == {"prompt_tokens": 0, "completion_tokens": 0}
    for name in ("answer", "sources", "citations", "model", "confidence", "answered"):
        assert second[name] == first[name]
    assert second["thread_id"] != first["thread_id"]
    stored = client.get(f"/conversations/{second['thread_id']}").json()["messages"][1]
    assert (stored["cached"], stored["content"]) == (True, first["answer"])
    (booked,) = db.read_now(lambda c: c.execute(select(token_usage)).all())
    assert (booked.requests, booked.prompt_tokens) == (1, 100)
    assert entries(db) == 1


def test_it_is_streamed_in_the_same_pieces(client: TestClient) -> None:
    first = events_of(client.post("/chat/stream", json={"message": RESET}))
    second = events_of(client.post("/chat/stream", json={"message": RESET}))
    assert second[-1]["cached"] is True
    assert len(first) == 4
    assert second[:-1] == first[:-1]


@pytest.mark.parametrize(
    "message",
    [
        "How can I pay?",
        "How do I not reset my password?",
        "How do I reset my password 2 times?",
        "When do I reset my password?",
        "How do I reset my SSL_CERT_FILE?",
    ],
)
def test_another_question_gets_an_answer_of_its_own(client: TestClient, message: str) -> None:
    ask(client)
    assert ask(client, message)["cached"] is False


def test_s3_never_across_workspaces(modelled: Room, model: Model) -> None:
    with modelled.client() as ours, modelled.client(OTHERS) as theirs:
        ask(ours)
        body = {"message": RESET, "model": "extractive"}
        assert theirs.post("/chat", json=body).json()["cached"] is False
        moved = "UPDATE answer_cache SET workspace_id = 'ws_others'"
        modelled.db.write_now(lambda c: c.exec_driver_sql(moved))
        assert ask(ours)["cached"] is False
    assert len(model.calls) == 2


def test_never_after_what_it_cites_has_changed(
    modelled: Room, client: TestClient, model: Model
) -> None:
    ask(client)
    add_documents(modelled, {"Billing": MANUAL["Billing"] + " Ask for a refund within a week."})
    assert ask(client)["cached"] is True  # something else has changed
    text = MANUAL["Account security"]
    add_documents(modelled, {"Account security": text.replace("one hour", "two hours")})
    assert ask(client)["cached"] is False
    assert ask(client)["cached"] is True
    assert len(model.calls) == 2


@pytest.mark.parametrize(
    "change", [{"heading_path": ["The old portal"]}, {"anchor": "moved"}, {"page": 2}]
)
def test_never_after_what_it_cites_stands_elsewhere(
    modelled: Room, client: TestClient, change: dict[str, Any]
) -> None:
    ask(client)
    modelled.db.write_now(lambda c: c.execute(update(chunks).values(**change)))
    assert ask(client)["cached"] is False


def test_never_after_its_document_was_deleted(
    client: TestClient, db: Database, model: Model
) -> None:
    first = ask(client)
    gone = first["citations"][0]["document_id"]
    db.write_now(lambda c: c.execute(documents.delete().where(documents.c.id == gone)))
    second = ask(client)
    assert second["cached"] is False
    assert all(each["document_id"] != gone for each in second["citations"])


def test_never_where_something_new_ranks_above(modelled: Room, client: TestClient) -> None:
    ask(client)
    add_documents(modelled, {"Reset a password": "How to reset my password: reset it by phone."})
    assert ask(client)["cached"] is False


@pytest.mark.parametrize(
    "settings",
    [
        {"instructions": "Be brief."},
        {"assistant_name": "Ada"},
        {"refuse": [{"topic": "politics"}]},
        {"max_wrong_rate": 0.1},
    ],
)
def test_never_under_other_settings(client: TestClient, settings: dict[str, Any]) -> None:
    ask(client)
    client.put("/settings/answers", json=settings)
    assert ask(client)["cached"] is False
    client.put("/settings/answers", json=dict.fromkeys(settings))
    assert ask(client)["cached"] is True


def test_never_over_other_sources(client: TestClient) -> None:
    ask(client)
    assert ask(client, source_ids=["src_manual"])["cached"] is False
    assert ask(client, source_ids=["src_manual", "src_manual"])["cached"] is True


def test_never_for_another_model(db: Database, embedder: Embedder, model: Model) -> None:
    other = Model(model_id="other-model")
    with Room(db, embedder, [model, other]).client() as client:
        ask(client)
        assert ask(client, model="other-model")["cached"] is False
        assert [len(each.calls) for each in (model, other)] == [1, 1]


def test_the_built_in_answerer_needs_none(client: TestClient, db: Database) -> None:
    for _ in range(2):
        assert ask(client, model="extractive")["cached"] is False
    assert entries(db) == 0


def test_never_for_what_depends_on_its_thread(
    client: TestClient, db: Database, model: Model
) -> None:
    for _ in range(2):
        thread = ask(client)["thread_id"]
        follow_up = ask(client, "How long is it valid?", thread_id=thread)
        assert follow_up["cached"] is False
    assert entries(db) == 1
    assert len(model.calls) == 3


@pytest.mark.parametrize("message", [RESET, "How do I reset my pasword?"])
def test_what_stands_alone_is_answered_without_its_thread(
    client: TestClient, model: Model, message: str
) -> None:
    thread = ask(client, "How can I pay?")["thread_id"]
    ask(client, message, thread_id=thread)
    question, guidance = model.calls[-1]
    assert (question.text, guidance.history) == (message, ())
    assert ask(client, message)["cached"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"answered": False},
        {"degraded": True},
        {"model": "extractive"},
        {"citations": ()},
        {"handover": "customer_request"},
    ],
)
def test_only_whole_and_cited_answers_are_kept(
    db: Database, embedder: Embedder, changes: dict[str, Any]
) -> None:
    with Room(db, embedder, [Model(changes=changes)]).client() as client:
        assert [ask(client)["cached"] for _ in range(2)] == [False, False]
    assert entries(db) == 0


@pytest.mark.parametrize("rated", ["the first", "the repeated"])
def test_never_after_a_negative_rating(
    client: TestClient, db: Database, model: Model, rated: str
) -> None:
    first, second = ask(client), ask(client)
    message_id = (first if rated == "the first" else second)["id"]
    client.post("/feedback", json={"message_id": message_id, "rating": "positive"})
    assert ask(client)["cached"] is True
    client.post("/feedback", json={"message_id": message_id, "rating": "negative"})
    assert entries(db) == 0
    assert ask(client)["cached"] is False
    assert len(model.calls) == 2


def test_an_answer_goes_with_the_conversation_it_comes_from(
    client: TestClient, db: Database
) -> None:
    first, second = ask(client), ask(client)
    client.delete(f"/conversations/{second['thread_id']}")
    assert ask(client)["cached"] is True
    client.delete(f"/conversations/{first['thread_id']}")
    assert entries(db) == 0
    assert ask(client)["cached"] is False


def test_not_for_ever(modelled: Room, client: TestClient, db: Database) -> None:
    ask(client)
    modelled.clock.at += 30 * DAY
    assert ask(client)["cached"] is False
    assert entries(db) == 1


def test_the_oldest_make_room(
    client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_ENTRIES", 2)
    for message in (RESET, "How can I pay?", "How many requests may a key make per minute?"):
        assert ask(client, message)["cached"] is False
    assert entries(db) == 2
    assert ask(client, "How can I pay?")["cached"] is True
    assert ask(client)["cached"] is False


def test_s44_a_cached_answer_needs_no_budget(client: TestClient) -> None:
    ask(client)
    client.put("/settings/answers", json={"tokens_per_day": 1})
    assert client.post("/chat", json={"message": "How can I pay?"}).status_code == 429
    assert ask(client)["cached"] is True


def test_the_words_of_a_deleted_conversation_are_in_no_entry(
    client: TestClient, db: Database
) -> None:
    thread = ask(client, "How do I reset my canary password?")["thread_id"]
    assert entries(db) == 1
    client.delete(f"/conversations/{thread}")
    assert entries(db) == 0
    left = db.read_now(lambda c: c.execute(select(messages.c.content)).all())
    assert left == []


def test_a_model_that_reports_no_usage_is_counted(db: Database, embedder: Embedder) -> None:
    with Room(db, embedder, [Model(usage=Usage())]).client() as client:
        first, second = ask(client), ask(client)
    assert first["usage"]["completion_tokens"] > 0
    assert second["usage"]["completion_tokens"] == 0
    assert OURS
