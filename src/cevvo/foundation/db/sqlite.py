"""The database as one SQLite file.

All writes go through one thread, which commits what is queued together and answers only after the
commit is on disk (``synchronous=FULL``: NORMAL loses acknowledged commits on a power cut). One
writing connection also keeps clear of the bug of SQLite before 3.51.3 that corrupts a WAL database
when two connections write or checkpoint at once. Reads run on a few connections of their own and
see a consistent snapshot for the length of one call. Each connection keeps SQLite's own 2 MB of
pages: the system has the file in memory, and 16 MB for each of five made questions no faster.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

import pysqlite3
from sqlalchemy import Connection, Engine, FromClause, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from cevvo.errors import CevvoError, StorageFull, Unavailable
from cevvo.foundation.db.database import TOLD, Database
from cevvo.foundation.db.snapshot import damage_in
from cevvo.foundation.telemetry import metrics

T = TypeVar("T")
_READERS = 4
_MAX_GROUP = 256  # writes committed together at most; bounds how long the first one waits


class _Compiler(SQLiteCompiler):
    """Writes hints such as INDEXED BY, which SQLAlchemy leaves out for SQLite."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


def sqlite_engine(path: Path) -> Engine:
    """An engine on one SQLite file. Transactions begin explicitly; see ``Database``."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: pysqlite3.connect(str(path), check_same_thread=False, timeout=30),
        module=pysqlite3,
        poolclass=NullPool,
        hide_parameters=True,  # what users wrote has no place in an error or a log
    )
    engine.dialect.statement_compiler = _Compiler

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _translated(error: Exception) -> Exception:
    """The error a caller can show for what the driver raised."""
    if isinstance(error, DBAPIError):
        words = _words_of(error)
        if "disk is full" in words:
            return StorageFull("The server's disk is full; nothing was stored. Free some space.")
        if "readonly database" in words or "disk I/O error" in words:
            return Unavailable("The server cannot write to its data directory.")
        if damage_in(words):
            return Unavailable("The server's database is damaged: a backup has to be restored.")
    return error


def _words_of(error: BaseException | None) -> str:
    """The messages of an error and of all that led to it."""
    words: list[str] = []
    while error is not None and len(words) < 10:
        words.append(str(error))
        error = error.__cause__ or error.__context__
    return " ".join(words)


class SqliteDatabase(Database):
    """One SQLite file in ``data_dir``, opened for this process."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.path = data_dir / "cevvo.db"
        self.engine = sqlite_engine(self.path)
        self._writes: queue.SimpleQueue[tuple[Callable[[Connection], Any], Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._writer = threading.Thread(target=self._write_loop, name="db-writer", daemon=True)
        self._writer.start()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="db-reader")
        self._local = threading.local()
        self._reader_connections: list[Connection] = []
        self._closed = False
        self.listeners = set()

    def submit_read(self, f: Callable[[Connection], T]) -> Future[T]:
        if self._closed:
            raise Unavailable("The server is shutting down.")
        return self._readers.submit(self._run_read, f)

    def submit_write(self, f: Callable[[Connection], T], *, locking: bool = False) -> Future[T]:
        if self._closed:
            raise Unavailable("The server is shutting down.")
        future: Future[T] = Future()
        self._writes.put((f, future))
        return future

    def close(self) -> None:
        """Finish queued writes, checkpoint and close."""
        if self._closed:
            return
        self._closed = True
        self._writes.put(None)
        self._writer.join()
        self._readers.shutdown()
        for connection in self._reader_connections:
            connection.close()
        self.engine.dispose()

    def _run_read(self, f: Callable[[Connection], T]) -> T:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self.engine.connect().execution_options(read_only=True)
            connection.exec_driver_sql("PRAGMA query_only=ON")
            connection.rollback()
            self._local.connection = connection
            self._reader_connections.append(connection)
        try:
            with connection.begin():
                return f(connection)
        except CevvoError:
            raise
        except Exception as error:
            raise _translated(error) from error

    def _write_loop(self) -> None:
        connection: Connection | None = None
        stop = False
        while not stop:
            batch = []
            item = self._writes.get()
            while item is not None:
                if item[1].set_running_or_notify_cancel():
                    batch.append(item)
                if len(batch) >= _MAX_GROUP:
                    break
                try:
                    item = self._writes.get_nowait()
                except queue.Empty:
                    break
            stop = item is None
            if batch:
                connection = self._commit_together(connection, batch)
        if connection is not None:
            connection.close()

    def _commit_together(
        self,
        connection: Connection | None,
        batch: list[tuple[Callable[[Connection], Any], Future[Any]]],
    ) -> Connection | None:
        """Commit the batch and answer it. Returns the connection for the next one, if it is fit.

        After a failed commit it is not: what it holds in memory may be on the disk or not.
        """
        done: list[tuple[Future[Any], Any]] = []
        failed: list[tuple[Future[Any], Exception]] = []
        alone = len(batch) == 1  # and so without a savepoint: the whole transaction is its own
        started = time.perf_counter()
        try:
            connection = connection or self.engine.connect()
            with connection.begin() as transaction:
                for f, future in batch:
                    try:
                        with nullcontext() if alone else connection.begin_nested():
                            done.append((future, f(connection)))
                    except Exception as error:
                        if not _in_transaction(connection):
                            raise  # SQLite gave up all of it, as it does on a full disk
                        failed.append((future, _translated(error)))
                        if alone:
                            transaction.rollback()
        except Exception as error:  # noqa: BLE001 - the commit failed: none of them is stored
            settled = {id(future) for future, _ in failed}
            failed += [(f, _translated(error)) for _, f in batch if id(f) not in settled]
            done = []
            if connection is not None:
                connection.close()
                connection = None
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
        metrics.WRITES.inc(len(batch))
        for future, result in done:
            future.set_result(result)
        for future, failure in failed:
            future.set_exception(failure)
        if connection is not None and connection.info.pop(TOLD, False):
            for listener in tuple(self.listeners):
                listener()
        return connection


def _in_transaction(connection: Connection) -> bool:
    driver: Any = connection.connection.driver_connection
    return bool(driver.in_transaction)
