"""The composition root: settings in, ASGI app out."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from cevvo import __version__
from cevvo.domain.time import Clock, now
from cevvo.engine.indexing.reembedding import embed_newest
from cevvo.features.analytics import endpoints as analytics
from cevvo.features.api_keys import endpoints as api_keys
from cevvo.features.ask_page.endpoints import install_ask_page
from cevvo.features.ask_page.service import AskPageService
from cevvo.features.audit_log import endpoints as audit_log
from cevvo.features.backups import endpoints as backups
from cevvo.features.chat import endpoints as chat
from cevvo.features.chat import message_endpoints as messages
from cevvo.features.conflicts import endpoints as conflicts
from cevvo.features.conversations import endpoints as conversations
from cevvo.features.conversations import retention_endpoints
from cevvo.features.feedback import endpoints as feedback
from cevvo.features.gaps import endpoints as gaps
from cevvo.features.ingestion import endpoints as ingestion
from cevvo.features.ingestion.sweep import sweep
from cevvo.features.mcp.endpoint import McpEndpoint, install_mcp
from cevvo.features.mcp.tools import Tools
from cevvo.features.openai import endpoints as openai
from cevvo.features.people import endpoints as people
from cevvo.features.settings import endpoints as settings_endpoints
from cevvo.features.sign_in import account_endpoints, oidc_endpoints
from cevvo.features.sign_in import endpoints as sign_in
from cevvo.features.sign_in.oidc import OidcSignIn
from cevvo.features.sources import endpoints as sources
from cevvo.features.stale_answers import endpoints as stale_answers
from cevvo.features.usage import endpoints as usage
from cevvo.features.visitors import endpoints as visitors
from cevvo.features.webhooks import endpoints as webhooks
from cevvo.features.widget import endpoints as widget
from cevvo.features.workspaces import endpoints as workspaces
from cevvo.foundation.access.configured_limits import configured_limits
from cevvo.foundation.access.rate_limit import Limits
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import lock_data_dir, open_database, prepare_data_dir
from cevvo.foundation.http.dashboard import install_dashboard
from cevvo.foundation.http.documentation import install_documentation
from cevvo.foundation.http.errors import install_error_handlers
from cevvo.foundation.http.health import install_health
from cevvo.foundation.http.metrics import install_metrics, watch_event_loop
from cevvo.foundation.http.openapi import install_openapi
from cevvo.foundation.http.response_headers import API_PREFIX, OPENAI_PREFIX
from cevvo.foundation.http.widget_files import install_widget
from cevvo.foundation.jobs.schedule import every
from cevvo.foundation.jobs.worker import Worker
from cevvo.foundation.stack import install
from cevvo.foundation.telemetry import logging, tracing
from cevvo.providers.search.beside import VectorsBeside
from cevvo.services import (
    Answerers,
    Doors,
    Outbox,
    Readers,
    Services,
    ask_again,
    open_answerers,
    open_doors,
    open_outbox,
    open_readers,
    open_worker,
    put_together,
)
from cevvo.settings import Settings

log = logging.get_logger(__name__)

DESCRIPTION = "Answers to questions out of your own documents, with citations."
DASHBOARD = Path(__file__).parent / "dashboard_assets"
DOCUMENTATION = Path(__file__).parent / "docs_assets"
WIDGET = Path(__file__).parent / "widget_assets"
# FastAPI's own, which would send what users wrote: see foundation/telemetry/tracing.py for ours.
_NO_TELEMETRY: TelemetryConfig = {
    "auto_configure": False,
    "tracing": False,
    "metrics": False,
    "logs": False,
}
_SYNC_CHECK_SECONDS = 60.0
_SWEEP_SECONDS = 3600.0
_OUTBOX_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _House:
    """What the product is made of, in this process."""

    db: Database
    limits: Limits
    readers: Readers
    doors: Doors
    outbox: Outbox
    answerers: Answerers
    worker: Worker
    services: Services


def create_app(
    settings: Settings,
    clock: Clock = now,
    monotonic: Callable[[], float] = time.monotonic,
    *,
    works: bool = True,
) -> FastAPI:
    """The whole product on one data directory, which this process then holds, or on Postgres.

    ``app.state.services`` has the services. ``clock`` is the wall clock, for what is stored;
    ``monotonic`` counts seconds, for limits. ``works``: jobs are done here, too, which only others
    on the same Postgres could do instead. Raises StartError when the directory cannot be used: not
    writable, held by another server, written by a newer version.
    """
    closing = AsyncExitStack()  # what was opened last is closed first
    house = _open(settings, clock, monotonic, closing)
    services, answerers, doors = house.services, house.answerers, house.doors
    mcp = McpEndpoint(
        Tools(services.chat, services.sources, answerers.retriever, answerers.settings)
    )
    closing.push_async_callback(mcp.close)
    closing.push_async_callback(services.job_feed.stop)
    app = FastAPI(
        title="Cevvo",
        version=__version__,
        description=DESCRIPTION,
        lifespan=_lifespan(house, clock, closing, works=works),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry=_NO_TELEMETRY,
    )
    _keep(app, settings, services, doors, house.db, clock)
    app.state.ladder = answerers.ladder
    app.state.drain = partial(_drain, house)  # for a server that is asked to stop
    _include_routers(app)
    install_mcp(app, mcp)
    install(
        app,
        db=house.db,
        settings=settings,
        clock=clock,
        monotonic=monotonic,
        visitors=doors.visitors,
        limits=house.limits,
    )
    install_openapi(app)
    install_documentation(app, DOCUMENTATION)
    install_health(
        app, house.db, house.limits if settings.redis_url else None, needs_workers=not works
    )
    install_metrics(app, house.db, settings.given_metrics_token, clock)
    install_widget(app, WIDGET)
    install_ask_page(
        app, AskPageService(services.chat, services.conversations, doors.visitors, house.limits)
    )
    install_dashboard(app, DASHBOARD)
    return app


async def _drain(house: _House) -> None:
    """End what would else go on, while requests come to their end."""
    await house.services.job_feed.stop()
    await house.worker.stop()


def create_worker(settings: Settings, clock: Clock = now) -> FastAPI:
    """What works on the jobs of a Postgres, beside servers: an app that answers only how it is.

    Raises StartError as ``create_app`` does.
    """
    closing = AsyncExitStack()
    house = _open(settings, clock, time.monotonic, closing)
    app = FastAPI(
        lifespan=_lifespan(house, clock, closing, works=True),
        docs_url=None,
        openapi_url=None,
        telemetry=_NO_TELEMETRY,
    )
    app.state.drain = house.worker.stop
    install_error_handlers(app)
    install_health(app, house.db)
    install_metrics(app, house.db, settings.given_metrics_token, clock)
    return app


def _open(
    settings: Settings, clock: Clock, monotonic: Callable[[], float], closing: AsyncExitStack
) -> _House:
    logging.configure(settings.log_level)
    closing.callback(tracing.configure())
    if settings.database_url is None:
        closing.callback(os.close, lock_data_dir(prepare_data_dir(settings.data_dir)))
    db = open_database(
        settings.data_dir,
        settings.given_database_url,
        connections=settings.database_connections,
        locked=True,
        backed_up=lambda path: log.info("backed_up_before_migration", path=str(path)),
    )
    closing.callback(db.close)
    limits = configured_limits(settings, monotonic)
    closing.push_async_callback(limits.close)
    readers = open_readers(settings, db, closing)
    doors = open_doors(settings, db, clock, closing)
    outbox = open_outbox(db, readers, doors, clock, closing)
    answerers = open_answerers(settings, db, readers, clock, closing)
    again = ask_again(db, answerers, clock)
    worker = open_worker(settings, db, readers, outbox, again, clock)
    closing.push_async_callback(worker.stop)
    services = put_together(settings, db, readers, worker, answerers, again, doors, outbox, clock)
    return _House(db, limits, readers, doors, outbox, answerers, worker, services)


def _lifespan(
    house: _House, clock: Clock, closing: AsyncExitStack, *, works: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await house.services.workspaces.default()
        schedule = [asyncio.create_task(watch_event_loop())]
        if works:
            await house.services.workspaces.finish_deletions()
            await house.worker.start()
            schedule += _schedule(house, clock)
        yield
        for task in schedule:
            task.cancel()
        await closing.aclose()

    return lifespan


def _schedule(house: _House, clock: Clock) -> list[asyncio.Task[None]]:
    """What is done again and again, by each process that works: another may just have done it.

    Of jobs there is one for each subject (``queue.enqueue``), and what is deleted twice is gone.
    """
    services, tasks = house.services, house.outbox.tasks
    embedder = house.readers.embedder
    beside = VectorsBeside(house.db, embedder.model_id)
    actions: tuple[tuple[float, Callable[[], Awaitable[object]]], ...] = (
        (_SYNC_CHECK_SECONDS, services.sources.sync_due),
        (_SYNC_CHECK_SECONDS, services.gaps.enqueue_due),
        (_SYNC_CHECK_SECONDS, services.stale_answers.enqueue_due),
        (_SWEEP_SECONDS, lambda: sweep(house.db, house.readers.blobs, clock)),
        (_SWEEP_SECONDS, services.retention.sweep),
        (_OUTBOX_SECONDS, lambda: tasks.enqueue_due(house.worker.notify)),
        (_SWEEP_SECONDS, tasks.sweep),
        (_SWEEP_SECONDS, house.readers.index.tend),
        (_SYNC_CHECK_SECONDS, lambda: embed_newest(beside, embedder)),
    )
    if house.db.is_shared:  # a server that was stopped meanwhile may never start again
        actions += ((_SWEEP_SECONDS, services.workspaces.finish_deletions),)
    return [asyncio.create_task(every(seconds, action)) for seconds, action in actions]


def _include_routers(app: FastAPI) -> None:
    ways_in = (sign_in, oidc_endpoints, account_endpoints, people, workspaces)
    insight = (analytics, gaps, stale_answers, conflicts, messages)
    answering = (chat, conversations, feedback, settings_endpoints, retention_endpoints, usage)
    administering = (audit_log, backups, api_keys, visitors, webhooks, widget)
    for feature in (*answering, sources, ingestion, *insight, *administering, *ways_in):
        app.include_router(feature.router, prefix=API_PREFIX)
    app.include_router(openai.router, prefix=OPENAI_PREFIX)


def _keep(
    app: FastAPI, settings: Settings, services: Services, doors: Doors, db: Database, clock: Clock
) -> None:
    """Put on ``app.state`` what endpoints look for there."""
    app.state.services = services
    for name in Services.__slots__:
        setattr(app.state, name, getattr(services, name))
    app.state.db = db
    app.state.visitors = doors.visitors
    app.state.public_url = settings.public_url
    provider = doors.identity_provider
    app.state.identity_provider_name = settings.oidc_name if provider else None
    app.state.oidc = provider and OidcSignIn(db, provider, clock)
