"""Checking a backup, and putting it into a data directory of its own.

What a backup holds is unpacked beside its place and looked at as a whole before anything is put
into place. The database comes last: as long as it is not there, nothing was restored, and the
directory can be restored into again.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cevvo.domain.progress import Progress
from cevvo.errors import InvalidRequest, StartError, StorageFull, Unavailable
from cevvo.features.backups.archive import (
    DATABASE,
    SECRET_KEY,
    Contents,
    digest_in,
    reading,
)
from cevvo.features.backups.making import Backup, originals
from cevvo.foundation.db.migrate import HEAD, migrate
from cevvo.foundation.db.opening import RESTORING, is_half_restored, lock_data_dir
from cevvo.foundation.db.snapshot import check
from cevvo.foundation.db.sqlite import SqliteDatabase, sqlite_engine
from cevvo.foundation.durable import sync
from cevvo.providers.blobs.files import BlobStore

_LOCK = "cevvo.lock"


def check_backup(path: Path, progress: Progress) -> Backup:
    """Read a backup to its end, as restoring it would, and leave nothing behind.

    Raises InvalidRequest or StartError that says what is wrong with it.
    """
    with _translated(path), tempfile.TemporaryDirectory(prefix="cevvo-backup-") as folder:
        return _unpack(path, Path(folder), progress)


def restore_backup(path: Path, data_dir: Path, progress: Progress) -> Backup:
    """Put a backup into ``data_dir``, which is made, or is there and empty.

    Raises InvalidRequest where it is not empty or the backup is none that can be restored here,
    StartError where a server has it, StorageFull and Unavailable where it cannot be written.
    """
    with _translated(data_dir):
        _require_readable(path)
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_used(data_dir)
        staging = data_dir / RESTORING
        lock = lock_data_dir(data_dir)
        try:
            _clear(data_dir)
            staging.mkdir(mode=0o700)
            restored = _unpack(path, staging, progress)
            _bring_up_to_date(staging)
            for name in ("blobs", SECRET_KEY, DATABASE):
                if (staging / name).exists():
                    os.rename(staging / name, data_dir / name)
                    sync(data_dir)
            staging.rmdir()
            return restored
        except BaseException:
            _clear(data_dir)
            raise
        finally:
            (data_dir / _LOCK).unlink()
            os.close(lock)


def _require_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise InvalidRequest(f"Cannot read {path}: {error.strerror}.") from error


def _refuse_used(data_dir: Path) -> None:
    """What an unfinished restore has left is no reason."""
    names = {entry.name for entry in data_dir.iterdir()}
    if names - {_LOCK} and (DATABASE in names or RESTORING not in names):
        raise InvalidRequest(
            f"{data_dir} is not empty. A backup is restored into a new directory: name another "
            "--data-dir."
        )


def _clear(data_dir: Path) -> None:
    """Take away what an unfinished restore has left, and nothing once the database is in place."""
    staging = data_dir / RESTORING
    if is_half_restored(data_dir):
        shutil.rmtree(data_dir / "blobs", ignore_errors=True)
        (data_dir / SECRET_KEY).unlink(missing_ok=True)
    shutil.rmtree(staging, ignore_errors=True)


def _unpack(path: Path, folder: Path, progress: Progress) -> Backup:
    """Unpack a backup, and look at all of it."""
    blobs, held = BlobStore(folder / "blobs"), set()
    with reading(path, progress) as (contents, members):
        _refuse_newer(path, contents)
        for member in members:
            digest = digest_in(member.name)
            if digest is None:
                _write(folder / member.name, member.pieces)
            elif blobs.put(b"".join(member.pieces)) == digest:
                held.add(digest)
            else:
                raise InvalidRequest(f"{path} is damaged: {member.name} is not what its name says.")
    database = folder / DATABASE
    if not database.exists() or contents.secret_key != (folder / SECRET_KEY).exists():
        raise InvalidRequest(f"{path} is no whole backup: take another one.")
    check(database)
    missing = tuple(digest for digest in _wanted(database) if digest not in held)
    return Backup(path, path.stat().st_size, contents, missing)


def _refuse_newer(path: Path, contents: Contents) -> None:
    if contents.schema > HEAD:
        raise StartError(
            f"{path} was made by a newer version of cevvo ({contents.cevvo}, schema "
            f"{contents.schema}; this one knows {HEAD}). Restore it with that version."
        )


def _write(target: Path, pieces: Iterable[bytes]) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _wanted(database: Path) -> list[str]:
    engine = sqlite_engine(database)
    try:
        with engine.connect().execution_options(read_only=True) as connection:
            return originals(connection)
    finally:
        engine.dispose()


def _bring_up_to_date(folder: Path) -> None:
    """Migrate what an older version wrote; closing puts all of it into the one file."""
    db = SqliteDatabase(folder)
    try:
        migrate(db.engine)
    finally:
        db.close()


@contextmanager
def _translated(where: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, StorageFull) as error:
        if isinstance(error, StorageFull) or error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"The disk of {where} is full; nothing was restored.") from error
        raise Unavailable(f"Cannot write to {where}: {error.strerror}.") from error
