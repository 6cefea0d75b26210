"""The database on Postgres, which any number of servers and workers may share.

Writes are SERIALIZABLE transactions (https://www.postgresql.org/docs/current/transaction-iso.html):
of two that cannot be put one after the other Postgres refuses one, and that one is done again.
Who was refused twice takes a lock first, which leaves only newcomers to lose against: writes that
all meet in one row get done, one after the other. Writes which lock what they rely on are READ
COMMITTED. Reads are REPEATABLE READ and see one moment. Each runs in a thread with a connection of
the pool, half of which are for reads; what finds none waits for its turn.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, TypeVar

from psycopg.types.numeric import FloatLoader
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from cevvo.errors import CevvoError, StorageFull, Unavailable
from cevvo.foundation.db.advisory_locks import REFUSED_TWICE
from cevvo.foundation.db.database import Database
from cevvo.foundation.telemetry import metrics

T = TypeVar("T")
_ATTEMPTS: Final = 12  # where the server is away, say: about a second
_REFUSALS: Final = 40  # for other writes: of 24 at once on the same rows some needed more than 12
_FREELY: Final = 2  # refusals before the lock
_LONGEST_PAUSE: Final = 0.25  # seconds between two of them; a random share of it
_CONNECT_SECONDS: Final = 5
_STATEMENT_MS: Final = 60_000
_IDLE_MS: Final = 60_000  # in the middle of a transaction
# What was acknowledged is on disk, even where the server as a whole does not wait for it.
_SESSION: Final = f"""
    SELECT set_config('statement_timeout', '{_STATEMENT_MS}', false),
        set_config('idle_in_transaction_session_timeout', '{_IDLE_MS}', false),
        CASE current_setting('synchronous_commit') WHEN 'off'
            THEN set_config('synchronous_commit', 'local', false) END
"""

# Error codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_LOST_THE_RACE: Final = {"40001", "40P01"}  # serialization_failure, deadlock_detected
_FULL: Final = {"53100"}
_NO_MEMORY: Final = {"53200"}  # mostly of the room for locks, until who holds them has ended
_READ_ONLY: Final = {"25006", "42501"}  # a standby, a setting, missing rights
_TOO_LONG: Final = {"57014", "55P03", "25P03"}
_AWAY: Final = ("08", "53", "57P")  # connections; resources; shut down, starting up


def postgres_engine(url: str, connections: int) -> Engine:
    """An engine on a Postgres database, with a pool of so many connections.

    Raises sqlalchemy.exc.ArgumentError when the URL cannot be understood.
    """
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=1,  # who was refused holds a lock beside his transaction
        hide_parameters=True,  # what users wrote has no place in an error or a log
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": "cevvo",
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.adapters.register_dumper(str, _Words)
        connection.adapters.register_loader("numeric", _Number)
        connection.execute(_SESSION)
        connection.commit()

    return engine


class _Number(FloatLoader):
    """Sums of BIGINT are NUMERIC; there is no column of that type."""

    def load(self, data: Any) -> Any:
        words = bytes(data)
        return int(words) if words.lstrip(b"-").isdigit() else float(words)


class _Words(StrDumperUnknown):
    """Texts of Postgres cannot hold U+0000: U+FFFD stands for it, so that places in it stay."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))


class PostgresDatabase(Database):
    """A database of a Postgres server, on a ``postgres_engine`` of so many connections."""

    def __init__(self, engine: Engine, data_dir: Path, *, connections: int) -> None:
        self.data_dir = data_dir
        self.engine = engine
        self.listeners = set()
        self._reading = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._writing = self.engine.execution_options(isolation_level="SERIALIZABLE")
        self._locking = self.engine.execution_options(isolation_level="READ COMMITTED")
        self._readers = ThreadPoolExecutor(connections - connections // 2, "db-reader")
        self._writers = ThreadPoolExecutor(connections // 2, "db-writer")
        self._one_refused = threading.Lock()
        self._closed = False

    def submit_read(self, f: Callable[[Connection], T]) -> Future[T]:
        return self._submit(self._readers, self._until_settled, self._reading, f)

    def submit_write(self, f: Callable[[Connection], T], *, locking: bool = False) -> Future[T]:
        engine = self._locking if locking else self._writing
        return self._submit(self._writers, self._written, engine, f)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._writers.shutdown()
            self._readers.shutdown()
            self.engine.dispose()

    def _submit(
        self,
        threads: ThreadPoolExecutor,
        run: Callable[[Engine, Callable[[Connection], T]], T],
        engine: Engine,
        f: Callable[[Connection], T],
    ) -> Future[T]:
        if self._closed:
            raise Unavailable("The server is shutting down.")
        return threads.submit(run, engine, f)

    def _written(self, engine: Engine, f: Callable[[Connection], T]) -> T:
        metrics.WRITES.inc()
        with metrics.COMMIT_SECONDS.time():
            return self._until_settled(engine, f)

    def _until_settled(self, engine: Engine, f: Callable[[Connection], T]) -> T:
        """``f`` in a transaction, and again for as long as that is safe and may help."""
        clashed, lost, failed = False, 0, 0
        while True:
            attempt = _Attempt(engine)
            try:
                with self._alone() if lost >= _FREELY else nullcontext():
                    return attempt.run(f)
            except CevvoError:
                raise
            except DBAPIError as error:
                # Another write may have come between a check and the row that it was about: the
                # check finds it now. A row that can never be stored fails the same way again.
                first_clash = isinstance(error, IntegrityError) and not clashed
                clashed = clashed or first_clash
                refused = sqlstate(error) in _LOST_THE_RACE
                lost, failed = lost + refused, failed + (not refused)
                again = first_clash or _may_help(error, committing=attempt.committing)
                if not again or lost == _REFUSALS or failed == _ATTEMPTS:
                    raise _translated(_without_words(error)) from error.orig
                longest = min(0.004 * 2 ** (lost + failed), _LONGEST_PAUSE)
                time.sleep(random.uniform(0, longest))  # noqa: S311

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One of those who were refused at a time, in all servers: on a connection of its own, as
        the transaction that follows must begin, and see, after the lock was had."""
        with self._one_refused, self._locking.begin() as holder:
            holder.execute(select(func.pg_advisory_xact_lock(REFUSED_TWICE)))
            yield


class _Attempt:
    """One try of a transaction. ``committing``: nobody knows whether it is stored if it fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.committing = False

    def run(self, f: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection, connection.begin() as transaction:
            result = f(connection)
            self.committing = True
            transaction.commit()
            return result


def sqlstate(error: DBAPIError) -> str:
    """The SQLSTATE; empty when there was no server to give one."""
    return getattr(error.orig, "sqlstate", None) or ""


def _may_help(error: DBAPIError, *, committing: bool) -> bool:
    if sqlstate(error) in _LOST_THE_RACE:
        return True
    return is_away(error) and not committing


def is_away(error: DBAPIError) -> bool:
    """Whether the server was not there, or went away."""
    code = sqlstate(error)
    if code:
        return code.startswith(_AWAY) and code not in _FULL
    return error.connection_invalidated or isinstance(error, OperationalError)


def _without_words(error: DBAPIError) -> DBAPIError:
    """The error without its detail, which quotes the row."""
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    if said and error.orig is not None:
        error.orig.args = (said,)
        error.args = (f"({type(error.orig).__name__}) {said}",)
    return error


def _translated(error: DBAPIError) -> Exception:
    """The error a caller can show for what the driver raised."""
    code = sqlstate(error)
    if code in _FULL:
        return StorageFull("The database's disk is full; nothing was stored. Free some space.")
    if code in _NO_MEMORY:
        hint = getattr(getattr(error.orig, "diag", None), "message_hint", None)
        return Unavailable(" ".join(filter(None, ("The database is out of memory.", hint))))
    if code in _READ_ONLY:
        return Unavailable("The server cannot write to its database.")
    if code in _TOO_LONG:
        return Unavailable("The database took too long.")
    if code in _LOST_THE_RACE:
        return Unavailable("Too much was written at the same time; try again.")
    if is_away(error):
        return Unavailable("The server cannot reach its database.")
    return error
