"""Whether the server is alive, and whether it can work: what load balancers and supervisors ask."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, text

from cevvo.foundation.access.rate_limit import Limits
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs.presence import count_workers


def install_health(
    app: FastAPI, db: Database, shared_limits: Limits | None = None, *, needs_workers: bool = False
) -> None:
    """``/healthz``: the process answers. ``/readyz``: the database can be read and written.

    Where only limits are not shared as they should be, or no other process works on the jobs though
    this one ``needs_workers``, it is ready, but ``degraded``.
    """

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        checks = {
            "database_read": await _passes(lambda: db.read(lambda c: c.execute(text("SELECT 1")))),
            "database_write": await _passes(lambda: db.write(_touch)),
        }
        ready = _all_ok(checks)
        if shared_limits is not None:
            checks["shared_limits"] = await shared_limits.trouble() or "ok"
        if needs_workers:
            checks["workers"] = await _passes(lambda: db.read(_somebody_works))
        status = "unavailable" if not ready else "ok" if _all_ok(checks) else "degraded"
        return JSONResponse({"status": status, "checks": checks}, status_code=200 if ready else 503)


def _all_ok(checks: dict[str, str]) -> bool:
    return all(check == "ok" for check in checks.values())


class NoWorker(Exception):
    """Jobs wait until a worker is started."""


def _somebody_works(connection: Connection) -> None:
    if count_workers(connection) == 0:
        raise NoWorker


def _touch(connection: Connection) -> None:
    """Write what changes nothing: on a file, whether writing works shows when it is on the disk.

    ``user_version`` is a number in the head of a SQLite file that nothing here makes use of.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA user_version = 0")


async def _passes(check: Callable[[], Awaitable[object]]) -> str:
    try:
        async with asyncio.timeout(5):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the server is not ready
        return type(error).__name__
    return "ok"
