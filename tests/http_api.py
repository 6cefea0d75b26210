"""A small API behind the real layers and a real database, for tests of the layers themselves."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import httpx2
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Form, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.testclient import TestClient

from cevvo.domain.access import Actor, Principal, Scope
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.errors import (
    Conflict,
    InvalidRequest,
    Permanent,
    ProviderError,
    StorageFull,
    Unavailable,
)
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.conversations.repository import create_conversation, touch
from cevvo.foundation.access.guard import require
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.openapi import install_openapi
from cevvo.foundation.http.pages import Page, PageQuery, page_of
from cevvo.foundation.http.protocol import BoundedHttpProtocol
from cevvo.foundation.http.sse import DONE, event, stream_response
from cevvo.foundation.stack import install
from cevvo.settings import Settings

OPERATOR = Actor("cli", "operator")
SECRET = "/srv/secret SELECT * FROM api_keys"
router = APIRouter()
Reader = Annotated[Principal, Depends(require("read"))]


class Crawl(BaseModel):
    model_config = ConfigDict(strict=True)
    max_pages: int = Field(10, ge=1, le=100)
    include: list[str] = []


class Order(BaseModel):
    model_config = ConfigDict(strict=True)
    message: str = Field(min_length=1, max_length=20)
    mode: Literal["fast", "slow"] = "fast"
    urgent: bool = False
    crawl: Crawl | None = None


class Item(BaseModel):
    name: str


@router.post("/orders", status_code=201)
async def order(body: Order, request: Request) -> Response:
    """Counts what was really done, each time in a conversation of its own."""
    state: State = request.app.state.test
    state.done.append(body.message)
    number = len(state.done)
    request.state.thread_id = thread_id = f"thr_{number}"
    workspace = request.state.principal.workspace
    await request.app.state.db.write(lambda c: _hold(c, workspace, thread_id))
    return Response(
        f'{{"number": {number},  "message": "{body.message}"}}',
        201,
        {"X-Thread-Id": thread_id, "Location": f"/orders/{number}"},
        "application/json",
    )


def _hold(connection: Connection, workspace: WorkspaceId, thread_id: str) -> None:
    if not touch(connection, workspace, thread_id, Millis(0)):
        create_conversation(connection, workspace, thread_id, question="", now=Millis(0))


@router.post("/bare")
async def bare(request: Request) -> dict[str, int]:
    """Takes no body and reads none."""
    request.app.state.test.done.append("bare")
    return {"number": len(request.app.state.test.done)}


@router.post("/slow")
async def slow(request: Request) -> dict[str, int]:
    state: State = request.app.state.test
    state.done.append("slow")
    state.entered.set()
    await asyncio.to_thread(state.go_on.wait, 10)
    return {"number": len(state.done)}


@router.post("/large")
async def large(request: Request) -> Response:
    request.app.state.test.done.append("large")
    return Response(b"x" * 1_000_001)


@router.post("/ingest/upload")
async def upload(
    file: UploadFile, request: Request, source_id: Annotated[str | None, Form()] = None
) -> dict[str, int]:
    content = await file.read()
    request.app.state.test.done.append(file.filename or "")
    return {"bytes": len(content), "number": len(request.app.state.test.done)}


@router.post("/fail/{kind}")
async def fail(kind: str, request: Request) -> dict[str, int]:
    request.app.state.test.done.append(kind)
    match kind:
        case "conflict":
            raise Conflict("That is taken.")
        case "provider":
            raise ProviderError("The model did not answer.")
        case "unavailable":
            raise Unavailable("Later.")
        case "full":
            raise StorageFull("The disk is full.")
        case "ingest":
            raise Permanent(SECRET, reason="internal")
    raise RuntimeError(SECRET)


@router.get("/items")
async def items(params: PageQuery, principal: Reader) -> Page[Item]:
    everything = [Item(name=str(number)) for number in range(45)]
    found = everything[params.offset : params.offset + params.per_page]
    return page_of(found, len(everything), params)


@router.get("/items/{item_id}")
async def item(item_id: str) -> Item:
    return Item(name=item_id)


@router.delete("/items/{item_id}")
async def delete_item(
    item_id: str, principal: Annotated[Principal, Depends(require("admin"))]
) -> Item:
    return Item(name=item_id)


@router.post("/stream/{kind}")
async def stream(kind: str, request: Request) -> Response:
    state: State = request.app.state.test
    state.done.append(kind)
    return stream_response(_events(kind, state), {"X-Thread-Id": "thr_stream"})


async def _events(kind: str, state: "State") -> AsyncGenerator[bytes, None]:
    if kind == "fails-at-once":
        raise Unavailable("No model is there.")
    try:
        yield event({"type": "text", "text": f"Grüße {len(state.done)} "})
        if kind == "fails-later":
            raise ProviderError("The model went away.")
        if kind == "refuses-later":
            raise InvalidRequest("That cannot be answered.")
        if kind == "breaks":
            raise RuntimeError(SECRET)
        if kind == "silent":
            await asyncio.to_thread(state.go_on.wait, 10)
        while kind == "ticking":
            await asyncio.sleep(0.01)
            yield event({"type": "text", "text": "tick"})
        if kind == "endless":
            state.entered.set()
            await asyncio.sleep(60)
        while kind == "flood":
            yield event({"type": "text", "text": "x" * 65_536})
        yield event({"type": "text", "text": "to you\n"})
        yield DONE
    finally:
        await asyncio.sleep(0)  # cleaning up may wait
        state.left.set()


# Seconds, as long as closing things takes: requests that end later are cancelled twice.
CLOSING = 0.1


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncGenerator[None, None]:
    yield
    await asyncio.sleep(CLOSING)


@dataclass
class State:
    """What the endpoints share with the test."""

    done: list[str] = field(default_factory=list)
    entered: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)


@dataclass
class Clocks:
    """A wall clock (milliseconds) and a monotonic one (seconds) that the test sets."""

    wall: int = 1_770_000_000_000
    seconds: float = 1000.0

    def now(self) -> Millis:
        return Millis(self.wall)

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall += int(seconds * 1000)


class Api:
    """The API, its database and a key that may do everything."""

    def __init__(self, db: Database, workspace: WorkspaceId, **settings: Any) -> None:
        self.db = db
        self.workspace = workspace
        self.clocks = Clocks()
        self.state = State()
        self.app = FastAPI(title="Test", lifespan=_lifespan)
        self.app.state.test = self.state
        self.app.state.db = db
        self.app.include_router(router, prefix="/api/v1")
        install(
            self.app,
            db=db,
            settings=Settings.model_validate({"allowed_hosts": ("test",)} | settings),
            clock=self.clocks.now,
            monotonic=self.clocks.monotonic,
        )
        install_openapi(self.app)
        self.keys = ApiKeysService(db, self.clocks.now)
        self.key = self.make_key()

    def make_key(
        self,
        *scopes: Scope,
        expires_at: Millis | None = None,
        rate_limit: int | None = None,
        workspace: WorkspaceId | None = None,
        origins: tuple[str, ...] | None = None,
        messages_per_day: int | None = None,
    ) -> str:
        """A key of the test's workspace; with ``origins`` a publishable one."""
        made = self.keys.create(
            workspace or self.workspace,
            KeyTerms(
                "test",
                kind="publishable" if origins else "secret",
                allowed_origins=origins,
                messages_per_day=messages_per_day,
                scopes=scopes or None,
                expires_at=expires_at,
                rate_limit=rate_limit,
            ),
            by=OPERATOR,
        )
        return asyncio.run(made)[0]

    @contextmanager
    def client(self, key: str | None = "") -> Iterator[TestClient]:
        """A client without a socket; ``key=None`` sends none."""
        client = TestClient(self.app, base_url="http://test/api/v1", raise_server_exceptions=False)
        if key is not None:
            client.headers["Authorization"] = f"Bearer {key or self.key}"
        with client:
            yield client

    @contextmanager
    def served(self) -> Iterator["Served"]:
        """A real server on a free port of loopback."""
        config = uvicorn.Config(
            self.app,
            port=0,
            http=BoundedHttpProtocol,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield Served(port, self.key)
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Served:
    """A running server."""

    port: int
    key: str

    def client(self) -> httpx2.Client:
        return httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=10,
        )

    def head(self, method: str, path: str, *headers: str) -> bytes:
        """The head of a request as it goes over the wire."""
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: test",
            f"Authorization: Bearer {self.key}",
            *headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode()
