"""Bring the schema on Postgres up to date while servers of the version before go on.

Each migration is a transaction of its own. A change of a table waits until nobody reads or writes
it, and all who come later wait behind it: so it waits for half a second at most, then lets them by
and is tried again (https://www.postgresql.org/docs/current/explicit-locking.html). Indexes are made
beside others, by ``migrations/concurrently``.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from cevvo.errors import StartError
from cevvo.foundation.db.advisory_locks import MIGRATING
from cevvo.foundation.db.migrate import HEAD, refuse_newer, schema_revision, upgrade
from cevvo.foundation.db.postgres import sqlstate
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

# Shorter than the second after which Postgres looks for a deadlock: in one, this gives way.
_LOCK_MS: Final = 500
_PAUSE: Final = 1.0  # seconds in which those who waited behind it get through
_ATTEMPTS: Final = 400  # ten minutes
_TURN: Final = 0.1  # seconds between two questions whether it is this one's turn
_IN_THE_WAY: Final = {"55P03", "40P01"}  # lock_not_available, deadlock_detected


def migrate_in_use(engine: Engine) -> None:
    """Apply what is missing, while others read and write.

    Whenever it is broken off, the next one goes on. Raises StartError when the database was written
    by a newer version of the program, or when a table is in use for ten minutes on end.
    """
    with engine.connect() as connection:
        if schema_revision(connection) == HEAD:
            return
    with alone(engine) as connection:
        for _ in range(_ATTEMPTS):
            connection.execute(text(f"SET lock_timeout = {_LOCK_MS}"))
            revision = schema_revision(connection)
            connection.commit()
            if revision == HEAD:
                return
            refuse_newer(revision)
            try:
                _upgrade(connection)
            except DBAPIError as error:
                if sqlstate(error) not in _IN_THE_WAY:
                    raise
                connection.rollback()
                log.warning("migration_waits", schema=revision, reason="a table is in use")
                time.sleep(_PAUSE)
        raise StartError(
            f"The database could not be brought to schema {HEAD}, as a table is always in use. End "
            "what pg_stat_activity shows to be in a transaction for long, then start again."
        )


def _upgrade(connection: Connection) -> None:
    try:
        upgrade(connection)
    except PendingRollbackError as error:  # Alembic goes on with a connection that is gone
        raise error.__context__ or error from None


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A connection to change the schema with, in no transaction: of all processes that start, one
    has it at a time.

    They ask for their turn, and do not wait for it inside Postgres: an index that is made beside
    others waits for every statement that had begun, and so for theirs.
    """
    turn = select(func.pg_try_advisory_lock(MIGRATING))
    with engine.connect() as connection:
        try:
            connection.execute(text("SET statement_timeout = 0"))
            while not connection.execute(turn).scalar():
                connection.commit()
                time.sleep(_TURN)
            connection.commit()
            yield connection
        finally:
            connection.invalidate()  # what was set is of this connection alone, and so is the turn
