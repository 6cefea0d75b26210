"""A model that is asked writes follow-ups out, and what that takes is counted."""

from sqlalchemy import select

from cevvo.domain.answers import Usage
from cevvo.engine.answering.thread.condensing import Condenser
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import token_usage, turns
from cevvo.providers.embedding.base import Embedder
from engine.answering.scripted_model import ScriptedModel
from features.chat.chat_room import Room
from features.chat.model_room import MODEL, Model

RESET = "How do I reset my password?"
MORE = "How long is it valid?"
WRITTEN = "How long is the link to reset my password valid?"


def test_a_follow_up_is_searched_for_as_the_model_writes_it(
    db: Database, embedder: Embedder
) -> None:
    model, writer = Model(), ScriptedModel(WRITTEN, usage=Usage(50, 10), model_id=MODEL)
    room = Room(db, embedder, [model], condenser=Condenser([writer], lambda model_id: False, len))
    with room.client() as client:
        thread = client.post("/chat", json={"message": RESET}).json()["thread_id"]
        reply = client.post("/chat", json={"message": MORE, "thread_id": thread}).json()
    assert len(writer.prompts) == 1  # not for the first question
    assert model.calls[1][0].standalone == WRITTEN
    assert reply["usage"] == {"prompt_tokens": 150, "completion_tokens": 30}
    asked = select(turns.c.standalone).order_by(turns.c.asked_at)
    stored = db.read_now(lambda c: c.execute(asked).scalars().all())
    assert stored == [RESET, WRITTEN]
    (booked,) = db.read_now(lambda c: c.execute(select(token_usage)).all())
    assert (booked.prompt_tokens, booked.completion_tokens) == (250, 50)


def test_a_model_that_is_left_alone_is_not_asked_to_write(db: Database, embedder: Embedder) -> None:
    model, writer = Model(), ScriptedModel(WRITTEN, model_id=MODEL)
    room = Room(db, embedder, [model], condenser=Condenser([writer], MODEL.__eq__, len))
    with room.client() as client:
        thread = client.post("/chat", json={"message": RESET}).json()["thread_id"]
        client.post("/chat", json={"message": MORE, "thread_id": thread})
    assert writer.prompts == []
    assert "password" in model.calls[1][0].standalone
