"""What is told of jobs: that one is queued, or some were ended; to this process, any change.

On Postgres all processes are told, by NOTIFY, in the transaction that it is about: once that is
committed, never if it is not. A worker that has no connection just then misses it, and finds the
same within seconds, as it looks by itself. On SQLite one process does everything: its database
tells ``listeners`` after the commit.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from cevvo.foundation.db.database import TOLD
from cevvo.foundation.jobs.presence import be_there
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

Signal = Literal["queued", "ended"]
_CHANNEL = "cevvo_jobs"
_LOOK = 0.5  # seconds between looks whether to stop
_PAUSE = 2.0  # seconds between attempts to connect


def tell(connection: Connection, signal: Signal) -> None:
    """Have all who listen know, once the caller's transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(_CHANNEL, signal)))
    else:
        tell_change(connection)


def tell_change(connection: Connection) -> None:
    """Have those who follow jobs in this process know, once the transaction is committed.

    Not on Postgres: commits that NOTIFY take turns in the whole database, and each page of a crawl
    is one. There, followers look by themselves for as long as a job runs.
    """
    if connection.dialect.name != "postgresql":
        connection.info[TOLD] = True


class Listener:
    """Hears what other processes tell, on a connection of its own, and tells ``heard``.

    ``working``: for that long others see that a worker is there, see ``presence``.
    Made and stopped on the event loop that ``heard`` runs on. Each new connection counts as told.
    """

    def __init__(
        self, engine: Engine, heard: Callable[[Signal], None], *, working: bool = False
    ) -> None:
        self._engine = engine
        self._working = working
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-signals", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Hear no more."""
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        driver: Any = self._engine.dialect.loaded_dbapi
        while not self._stopping.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, driver.Error) as error:
                log.warning("job_signals_lost", reason=str(error).partition("\n")[0])
                self._stopping.wait(_PAUSE)

    def _listen(self) -> None:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()  # it is taken for long: the pool may have another one in its place
        try:
            connection.autocommit = True
            if self._working:
                be_there(connection)
            connection.execute(f"LISTEN {_CHANNEL}")
            self._pass_on("queued")
            self._pass_on("ended")
            while not self._stopping.is_set():
                for told in connection.notifies(timeout=_LOOK):
                    self._pass_on(told.payload)
        finally:
            connection.close()

    def _pass_on(self, signal: Signal) -> None:
        self._loop.call_soon_threadsafe(self._heard, signal)
