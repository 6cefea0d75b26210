"""Whole answers whose documents are deleted while they are being made: nobody gets them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest
from sqlalchemy import Connection, select
from starlette.testclient import TestClient

from asked_statements import statements
from cevvo.domain.access import ALL_SCOPES, Principal
from cevvo.domain.answers import AnswerEvent
from cevvo.domain.documents import Passage
from cevvo.domain.time import Millis
from cevvo.engine.answering.base import Guidance, Question
from cevvo.engine.answering.extractive.answerer import ExtractiveAnswerer
from cevvo.errors import Conflict
from cevvo.features.ask_page.service import AskPageService
from cevvo.features.chat import service
from cevvo.features.conversations.service import ConversationsService
from cevvo.features.mcp.endpoint import McpEndpoint, install_mcp
from cevvo.features.mcp.tools import Tools
from cevvo.features.openai import endpoints as openai_endpoints
from cevvo.features.sources.documents import delete_documents
from cevvo.features.sources.repository import delete_slice
from cevvo.foundation.access.rate_limit import ProcessLimits
from cevvo.foundation.access.visitors import VisitorTokens
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import documents
from cevvo.foundation.secrets import Secrets
from cevvo.providers.embedding.base import Embedder
from features.chat.chat_room import OURS, Room
from features.chat.model_room import Model

QUESTION = "How do I reset my password?"
LONG = 1.01  # seconds: within one, an answer may still be from what was there when it began


async def nothing() -> None:
    pass


@dataclass
class Meanwhile(Model):
    """A model while which something else happens."""

    happens: Callable[[], Awaitable[None]] = nothing

    async def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        """See the class."""
        await self.happens()
        async for event in super().answer(question, evidence, guidance):
            yield event


@pytest.fixture
def model() -> Meanwhile:
    return Meanwhile()


@pytest.fixture
def room(db: Database, embedder: Embedder, model: Meanwhile) -> Room:
    """A room in which a language model answers, on ``/v1`` too."""
    room = Room(db, embedder, [model, ExtractiveAnswerer()])
    room.app.include_router(openai_endpoints.router, prefix="/v1")
    return room


def deletes(room: Room, source_id: str) -> Callable[[], Awaitable[None]]:
    """As ``DELETE /sources/{id}`` does it."""

    async def delete() -> None:
        gone = False
        while not gone:
            gone = await room.db.write(
                lambda c: delete_slice(c, OURS, room.index, source_id, now=Millis(0))
            )

    return delete


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/chat", {"message": QUESTION}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": QUESTION}]}),
    ],
)
def test_r40_a_deleted_source_is_in_no_answer_that_comes_as_a_whole(
    room: Room, client: TestClient, model: Meanwhile, path: str, body: dict[str, Any]
) -> None:
    model.pause, model.happens = LONG, deletes(room, "src_manual")
    response = client.post(f"http://test{path}", json=body)
    assert response.status_code == 409, response.text
    error = response.json()["error"]
    assert error["code"] == "conflict"
    assert error["message"] == "A document of this answer was deleted meanwhile. Ask again."


def test_r40_nor_in_one_that_is_asked_again(
    room: Room, client: TestClient, model: Meanwhile
) -> None:
    message_id = client.post("/chat", json={"message": QUESTION}).json()["id"]
    room.db.write_now(lambda c: c.exec_driver_sql("DELETE FROM answer_cache"))
    model.pause, model.happens = LONG, deletes(room, "src_manual")
    response = client.post(f"/messages/{message_id}/replay")
    assert response.status_code == 409, response.text
    assert response.json()["error"]["code"] == "conflict"


def test_r40_nor_in_one_that_an_agent_gets(room: Room, model: Meanwhile) -> None:
    model.pause, model.happens = LONG, deletes(room, "src_manual")
    tools = Tools(room.chat, cast(Any, None), cast(Any, None), room.settings)
    agent = Principal("key_agent", OURS, "secret", frozenset(ALL_SCOPES))
    with pytest.raises(Conflict, match="was deleted meanwhile"):
        asyncio.run(tools.call(agent, "ask", {"question": QUESTION}))


def test_r40_nor_in_one_on_an_ask_page(room: Room, model: Meanwhile) -> None:
    model.pause, model.happens = LONG, deletes(room, "src_manual")
    pages = AskPageService(
        room.chat,
        ConversationsService(room.db, room.clock),
        VisitorTokens(room.db, Secrets.of(room.db.data_dir), room.clock),
        ProcessLimits(lambda: 0.0),
    )
    with pytest.raises(Conflict, match="was deleted meanwhile"):
        asyncio.run(pages.ask(OURS, "127.0.0.1", QUESTION, token="", thread=""))


def deletes_document(room: Room, title: str) -> Callable[[], Awaitable[None]]:
    """As ``DELETE /sources/{id}/documents/{id}`` does it."""

    async def delete() -> None:
        def gone(connection: Connection) -> None:
            found = select(documents.c.id).where(documents.c.title == title)
            ids = list(connection.execute(found).scalars())
            delete_documents(connection, OURS, room.index, ids)

        await room.db.write(gone)

    return delete


def test_nor_is_one_made_from_a_document_that_is_deleted_alone(
    room: Room, client: TestClient, model: Meanwhile
) -> None:
    model.pause, model.happens = LONG, deletes_document(room, "Account security")
    response = client.post("/chat", json={"message": QUESTION})
    assert response.status_code == 409, response.text


def test_an_agent_that_is_told_so_may_ask_again_by_the_same_key(
    room: Room, model: Meanwhile
) -> None:
    tools = Tools(room.chat, cast(Any, None), cast(Any, None), room.settings)
    endpoint = McpEndpoint(tools)
    install_mcp(room.app, endpoint)
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ask", "arguments": {"question": QUESTION}},
    }
    headers = {"Accept": "application/json", "Idempotency-Key": "k1"}
    with room.client() as client:
        assert client.portal is not None
        model.pause, model.happens = LONG, deletes_document(room, "Account security")
        refused = client.post("http://test/mcp", json=call, headers=headers).json()["result"]
        model.pause, model.happens = 0, nothing
        answered = client.post("http://test/mcp", json=call, headers=headers).json()["result"]
        client.portal.call(endpoint.close)
    assert refused["isError"]
    assert "was deleted meanwhile" in refused["content"][0]["text"]
    assert not answered.get("isError")


def test_another_source_may_be_deleted(room: Room, client: TestClient, model: Meanwhile) -> None:
    model.pause, model.happens = LONG, deletes(room, "src_empty")
    response = client.post("/chat", json={"message": QUESTION})
    assert response.status_code == 200
    assert "Reset password" in response.json()["answer"]


def test_an_answer_within_a_second_costs_no_look(
    room: Room, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looks() -> int:
        with statements() as asked:
            body = {"message": QUESTION, "model": "extractive"}
            assert client.post("/chat", json=body).status_code == 200
        return sum("count(*)" in each and "FROM documents" in each for each in asked)

    monkeypatch.setattr(service, "_DELETED_WITHIN", 60.0)  # however slow the machine is
    assert looks() == 0
    monkeypatch.setattr(service, "_DELETED_WITHIN", 0.0)
    assert looks() == 1
