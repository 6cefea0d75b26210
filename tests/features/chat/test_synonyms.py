"""The owner's synonyms in a conversation: found by them, and cached by them."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from cevvo.engine.answering.extractive.answerer import ExtractiveAnswerer
from cevvo.engine.retrieval import wording
from cevvo.engine.retrieval.synonyms import said_in
from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder
from features.chat.chat_room import Room
from features.chat.model_room import Model

GROUP = ["passphrase", "password"]


def test_what_means_the_same_is_found(room: Room) -> None:
    question = {"message": "Where is the zorp reset?"}
    with room.client() as client:
        before = client.post("/chat", json=question).json()
        client.put("/settings/answers", json={"synonyms": [["zorp", "password"]]})
        after = client.post("/chat", json=question).json()
    assert before["answered"] is False
    assert after["answered"] is True
    assert "choose Reset password" in after["answer"]


def test_synonyms_are_read_beside_the_event_loop(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_loop: list[bool] = []

    def noted(*args: Any) -> Any:
        with suppress(RuntimeError):
            on_loop.append(asyncio.get_running_loop() is not None)
        return said_in(*args)

    monkeypatch.setattr(wording, "said_in", noted)
    with room.client() as client:
        client.put("/settings/answers", json={"synonyms": [["zorp", "password"]]})
        answer = client.post("/chat", json={"message": "Where is the zorp reset?"}).json()
    assert answer["answered"] is True
    assert on_loop == []


def test_what_means_the_same_is_answered_again(db: Database, embedder: Embedder) -> None:
    model = Model()
    with Room(db, embedder, [model, ExtractiveAnswerer()]).client() as client:
        client.put("/settings/answers", json={"synonyms": [GROUP]})
        answers = [
            client.post("/chat", json={"message": f"How do I reset my {word}?"}).json()
            for word in reversed(GROUP)
        ]
    assert [answer["cached"] for answer in answers] == [False, True]
    assert len(model.calls) == 1
