"""What Postgres must be like before anything is stored in it: looked at when a process starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from cevvo.errors import StartError
from cevvo.foundation.db.migrate import migrate, schema_revision
from cevvo.foundation.db.postgres import is_away, sqlstate
from cevvo.foundation.db.tables import metadata

OLDEST: Final = 15
"""The oldest Postgres that still gets fixes."""
_VECTOR: Final = (0, 8)  # from which filters do not cut an index scan short

_SERVER = text("""
    SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),
        pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',
        (SELECT extversion FROM pg_extension WHERE extname = 'vector'),
        (SELECT default_version FROM pg_available_extensions WHERE name = 'vector'),
        current_user, current_database(), current_schema()
""")


def prepare_postgres(engine: Engine) -> None:
    """Look at the server, and make or migrate the tables.

    Raises StartError, in one line that says what to do: the server cannot be reached or does not
    let this user in, is too old, takes no writes, lacks pgvector, or holds something else.
    """
    with _told(engine):
        with engine.connect() as connection:
            _look(connection)
        migrate(engine)


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StartError(_explained(engine, error)) from error


def _explained(engine: Engine, error: DBAPIError) -> str:
    url, code = engine.url, sqlstate(error)
    said = str(error.orig).strip().splitlines()[-1].removeprefix("FATAL:").strip()
    where = f"{url.host or 'its socket'}{f':{url.port}' if url.port else ''}"
    if code == "42501":
        return (
            f"Postgres does not let {url.username} make tables ({said}). Let an administrator run: "
            f"GRANT CREATE ON DATABASE {url.database} TO {url.username}; "
            f"GRANT CREATE ON SCHEMA public TO {url.username}"
        )
    if is_away(error):
        return f"Cannot use Postgres at {where}: {said}. Check CEVVO_DATABASE_URL and the server."
    return f"Postgres at {where} refused what is needed: {said}"


def _look(connection: Connection) -> None:
    major, encoding, read_only, installed, available, user, database, schema = connection.execute(
        _SERVER
    ).one()
    if major < OLDEST:
        raise StartError(f"Postgres {major} is too old: cevvo needs {OLDEST} or newer.")
    if encoding != "UTF8":
        raise StartError(
            f"The database {database} has the encoding {encoding}. Make one of UTF8: "
            "CREATE DATABASE cevvo ENCODING 'UTF8' TEMPLATE template0"
        )
    if read_only:
        raise StartError("This Postgres takes no writes (a standby?). Name the primary one.")
    if schema is None:
        raise StartError(f"{user} has no schema in {database}: CREATE SCHEMA AUTHORIZATION {user}")
    _require_vector(connection, installed, available, database)
    _require_ours(connection, database)
    connection.commit()


def _require_vector(
    connection: Connection, installed: str | None, available: str | None, database: str
) -> None:
    version = installed or available
    if version is None:
        raise StartError(
            "Postgres has no pgvector. Install it on the database server (Debian: "
            "postgresql-18-pgvector), or take an image that has it: pgvector/pgvector:pg18"
        )
    if tuple(int(part) for part in version.split(".")[:2]) < _VECTOR:
        raise StartError(
            f"pgvector {version} is too old: cevvo needs 0.8 or newer. After installing it: "
            "ALTER EXTENSION vector UPDATE"
        )
    if installed is None:
        try:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        except DBAPIError as error:
            if sqlstate(error) != "42501":
                raise
            raise StartError(
                f"The extension pgvector is not enabled in {database}, and this user may not do "
                "it. Let an administrator run there: CREATE EXTENSION vector"
            ) from error


def _require_ours(connection: Connection, database: str) -> None:
    """An empty database, or one with a revision: half of one is neither."""
    if schema_revision(connection) is not None:
        return
    there = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if there:
        raise StartError(
            f"The database {database} has a table {there[0]} that no finished cevvo left there. "
            "Take an empty database, or restore a dump of a whole one."
        )
