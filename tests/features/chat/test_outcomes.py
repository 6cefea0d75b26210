"""What the operator's figures say of replies."""

import pytest

from cevvo.domain.answers import Usage
from cevvo.foundation.db.database import Database
from cevvo.foundation.telemetry import metrics
from cevvo.providers.embedding.base import Embedder
from features.chat.chat_room import Room
from features.chat.model_room import MODEL, Model
from scraped import value


def replies(outcome: str) -> float:
    return value(metrics.exposition().decode(), "cevvo_replies_total", outcome=outcome)


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("How do I reset my password?", "answered"),
        ("Which colour has your delivery van?", "abstained"),
        ("Hello!", "small_talk"),
    ],
)
def test_a_reply_is_counted_by_what_became_of_it(room: Room, message: str, outcome: str) -> None:
    before = replies(outcome)
    with room.client() as client:
        assert client.post("/chat", json={"message": message}).status_code == 200
    assert replies(outcome) - before == 1


def test_a_reply_that_fails_is_counted(db: Database, embedder: Embedder) -> None:
    before = replies("failed")
    with Room(db, embedder, deadline=0.0).client() as client:
        assert client.post("/chat", json={"message": "How much is it?"}).status_code == 503
    assert replies("failed") - before == 1


def test_stages_and_first_words_are_timed(room: Room) -> None:
    def counts() -> list[float]:
        text = metrics.exposition().decode()
        stages = [
            value(text, "cevvo_reply_stage_duration_seconds_count", stage=stage)
            for stage in ("understand", "search", "answer")
        ]
        return [*stages, value(text, "cevvo_reply_first_token_seconds_count")]

    before = counts()
    with room.client() as client:
        client.post("/chat", json={"message": "How do I reset my password?"})
    assert [b - a for a, b in zip(before, counts(), strict=True)] == [1, 1, 1, 1]


def test_tokens_are_counted_by_model(db: Database, embedder: Embedder) -> None:
    def tokens() -> Usage:
        text = metrics.exposition().decode()
        read, written = (
            value(text, "cevvo_model_tokens_total", model=MODEL, kind=kind)
            for kind in ("read", "written")
        )
        return Usage(int(read), int(written))

    before = tokens()
    with Room(db, embedder, [Model(usage=Usage(70, 9))]).client() as client:
        client.post("/chat", json={"message": "How do I reset my password?"})
    assert tokens() == before + Usage(70, 9)
