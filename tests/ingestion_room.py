"""Everything that ingestion needs, as the server has it, and a help site to crawl on loopback."""

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import func, select, text

from cevvo.domain.access import ALL_SCOPES, Principal
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, now
from cevvo.engine.crawling.crawler import Crawler
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.engine.retrieval.terms import index_terms
from cevvo.features.ingestion import endpoints as ingestion_endpoints
from cevvo.features.ingestion.feed import JobFeed
from cevvo.features.ingestion.service import MAX_WAITING, IngestionService
from cevvo.features.ingestion.tasks import IngestionTasks
from cevvo.features.sources import endpoints as sources_endpoints
from cevvo.features.sources.plans import CrawlOptionsCheck
from cevvo.features.sources.preview import PreviewService
from cevvo.features.sources.service import SourcesService, follow_job
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import chunks, documents, embeddings, jobs, workspaces
from cevvo.foundation.http.errors import install_error_handlers
from cevvo.foundation.jobs.changes import Changes
from cevvo.foundation.jobs.worker import Worker
from cevvo.providers.blobs.files import BlobStore
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import HttpFetcher
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.search.base import SearchQuery
from cevvo.providers.search.configured import search_index
from stores import Template, copied, template

WORKSPACE, OTHER = WorkspaceId("ws_a"), WorkspaceId("ws_b")
Scenario = Callable[[httpx2.AsyncClient], Awaitable[None]]


class Room:
    """Sources and ingestion on one data directory. ``max_upload_mb`` is 1."""

    def __init__(
        self, db: Database, embedder: Embedder, *, clock: Clock = now, concurrency: int = 2
    ) -> None:
        self.db = db
        self.embedder = embedder
        self.clock = clock
        self.concurrency = concurrency
        self.rules = AddressRules(("127.0.0.0/8",))
        self.blobs = BlobStore(db.data_dir / "blobs")
        self.index = search_index(db, embedder.model_id, embedder.dimensions)
        self.worker: Worker | None = None
        self.max_waiting = MAX_WAITING

    def run(self, scenario: Scenario, *, work: bool = True) -> None:
        """Run ``scenario`` against the API with a worker beside it, or without."""

        async def whole() -> None:
            async with self.serving(work=work) as client:
                await scenario(client)

        asyncio.run(whole())

    @asynccontextmanager
    async def serving(self, *, work: bool = True) -> AsyncIterator[httpx2.AsyncClient]:
        parser, fetcher = SandboxedParser(), HttpFetcher(self.rules)
        self.crawler = Crawler(fetcher, parser)
        self.options = CrawlOptionsCheck(parser, lambda: "Rendering needs a browser.")
        pipeline = IndexingPipeline(parser, self.embedder)
        tasks = IngestionTasks(
            self.db,
            self.index,
            pipeline,
            self.crawler,
            fetcher,
            self.blobs,
            clock=self.clock,
            max_crawl_pages=2000,
            max_file_mb=1,
        )
        self.worker = Worker(
            self.db,
            tasks.handlers,
            concurrency=self.concurrency,
            workspace_limit=3,
            clock=self.clock,
            observe=follow_job,
        )
        if work:
            await self.worker.start()
        try:
            async with self.client(WORKSPACE) as client:
                yield client
        finally:
            await self.worker.stop(grace=0)
            pipeline.close()
            await fetcher.close()
            await parser.close()

    def client(self, workspace: WorkspaceId) -> httpx2.AsyncClient:
        """A client of the API with every scope in ``workspace``."""
        transport = httpx2.ASGITransport(app=self._app(workspace))
        return httpx2.AsyncClient(transport=transport, base_url="http://test", timeout=30)

    def sources(self) -> SourcesService:
        """The service behind ``/sources``."""
        assert self.worker is not None
        return SourcesService(
            self.db,
            self.index,
            self.blobs,
            self.rules,
            self.options,
            clock=self.clock,
            notify=self.worker.notify,
            recheck=self.worker.recheck,
        )

    def _app(self, workspace: WorkspaceId) -> FastAPI:
        assert self.worker is not None
        app = FastAPI()
        app.state.sources = self.sources()
        app.state.previews = PreviewService(self.crawler, self.rules, self.options)
        app.state.ingestion = IngestionService(
            self.db,
            self.blobs,
            self.rules,
            clock=self.clock,
            notify=self.worker.notify,
            recheck=self.worker.recheck,
            max_upload_mb=1,
            max_waiting=self.max_waiting,
        )
        app.state.job_feed = JobFeed(self.db, Changes(self.db), self.clock)
        principal = Principal("key_test", workspace, "secret", frozenset(ALL_SCOPES))

        @app.middleware("http")
        async def authenticate(
            request: Request, answer: Callable[[Request], Awaitable[Response]]
        ) -> Response:
            request.state.principal = principal
            request.state.request_id = "req_test"
            return await answer(request)

        install_error_handlers(app)
        app.include_router(sources_endpoints.router)
        app.include_router(ingestion_endpoints.router)
        return app

    async def found(self, question: str, workspace: WorkspaceId = WORKSPACE) -> list[str]:
        """Titles of the documents that search brings up for ``question``."""
        query = SearchQuery(tuple(index_terms(question)), self.embedder.embed_query(question))
        hits = await self.index.search(workspace, query, 10)
        passages = await self.index.load(workspace, [hit.chunk_id for hit in hits])
        return [passage.title for passage in passages]

    async def report(self, job_id: str) -> dict[str, Any]:
        """What a crawl reported when it ended."""
        query = select(jobs.c.report).where(jobs.c.id == job_id)
        report: dict[str, Any] = await self.db.read(lambda c: c.execute(query).scalar_one())
        return report

    async def stored(self) -> dict[str, int]:
        """Rows by table, the full-text index included: what must agree after any accident."""
        return await self.db.read(
            lambda c: {
                "documents": c.execute(select(func.count()).select_from(documents)).scalar_one(),
                "chunks": c.execute(select(func.count()).select_from(chunks)).scalar_one(),
                "embeddings": c.execute(select(func.count()).select_from(embeddings)).scalar_one(),
                "terms": c.execute(text("SELECT count(*) FROM chunk_terms")).scalar_one(),
            }
        )


def add_workspaces(db: Database) -> None:
    """Make the two workspaces that tests work in."""
    rows = [{"id": name, "name": name, "created_at": 0} for name in (WORKSPACE, OTHER)]
    db.write_now(lambda c: c.execute(workspaces.insert(), rows))


async def upload(
    client: httpx2.AsyncClient, content: bytes, name: str, source_id: str | None = None
) -> httpx2.Response:
    """Send a file, into a source or the one for uploads."""
    data = {} if source_id is None else {"source_id": source_id}
    return await client.post("/ingest/upload", files={"file": (name, content)}, data=data)


async def ended(client: httpx2.AsyncClient, job_id: str, deadline: float = 30) -> dict[str, Any]:
    """The job's status once it has ended."""
    end = time.monotonic() + deadline
    while True:
        response = await client.get(f"/ingest/status/{job_id}")
        assert response.status_code == 200, response.text
        job: dict[str, Any] = response.json()
        if job["completed_at"] is not None:
            return job
        assert time.monotonic() < end, job
        await asyncio.sleep(0.02)


class Site:
    """Pages by path on loopback; ``requests`` counts how often each was asked for.

    With ``validators`` its answers have an ETag, and 304 for those who know it. ``sent`` counts the
    bytes of bodies.
    """

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.requests: dict[str, int] = {}
        self.validators = False
        self.sent = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests[self.path] = site.requests.get(self.path, 0) + 1
                status, media_type, body = site.pages.get(self.path, (404, "text/plain", b""))
                etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                if site.validators and self.headers["If-None-Match"] == etag:
                    status, body = 304, b""
                self.send_response(status)
                if site.validators:
                    self.send_header("ETag", etag)
                site.sent += len(body)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def put(
        self, path: str, title: str, text: str, *links: str, status: int = 200, head: str = ""
    ) -> None:
        """Publish an HTML page; a blank line in ``text`` makes two paragraphs."""
        paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
        anchors = "".join(f'<li><a href="{link}">see {link}</a></li>' for link in links)
        body = (
            f"<html><head><title>{title}</title>{head}</head><body><main><h1>{title}</h1>"
            f"{paragraphs}<ul>{anchors}</ul></main></body></html>"
        )
        self.pages[path] = (status, "text/html; charset=utf-8", body.encode())

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """An empty database of the newest schema, to be copied."""
    return template(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return MiniLmEmbedder(threads=1)


@pytest.fixture
def db(migrated: Template, tmp_path: Path) -> Iterator[Database]:
    with copied(migrated, tmp_path) as opened:
        add_workspaces(opened)
        yield opened


@pytest.fixture
def room(db: Database, embedder: Embedder) -> Room:
    return Room(db, embedder)


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()
