"""Starting on Postgres: what it must be like, and one line where it is not."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from cevvo.cli.main import app
from cevvo.errors import StartError
from cevvo.foundation.db import opening
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.migrate import HEAD, schema_revision
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import metadata
from postgres_server import PostgresServer, postgres_is_installed, the_server
from stores import empty_postgres

if not postgres_is_installed():
    pytest.skip("no Postgres here: uv sync --group postgres", allow_module_level=True)


@pytest.fixture(scope="module")
def server() -> PostgresServer:
    return the_server()


@pytest.fixture
def bare(server: PostgresServer) -> Iterator[str]:
    """A database without tables."""
    name = server.new_database()
    yield name
    server.drop(name)


@pytest.fixture(scope="module")
def migrated(
    server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    name = empty_postgres()
    opened = open_database(tmp_path_factory.mktemp("files"), server.url(name))
    yield opened
    opened.close()
    server.drop(name)


def refused(url: str, folder: Path) -> str:
    """The one line that a start is refused with."""
    with pytest.raises(StartError) as caught:
        open_database(folder, url)
    assert "\n" not in caught.value.message
    return caught.value.message


@pytest.mark.filterwarnings("ignore:Did not recognize type")  # of the search index
def test_the_migrations_make_what_the_tables_say(migrated: Database) -> None:
    ours = set(metadata.tables)

    def differences(connection: Connection) -> list[object]:
        def of_the_tables(_object: object, name: str | None, kind: str, *_: object) -> bool:
            return kind != "table" or name in ours

        options = {"compare_type": True, "include_object": of_the_tables}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    assert migrated.read_now(differences) == []


def test_text_compares_by_its_bytes_in_every_column(migrated: Database) -> None:
    query = (
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'text'"
        " AND table_name <> 'alembic_version' AND collation_name IS DISTINCT FROM 'C'"
    )
    assert migrated.read_now(lambda c: c.execute(text(query)).all()) == []


def test_counted_keys_have_eight_bytes(migrated: Database) -> None:
    query = (
        "SELECT table_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_default LIKE 'nextval%'"
    )
    kinds = {kind for _, kind in migrated.read_now(lambda c: c.execute(text(query)).all())}
    assert kinds == {"bigint"}


def test_servers_that_start_at_once_migrate_once(
    server: PostgresServer, bare: str, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(3) as starts:
        opened = list(starts.map(lambda _: open_database(tmp_path, server.url(bare)), range(3)))
    for db in opened:
        assert db.read_now(schema_revision) == HEAD
        db.close()


def test_nobody_listens(tmp_path: Path) -> None:
    said = refused("postgresql://cevvo:geheim@127.0.0.1:9/cevvo", tmp_path)
    assert "Cannot use Postgres at 127.0.0.1:9" in said
    assert "CEVVO_DATABASE_URL" in said
    assert "geheim" not in said


def test_there_is_no_such_database(server: PostgresServer, tmp_path: Path) -> None:
    assert 'database "nowhere" does not exist' in refused(server.url("nowhere"), tmp_path)


@pytest.mark.parametrize("url", ["postgresql://a:geheim@[::1/cevvo", "postgresql://a:geheim@b:x/c"])
def test_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    said = refused(url, tmp_path)
    assert "CEVVO_DATABASE_URL is no address" in said
    assert "geheim" not in said


def test_who_may_not_make_tables(server: PostgresServer, bare: str, tmp_path: Path) -> None:
    server.execute("CREATE EXTENSION vector", bare)
    server.execute("DROP ROLE IF EXISTS guest")
    server.execute("CREATE ROLE guest LOGIN")
    said = refused(server.url(bare, "guest"), tmp_path)
    assert "GRANT CREATE, USAGE ON SCHEMA public TO guest" in said
    server.execute("GRANT CREATE, USAGE ON SCHEMA public TO guest", bare)  # as it was told
    open_database(tmp_path, server.url(bare, "guest")).close()


def test_who_may_not_enable_pgvector(server: PostgresServer, bare: str, tmp_path: Path) -> None:
    server.execute("DROP ROLE IF EXISTS visitor")
    server.execute("CREATE ROLE visitor LOGIN")
    assert "CREATE EXTENSION vector" in refused(server.url(bare, "visitor"), tmp_path)


def test_r32_a_newer_schema(server: PostgresServer, bare: str, tmp_path: Path) -> None:
    open_database(tmp_path, server.url(bare)).close()
    server.execute("UPDATE alembic_version SET version_num = '9999'", bare)
    assert "newer version of cevvo" in refused(server.url(bare), tmp_path)


def test_r31_half_a_schema(server: PostgresServer, bare: str, tmp_path: Path) -> None:
    server.execute("CREATE TABLE turns (id text)", bare)
    assert "has a table turns, but no schema of cevvo's" in refused(server.url(bare), tmp_path)


def test_a_standby_or_one_that_takes_no_writes(
    server: PostgresServer, bare: str, tmp_path: Path
) -> None:
    server.execute(f"ALTER DATABASE {bare} SET default_transaction_read_only = on")
    assert "takes no writes" in refused(server.url(bare), tmp_path)


def test_another_encoding(server: PostgresServer, tmp_path: Path) -> None:
    server.execute("DROP DATABASE IF EXISTS latin")
    server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "ENCODING 'UTF8'" in refused(server.url("latin"), tmp_path)
    server.drop("latin")


@pytest.mark.parametrize(
    ("number", "vector", "words"),
    [
        ("140011", "'0.8.1'", "is too old: cevvo needs 15"),
        ("180006", "NULL", "has no pgvector"),
        ("180006", "'0.7.4'", "pgvector 0.7.4 is too old"),
    ],
)
def test_an_old_server_or_no_pgvector(
    server: PostgresServer, bare: str, tmp_path: Path, number: str, vector: str, words: str
) -> None:
    """Postgres here is new: views in front of the catalogue say otherwise."""
    for statement in (
        "CREATE SCHEMA old",
        f"CREATE VIEW old.pg_available_extensions AS SELECT 'vector'::name AS name,"
        f" {vector}::text AS default_version",
        "CREATE FUNCTION old.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT CASE $1"
        f" WHEN 'server_version_num' THEN '{number}' ELSE pg_catalog.current_setting($1) END $$",
        f"ALTER DATABASE {bare} SET search_path = old, pg_catalog, public",
    ):
        server.execute(statement, bare)
    assert words in refused(server.url(bare), tmp_path)


def test_the_driver_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda _name: None)
    assert "pip install 'cevvo[postgres]'" in refused("postgresql://a@b/c", tmp_path)


def command(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[int, str]:
    monkeypatch.setenv("CEVVO_DATABASE_URL", url)
    ran = CliRunner().invoke(app, [*words, "--data-dir", str(folder)])
    said = str(ran.exception) if isinstance(ran.exception, StartError) else ran.output
    return ran.exit_code, said


def test_migrate_and_doctor(
    server: PostgresServer, bare: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url(bare)
    code, said = command(url, tmp_path, monkeypatch, "migrate", "--check")
    assert (code, "cevvo migrate" in said) == (1, True)
    _, said = command(url, tmp_path, monkeypatch, "doctor")
    assert f"The database {bare} is empty." in said
    assert command(url, tmp_path, monkeypatch, "migrate")[0] == 0
    assert command(url, tmp_path, monkeypatch, "migrate", "--check")[0] == 0
    _, said = command(url, tmp_path, monkeypatch, "doctor")
    assert re.search(r"ok +Postgres 18\.\d+.* with pgvector 0\.8\.\d+", said)
    assert f"schema {HEAD}" in said
    assert "search index matches the documents (0 passages)" in said
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0009'")
    _, said = command(url, tmp_path, monkeypatch, "doctor")
    assert "An older version of cevvo wrote it (schema 0009)." in said


def test_backup_and_restore_leave_postgres_to_its_own_tools(
    server: PostgresServer, bare: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in (["backup"], ["restore", "backup.tar.gz"]):
        code, said = command(server.url(bare), tmp_path, monkeypatch, *words)
        assert code == 1
        assert "pg_dump" in said
    assert list(tmp_path.iterdir()) == []


def test_a_dump_is_all_of_it(server: PostgresServer, bare: str, tmp_path: Path) -> None:
    """As docs/postgres.md says it."""
    open_database(tmp_path, server.url(bare)).close()
    row = "INSERT INTO workspaces (id, name, created_at) VALUES ('ws_a', 'Kept', 1)"
    server.execute(row, bare)
    dump = tmp_path / "cevvo.dump"
    server.run("pg_dump", "--format=custom", f"--file={dump}", server.url(bare))
    name = server.new_database()
    server.run("pg_restore", "--no-owner", f"--dbname={server.url(name)}", str(dump))
    restored = open_database(tmp_path, server.url(name))
    try:
        query = text("SELECT name FROM workspaces")
        assert restored.read_now(lambda c: c.execute(query).scalar_one()) == "Kept"
        with pytest.raises(DBAPIError, match="only grows"):
            restored.write_now(lambda c: c.execute(text("DELETE FROM audit_log")))
    finally:
        restored.close()
        server.drop(name)
