"""The database: ``await db.read(f)`` and ``await db.write(f)``, where f takes a connection.

There are two: ``sqlite``, one file for one server, and ``postgres``, for any number of them. On
either, writes take place as if one came after the other: what ``f`` checks is still so when what it
wrote is committed.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from cevvo.foundation.telemetry import metrics

T = TypeVar("T")
TOLD = "told"
"""Key of ``connection.info``: true once a transaction did what ``listeners`` are called for."""


class Database(ABC):
    """What is durable, but for blobs and the secret key: these are files in ``data_dir``.

    ``listeners`` are called after a commit in which TOLD was set, where the database is not shared:
    on the thread that writes, so they are quick and raise nothing.
    """

    data_dir: Path
    engine: Engine
    listeners: set[Callable[[], None]]

    async def read(self, f: Callable[[Connection], T]) -> T:
        """``f`` on a read-only snapshot, off the event loop. What it writes is an error."""
        return await asyncio.wrap_future(self.submit_read(f))

    async def write(self, f: Callable[[Connection], T], *, locking: bool = False) -> T:
        """``f`` in a transaction, durable when this returns; rolled back when ``f`` raises.

        ``f`` must be quick: other writes may wait for it. It may be called again when another write
        came between, so it changes nothing but the database. Raises StorageFull when the disk is
        full, Unavailable when the database cannot be reached or written.

        ``locking``: ``f`` itself locks what it relies on, and each of its statements sees what was
        committed before it. For what many processes write to the same few rows, where it would else
        be done again too often.
        """
        with metrics.WRITES_WAITING.track_inprogress():
            return await asyncio.wrap_future(self.submit_write(f, locking=locking))

    def read_now(self, f: Callable[[Connection], T]) -> T:
        """``read`` for callers that have no event loop."""
        return self.submit_read(f).result()

    def write_now(self, f: Callable[[Connection], T]) -> T:
        """``write`` for callers that have no event loop."""
        return self.submit_write(f).result()

    @property
    def is_shared(self) -> bool:
        """Whether other servers and workers may use it at the same time."""
        return self.engine.dialect.name == "postgresql"

    @abstractmethod
    def submit_read(self, f: Callable[[Connection], T]) -> Future[T]:
        """Begin what ``read`` is about."""

    @abstractmethod
    def submit_write(self, f: Callable[[Connection], T], *, locking: bool = False) -> Future[T]:
        """Begin what ``write`` is about."""

    @abstractmethod
    def close(self) -> None:
        """Finish the writes that are queued, and close."""
