"""Whether anybody works on the jobs of a Postgres: servers that do not have to be told.

Each worker has a lock of its session, which others can see and which ends with the session: with
the process, however that ends, and within half a minute with its machine or the way to it. So there
is nothing to renew and nothing to go by that a stopped worker left behind.
"""

from typing import Any

from sqlalchemy import Connection, text

from cevvo.foundation.db.advisory_locks import WORKING

_BE_THERE = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    f"SELECT pg_advisory_lock_shared({WORKING})",
)
_COUNT = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32) | objid::bigint = :lock"
)


def be_there(connection: Any) -> None:
    """Have others see a worker for as long as ``connection``, one of the driver's, is open."""
    for statement in _BE_THERE:
        connection.execute(statement)


def count_workers(connection: Connection) -> int:
    """How many processes work on jobs. One, on SQLite: the process that has the file."""
    if connection.dialect.name != "postgresql":
        return 1
    return int(connection.execute(_COUNT, {"lock": WORKING}).scalar_one())
