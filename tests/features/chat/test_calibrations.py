"""How sure an answer must be: what the owner accepts, and what people have said of answers."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from starlette.testclient import TestClient

from cevvo.domain.answer_settings import AnswerSettings
from cevvo.engine.answering.calibration import SHIPPED, Signals, threshold_for
from cevvo.features.chat.calibrations import Calibrations
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import turns
from features.chat.chat_room import OTHERS, OURS, Room

RESET = "How do I reset my password?"


class Seconds:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def ask(client: TestClient, message: str = RESET) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/chat", json={"message": message}).json()
    return answer


def stored_signals(db: Database) -> Signals:
    """What the first answer rests on."""
    kept = db.read_now(lambda c: c.execute(select(turns.c.signals)).scalars().first())
    signals = Signals.from_dict(kept or {})
    assert signals is not None
    return signals


def rate_alike(db: Database, rating: str, number: int) -> None:
    """So many turns like the first one, rated."""

    def write(connection: Any) -> None:
        row = dict(connection.execute(select(turns)).mappings().first())
        copies = [row | {"id": f"turn_{n}", "rating": rating} for n in range(number)]
        connection.execute(insert(turns), copies)

    db.write_now(write)


def test_signals_are_stored_with_the_turn(client: TestClient, db: Database) -> None:
    answer = ask(client)
    assert SHIPPED.right(stored_signals(db)) == pytest.approx(answer["confidence"])


def test_an_owner_who_accepts_fewer_wrong_answers_gets_fewer(client: TestClient) -> None:
    assert ask(client)["answered"] is True
    client.put("/settings/answers", json={"max_wrong_rate": 0.01})
    strict = ask(client)
    assert strict["answered"] is (strict["confidence"] >= threshold_for(0.01))
    client.put("/settings/answers", json={"max_wrong_rate": 0.5})
    assert ask(client)["answered"] is True


def test_ratings_move_the_confidence_of_a_workspace(client: TestClient, db: Database) -> None:
    before = ask(client)["confidence"]
    signals = stored_signals(db)
    seconds = Seconds()
    calibrations = Calibrations(db, seconds)

    async def run() -> None:
        settings = AnswerSettings()
        assert await calibrations.of(OURS, settings) == SHIPPED
        rate_alike(db, "negative", 50)
        assert await calibrations.of(OURS, settings) == SHIPPED  # held for five minutes
        seconds.at = 300.0
        doubted = await calibrations.of(OURS, settings)
        assert doubted.right(signals) < before - 0.2
        assert doubted.answerable == SHIPPED.answerable
        assert await calibrations.of(OTHERS, settings) == SHIPPED
        strict = await calibrations.of(OURS, AnswerSettings(max_wrong_rate=0.2))
        assert strict.least_confidence == threshold_for(0.2)
        assert strict.right == doubted.right

    asyncio.run(run())


@pytest.mark.parametrize(
    "changes",
    [
        {"is_test": True},
        {"answered": False},
        {"signals": None},
        {"signals": {"of_another_version": 1.0}},
        {"rating": None},
    ],
)
def test_what_tells_nothing_is_left_out(
    client: TestClient, db: Database, changes: dict[str, Any]
) -> None:
    ask(client)
    rate_alike(db, "negative", 5)
    db.write_now(lambda c: c.execute(update(turns).values(**changes)))
    assert asyncio.run(Calibrations(db).of(OURS, AnswerSettings())) == SHIPPED


def test_confidence_in_answers_follows_the_ratings(room: Room, db: Database) -> None:
    with room.client() as client:
        before = ask(client)["confidence"]
        rate_alike(db, "negative", 50)
    with Room(db, room.embedder).client() as later:
        assert ask(later)["confidence"] < before - 0.2
