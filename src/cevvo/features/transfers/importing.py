"""An export into a workspace: what is not there yet is added, what is there stays as it is.

That makes it safe to call again: after a kill it goes on where it was. Nothing is written before
the hashes of the whole export were compared; at the end every row is looked for and compared.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from cevvo.domain.access import Actor
from cevvo.domain.documents import Chunk, IndexedDocument, Span
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.progress import Progress
from cevvo.domain.time import Millis
from cevvo.engine.indexing.pipeline import IndexingPipeline, SplitDocument
from cevvo.errors import Conflict, InvalidRequest
from cevvo.features.sources.documents import add_chunks
from cevvo.features.transfers.choosing import is_empty
from cevvo.features.transfers.exporting import FILES, FORMAT, MANIFEST, Lines, Manifest
from cevvo.features.transfers.rows import (
    ROWS,
    Row,
    key_in,
    key_of,
    portable_tables,
    rows_like,
    values_in,
)
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.migrate import HEAD
from cevvo.foundation.db.tables import documents, sources, workspaces
from cevvo.providers.blobs.files import BlobStore
from cevvo.providers.embedding.base import PassageVectors
from cevvo.providers.search.base import SearchIndex
from cevvo.providers.search.quantised import restore

_DOCUMENTS = 20  # written together


@dataclass(slots=True)
class Imported:
    """What became of the rows of a table. ``kept`` are those that were there before and are not
    what the export says: they stay as they are."""

    rows: int
    added: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Installation:
    """Where an export is put. Vectors of other models than the pipeline's are made anew."""

    db: Database
    blobs: BlobStore
    index: SearchIndex
    pipeline: IndexingPipeline


def read_manifest(folder: Path) -> Manifest:
    """What an export says that it holds.

    Raises InvalidRequest where there is none, or one of a version that cannot be read here.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        tables = {name: Lines(**lines) for name, lines in found["tables"].items()}
        manifest = Manifest(**(found | {"tables": tables}))
    except OSError as error:
        raise InvalidRequest(
            f"{folder} is no export: its {MANIFEST} cannot be read ({error.strerror})."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidRequest(f"{folder} is no export of cevvo's, or it is damaged.") from error
    if manifest.format > FORMAT or manifest.schema > HEAD:
        raise InvalidRequest(
            f"{folder} was made by a newer version of cevvo ({manifest.cevvo}). Import it with "
            "that version."
        )
    return manifest


def check_export(folder: Path, manifest: Manifest, progress: Progress) -> None:
    """Raises InvalidRequest where a file is not what was exported."""
    for done, (name, lines) in enumerate(manifest.tables.items(), 1):
        path = folder / f"{name}.jsonl"
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise InvalidRequest(f"Cannot read {path}: {error.strerror}.") from error
        if digest != lines.sha256:
            raise InvalidRequest(f"{path} is damaged: it is not what was exported.")
        progress("checking tables", done, len(manifest.tables))
    store = BlobStore(folder / FILES)
    for done, digest in enumerate(manifest.files, 1):
        try:
            content = store.get(digest)
        except OSError as error:
            raise InvalidRequest(f"Cannot read {digest} in {folder}: {error.strerror}.") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise InvalidRequest(f"{folder} is damaged: {digest} is not what its name says.")
        progress("checking originals", done, len(manifest.files))


async def import_workspace(
    place: Installation,
    workspace: WorkspaceId,
    folder: Path,
    *,
    by: Actor,
    now: Millis,
    progress: Progress,
) -> dict[str, Imported]:
    """Add an export to a workspace that is there. Returns what became of each table's rows.

    Raises InvalidRequest where the export is damaged, Conflict where its rows are in another
    workspace of this installation, or contradict what is in this one.
    """
    manifest = read_manifest(folder)
    await asyncio.to_thread(check_export, folder, manifest, progress)
    await place.db.write(lambda c: _keep_as_long(c, workspace, manifest, by, now))
    tables = [table for table in portable_tables() if table.name in manifest.tables]
    work = _Import(place, workspace, folder)
    result = {table.name: Imported(manifest.tables[table.name].rows) for table in tables}
    for table in tables:
        done = result[table.name]
        for batch in _batches(folder, table):
            done.added += await work.add(table, batch)
            progress(f"adding {table.name}", done.added, done.rows)
    for table in tables:
        for batch in _batches(folder, table):
            result[table.name].kept += await work.compare(table, batch)
    await place.db.write(
        lambda c: append(c, workspace, by, "workspace.imported", now=now, target_id=workspace)
    )
    return result


def _keep_as_long(
    connection: Connection, workspace: WorkspaceId, manifest: Manifest, by: Actor, now: Millis
) -> None:
    """Conversations are kept as long as where they are from: in a workspace that nothing is in yet,
    and that does not say otherwise. One that has some would lose them."""
    days = manifest.workspace.get("retention_days")
    ours = workspaces.c.id == workspace
    said = connection.execute(select(workspaces.c.retention_days).where(ours)).scalar()
    if days is not None and said is None and is_empty(connection, workspace):
        connection.execute(update(workspaces).where(ours).values(retention_days=days))
        detail = {"conversation_days": days}
        append(connection, workspace, by, "retention.changed", now=now, detail=detail)


def _batches(folder: Path, table: Table) -> Iterator[list[Row]]:
    at_once = _DOCUMENTS if table is documents else ROWS
    with (folder / f"{table.name}.jsonl").open(encoding="utf-8", newline="\n") as file:
        while batch := [json.loads(line) for line in islice(file, at_once)]:
            yield batch


@dataclass(frozen=True, slots=True)
class _Import:
    """An export on its way into a workspace."""

    place: Installation
    workspace: WorkspaceId
    folder: Path

    async def add(self, table: Table, batch: Sequence[Row]) -> int:
        """Store the rows that are not there. How many those were."""
        there = await self.place.db.read(lambda c: self._keys_there(c, table, batch))
        new = [row for row in batch if key_in(table, row) not in there]
        if not new:
            return 0
        indexed = {}
        if table is documents:
            await asyncio.to_thread(self._add_originals, new)
            indexed = {row["id"]: await _indexed(self.place, row) for row in new}
        return await self.place.db.write(lambda c: self._insert(c, table, new, indexed))

    async def compare(self, table: Table, batch: Sequence[Row]) -> int:
        """How many rows are not what the export says. Raises Conflict where one is missing."""
        here = await self.place.db.read(lambda c: rows_like(c, self.workspace, table, batch))
        kept = 0
        for row in batch:
            found = here.get(key_in(table, row))
            if found is None:
                raise Conflict(
                    f"A row of {table.name} that was imported is gone: {key_in(table, row)}. "
                    "Import again."
                )
            kept += _differ(table, found, row)
        return kept

    def _add_originals(self, rows: Sequence[Row]) -> None:
        """Just before their documents: what nothing refers to for an hour is thrown away."""
        store = BlobStore(self.folder / FILES)
        for row in rows:
            if row["blob_hash"] is not None:
                with suppress(FileNotFoundError):  # missing where it was exported, too
                    self.place.blobs.put(store.get(row["blob_hash"]))

    def _insert(
        self,
        connection: Connection,
        table: Table,
        rows: Sequence[Row],
        indexed: Mapping[str, IndexedDocument],
    ) -> int:
        """Store those that nobody else has stored meanwhile. How many those were."""
        there = self._keys_there(connection, table, rows)
        rows = [row for row in rows if key_in(table, row) not in there]
        if not rows:
            return 0
        values = [values_in(table, row) | {"workspace_id": self.workspace} for row in rows]
        try:
            connection.execute(insert(table), values)
        except IntegrityError as error:
            raise Conflict(
                f"Rows of {table.name} contradict what is in this workspace under other ids. "
                "Import into an empty workspace."
            ) from error
        for row in rows:
            document = indexed.get(row["id"]) if table is documents else None
            if document is not None and document.chunks:
                add_chunks(connection, self.workspace, self.place.index, row["id"], document)
        return len(rows)

    def _keys_there(
        self, connection: Connection, table: Table, batch: Sequence[Row]
    ) -> set[tuple[Any, ...]]:
        key = key_of(table)
        query = select(table.c.workspace_id, *key)
        if key:
            query = query.where(tuple_(*key).in_([key_in(table, row) for row in batch]))
        if "workspace_id" in table.primary_key.columns:
            query = query.where(table.c.workspace_id == self.workspace)
        # Otherwise asked of all workspaces: a key that is taken in another one cannot be used here.
        found = connection.execute(query).all()
        for row in found:
            if row.workspace_id != self.workspace:
                raise Conflict(
                    f"What is to be imported is here already, in the workspace {row.workspace_id}."
                )
        return {tuple(row[1:]) for row in found}


async def _indexed(place: Installation, row: Row) -> IndexedDocument:
    """A document as ingestion would make it, with the vectors that it brings."""
    split = SplitDocument(
        title=row["title"],
        text=row["text"],
        language=row["language"],
        unit_count=row["unit_count"],
        content_hash=row["content_hash"],
        chunks=tuple(map(_chunk, row["chunks"])),
        warnings=(),
    )
    return await place.pipeline.embed(
        split, recall=_recall(place.pipeline.embedder.model_id, row["chunks"])
    )


def _chunk(row: Row) -> Chunk:
    edges = row["sentences"]
    return Chunk(
        ordinal=row["ordinal"],
        span=Span(row["start"], row["end"]),
        heading_path=tuple(row["heading_path"]),
        anchor=row["anchor"],
        page=row["page"],
        sentences=tuple(map(Span, edges[::2], edges[1::2])),
    )


def _recall(
    model: str, chunks: Sequence[Row]
) -> Callable[[Sequence[bytes]], Awaitable[Mapping[bytes, PassageVectors]]]:
    known = {
        base64.b64decode(chunk["passage_hash"]): _vectors(chunk)
        for chunk in chunks
        if chunk["model"] == model and chunk["passage_hash"] is not None
    }

    async def recall(_hashes: Sequence[bytes]) -> Mapping[bytes, PassageVectors]:
        return known

    return recall


def _vectors(chunk: Row) -> PassageVectors:
    """As the database has them: float16 and int8, so that they are stored to the same bytes."""
    vector = np.frombuffer(base64.b64decode(chunk["vector"]), "<f2").astype(np.float32)
    sentences = np.frombuffer(base64.b64decode(chunk["sentence_vectors"]), np.int8)
    return PassageVectors(vector, restore(sentences.reshape(-1, vector.size)))


def _differ(table: Table, here: Row, there: Row) -> bool:
    """Whether two rows differ in what is to be the same everywhere. An older version's export has
    no columns that came since."""
    here = {name: value for name, value in here.items() if name in there}
    if table is sources:  # the status follows from the jobs there
        return here | {"status": None} != there | {"status": None}
    if [c["model"] for c in here.get("chunks", ())] != [
        c["model"] for c in there.get("chunks", ())
    ]:
        return here | {"chunks": None} != there | {"chunks": None}
    return here != there


def _models(row: Row) -> list[str]:
    return [chunk["model"] for chunk in row.get("chunks", ())]
