"""``/metrics`` for Prometheus, for those who have the operator's token.

An API key does not do: it is of one workspace, and the figures are of all of them. Nor does coming
from this machine: behind a proxy on it, everyone does.
"""

import asyncio
import secrets
import time
from collections.abc import Callable

from fastapi import FastAPI
from sqlalchemy import Connection, func, select
from starlette.requests import Request
from starlette.responses import Response

from cevvo.domain.time import Clock, Millis
from cevvo.errors import NotFound, Unauthenticated
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.size import size_bytes
from cevvo.foundation.db.tables import chunks, documents
from cevvo.foundation.jobs.presence import count_workers
from cevvo.foundation.jobs.records import count_live, oldest_due
from cevvo.foundation.telemetry import metrics

_SIZES_SECONDS = 60.0  # counting a million rows takes a while
_LAG_SECONDS = 0.5


def install_metrics(app: FastAPI, db: Database, token: str | None, clock: Clock) -> None:
    """Serve them to requests with ``token``; without one, to nobody."""
    stored = _Stored(db, clock, time.monotonic)

    @app.get("/metrics", include_in_schema=False)
    async def read_metrics(request: Request) -> Response:
        if token is None:
            raise NotFound("Metrics are off here: set CEVVO_METRICS_TOKEN to have them.")
        given = request.headers.get("authorization", "").encode()
        if not secrets.compare_digest(given, f"Bearer {token}".encode()):
            raise Unauthenticated("Send CEVVO_METRICS_TOKEN as `Authorization: Bearer <token>`.")
        await stored.look()
        return Response(metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})


async def watch_event_loop() -> None:
    """Measure how late the event loop is, until this task is cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LAG_SECONDS
        await asyncio.sleep(_LAG_SECONDS)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - due))


class _Stored:
    """The figures that are read from the database when somebody asks."""

    def __init__(self, db: Database, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock
        self._monotonic = monotonic
        self._sized_at: float | None = None

    async def look(self) -> None:
        now = self._monotonic()
        await self._db.read(lambda c: _set_jobs(c, self._clock()))
        if self._sized_at is None or now - self._sized_at >= _SIZES_SECONDS:
            self._sized_at = now
            await self._db.read(_set_sizes)


def _set_jobs(connection: Connection, now: Millis) -> None:
    metrics.JOBS.clear()  # of kinds that none is left of
    for kind, status, count in count_live(connection):
        metrics.JOBS.labels(kind, status).set(count)
    metrics.WORKERS.set(count_workers(connection))
    oldest = oldest_due(connection, now)
    metrics.OLDEST_JOB_SECONDS.set(0 if oldest is None else (now - oldest) / 1000)


def _set_sizes(connection: Connection) -> None:
    for gauge, table in ((metrics.DOCUMENTS, documents), (metrics.CHUNKS, chunks)):
        gauge.set(connection.execute(select(func.count()).select_from(table)).scalar_one())
    metrics.DATABASE_BYTES.set(size_bytes(connection))
