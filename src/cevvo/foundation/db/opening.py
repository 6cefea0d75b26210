"""Opening a data directory: made, locked by at most one server, migrated."""

import os
from pathlib import Path

from cevvo.errors import StartError
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.migrate import migrate


def prepare_data_dir(data_dir: Path) -> Path:
    """Make the folder if it is missing. Raises StartError when it cannot be written."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartError(f"Cannot make the data directory {data_dir}: {error.strerror}.") from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise StartError(f"Cannot write to the data directory {data_dir}: check its permissions.")
    return data_dir


def lock_data_dir(data_dir: Path) -> int:
    """Take the data directory for this process; the lock goes with the process, however it ends.

    Returns the open descriptor, to be closed at the end. Raises StartError naming the process that
    has it.
    """
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


def open_database(data_dir: Path) -> Database:
    """The database of a data directory, made and migrated as needed; close it when done."""
    db = Database(prepare_data_dir(data_dir))
    try:
        migrate(db.engine)
    except BaseException:
        db.close()
        raise
    return db
