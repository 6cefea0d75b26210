"""Chat with everything behind it, as the server has it, on a small manual."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Connection, insert
from starlette.testclient import TestClient

from cevvo.domain.access import ALL_SCOPES, Scope
from cevvo.domain.answers import Answer, AnswerEvent, TextDelta, Usage
from cevvo.domain.documents import Block, IndexedDocument, ParsedDocument, Passage
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.answering.base import Answerer, Guidance, Question
from cevvo.engine.answering.extractive.answerer import ExtractiveAnswerer
from cevvo.engine.answering.thread.condensing import Condenser
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.errors import ProviderError
from cevvo.features.analytics import endpoints as analytics_endpoints
from cevvo.features.analytics.service import AnalyticsService
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.chat import endpoints as chat_endpoints
from cevvo.features.chat import message_endpoints
from cevvo.features.chat.replaying import MessagesService
from cevvo.features.chat.service import DEADLINE, ChatService
from cevvo.features.conflicts import endpoints as conflicts_endpoints
from cevvo.features.conflicts.service import ConflictsService
from cevvo.features.conversations import endpoints as conversations_endpoints
from cevvo.features.conversations.service import ConversationsService
from cevvo.features.feedback import endpoints as feedback_endpoints
from cevvo.features.feedback.service import FeedbackService
from cevvo.features.settings import endpoints as settings_endpoints
from cevvo.features.settings.service import SettingsService
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.features.usage import endpoints as usage_endpoints
from cevvo.features.usage.budgets import Budgets, Prices
from cevvo.features.usage.service import UsageService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import sources, workspaces
from cevvo.foundation.stack import install
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.search.configured import search_index
from cevvo.settings import Settings
from http_api import OPERATOR

OURS, OTHERS = WorkspaceId("ws_ours"), WorkspaceId("ws_others")
START = 1_773_153_000_000  # 2026-03-10T14:30:00Z

MANUAL = {
    "Getting Started Guide": "To get started with Cevvo, first create a source. Then ask a "
    "question. A source can be a website, a file or a text.",
    "Account security": "To reset your password, open Settings and choose Reset password. The link "
    "that we send you is valid for one hour.",
    "Billing": "Invoices are sent on the first day of each month. You can pay by card or by bank "
    "transfer. Annual plans cost 20 percent less.",
    "Limits": "The API takes 100 requests per minute for each key. A file may have up to 50 "
    "megabytes.",
}


class Clock:
    """A wall clock that the test sets; every look at it takes a millisecond."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> Millis:
        self.at += 1
        return Millis(self.at)


class Room:
    """The API of chat, conversations, feedback and analytics on one database."""

    def __init__(
        self,
        db: Database,
        embedder: Embedder,
        answerers: Sequence[Answerer] | None = None,
        *,
        deadline: float = DEADLINE,
        prices: Prices | None = None,
        condenser: Condenser | None = None,
    ) -> None:
        self.db = db
        self.embedder = embedder
        self.clock = Clock()
        self.index = search_index(db, embedder.model_id, embedder.dimensions)
        self.settings = SettingsService(
            db, self.clock, priced=bool(prices), monotonic=lambda: self.clock.at / 1000
        )
        self.chat = ChatService(
            db,
            self.index,
            Retriever(self.index, embedder),
            embedder,
            answerers or [ExtractiveAnswerer()],
            condenser or Condenser((), lambda model_id: False, embedder.count_tokens),
            self.settings,
            Budgets(db, self.clock, prices or {}),
            self.clock,
            deadline=deadline,
        )
        self.app = FastAPI()
        self.app.state.chat = self.chat
        self.app.state.conflicts = ConflictsService(db)
        self.app.state.messages = MessagesService(db, self.chat)
        self.app.state.conversations = ConversationsService(db, self.clock)
        self.app.state.feedback = FeedbackService(db, self.clock)
        self.app.state.analytics = AnalyticsService(db, self.clock)
        self.app.state.settings = self.settings
        self.app.state.usage = UsageService(db, self.clock)
        for endpoints in (
            chat_endpoints,
            message_endpoints,
            conflicts_endpoints,
            conversations_endpoints,
            feedback_endpoints,
            analytics_endpoints,
            settings_endpoints,
            usage_endpoints,
        ):
            self.app.include_router(endpoints.router, prefix="/api/v1")
        settings = Settings(rate_limit=100_000, allowed_hosts=("test",))
        install(self.app, db=db, settings=settings, clock=self.clock)

    def key(self, workspace: WorkspaceId = OURS, scopes: tuple[Scope, ...] = ALL_SCOPES) -> str:
        """A new API key."""
        keys = ApiKeysService(self.db, self.clock)
        return asyncio.run(keys.create(workspace, KeyTerms("test", scopes=scopes), by=OPERATOR))[0]

    @contextmanager
    def client(
        self, workspace: WorkspaceId = OURS, scopes: tuple[Scope, ...] = ALL_SCOPES
    ) -> Iterator[TestClient]:
        """A client without a socket."""
        client = TestClient(self.app, base_url="http://test/api/v1", raise_server_exceptions=False)
        client.headers["Authorization"] = f"Bearer {self.key(workspace, scopes)}"
        with client:
            yield client

    @contextmanager
    def served(self) -> Iterator[httpx2.Client]:
        """A client of a real server on loopback."""
        key = self.key()
        server = uvicorn.Server(
            uvicorn.Config(
                self.app,
                port=0,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            with httpx2.Client(
                base_url=f"http://127.0.0.1:{port}/api/v1",
                headers={"Authorization": f"Bearer {key}"},
                timeout=10,
            ) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def fill(db: Database, embedder: Embedder) -> None:
    """Two workspaces; ours has the manual in ``src_manual`` and nothing in ``src_empty``."""
    rows = [
        {
            "id": source_id,
            "workspace_id": workspace,
            "name": source_id,
            "type": "text",
            "status": "synced",
            "auto_sync": False,
            "sync_interval_hours": 24,
            "created_at": 0,
            "updated_at": 0,
        }
        for source_id, workspace in (
            ("src_manual", OURS),
            ("src_empty", OURS),
            ("src_theirs", OTHERS),
        )
    ]
    names = [{"id": each, "name": each, "created_at": 0} for each in (OURS, OTHERS)]
    db.write_now(lambda c: c.execute(insert(workspaces), names))
    db.write_now(lambda c: c.execute(insert(sources), rows))
    add_documents(Room(db, embedder), MANUAL)


def add_documents(room: Room, texts: Mapping[str, str]) -> None:
    """Index documents of ``src_manual``, by title, as an ingestion would."""
    pipeline = IndexingPipeline(SandboxedParser(), room.embedder)

    async def indexed(title: str, text: str) -> IndexedDocument:
        blocks = (Block("heading", f"# {title}", 1), Block("paragraph", text))
        return await pipeline.index(ParsedDocument(title, blocks))

    async def all_indexed() -> list[IndexedDocument]:
        return await asyncio.gather(*(indexed(*each) for each in texts.items()))

    found = asyncio.run(all_indexed())
    pipeline.close()

    def store(connection: Connection) -> None:
        for document in found:
            url = f"https://docs.example.com/{document.title.split()[0].lower()}"
            origin = Origin(document.title, url, "text/html")
            replace_document(
                connection, OURS, room.index, "src_manual", origin, document, now=Millis(0)
            )

    room.db.write_now(store)


def events_of(response: httpx2.Response) -> list[Any]:
    """The events of a whole stream; it must end as documented."""
    lines = [line for line in response.text.split("\n\n") if line and not line.startswith(":")]
    assert lines.pop() == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines]


@dataclass
class Misbehaving:
    """An answerer that fails on purpose: it says ``words`` slowly and then does ``at_the_end``."""

    words: Sequence[str] = ("One ", "two ", "three ")
    at_the_end: str = "answer"  # answer | raise | nothing | hang
    pause: float = 0.0
    model_id: str = "misbehaving"
    closed: bool = False

    async def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        """See the class."""
        try:
            for word in self.words:
                await asyncio.sleep(self.pause)
                yield TextDelta(word)
            if self.at_the_end == "raise":
                raise ProviderError("The model went away.")
            if self.at_the_end == "hang":
                await asyncio.sleep(60)
            if self.at_the_end == "answer":
                yield Answer("".join(self.words), (), (), True, 0.9, self.model_id)
        finally:
            self.closed = True
            if self.words and guidance.meter is not None:
                guidance.meter.add(self.model_id, Usage(100, len(self.words)))
