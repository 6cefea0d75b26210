"""A copy of a database as it is at one moment, while others go on writing to it.

SQLite's backup API (https://sqlite.org/backup.html) begins anew whenever another process writes,
and under load would never end. A read transaction that is held for the whole copy pins the moment;
writers go on beside it, in the write-ahead log.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pysqlite3

from cevvo.errors import StartError, StorageFull, Unavailable
from cevvo.foundation.durable import sync

_PAGES = 2048  # copied between two reports of progress, 8 MB

Progress = Callable[[int, int], object]
"""Called with what is done and what there is in all, in one unit."""


def snapshot(database: Path, target: Path, progress: Progress = lambda _done, _total: None) -> None:
    """Copy ``database`` to the new file ``target``, on disk when this returns.

    Raises StartError when there is no database or it is damaged, StorageFull when the disk of
    ``target`` is full, Unavailable when one of the two cannot be read or written.
    """
    _require(database)
    if target.exists():
        raise Unavailable(f"{target} exists already.")
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _copy(database, target, progress)
    except pysqlite3.DatabaseError as error:
        if "full" in str(error):
            raise StorageFull(f"The disk of {target.parent.absolute()} is full.") from error
        if isinstance(error, pysqlite3.OperationalError):
            raise Unavailable(f"Cannot copy {database} to {target}: {error}.") from error
        raise StartError(damaged(database, error)) from error


def read_only(database: Path) -> Any:
    """A connection that cannot write: with a server beside it, and in a folder that cannot be
    written to where none is."""
    uri = f"{database.absolute().as_uri()}?mode=ro"
    log = database.with_name(f"{database.name}-wal")
    if not os.access(database.parent, os.W_OK) and not log.exists():
        uri += "&immutable=1"  # SQLite cannot make its own files there, and needs none
    return pysqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)


def check(database: Path) -> None:
    """Raises StartError when the database is damaged."""
    connection = read_only(database)
    try:
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except pysqlite3.DatabaseError as error:
        raise StartError(damaged(database, error)) from error
    finally:
        connection.close()
    if said != "ok":
        raise StartError(damaged(database, said))


def _require(database: Path) -> None:
    if not database.is_file():
        raise StartError(
            f"There is no cevvo database in {database.parent.absolute()}. Name the data directory "
            "with --data-dir."
        )


def damage_in(words: str) -> str | None:
    """How SQLite says in an error that a file is damaged; None when it says something else."""
    signs = ("database disk image is malformed", "file is not a database", "malformed database")
    return next((sign for sign in signs if sign in words), None)


def damaged(database: Path, said: object) -> str:
    """What to say of a database that is damaged, and what to do."""
    return f"The database {database} is damaged ({said}). Restore a backup: cevvo restore FILE"


def _copy(database: Path, target: Path, progress: Progress) -> None:
    source, copy = read_only(database), pysqlite3.connect(str(target), isolation_level=None)
    try:
        copy.execute("PRAGMA synchronous=OFF")  # synced once, below
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema")  # this begins the snapshot
        source.backup(
            copy,
            pages=_PAGES,
            progress=lambda _status, left, total: progress(total - left, total),
        )
    finally:
        copy.close()
        source.close()
    sync(target)


def stored_revision(database: Path) -> str:
    """The schema revision of a database, without changing it.

    Raises StartError when there is no database, or none of cevvo's.
    """
    _require(database)
    connection = read_only(database)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except pysqlite3.DatabaseError as error:
        raise StartError(
            f"{database} is no database of cevvo's, or damaged ({error}). Take another --data-dir."
        ) from error
    finally:
        connection.close()
    revision: str = row[0]
    return revision
