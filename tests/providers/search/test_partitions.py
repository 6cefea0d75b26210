"""The tables of the search index on Postgres are in partitions by workspace: each search, and each
change of a document, looks into one."""

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError

from cevvo.domain.ids import WorkspaceId
from cevvo.features.sources.documents import delete_documents
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.migrate import upgrade
from cevvo.foundation.db.migrate_in_use import migrate_in_use
from cevvo.foundation.db.postgres import PostgresDatabase, postgres_engine
from cevvo.providers.search.base import Alternatives, Filters
from cevvo.providers.search.postgres import vectors
from cevvo.providers.search.postgres.graphs import tend_graphs
from cevvo.providers.search.postgres.vectors import graph_name
from postgres_server import the_server
from search_library import MODEL, SOURCES, A, B, Library, add_workspaces
from stores import ON_POSTGRES

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="of Postgres: its partitions")
TABLES = ("chunk_terms", "chunk_vectors")
OFTEN = 7  # a statement is prepared when it comes the fifth time, and its plan may be kept later
_WAITING = """
    SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT granted AND datname = current_database()
"""
_EXPLAINED = """
    LOAD 'auto_explain';
    SET auto_explain.log_min_duration = 0;
    SET auto_explain.log_nested_statements = on;
    SET auto_explain.log_level = notice;
"""


@pytest.fixture
def plans(library: Library) -> list[str]:
    """The plan of each statement from now on, as Postgres carried it out: those of foreign keys,
    too."""
    seen: list[str] = []

    def explain(connection: Any, _record: object) -> None:
        connection.execute(_EXPLAINED)
        connection.commit()
        connection.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))

    event.listen(library.db.engine, "connect", explain)
    library.db.engine.dispose()
    return seen


def partitions_in(plan: str) -> set[str]:
    """The partitions that a plan names."""
    return set(re.findall(r"\bon (chunk_(?:terms|vectors)_\d+)\b", plan))


def partition_of(db: Database, table: str, workspace: WorkspaceId = A) -> str:
    """The one that has the workspace."""
    query = text(
        f"SELECT DISTINCT CAST(tableoid::regclass AS text) FROM {table}"
        " WHERE workspace_id = :workspace"
    )
    found: str = db.read_now(lambda c: c.execute(query, {"workspace": workspace}).scalar_one())
    return found


def reading(plans: list[str], table: str) -> list[str]:
    """Those that read the table."""
    return [plan for plan in plans if re.search(rf"Scan .*\bon {table}", plan)]


def test_two_workspaces_are_in_two_partitions(library: Library) -> None:
    for workspace in (A, B):
        library.put(workspace, "page", "Reset your password.")
    for table in TABLES:
        assert partition_of(library.db, table, A) != partition_of(library.db, table, B)


def test_each_search_looks_into_one_partition(
    library: Library, plans: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [f"Reset your password in setting {number}." for number in range(30)]
    library.put(A, "page", *bodies, language="en", metadata={"plan": "pro"})
    library.put(B, "theirs", *bodies)
    own = {partition_of(library.db, table) for table in TABLES}

    def search() -> None:
        library.hits(A, "reset the password", like=bodies[3])
        library.hits(A, "password", source_ids=SOURCES[A])
        library.hits(A, "password", filters=Filters("en", (("plan", "pro"),)))
        library.hits(
            A, "password", alternatives=(Alternatives(("password",), ("set", "your password")),)
        )

    plans.clear()
    for _ in range(OFTEN):
        search()
    compared = plans.copy()
    monkeypatch.setattr(vectors, "COMPARED", 10)
    asyncio.run(library.index.tend())
    plans.clear()
    for _ in range(OFTEN):
        search()
    assert any(graph_name(A, MODEL) in plan for plan in plans)
    for each in (compared, plans):
        for table in TABLES:
            assert len(reading(each, table)) >= 5 * OFTEN
        assert set().union(*map(partitions_in, each)) == own


def test_each_change_looks_into_one_partition(library: Library, plans: list[str]) -> None:
    """Also that of the foreign key, when a passage goes that was left in the index."""
    library.put(B, "theirs", "Reset your password.")
    document = library.put(A, "kept", *(f"Setting {number}." for number in range(OFTEN)))
    own = {partition_of(library.db, table) for table in TABLES}
    delete_one = text(
        "DELETE FROM chunks WHERE id = (SELECT min(id) FROM chunks WHERE document_id = :document)"
    )
    plans.clear()
    for number in range(OFTEN):
        library.delete(A, library.put(A, "page", f"Reset your password {number} times."))
        library.db.write_now(lambda c: c.execute(delete_one, {"document": document}))
    for table in TABLES:
        assert len([plan for plan in plans if f"Delete on {table}" in plan]) >= 3 * OFTEN
    assert set().union(*map(partitions_in, plans)) == own
    assert [count(library.db, table) for table in TABLES] == [1, 1]


def count(db: Database, table: str) -> int:
    number: int = db.read_now(lambda c: c.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar())  # type: ignore[assignment]
    return number


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Library]:
    """A library in a database of the version before, with what that keeps in the index."""
    server = the_server()
    name = server.new_database()
    server.execute("CREATE EXTENSION vector", name)
    server.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '100ms'")
    engine = postgres_engine(server.url(name), 4)
    bring_to(engine, "0015")
    db = PostgresDatabase(engine, tmp_path, connections=4)
    add_workspaces(db)
    library = Library(db)
    bodies = [f"Reset your password in setting {number}." for number in range(60)]
    library.put(A, "page", *bodies, language="en", metadata={"plan": "pro"})
    library.put(B, "theirs", "Invoices are sent monthly.")
    yield library
    db.close()
    server.drop(name)


def test_what_was_there_before_is_found_as_before(
    before: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "COMPARED", 20)
    asyncio.run(before.index.tend())
    assert graph_on(before.db) == "chunk_vectors"

    def asked() -> list[list[tuple[int, float | None]]]:
        searches = (
            before.hits(A, "reset the password in setting 7"),
            before.hits(A, "password", filters=Filters("en", (("plan", "pro"),))),
            before.hits(B, "invoices", like="Invoices are sent monthly."),
        )
        return [[(hit.chunk_id, hit.lexical) for hit in hits] for hits in searches]

    found = asked()
    assert all(found)
    migrate_in_use(before.db.engine)
    assert graph_on(before.db) is None
    assert asked() == found
    asyncio.run(before.index.tend())
    assert graph_on(before.db) == partition_of(before.db, "chunk_vectors")
    assert asked() == found
    before.db.write_now(lambda c: c.exec_driver_sql("DELETE FROM documents"))
    assert [count(before.db, table) for table in TABLES] == [0, 0]


def graph_on(db: Database) -> str | None:
    """The table that the graph of workspace A is an index of."""
    query = text("SELECT tablename FROM pg_indexes WHERE indexname = :graph")
    values = {"graph": graph_name(A, MODEL)}
    found: str | None = db.read_now(lambda c: c.execute(query, values).scalar())
    return found


def test_questions_are_answered_while_the_tables_are_copied(before: Library) -> None:
    answered: list[bool] = []

    def ask(*arguments: Any) -> None:
        if "FOR KEY SHARE" in arguments[2]:
            answered.append(bool(before.hits(A, "reset the password")))

    event.listen(before.db.engine, "before_cursor_execute", ask)
    event.listen(before.db.engine, "after_cursor_execute", ask)
    migrate_in_use(before.db.engine)
    assert answered == [True] * 8  # of each table all, and then no more


def test_vectors_of_several_models_are_copied(before: Library) -> None:
    """So many that a step of the copy ends between two of a passage."""
    more = (
        "INSERT INTO chunk_vectors SELECT chunk_id, model || '-' || number, workspace_id,"
        " source_id, document_id, language, vector"
        " FROM chunk_vectors, generate_series(1, 8) number"
    )
    before.db.write_now(lambda c: c.exec_driver_sql(more))
    migrate_in_use(before.db.engine)
    assert [count(before.db, table) for table in TABLES] == [61, 9 * 61]


def test_what_changes_while_the_tables_are_copied_is_in_the_new_ones(before: Library) -> None:
    bring_to(before.db.engine, "0016")
    later = before.put(A, "later", "A harbour has two lights.")
    before.db.write_now(lambda c: c.exec_driver_sql("DELETE FROM documents WHERE key = 'theirs'"))
    bring_to(before.db.engine, "0017")
    before.put(B, "after", "Invoices are sent by post.")
    before.delete(A, later)
    migrate_in_use(before.db.engine)
    assert before.hits(B, "invoices sent by post")
    assert [count(before.db, table) for table in TABLES] == [61, 61]


def test_a_copy_that_was_broken_off_goes_on(before: Library) -> None:
    def break_off(*arguments: Any) -> None:
        if "INSERT INTO chunk_vectors_new" in arguments[2]:
            event.remove(before.db.engine, "after_cursor_execute", break_off)
            raise KeyboardInterrupt

    event.listen(before.db.engine, "after_cursor_execute", break_off)
    with pytest.raises(KeyboardInterrupt):
        migrate_in_use(before.db.engine)
    assert before.hits(A, "reset the password")
    migrate_in_use(before.db.engine)
    assert [count(before.db, table) for table in TABLES] == [61, 61]


def test_who_began_to_write_before_begins_anew(before: Library) -> None:
    """A document is deleted by a transaction that does not see what was copied."""
    attempts = 0

    def delete_late(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        query = "SELECT id FROM documents WHERE workspace_id = 'wsp_aa'"
        document = connection.exec_driver_sql(query).scalar_one()
        if attempts == 1:
            began.set()
            assert copied.wait(30)
        delete_documents(connection, B, before.index, [document])

    began, copied = threading.Event(), threading.Event()
    bring_to(before.db.engine, "0016")
    deleting = before.db.submit_write(delete_late)
    assert began.wait(30)
    bring_to(before.db.engine, "0017")
    copied.set()
    deleting.result(30)
    migrate_in_use(before.db.engine)
    assert attempts > 1
    assert [count(before.db, table) for table in TABLES] == [60, 60]
    assert asyncio.run(before.index.chunk_count(B)) == 0


def test_a_graph_that_is_being_built_is_given_up(
    before: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "COMPARED", 20)
    bring_to(before.db.engine, "0017")
    with ThreadPoolExecutor(2) as pool, before.db.engine.connect() as reader:
        # Whoever builds one waits for all who began to read before it.
        reader.execution_options(isolation_level="REPEATABLE READ")
        reader.exec_driver_sql("SELECT count(*) FROM workspaces")
        building = pool.submit(tend_graphs, before.db)
        wait_for(before.db, "SELECT count(*) FROM pg_stat_progress_create_index")
        pool.submit(migrate_in_use, before.db.engine).result(30)
        with pytest.raises(DBAPIError, match="canceling statement due to user request"):
            building.result(30)
    assert before.hits(A, "reset the password")
    tend_graphs(before.db)
    assert graph_on(before.db) == partition_of(before.db, "chunk_vectors")


def test_r31_who_writes_and_the_migration_wait_for_each_other(before: Library) -> None:
    """The writer has the passages' terms and wants the passages, the migration the other way: it
    gives way and tries again."""
    migrating: list[Future[None]] = []

    def write(connection: Connection) -> None:
        connection.exec_driver_sql("DELETE FROM chunk_terms WHERE chunk_id = 1")
        if not migrating:
            migrating.append(pool.submit(migrate_in_use, before.db.engine))
            wait_for(before.db, _WAITING)
        connection.exec_driver_sql("DELETE FROM chunks WHERE id = 1")

    bring_to(before.db.engine, "0017")
    with ThreadPoolExecutor(1) as pool:
        before.db.write_now(write)
        migrating[0].result(30)
    assert [count(before.db, table) for table in TABLES] == [60, 60]
    partition_of(before.db, "chunk_terms")


def bring_to(engine: Engine, revision: str) -> None:
    """Bring the schema to that revision."""
    with engine.connect() as connection:
        upgrade(connection, revision)
        connection.invalidate()


def wait_for(db: Database, query: str) -> None:
    """Until it counts something."""
    while not db.read_now(lambda c: c.exec_driver_sql(query).scalar()):
        pass
