"""The composition root: settings in, ASGI app out. The only place that chooses implementations."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import text

from cevvo import __version__
from cevvo.domain.time import Clock, now
from cevvo.engine.answering.extractive.answerer import ExtractiveAnswerer
from cevvo.engine.answering.generative.answerer import GenerativeAnswerer
from cevvo.engine.answering.ladder import Ladder
from cevvo.engine.answering.thread.condensing import Condenser
from cevvo.engine.crawling.crawler import Crawler
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.features.analytics import endpoints as analytics
from cevvo.features.analytics.service import AnalyticsService
from cevvo.features.api_keys import endpoints as api_keys
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.audit_log import endpoints as audit_log
from cevvo.features.audit_log.service import AuditLogService
from cevvo.features.chat import endpoints as chat
from cevvo.features.chat.service import ChatService
from cevvo.features.conversations import endpoints as conversations
from cevvo.features.conversations.service import ConversationsService
from cevvo.features.feedback import endpoints as feedback
from cevvo.features.feedback.service import FeedbackService
from cevvo.features.ingestion import endpoints as ingestion
from cevvo.features.ingestion.service import IngestionService
from cevvo.features.ingestion.sweep import sweep
from cevvo.features.ingestion.tasks import IngestionTasks
from cevvo.features.mcp.endpoint import McpEndpoint, install_mcp
from cevvo.features.mcp.tools import Tools
from cevvo.features.openai import endpoints as openai
from cevvo.features.openai.service import OpenAiService
from cevvo.features.people import endpoints as people
from cevvo.features.people.service import PeopleService
from cevvo.features.settings import endpoints as settings_endpoints
from cevvo.features.settings.service import SettingsService
from cevvo.features.sign_in import account_endpoints, oidc_endpoints
from cevvo.features.sign_in import endpoints as sign_in
from cevvo.features.sign_in.account import AccountService
from cevvo.features.sign_in.oidc import OidcSignIn
from cevvo.features.sign_in.resets import PasswordResets
from cevvo.features.sign_in.service import SignInService
from cevvo.features.sources import endpoints as sources
from cevvo.features.sources.plans import CrawlOptionsCheck
from cevvo.features.sources.preview import PreviewService
from cevvo.features.sources.service import SourcesService, follow_job
from cevvo.features.usage import endpoints as usage
from cevvo.features.usage.budgets import Budgets
from cevvo.features.usage.service import UsageService
from cevvo.features.visitors import endpoints as visitors
from cevvo.features.workspaces import endpoints as workspaces
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.access.passwords import Passwords
from cevvo.foundation.access.visitors import VisitorTokens
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import lock_data_dir, open_database, prepare_data_dir
from cevvo.foundation.http.dashboard import install_dashboard
from cevvo.foundation.http.openapi import install_openapi
from cevvo.foundation.http.reference import install_reference
from cevvo.foundation.http.response_headers import API_PREFIX, OPENAI_PREFIX
from cevvo.foundation.jobs.schedule import every
from cevvo.foundation.jobs.worker import Worker
from cevvo.foundation.secrets import Secrets
from cevvo.foundation.stack import install
from cevvo.foundation.telemetry import logging
from cevvo.providers.blobs.files import BlobStore
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.chromium import ChromiumFetcher, rendering_available
from cevvo.providers.fetching.http import HttpFetcher
from cevvo.providers.identity.base import IdentityProvider
from cevvo.providers.identity.oidc import OidcProvider
from cevvo.providers.llm.configured import configured_models
from cevvo.providers.mail.smtp import configured_sender
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.reading.configured import configured_reader
from cevvo.providers.search.embedded import EmbeddedSearchIndex
from cevvo.settings import Settings

DESCRIPTION = "Answers to questions out of your own documents, with citations."
DASHBOARD = Path(__file__).parent / "dashboard_assets"
_SYNC_CHECK_SECONDS = 60.0
_SWEEP_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Services:
    """What the product can do, put together: behind the API, and for commands on this machine."""

    workspaces: WorkspacesService
    api_keys: ApiKeysService
    sources: SourcesService
    previews: PreviewService
    ingestion: IngestionService
    chat: ChatService
    conversations: ConversationsService
    feedback: FeedbackService
    analytics: AnalyticsService
    settings: SettingsService
    usage: UsageService
    openai: OpenAiService
    audit_log: AuditLogService
    people: PeopleService
    sign_in: SignInService
    account: AccountService
    resets: PasswordResets


def create_app(
    settings: Settings, clock: Clock = now, monotonic: Callable[[], float] = time.monotonic
) -> FastAPI:
    """The whole product on one data directory, which this process then holds.

    ``app.state.services`` has the services. ``clock`` is the wall clock, for what is stored;
    ``monotonic`` counts seconds, for limits. Raises StartError when the directory cannot be used:
    not writable, held by another server, written by a newer version.
    """
    logging.configure(settings.log_level)
    lock = lock_data_dir(prepare_data_dir(settings.data_dir))
    db = open_database(settings.data_dir)
    rules = AddressRules(settings.allow_private_networks)
    embedder = MiniLmEmbedder(threads=settings.embedding_threads)
    index = EmbeddedSearchIndex(db, embedder.model_id, embedder.dimensions)
    blobs = BlobStore(settings.data_dir / "blobs")
    parser = SandboxedParser()
    fetcher = HttpFetcher(rules)
    pipeline = IndexingPipeline(parser, embedder)
    renderer = ChromiumFetcher(fetcher, settings.chromium)
    crawler = Crawler(fetcher, parser, renderer)
    options = CrawlOptionsCheck(parser, partial(rendering_available, settings.chromium))
    tasks = IngestionTasks(
        db,
        index,
        pipeline,
        crawler,
        fetcher,
        blobs,
        clock=clock,
        max_crawl_pages=settings.max_crawl_pages,
        max_file_mb=settings.max_upload_mb,
    )
    worker = Worker(
        db,
        tasks.handlers,
        concurrency=settings.workers,
        workspace_limit=settings.workspace_workers,
        clock=clock,
        observe=follow_job,
    )
    models = configured_models(settings)
    ladder = Ladder(
        [GenerativeAnswerer(model, embedder) for model in models],
        ExtractiveAnswerer(),
        wall_clock=clock,
    )
    prices = {price.model: (price.read, price.written) for price in settings.model_prices}
    answer_settings = SettingsService(db, clock, priced=bool(prices))
    retriever = Retriever(index, embedder, configured_reader(settings))
    passwords, secrets = Passwords(), Secrets.of(settings.data_dir, settings.given_secret_key)
    mail = configured_sender(settings)
    identity_provider = _identity_provider(settings)
    sign_in_service = SignInService(db, passwords, secrets, clock)
    services = Services(
        workspaces=WorkspacesService(db, clock, index=index, recheck=worker.recheck),
        api_keys=ApiKeysService(db, clock),
        sources=SourcesService(
            db,
            index,
            blobs,
            rules,
            options,
            clock=clock,
            notify=worker.notify,
            recheck=worker.recheck,
        ),
        previews=PreviewService(crawler, rules, options),
        ingestion=IngestionService(
            db,
            blobs,
            rules,
            clock=clock,
            notify=worker.notify,
            recheck=worker.recheck,
            max_upload_mb=settings.max_upload_mb,
        ),
        chat=ChatService(
            db,
            index,
            retriever,
            embedder,
            ladder.answerers(),
            Condenser(models, ladder.is_resting, embedder.count_tokens),
            answer_settings,
            Budgets(db, clock, prices),
            clock,
        ),
        conversations=ConversationsService(db, clock),
        feedback=FeedbackService(db, clock),
        analytics=AnalyticsService(db, clock),
        settings=answer_settings,
        usage=UsageService(db, clock),
        openai=OpenAiService(ladder.answerers(), embedder, clock),
        audit_log=AuditLogService(db, clock),
        people=PeopleService(db, mail, clock),
        sign_in=sign_in_service,
        account=AccountService(db, sign_in_service, passwords, secrets, clock),
        resets=PasswordResets(db, passwords, mail, settings.public_url, clock),
    )

    mcp = McpEndpoint(Tools(services.chat, services.sources, retriever, answer_settings))

    async def stop() -> None:
        await mcp.close()
        await services.chat.close()
        await asyncio.gather(*(model.close() for model in models))
        await worker.stop()
        await renderer.close()
        await fetcher.close()
        await parser.close()
        if identity_provider is not None:
            await identity_provider.close()
        passwords.close()
        pipeline.close()
        db.close()
        os.close(lock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await services.workspaces.default()
        await services.workspaces.finish_deletions()
        await worker.start()
        schedule = [
            asyncio.create_task(every(_SYNC_CHECK_SECONDS, services.sources.sync_due)),
            asyncio.create_task(every(_SWEEP_SECONDS, lambda: sweep(db, blobs, clock))),
        ]
        yield
        for task in schedule:
            task.cancel()
        await stop()

    app = FastAPI(
        title="Cevvo",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = services
    app.state.ladder = ladder
    app.state.visitors = VisitorTokens(db, secrets, clock)
    app.state.drain = worker.stop  # for a server that is asked to stop
    for name in Services.__slots__:
        setattr(app.state, name, getattr(services, name))
    app.state.public_url = settings.public_url
    app.state.identity_provider_name = settings.oidc_name if identity_provider else None
    app.state.oidc = identity_provider and OidcSignIn(db, identity_provider, clock)
    ways_in = (sign_in, oidc_endpoints, account_endpoints, people, workspaces)
    answering = (chat, conversations, feedback, settings_endpoints, usage)
    administering = (audit_log, api_keys, visitors)
    for feature in (*answering, sources, ingestion, analytics, *administering, *ways_in):
        app.include_router(feature.router, prefix=API_PREFIX)
    app.include_router(openai.router, prefix=OPENAI_PREFIX)
    install_mcp(app, mcp)
    install(
        app,
        db=db,
        settings=settings,
        clock=clock,
        monotonic=monotonic,
        visitors=app.state.visitors,
    )
    install_openapi(app)
    install_reference(app)
    _install_health(app, db)
    install_dashboard(app, DASHBOARD)
    return app


def _identity_provider(settings: Settings) -> IdentityProvider | None:
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    secret = settings.oidc_client_secret
    return OidcProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        None if secret is None else secret.get_secret_value(),
        f"{settings.public_url}{API_PREFIX}/session/oidc/callback",
        allowed=settings.allow_private_networks,
    )


def _install_health(app: FastAPI, db: Database) -> None:
    """``/healthz``: the process answers. ``/readyz``: the database can be read and written."""

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        checks = {
            "database_read": await _passes(lambda: db.read(lambda c: c.execute(text("SELECT 1")))),
            "database_write": await _passes(lambda: db.write(lambda c: None)),
        }
        ready = all(check == "ok" for check in checks.values())
        return JSONResponse(
            {"status": "ok" if ready else "unavailable", "checks": checks},
            status_code=200 if ready else 503,
        )


async def _passes(check: Callable[[], Awaitable[object]]) -> str:
    try:
        async with asyncio.timeout(5):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the server is not ready
        return type(error).__name__
    return "ok"
