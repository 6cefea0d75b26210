"""A workspace with something in every table that is carried, and real documents."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
    insert,
    select,
)

from cevvo.domain.access import Actor
from cevvo.domain.documents import Block, ParsedDocument
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.features.transfers.exporting import Manifest, export_workspace
from cevvo.features.transfers.importing import Imported, Installation, import_workspace
from cevvo.features.transfers.rows import portable_tables
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import daily_figures, daily_questions, documents, turns, workspaces
from cevvo.services import installation
from cevvo.settings import Settings

ORIGINAL = "# Lighthouse\n\nThe lighthouse is 41 metres high. Büro: Straße 5.\n".encode()
HERE = WorkspaceId("wsp_here")
BY = Actor("cli", "ada")
DAY = 86_400_000
NOW = Millis(1_773_135_000_000)


@cache
def _empty() -> bytes:
    """A database of the newest schema, made once."""
    with TemporaryDirectory() as folder:
        open_database(Path(folder)).close()
        return (Path(folder) / "cevvo.db").read_bytes()


def make(folder: Path) -> None:
    """A data directory with an empty database, if there is none."""
    folder.mkdir(exist_ok=True)
    if not (folder / "cevvo.db").exists():
        (folder / "cevvo.db").write_bytes(_empty())


@contextmanager
def opened(folder: Path) -> Iterator[Installation]:
    make(folder)
    with installation(Settings(data_dir=folder)) as place:
        yield place


def fill(place: Installation) -> None:
    """The workspace HERE: a row in every table, two documents that can be searched."""
    place.db.write_now(lambda c: add_workspace(c, HERE))
    place.db.write_now(_one_row_each)
    digest = place.blobs.put(ORIGINAL)
    for number, (words, blob) in enumerate(
        [("The lighthouse is 41 metres high. It was built in 1887.", digest), ("Bees swarm.", None)]
    ):
        blocks = (Block("heading", "# Facts", 1), Block("paragraph", words))
        parsed = ParsedDocument(title=f"Facts {number}", blocks=blocks, language="en")
        document = asyncio.run(place.pipeline.index(parsed))
        origin = Origin(f"key {number}", None, "text/markdown", blob, {"plan": "pro"})
        place.db.write_now(
            lambda c, origin=origin, document=document: replace_document(  # type: ignore[misc]
                c, HERE, place.index, "sources", origin, document, now=NOW
            )
        )


def add_workspace(connection: Connection, workspace: str) -> None:
    row = {"id": workspace, "name": workspace.title(), "created_at": 5}
    connection.execute(insert(workspaces).values(row))


def _one_row_each(connection: Connection) -> None:
    """Ids are the names of their tables, so that rows refer to each other."""
    for table in portable_tables():
        row = {c.name: _value(table, c) for c in table.c}
        connection.execute(insert(table).values(row))
    _thread(connection)


def _thread(connection: Connection) -> None:
    """A thread of three days, whose questions have ids in another order than they were asked."""
    row = {c.name: _value(turns, c) for c in turns.c}
    row |= {"kind": "question", "is_test": False, "rating": None, "rephrased": False}
    row |= {"escalated": False, "returned": False, "off_topic": False, "conversation_id": "thr"}
    row |= dict.fromkeys(("next_at", "next_question_at", "next_same_at"))
    for id, day in (("turn_b", 10), ("turn_c", 11), ("turn_a", 12)):
        connection.execute(insert(turns).values(**(row | {"id": id, "asked_at": day * DAY})))


def figures_of(place: Installation, workspace: WorkspaceId = HERE) -> list[tuple[Any, ...]]:
    """What is counted by day."""

    def read(connection: Connection) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for table in (daily_figures, daily_questions):
            columns = [c for c in table.c if c.name != "workspace_id"]
            query = select(*columns).where(table.c.workspace_id == workspace).order_by(*columns)
            rows += [tuple(row) for row in connection.execute(query)]
        return rows

    return place.db.read_now(read)


def _value(table: Table, column: Column[Any]) -> object:
    if column.name == "workspace_id":
        return HERE
    if column.foreign_keys:
        return next(iter(column.foreign_keys)).column.table.name
    if column.primary_key and isinstance(column.type, Text):
        return table.name
    if table is documents and column.name == "blob_hash":
        return None
    values: list[tuple[type, object]] = [
        (Boolean, True),
        (Float, 0.1),
        (Integer, 2**40 if column.type.__class__.__name__ == "BigInteger" else 7),
        (LargeBinary, b"\x00\xff\n"),
        (JSON, {"ü": [1, None, "\u2028"]}),
        (Text, f"{column.name}\n\u2028 ü"),
    ]
    return next(value for kind, value in values if isinstance(column.type, kind))


def silent(_what: str, _done: int, _total: int) -> None:
    pass


def export(place: Installation, target: Path, workspace: WorkspaceId = HERE) -> Manifest:
    return export_workspace(place.db, workspace, target, by=BY, now=NOW, progress=silent)


def import_(
    place: Installation, folder: Path, workspace: WorkspaceId = HERE
) -> dict[str, Imported]:
    return asyncio.run(import_workspace(place, workspace, folder, by=BY, now=NOW, progress=silent))


def content_of(folder: Path) -> dict[str, bytes]:
    """All files of an export but the manifest, which has its time."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "export.json"
    }
