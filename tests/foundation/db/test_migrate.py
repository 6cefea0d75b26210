"""The schema: as the tables say, there whole or not at all, and never from the future."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, text

from cevvo.errors import StartError
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.migrate import HEAD, migrate, schema_revision
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.sqlite import SqliteDatabase
from cevvo.foundation.db.tables import metadata
from stores import only_on_sqlite

pytestmark = only_on_sqlite("test_postgres_start.py has those of Postgres")


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", "cevvo.foundation.db:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_migrations_make_what_the_tables_say(db: Database) -> None:
    def of_sqlite(_object: object, name: str, kind: str, is_there: bool, *_: object) -> bool:
        if kind == "table":
            return not name.startswith(("chunk_terms", "message_trigrams"))
        return is_there or name != "ix_chunks_id_workspace_id"  # of Postgres alone

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "include_object": of_sqlite}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    assert db.read_now(differences) == []


def test_foreign_keys_are_enforced(db: Database) -> None:
    assert db.write_now(lambda c: c.exec_driver_sql("PRAGMA foreign_keys").scalar()) == 1
    assert db.write_now(lambda c: c.exec_driver_sql("PRAGMA synchronous").scalar()) == 2


def test_migrating_again_does_nothing(db: Database) -> None:
    before = db.read_now(tables)
    migrate(db.engine)
    assert db.read_now(tables) == before
    assert db.read_now(schema_revision) == HEAD


def test_r32_a_newer_schema_is_refused_in_one_line(db: Database) -> None:
    db.write_now(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    db.close()
    with pytest.raises(StartError, match="newer version of cevvo") as caught:
        open_database(db.data_dir)
    assert "\n" not in caught.value.message


def test_r31_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    db = SqliteDatabase(tmp_path)

    def fail_late(*arguments: object) -> None:
        if "chunk_terms" in str(arguments[2]):
            raise RuntimeError("the last statement fails")

    event.listen(db.engine, "before_cursor_execute", fail_late)
    with pytest.raises(RuntimeError, match="last statement"):
        migrate(db.engine)
    event.remove(db.engine, "before_cursor_execute", fail_late)
    assert db.read_now(tables) == set()
    migrate(db.engine)
    assert db.read_now(schema_revision) == HEAD
    db.close()


DYING = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.sqlite import SqliteDatabase
from cevvo.foundation.db.migrate import migrate
db = SqliteDatabase(Path(sys.argv[1]))
def die_late(*arguments):
    if "chunk_terms" in arguments[2]:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(db.engine, "before_cursor_execute", die_late)
migrate(db.engine)
"""


def test_r31_a_migration_that_is_killed_is_done_at_the_next_start(tmp_path: Path) -> None:
    dying = subprocess.run([sys.executable, "-c", DYING, str(tmp_path)], check=False)
    assert dying.returncode == -signal.SIGKILL
    db = open_database(tmp_path)
    assert db.read_now(schema_revision) == HEAD
    db.close()
