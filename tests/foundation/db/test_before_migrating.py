"""Before a database is migrated it is copied; whatever happens, it is the old one or the new."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

import old_database
from cevvo.errors import StartError
from cevvo.foundation.db.migrate import HEAD, schema_revision
from cevvo.foundation.db.opening import lock_data_dir, open_database
from cevvo.foundation.db.snapshot import stored_revision
from cevvo.foundation.db.sqlite import SqliteDatabase

PREVIOUS = f"{int(HEAD) - 1:04}"


def database_of(revision: str, folder: Path) -> Path:
    """A database as the version with that schema left it, with a workspace in it."""
    db = old_database.database_of(revision, folder)
    db.write_now(
        lambda c: c.execute(
            text("INSERT INTO workspaces (id, name, created_at) VALUES ('wsp_a', 'Kept', 1)")
        )
    )
    db.close()
    return folder


def workspace_in(folder: Path) -> str:
    db = SqliteDatabase(folder)
    name: str = db.read_now(lambda c: c.execute(text("SELECT name FROM workspaces")).scalar_one())
    db.close()
    return name


def test_r31_the_database_is_copied_before_and_the_last_three_are_kept(tmp_path: Path) -> None:
    told: list[Path] = []
    for _ in range(5):
        (tmp_path / "cevvo.db").unlink(missing_ok=True)
        database_of(PREVIOUS, tmp_path)
        open_database(tmp_path, backed_up=told.append).close()
    kept = sorted((tmp_path / "backups").iterdir())
    assert kept == told[2:]
    assert all(stored_revision(copy) == PREVIOUS for copy in kept)
    assert all(copy.stat().st_mode & 0o777 == 0o600 for copy in kept)
    (tmp_path / "cevvo.db").unlink()
    kept[-1].rename(tmp_path / "cevvo.db")  # the way back that the documentation shows
    assert workspace_in(tmp_path) == "Kept"


def test_a_new_database_is_not_copied(tmp_path: Path) -> None:
    open_database(tmp_path).close()
    open_database(tmp_path).close()
    assert not (tmp_path / "backups").exists()


def test_r5_a_file_that_cannot_be_opened_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "cevvo.db").mkdir()  # for root, too, no file that it may open
    with pytest.raises(StartError, match=r"cevvo\.db \(unable to open .*permissions") as refused:
        open_database(tmp_path)
    assert "\n" not in refused.value.message


def test_r3_without_room_for_the_copy_nothing_is_migrated(tmp_path: Path) -> None:
    database_of(PREVIOUS, tmp_path)
    (tmp_path / "backups").write_text("in the way")
    with pytest.raises(StartError, match="was not migrated") as caught:
        open_database(tmp_path)
    assert "\n" not in caught.value.message
    assert stored_revision(tmp_path / "cevvo.db") == PREVIOUS


def test_a_database_is_not_migrated_under_a_running_server(tmp_path: Path) -> None:
    database_of(PREVIOUS, tmp_path)
    lock = lock_data_dir(tmp_path)
    with pytest.raises(StartError, match="is of an older version"):
        open_database(tmp_path)
    assert stored_revision(tmp_path / "cevvo.db") == PREVIOUS
    open_database(tmp_path, locked=True).close()
    assert stored_revision(tmp_path / "cevvo.db") == HEAD
    assert lock


DYING = """
import os, signal, sys
from pathlib import Path
from alembic import command, context  # once, for all
from sqlalchemy import event
from cevvo.foundation.db.sqlite import SqliteDatabase
from cevvo.foundation.db import opening, snapshot
for place in sys.argv[1:]:
    child = os.fork()
    if not child:
        how = place.rpartition("-")[2]
        if how == "copy":
            opening.snapshot = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        real = SqliteDatabase.__init__
        def init(self, data_dir):
            real(self, data_dir)
            def die(*arguments):
                statement = arguments[2].lstrip().upper()
                if statement.startswith(("CREATE", "ALTER", "UPDATE ALEMBIC", "INSERT INTO ALEMB")):
                    seen[0] += 1
                    if str(seen[0]) == how or (how == "last" and "ALEMBIC_VERSION" in statement
                                               and opening.HEAD in str(arguments[2:4])):
                        os.kill(os.getpid(), signal.SIGKILL)
            event.listen(self.engine, "before_cursor_execute", die)
        seen = [0]
        SqliteDatabase.__init__ = init
        opening.open_database(Path(place))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_r31_killed_inside_each_migration(tmp_path: Path) -> None:
    """In the copy before, at the first change of each migration and at the very last one."""
    olds = [f"{number:04}" for number in range(1, int(HEAD))]
    places = [database_of(old, tmp_path / f"{old}-1") for old in olds]
    places += [database_of(PREVIOUS, tmp_path / f"again-{how}") for how in ("copy", "last")]
    ran = subprocess.run([sys.executable, "-c", DYING, *places], capture_output=True, text=True)
    assert ran.stdout.split() == [str(-signal.SIGKILL)] * len(places), ran.stderr
    for place, old in zip(places, [*olds, PREVIOUS, PREVIOUS], strict=True):
        assert stored_revision(place / "cevvo.db") == old
        db = open_database(place)
        assert db.read_now(schema_revision) == HEAD
        db.close()
        assert workspace_in(place) == "Kept"
        copies = list((place / "backups").iterdir())
        assert copies
        assert {stored_revision(copy) for copy in copies} == {old}
