"""A question in another language than the documents, with a model and without: over the wire."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from cevvo.engine.answering.generative.answerer import GenerativeAnswerer
from cevvo.engine.answering.phrasebook import NOT_FOUND
from cevvo.engine.answering.thread.condensing import Condenser
from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.llm.base import Prompt, PromptMessage
from cevvo.providers.llm.openai import OpenAIModel
from features.chat.chat_room import Room
from features.chat.languages import say_language
from model_server import ModelServer, Reply

GERMAN = "Wie lange ist der Link zum Zurücksetzen des Passworts gültig?"
ENGLISH = "How long is the link to reset the password valid?"
QUOTED = "The link that we send you is valid for one hour"
TRUE = f"Der Link ist eine Stunde lang gültig. [1] {{{{{QUOTED}}}}}"


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """The client library, whose import takes longer than a translation may."""

    async def call(url: str) -> None:
        model = OpenAIModel("big", "big", api_key="sk-x", base_url=f"{url}/v1")
        async for _ in model.stream(Prompt("Say it.", (PromptMessage("user", "Now."),))):
            pass
        await model.close()

    with ModelServer() as opened:
        asyncio.run(call(opened.url))


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as opened:
        yield opened


def ask(
    db: Database, embedder: Embedder, server: ModelServer, *replies: str, message: str = GERMAN
) -> dict[str, Any]:
    """The reply to a question, the model having said ``replies``, one a call."""
    db.write_now(lambda c: say_language(c, "en"))
    server.reply_with(*(Reply(words=(reply,)) for reply in replies))
    model = OpenAIModel("big", "big", api_key="sk-x", base_url=f"{server.url}/v1")
    condenser = Condenser([model], lambda model_id: False, embedder.count_tokens)
    room = Room(db, embedder, [GenerativeAnswerer(model, embedder)], condenser=condenser)
    with room.client() as client:
        response = client.post("/chat", json={"message": message})
        assert client.portal is not None
        client.portal.call(model.close)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_the_model_translates_to_search_and_proves_what_it_says(
    db: Database, embedder: Embedder, server: ModelServer
) -> None:
    answer = ask(db, embedder, server, ENGLISH, TRUE)
    assert answer["answer"] == "Der Link ist eine Stunde lang gültig. [1]"
    assert [source["title"] for source in answer["sources"]] == ["Account security"]
    assert [each["quote"] for each in answer["citations"]] == [f"{QUOTED}."]
    translating, answering = [asked.body["messages"] for asked in server.asked]
    assert "Write it in English." in translating[0]["content"]
    assert GERMAN in answering[-1]["content"]
    assert "{{" in answering[-1]["content"]


@pytest.mark.parametrize(
    "false",
    [
        "Der Link ist zwei Stunden lang gültig. [1] {{" + QUOTED + "}}",  # another number
        "Der Link ist nicht eine Stunde gültig. [1] {{" + QUOTED + "}}",  # the meaning turned round
        "Der Link ist eine Stunde gültig. [1] {{The link is valid for one hour only}}",  # made up
        "Der Link ist eine Stunde lang gültig. [1]",  # no proof
        "Der Link steht auf https://evil.example/x. [1] {{" + QUOTED + "}}",
        "Der Link ist gültig. [1] {{one hour}}",  # two words are in any text
        "Der Link ist, wie alle Kunden seit vielen Jahren wissen und überall gern erzählen, immer "
        "gültig, auch für die Rechnungen, die Konten und alle Dateien der ganzen Firma samt aller "
        "Partner. [1] {{link that we send you}}",
    ],
)
def test_s32_what_is_not_proved_is_dropped(
    db: Database, embedder: Embedder, server: ModelServer, false: str
) -> None:
    alone = ask(db, embedder, server, ENGLISH, false)
    assert (alone["answered"], alone["answer"]) == (False, NOT_FOUND["de"])
    beside = ask(db, embedder, server, ENGLISH, f"{false} {TRUE}")
    assert beside["answer"] == "Der Link ist eine Stunde lang gültig. [1]"


def test_an_answer_in_the_documents_language_needs_no_quotation(
    db: Database, embedder: Embedder, server: ModelServer
) -> None:
    answer = ask(db, embedder, server, ENGLISH, "The link is valid for one hour. [1]")
    assert answer["answer"] == "The link is valid for one hour. [1]"


def test_a_translation_that_touches_a_number_is_not_searched_for(
    db: Database, embedder: Embedder, server: ModelServer
) -> None:
    question = "Wie viele Anfragen sind es pro Minute bei HTTP 429?"
    answer = ask(db, embedder, server, "How many requests with HTTP 500?", TRUE, message=question)
    assert answer["answer"] == NOT_FOUND["de"]


def test_a_question_in_the_documents_language_is_not_translated(
    db: Database, embedder: Embedder, server: ModelServer
) -> None:
    said = "The link is valid for one hour. [1]"
    answer = ask(db, embedder, server, said, message=ENGLISH)
    assert answer["answered"] is True
    assert len(server.asked) == 1
    assert "{{" not in server.asked[0].body["messages"][-1]["content"]


def test_without_a_model_it_is_not_found_in_the_questions_language(
    db: Database, embedder: Embedder
) -> None:
    with Room(db, embedder).client() as client:
        answer = client.post("/chat", json={"message": GERMAN}).json()
    assert (answer["answered"], answer["answer"]) == (False, NOT_FOUND["de"])
