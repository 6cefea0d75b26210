"""What the owner has said reaches the answerer, and so does the thread."""

from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder
from features.chat.chat_room import OTHERS, Room
from features.chat.model_room import Model

RESET = "How do I reset my password?"


def test_settings_and_thread_are_handed_on(db: Database, embedder: Embedder) -> None:
    model = Model()
    with Room(db, embedder, [model]).client() as client:
        first = client.post("/chat", json={"message": RESET}).json()
        settings = {
            "instructions": "Be brief.",
            "assistant_name": "Ada",
            "refuse": [{"topic": "politics", "reply": "No."}],
        }
        client.put("/settings/answers", json=settings)
        more = {"message": "How long is it valid?", "thread_id": first["thread_id"]}
        client.post("/chat", json=more)
    (_, before), (question, guidance) = model.calls
    assert (before.instructions, before.assistant_name) == ("", "")
    assert (before.refused_topics, before.history) == ((), ())
    assert (guidance.instructions, guidance.assistant_name) == ("Be brief.", "Ada")
    assert guidance.refused_topics == ("politics",)
    assert question.standalone != question.text == "How long is it valid?"
    (past,) = guidance.history
    assert (past.question, past.answer) == (RESET, first["answer"])
    assert [source.title for source in past.sources] == ["Account security"]


def test_s3_another_workspaces_instructions_stay_there(db: Database, embedder: Embedder) -> None:
    model = Model()
    room = Room(db, embedder, [model])
    with room.client(OTHERS) as theirs, room.client() as ours:
        theirs.put("/settings/answers", json={"instructions": "canary"})
        ours.post("/chat", json={"message": RESET})
    assert model.calls[0][1].instructions == ""
