"""A workspace as files that other programs can read, too.

    export.json           what it is an export of, with count and SHA-256 of each file: ``Manifest``
    sources.jsonl …       the rows of a table, one a line, in the order of their keys
    documents.jsonl       with their text, their chunks and the vectors of these
    files/3f/3f2a…        the original bytes of documents, named by the SHA-256 of their content

All of it is of one moment, whatever a server does meanwhile. The folder, or the one file that it
is packed into, has another name until it is whole; what a killed export has left is gone on with.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from cevvo import __version__
from cevvo.domain.access import Actor
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.progress import Progress
from cevvo.domain.time import Millis, rfc3339
from cevvo.errors import Conflict, StorageFull, Unavailable
from cevvo.features.transfers.one_file import is_one_file, pack
from cevvo.features.transfers.rows import Row, portable_tables, rows_of, to_line
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.migrate import HEAD
from cevvo.foundation.db.tables import documents, workspaces
from cevvo.foundation.durable import sync
from cevvo.providers.blobs.files import BlobStore

FORMAT = 1
_ALWAYS = Millis(2**63)
MANIFEST, FILES = "export.json", "files"


@dataclass(frozen=True, slots=True)
class Lines:
    """A file of lines: how many, and the SHA-256 (hex) of its bytes."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export holds. ``tables`` by name; ``files`` are the originals (SHA-256, hex) in it,
    ``missing`` those that are gone or damaged where it was made."""

    format: int
    cevvo: str
    schema: str
    created_at: str
    workspace: dict[str, Any]
    tables: dict[str, Lines]
    files: list[str]
    missing: list[str]


def export_workspace(
    db: Database,
    workspace: WorkspaceId,
    target: Path,
    *,
    by: Actor,
    now: Millis,
    progress: Progress,
) -> Manifest:
    """Write a workspace to the new folder or tar file ``target``, and note it in the audit log.

    Raises Conflict where ``target`` exists, StorageFull and Unavailable where it cannot be written.
    """
    if target.exists():
        raise Conflict(f"{target} exists already. Name another place: cevvo export PLACE")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.mkdir(mode=0o700, exist_ok=True)
        manifest = db.read_now(lambda c: _write(c, db, workspace, unfinished, now, progress))
        db.write_now(
            lambda c: append(c, workspace, by, "workspace.exported", now=now, target_id=workspace)
        )
        _write_lines(unfinished / MANIFEST, [json.dumps(asdict(manifest), indent=2) + "\n"])
        sync(unfinished)
        _put_in_place(unfinished, target, now)
    except OSError as error:
        where = target.parent.absolute()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"The disk of {where} is full; nothing was exported.") from error
        raise Unavailable(f"Cannot write to {where}: {error.strerror}.") from error
    return manifest


def _write(
    connection: Connection,
    db: Database,
    workspace: WorkspaceId,
    folder: Path,
    now: Millis,
    progress: Progress,
) -> Manifest:
    own = [column for column in workspaces.c if column.name != "deleted_at"]
    found = connection.execute(select(*own).where(workspaces.c.id == workspace)).mappings().one()
    tables, names = {}, portable_tables()
    has_documents = set(
        connection.execute(
            select(documents.c.source_id).where(documents.c.workspace_id == workspace).distinct()
        ).scalars()
    )
    for done, table in enumerate(names, 1):
        rows: Iterable[Row] = rows_of(connection, workspace, table)
        if table.name == "sources":
            rows = (_settled(row, has_documents) for row in rows)
        tables[table.name] = _write_lines(folder / f"{table.name}.jsonl", map(to_line, rows))
        progress("writing tables", done, len(names))
    originals = connection.execute(
        select(documents.c.blob_hash)
        .where(documents.c.workspace_id == workspace, documents.c.blob_hash.is_not(None))
        .distinct()
        .order_by(documents.c.blob_hash)
    )
    files, missing = _copy_originals(
        BlobStore(db.data_dir / "blobs"), list(originals.scalars()), folder / FILES, progress
    )
    return Manifest(
        format=FORMAT,
        cevvo=__version__,
        schema=HEAD,
        created_at=rfc3339(now),
        workspace=dict(found),
        tables=tables,
        files=files,
        missing=missing,
    )


def _put_in_place(folder: Path, target: Path, now: Millis) -> None:
    """A finished folder under its name, or packed into the file of that name."""
    if is_one_file(target):
        packed = folder.with_name(f".{target.name}.unfinished{target.suffix}")
        pack(folder, packed, seconds=now // 1000)
        os.rename(packed, target)
        shutil.rmtree(folder)
    else:
        os.rename(folder, target)
    sync(target.parent)


def _settled(source: Row, has_documents: set[str]) -> Row:
    """A source as it is between two syncs: the work on it is not carried along."""
    if source["status"] == "syncing":
        source["status"] = "synced" if source["id"] in has_documents else "pending"
    return source


def _write_lines(path: Path, lines: Iterable[str]) -> Lines:
    digest, rows = hashlib.sha256(), 0
    with path.open("wb") as file:
        for line in lines:
            content = line.encode()
            digest.update(content)
            file.write(content)
            rows += 1
        file.flush()
        os.fsync(file.fileno())
    return Lines(rows, digest.hexdigest())


def _copy_originals(
    blobs: BlobStore, digests: list[str], folder: Path, progress: Progress
) -> tuple[list[str], list[str]]:
    """Those that are in the export now, and those that are missing."""
    store, files, missing = BlobStore(folder), [], []
    for done, digest in enumerate(digests, 1):
        try:
            content = blobs.get(digest)
        except FileNotFoundError:
            content = b""
        if hashlib.sha256(content).hexdigest() == digest:
            files.append(store.put(content))
        else:
            missing.append(digest)
        progress("copying originals", done, len(digests))
    foreign = store.stored_before(_ALWAYS) - set(files)  # of a killed export of something else
    store.delete(foreign, stored_before=_ALWAYS)
    return files, missing
