"""Making a backup: the database as of one moment and the originals that it refers to, in a file.

A server may be running and writing. The file has another name until it is whole and on disk.
"""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select

from cevvo import __version__
from cevvo.domain.progress import Progress
from cevvo.domain.time import Millis, rfc3339
from cevvo.errors import Conflict, StartError, StorageFull, Unavailable
from cevvo.features.backups.archive import (
    DATABASE,
    FORMAT,
    SECRET_KEY,
    ArchiveWriter,
    Contents,
    blob_name,
)
from cevvo.features.ingestion.sweep import referred_to
from cevvo.foundation.db.migrate import refuse_newer, schema_revision
from cevvo.foundation.db.snapshot import check, snapshot
from cevvo.foundation.db.sqlite import sqlite_engine
from cevvo.foundation.db.tables import metadata
from cevvo.foundation.durable import sync
from cevvo.providers.blobs.files import BlobStore

_ARCHIVE = "backup.tar.gz"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made. ``missing`` are the originals (SHA-256, hex) that are not in it, as
    they are gone from the data directory or are damaged there."""

    path: Path
    size: int
    contents: Contents
    missing: tuple[str, ...]


def make_backup(data_dir: Path, target: Path, *, now: Millis, progress: Progress) -> Backup:
    """Back ``data_dir`` up into the new file ``target``.

    Raises Conflict where ``target`` exists, StartError where there is no database, or one that is
    damaged or of a newer version, StorageFull and Unavailable where it cannot be written.
    """
    _refuse_existing(target)
    where = target.parent.absolute()
    try:
        folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
        try:
            contents, missing = _write(data_dir, folder, now, progress)
            _refuse_existing(target)
            os.rename(folder / _ARCHIVE, target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        sync(target.parent)
    except (OSError, StorageFull) as error:
        if isinstance(error, StorageFull) or error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"The disk of {where} is full; no backup was made.") from error
        raise Unavailable(f"No backup was made in {where}: {error.strerror}.") from error
    return Backup(target, target.stat().st_size, contents, missing)


def originals(connection: Connection) -> list[str]:
    """The originals (SHA-256, hex) that a database refers to."""
    return sorted(digest for digest in referred_to(connection) if digest)


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise Conflict(f"{target} exists already. Name another file: cevvo backup FILE")


def _write(
    data_dir: Path, folder: Path, now: Millis, progress: Progress
) -> tuple[Contents, tuple[str, ...]]:
    copy = folder / DATABASE
    snapshot(data_dir / DATABASE, copy, lambda done, total: progress("copying", done, total))
    check(copy)
    key = data_dir / SECRET_KEY
    contents, digests = _described(copy, now=now, secret_key=key.exists())
    with ArchiveWriter(folder / _ARCHIVE, now) as archive:
        archive.add_contents(contents)
        with copy.open("rb") as file:
            archive.add_file(DATABASE, file, contents.database_bytes)
        copy.unlink()
        if contents.secret_key:
            archive.add_bytes(SECRET_KEY, key.read_bytes())
        return contents, _add_originals(archive, data_dir, digests, progress)


def _described(copy: Path, *, now: Millis, secret_key: bool) -> tuple[Contents, list[str]]:
    engine = sqlite_engine(copy)
    with engine.connect().execution_options(read_only=True) as connection:
        revision = schema_revision(connection)
        if revision is None:
            raise StartError("The database is no database of cevvo's. Take another --data-dir.")
        refuse_newer(revision)
        there = set(inspect(connection).get_table_names())
        tables = [table for table in metadata.sorted_tables if table.name in there]
        counts = {t.name: select(func.count()).select_from(t) for t in tables}
        rows = {name: connection.execute(count).scalar_one() for name, count in counts.items()}
        digests = originals(connection)
    engine.dispose()
    contents = Contents(
        format=FORMAT,
        cevvo=__version__,
        schema=revision,
        created_at=rfc3339(now),
        database_bytes=copy.stat().st_size,
        rows=rows,
        files=len(digests),
        secret_key=secret_key,
    )
    return contents, digests


def _add_originals(
    archive: ArchiveWriter, data_dir: Path, digests: Sequence[str], progress: Progress
) -> tuple[str, ...]:
    """Add those that are whole; the others are returned."""
    blobs, missing = BlobStore(data_dir / "blobs"), []
    for done, digest in enumerate(digests, 1):
        try:
            content = blobs.get(digest)
        except FileNotFoundError:
            missing.append(digest)
            continue
        if hashlib.sha256(content).hexdigest() == digest:
            archive.add_bytes(blob_name(digest), content)
        else:
            missing.append(digest)
        progress("adding originals", done, len(digests))
    return tuple(missing)
