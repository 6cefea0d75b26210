"""What Postgres must be like before anything is stored in it: looked at when a process starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from cevvo.errors import StartError
from cevvo.foundation.db.migrate import refuse_newer, schema_revision
from cevvo.foundation.db.migrate_in_use import alone, migrate_in_use
from cevvo.foundation.db.postgres import is_away, postgres_engine, sqlstate
from cevvo.foundation.db.tables import metadata

OLDEST: Final = 15
"""The oldest Postgres that still gets fixes."""
_VECTOR: Final = (0, 8)  # from which filters do not cut an index scan short
_NO_RIGHTS: Final = "42501"

_SERVER = text("""
    SELECT current_setting('server_version') AS version,
        current_setting('server_version_num')::int / 10000 AS major,
        current_setting('server_encoding') AS encoding,
        pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS read_only,
        (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS enabled,
        (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available,
        current_user AS person, current_database() AS database, current_schema() AS schema
""")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that will do. ``vector`` is the version of pgvector, and whether it is ``enabled``
    in the database; ``revision`` that of the schema, None before there is one."""

    version: str
    vector: str
    enabled: bool
    database: str
    revision: str | None


def look_at_postgres(url: str) -> PostgresServer:
    """Look at the server and the database without changing anything. Raises StartError."""
    engine = start_engine(url, 1)
    try:
        return _look(engine)
    finally:
        engine.dispose()


def start_engine(url: str, connections: int) -> Engine:
    """``postgres_engine``; raises StartError when the URL cannot be understood."""
    try:
        return postgres_engine(url, connections)
    except (ArgumentError, ValueError) as error:  # whose words may quote a password
        raise StartError(
            "CEVVO_DATABASE_URL is no address of a database: "
            "postgresql://user:password@db.example.com/cevvo"
        ) from error


def prepare_postgres(engine: Engine) -> None:
    """Look at the server, and make or migrate the tables.

    Raises StartError, in one line that says what to do: the server cannot be reached or does not
    let this user in, is too old, takes no writes, lacks pgvector, or holds something else.
    """
    server = _look(engine)
    with _told(engine):
        if not server.enabled:
            _enable_vector(engine, server)
        migrate_in_use(engine)


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StartError(_explained(engine, error)) from error


def _explained(engine: Engine, error: DBAPIError) -> str:
    url = engine.url
    first = str(error.orig).strip().partition("\n")[0]
    said = first.rpartition(" failed: ")[2].removeprefix("FATAL:").strip()
    where = f"{url.host or 'its socket'}{f':{url.port}' if url.port else ''}"
    if sqlstate(error) == _NO_RIGHTS:
        return (
            f"Postgres does not let {url.username} make tables ({said}). Let an administrator run "
            f"in {url.database}: GRANT CREATE, USAGE ON SCHEMA public TO {url.username}"
        )
    if is_away(error):
        return f"Cannot use Postgres at {where}: {said}. Check CEVVO_DATABASE_URL and the server."
    return f"Postgres at {where} refused what is needed: {said}"


def _look(engine: Engine) -> PostgresServer:
    with _told(engine), engine.connect() as connection:
        found = connection.execute(_SERVER).one()
        if found.major < OLDEST:
            raise StartError(f"Postgres {found.version} is too old: cevvo needs {OLDEST} or newer.")
        if found.encoding != "UTF8":
            raise StartError(
                f"The database {found.database} has the encoding {found.encoding}. Make one of "
                "UTF8: CREATE DATABASE cevvo ENCODING 'UTF8' TEMPLATE template0"
            )
        if found.read_only:
            raise StartError("This Postgres takes no writes (a standby?). Name the primary one.")
        if found.schema is None:
            raise StartError(
                f"There is no schema for tables in {found.database}. Let an administrator run "
                f"there: CREATE SCHEMA AUTHORIZATION {found.person}"
            )
        vector = _vector(found.enabled or found.available)
        revision = _revision(connection, found.database)
        return PostgresServer(
            found.version, vector, found.enabled is not None, found.database, revision
        )


def _vector(version: str | None) -> str:
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
    return version


def _revision(connection: Connection, database: str) -> str | None:
    """Of an empty database None. Half a schema has tables, and no revision."""
    revision = schema_revision(connection)
    refuse_newer(revision)
    there = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if revision is None and there:
        raise StartError(
            f"The database {database} has a table {there[0]}, but no schema of cevvo's is whole "
            "in it. Take an empty database, or restore a dump of a whole one."
        )
    return revision


def _enable_vector(engine: Engine, server: PostgresServer) -> None:
    try:
        with alone(engine) as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
            connection.commit()
    except DBAPIError as error:
        if sqlstate(error) != _NO_RIGHTS:
            raise
        raise StartError(
            f"pgvector is not enabled in {server.database}, and this user may not do it. Let an "
            "administrator run there: CREATE EXTENSION vector"
        ) from error
