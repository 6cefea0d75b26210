"""Opening a database: a data directory made, locked by at most one server; all of it migrated."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from cevvo.errors import CevvoError, StartError
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.migrate import HEAD, migrate
from cevvo.foundation.db.snapshot import damage_in, damaged, snapshot, stored_revision
from cevvo.foundation.db.sqlite import SqliteDatabase

RESTORING = ".restoring"
"""Where a backup is unpacked in a data directory; gone once it is in place."""
BACKUPS = "backups"
"""Where databases are kept as they were before a migration."""
_KEPT = 3
_UNUSABLE = (
    "unable to open database file",
    "attempt to write a readonly database",
    "database or disk is full",
    "disk I/O error",
    "database is locked",
)
"""How SQLite says in an error that it cannot read or write a file, whatever is in it."""


def prepare_data_dir(data_dir: Path) -> Path:
    """Make the folder if it is missing.

    Raises StartError when it cannot be written, or when a backup is half restored into it.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartError(f"Cannot make the data directory {data_dir}: {error.strerror}.") from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise StartError(f"Cannot write to the data directory {data_dir}: check its permissions.")
    if is_half_restored(data_dir):
        raise StartError(
            f"Restoring a backup into {data_dir} was begun and not finished. Begin again: "
            f"cevvo restore FILE --data-dir {data_dir}"
        )
    return data_dir


def is_half_restored(data_dir: Path) -> bool:
    """Whether a restore was begun there and has not come to its end."""
    return (data_dir / RESTORING).exists() and not (data_dir / "cevvo.db").exists()


def lock_data_dir(data_dir: Path) -> int:
    """Take the data directory for this process; the lock goes with the process, however it ends.

    Returns the open descriptor, to be closed at the end. Raises StartError naming the process that
    has it, or when nothing can be written there.
    """
    try:
        return _locked(data_dir)
    except OSError as error:
        raise StartError(
            f"Cannot write to the data directory {data_dir}: {error.strerror}."
        ) from None


def _locked(data_dir: Path) -> int:
    import fcntl  # absent on Windows, where only the client commands run

    handle = os.open(data_dir / "cevvo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 32).decode().strip() or "unknown"
        os.close(handle)
        raise StartError(
            f"Another cevvo server (process {holder}) already uses {data_dir}. "
            "Stop it, or take another --data-dir."
        ) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def is_locked(data_dir: Path) -> bool:
    """Whether a server has the data directory at this moment."""
    import fcntl  # absent on Windows, where only the client commands run

    try:
        handle = os.open(data_dir / "cevvo.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def open_database(
    data_dir: Path,
    url: str | None = None,
    *,
    connections: int = 10,
    locked: bool = False,
    backed_up: Callable[[Path], object] = lambda _path: None,
) -> Database:
    """The database at ``url``, without one that of the data directory; made and migrated as needed.

    Close it when done. ``connections`` is how many it has to Postgres at most. Before a file is
    migrated it is copied into the folder ``backups``, of which ``backed_up`` is told. ``locked``:
    this process holds the directory. Raises StartError when another one holds it and would find a
    newer schema than it knows, when Postgres is not as it must be, or when the file cannot be
    opened or written, or is so damaged that its schema cannot be read or changed.
    """
    prepare_data_dir(data_dir)
    if url is not None:
        return _open_postgres(url, data_dir, connections)
    db = SqliteDatabase(data_dir)
    try:
        migrate(db.engine, partial(_before_migrating, data_dir, locked, backed_up))
    except BaseException as error:
        db.close()
        if said := damage_in(str(error)):
            raise StartError(damaged(db.path, said)) from error
        if said := next((each for each in _UNUSABLE if each in str(error)), None):
            raise StartError(
                f"Cannot use the database {db.path} ({said}): check its permissions, the disk, and "
                "that no other program has it open."
            ) from error
        raise
    return db


def open_stored(data_dir: Path, url: str | None = None) -> Database:
    """As ``open_database``, but what is there already: where there is nothing, nothing is made.

    Raises StartError also when the data directory has no database.
    """
    if url is None and not is_half_restored(data_dir):
        stored_revision(data_dir / "cevvo.db")
    return open_database(data_dir, url)


def _open_postgres(url: str, data_dir: Path, connections: int) -> Database:
    require_driver()
    # here, as they need the extra `postgres`, which is not always installed
    from cevvo.foundation.db.postgres import PostgresDatabase
    from cevvo.foundation.db.postgres_start import prepare_postgres, start_engine

    engine = start_engine(url, connections)
    try:
        prepare_postgres(engine)
    except BaseException:
        engine.dispose()
        raise
    return PostgresDatabase(engine, data_dir, connections=connections)


def require_driver() -> None:
    """Raises StartError where what speaks to Postgres is not installed."""
    if find_spec("psycopg") is None:
        raise StartError("For Postgres there is a driver to install: pip install 'cevvo[postgres]'")


def _before_migrating(
    data_dir: Path, locked: bool, backed_up: Callable[[Path], object], revision: str
) -> None:
    if not locked and is_locked(data_dir):
        raise StartError(
            f"The server that uses {data_dir} is of an older version (schema {revision}; this one "
            f"needs {HEAD}). Stop it, and start this version: cevvo serve --data-dir {data_dir}"
        )
    folder = data_dir / BACKUPS
    path = folder / f"schema-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.db"
    unfinished = folder / "unfinished.db"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        snapshot(data_dir / "cevvo.db", unfinished)
        os.replace(unfinished, path)
    except (CevvoError, OSError) as error:
        with suppress(OSError):
            unfinished.unlink()
        raise StartError(
            f"The database was not migrated from schema {revision} to {HEAD}, as it could not be "
            f"copied before: {error}"
        ) from error
    kept = sorted(folder.glob("schema-*.db"), key=lambda each: each.name.rpartition("-")[2])
    for old in kept[:-_KEPT]:
        old.unlink(missing_ok=True)
    backed_up(path)
