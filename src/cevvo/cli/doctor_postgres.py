"""What ``cevvo doctor`` finds on Postgres."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from cevvo.cli.doctor_content import Finding, content
from cevvo.domain.time import now
from cevvo.foundation.db.migrate import HEAD
from cevvo.foundation.db.postgres_start import look_at_postgres, start_engine
from cevvo.foundation.jobs.presence import count_workers
from cevvo.foundation.jobs.records import oldest_due

_MANY = 0.9  # of the connections that the server takes
_CONNECTIONS = """
    SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
        current_setting('max_connections')::int
"""


def examine(url: str) -> Iterator[Finding]:
    """Look without changing anything. Raises StartError where no server would start."""
    server = look_at_postgres(url)
    yield Finding("ok", f"Postgres {server.version} with pgvector {server.vector}")
    if server.revision is None:
        yield Finding(
            "warn",
            f"The database {server.database} is empty.",
            "The first start fills it: cevvo up",
        )
        return
    if server.revision < HEAD:
        yield Finding(
            "warn",
            f"An older version of cevvo wrote it (schema {server.revision}).",
            "The next start brings it up to date. At once: cevvo migrate",
        )
        return
    yield Finding("ok", f"schema {server.revision}")
    engine = start_engine(url, 1)
    try:
        with engine.connect() as connection:
            yield from _content(connection)
    finally:
        engine.dispose()


def _content(connection: Connection) -> Iterator[Finding]:
    used, most = connection.exec_driver_sql(_CONNECTIONS).one()
    if used > most * _MANY:
        yield Finding(
            "warn",
            f"Postgres has {used} of {most} connections open.",
            "Lower CEVVO_DATABASE_CONNECTIONS, or raise max_connections.",
        )

    if count_workers(connection) == 0 and oldest_due(connection, now()) is not None:
        yield Finding("warn", "Jobs wait, and no process works on them.", "Start one: cevvo worker")

    def count(query: str, *values: Any) -> int:
        return int(connection.exec_driver_sql(query.replace("?", "%s"), values).scalar_one())

    yield from content(count)
