"""A Postgres is brought up to date while servers of the version before read and write."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from cevvo.errors import StartError
from cevvo.foundation.db import migrate_in_use
from cevvo.foundation.db.migrate import HEAD, upgrade
from cevvo.foundation.db.opening import open_database
from old_servers import FILLED, SCHEMA, OldServers
from postgres_server import PostgresServer, postgres_is_installed, the_server

if not postgres_is_installed():
    pytest.skip("no Postgres here: uv sync --group postgres", allow_module_level=True)

from cevvo.foundation.db.postgres_start import prepare_postgres, start_engine

_DEADLINE = 90.0
_READ = "LOCK TABLE embeddings, question_clusters, chunks, jobs IN ACCESS SHARE MODE; SELECT 1"


@pytest.fixture(scope="module")
def server() -> PostgresServer:
    return the_server()


@pytest.fixture(scope="module")
def filled(server: PostgresServer) -> str:
    """A database as the old version has it."""
    name = server.new_database()
    server.execute("CREATE EXTENSION vector", name)
    engine = start_engine(server.url(name), 1)
    with engine.connect() as connection:
        upgrade(connection, SCHEMA)
    engine.dispose()
    server.execute(FILLED, name)
    return name


@pytest.fixture
def old(server: PostgresServer, filled: str) -> Iterator[str]:
    """The address of a copy of it."""
    name = server.new_database(filled)
    yield server.url(name)
    server.drop(name)


def asked(url: str, query: str, *values: object) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode(), values).fetchall()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + _DEADLINE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def a_reader(url: str) -> psycopg.Connection[Any]:
    """Somebody in the middle of a long transaction who has read tables that are to be changed.

    Postgres ends it after a while, where nobody does: whoever waits for it fails then.
    """
    connection = psycopg.connect(url, options="-c idle_in_transaction_session_timeout=60s")
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.execute(_READ)
    return connection


def waiting(url: str, statement: str) -> list[int]:
    """The processes of Postgres that wait for others to be able to do it."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND starts_with(query, %s)"
    )
    return [row[0] for row in asked(url, query, statement)]


def is_whole(url: str) -> bool:
    """Whether it is of the newest schema, without an index that was broken off."""
    broken = asked(url, "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
    beside = asked(url, "SELECT to_regclass('pk_embeddings_by_model')")
    at = asked(url, "SELECT version_num FROM alembic_version")
    return (broken, beside, at) == ([], [(None,)], [(HEAD,)])


def after_each_index(engine: Engine, called: Callable[[], object]) -> None:
    """Have it called when one was made or dropped, in whatever transaction that was.

    For as long as the migrations are those that keep nobody out however long an index takes.
    """
    keep_nobody_out = [True]

    @event.listens_for(engine, "after_cursor_execute")
    def after(
        _connection: object, _cursor: object, statement: str, values: object, *_: object
    ) -> None:
        if "alembic_version" in statement and "0015" in statement + str(values):
            keep_nobody_out.clear()
        elif keep_nobody_out and " INDEX " in statement and not statement.startswith("ALTER"):
            called()


def test_r33_whoever_reads_and_writes_goes_on(old: str) -> None:
    """Also when an index was made, with the locks that the migration still has then: as they do
    while one is made that takes long."""
    engine = start_engine(old, 2)
    servers = OldServers(old)
    indexes: list[int] = []
    after_each_index(engine, lambda: indexes.append(servers.go_on()))
    with servers.working():
        prepare_postgres(engine)
    engine.dispose()
    assert len(indexes) >= 4  # again where the migration had to wait
    assert is_whole(old)
    for thread in servers.threads.values():
        for table, each in (
            *(("documents", "id"), ("chunks", "document_id"), ("chunk_terms", "document_id")),
            *(("chunk_vectors", "document_id"), ("jobs", "id"), ("turns", "id")),
            *(("conversations", "id"), ("messages", "conversation_id")),
        ):
            query = f"SELECT count(*) FROM {table} WHERE {each} = ANY(%s)"
            assert asked(old, query, list(thread.gone)) == [(0,)]
    documents = servers.threads["documents"].there | servers.threads["more documents"].there
    whole = (
        "SELECT count(*) FROM documents JOIN chunks ON document_id = documents.id"
        " JOIN embeddings ON embeddings.chunk_id = chunks.id"
        " JOIN chunk_terms ON chunk_terms.chunk_id = chunks.id"
        " JOIN chunk_vectors ON chunk_vectors.chunk_id = chunks.id WHERE documents.id = ANY(%s)"
    )
    assert asked(old, whole, list(documents)) == [(len(documents),)]
    assert asked(old, "SELECT count(*) FROM embeddings") == [(2000 + len(documents),)]
    jobs = servers.threads["jobs"].there
    done = "SELECT count(*) FROM jobs WHERE id = ANY(%s) AND status = 'completed'"
    assert asked(old, done, list(jobs)) == [(len(jobs),)]
    questions = servers.threads["questions"].there
    said = "SELECT count(*) FROM messages WHERE conversation_id = ANY(%s)"
    assert asked(old, said, list(questions)) == [(2 * len(questions),)]
    kept = "SELECT (SELECT count(*) FROM turns), (SELECT size FROM question_clusters)"
    assert asked(old, kept) == [(len(questions), len(questions))]


def test_r33_nobody_waits_behind_a_change_that_waits_for_a_long_reader(
    old: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = start_engine(old, 2)
    servers = OldServers(old)
    tried: list[str] = []
    with ExitStack() as reading:

        @event.listens_for(engine, "before_cursor_execute")
        def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if not statement.startswith("ALTER TABLE embeddings"):
                return
            tried.append(statement)
            if len(tried) == 1:
                reading.enter_context(a_reader(old))
            elif len(tried) == 3:
                servers.go_on()
                reading.close()

        with servers.working():
            prepare_postgres(engine)
    engine.dispose()
    assert len(tried) >= 3
    assert "migration_waits" in caplog.text
    assert is_whole(old)


def test_a_table_that_is_always_in_use(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate_in_use, "_ATTEMPTS", 2)
    monkeypatch.setattr(migrate_in_use, "_PAUSE", 0)
    monkeypatch.setattr(migrate_in_use, "_LOCK_MS", 50)
    engine = start_engine(old, 2)
    with ExitStack() as reading:

        @event.listens_for(engine, "before_cursor_execute")
        def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("ALTER TABLE embeddings"):
                reading.enter_context(a_reader(old))

        with pytest.raises(StartError, match="as a table is always in use") as caught:
            prepare_postgres(engine)
    assert "\n" not in caught.value.message
    assert asked(old, "SELECT version_num FROM alembic_version") == [(SCHEMA,)]
    engine.dispose()


def test_r31_an_index_that_is_broken_off_is_made_anew(old: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as start, a_reader(old):
        broken: Future[Any] = start.submit(open_database, tmp_path, old)
        until(lambda: waiting(old, "CREATE UNIQUE INDEX"))
        asked(old, "SELECT pg_terminate_backend(%s)", *waiting(old, "CREATE UNIQUE INDEX"))
        with pytest.raises(StartError, match="terminating connection"):
            broken.result()
    assert not is_whole(old)
    open_database(tmp_path, old).close()
    assert is_whole(old)


def test_servers_that_start_at_once_do_not_wait_for_each_other_for_ever(
    old: str, tmp_path: Path
) -> None:
    """One makes an index, which waits for every statement that had begun: none of the others'."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with ThreadPoolExecutor(3) as starts:
        with a_reader(old):
            opened = [starts.submit(open_database, tmp_path, old) for _ in range(3)]
            until(lambda: waiting(old, "CREATE UNIQUE INDEX"))
            until(lambda: asked(old, f"{others} AND query LIKE '%%pg_try_advisory_lock%%'")[0][0])
        for each in opened:
            each.result().close()
    assert is_whole(old)
