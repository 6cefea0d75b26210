"""Chat with a language model behind it: what clients get of what it writes."""

import json

from cevvo.engine.answering.generative.answerer import GenerativeAnswerer
from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder
from engine.answering.leaks import LEAKS
from engine.answering.scripted_model import ScriptedModel
from features.chat.chat_room import Room, events_of

QUESTION = "How do I reset my password?"
TRUE = "To reset your password, open Settings and choose Reset password. [1]"


def test_s30_every_way_of_reading_an_answer_has_the_same_harmless_text(
    db: Database, embedder: Embedder
) -> None:
    reply = "\n\n".join([TRUE, *LEAKS.values()])
    room = Room(db, embedder, [GenerativeAnswerer(ScriptedModel(reply), embedder)])
    with room.client() as client:
        whole = client.post("/chat", json={"message": QUESTION}).json()
        streamed = client.post("/chat/stream", json={"message": QUESTION})
        thread = streamed.headers["X-Thread-Id"]
        stored = client.get(f"/conversations/{thread}").json()["messages"][-1]
    text = "".join(e["text"] for e in events_of(streamed) if e["type"] == "text")
    assert text == whole["answer"] == stored["content"]
    assert text.startswith(TRUE)
    for body in (json.dumps(whole), streamed.text, json.dumps(stored)):
        assert "evil" not in body
    assert whole["model"] == "scripted-2026"
