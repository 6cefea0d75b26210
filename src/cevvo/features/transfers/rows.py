"""What of a workspace can be carried elsewhere, and how a row is written as a line of JSON.

It follows from the tables: everything that belongs to a workspace is carried, but what is named
below. A line has neither the workspace nor a number that only this database knows, so that it can
be put into another workspace, and into another kind of database.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, RowMapping, Select, Table, select, tuple_

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import chunks, documents, embeddings, metadata

Row = dict[str, Any]
ROWS = 500
"""Rows of a table that are read or written at once."""
_DOCUMENTS = 20  # they are long

LEFT_OUT: Mapping[str, str] = {
    "api_keys": "who may enter is for each installation to say",
    "key_messages": "counts of API keys",
    "ask_pages": "addresses, each of one workspace of an installation",
    "memberships": "who may enter",
    "sessions": "who may enter",
    "one_time_tokens": "who may enter",
    "workspace_secrets": "sealed with a key that stays where it is",
    "webhooks": "signed with a secret that stays where it is; two servers would call",
    "webhook_deliveries": "of webhooks",
    "audit_log": "of the installation; cevvo audit --csv",
    "refused_requests": "of API keys",
    "jobs": "work, done or to be done, of the installation",
    "crawl_pages": "of jobs",
    "crawl_responses": "of jobs",
    "idempotency_keys": "answers to requests, for a day",
    "answer_cache": "made anew",
    "index_log": "of the search index, which is made anew",
    "recheck_marks": "where the log of the search index has been read to",
    "daily_figures": "counted from turns, by triggers",
    "daily_questions": "counted from turns, by triggers",
    "chunks": "written with their documents",
}
"""Tables with a workspace that are not carried, each with the reason."""


def portable_tables() -> list[Table]:
    """The tables that are carried, each after those that it refers to."""
    return [
        table
        for table in metadata.sorted_tables
        if "workspace_id" in table.c and table.name not in LEFT_OUT
    ]


def to_line(row: Row) -> str:
    """The row as JSON: the same row is the same line, whichever database it comes from."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def key_of(table: Table) -> list[Column[Any]]:
    """What tells the rows of one workspace apart."""
    return [column for column in table.primary_key if column.name != "workspace_id"]


def rows_of(connection: Connection, workspace: WorkspaceId, table: Table) -> Iterator[Row]:
    """All rows of a workspace, in the order of their keys."""
    query = _of_workspace(table, workspace).order_by(*key_of(table))
    at_once = _DOCUMENTS if table is documents else ROWS
    for batch in connection.execute(query).mappings().partitions(at_once):
        yield from _written(connection, workspace, table, batch)


def rows_like(
    connection: Connection, workspace: WorkspaceId, table: Table, rows: Sequence[Row]
) -> dict[tuple[Any, ...], Row]:
    """What a workspace has under the keys of these rows, by key."""
    key = key_of(table)
    # Concatenated, it is compared and not searched by: each batch would look at all of a workspace.
    query = select(*_columns(table)).where(table.c.workspace_id.concat("") == workspace)
    if key:
        query = query.where(tuple_(*key).in_([key_in(table, row) for row in rows]))
    found = _written(connection, workspace, table, connection.execute(query).mappings().all())
    return {key_in(table, row): row for row in found}


def key_in(table: Table, row: Row) -> tuple[Any, ...]:
    """The key of a row."""
    return tuple(row[column.name] for column in key_of(table))


def values_in(table: Table, row: Row) -> Row:
    """What is stored of a row, but its workspace."""
    return {
        column.name: _read(column, row[column.name])
        for column in _columns(table)
        if column.name in row
    }


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.c if column.name != "workspace_id"]


def _of_workspace(table: Table, workspace: WorkspaceId) -> Select[*tuple[Any, ...]]:
    return select(*_columns(table)).where(table.c.workspace_id == workspace)


def _written(
    connection: Connection,
    workspace: WorkspaceId,
    table: Table,
    rows: Iterable[RowMapping],
) -> list[Row]:
    columns = _columns(table)
    written = [{c.name: _write(c, row[c.name]) for c in columns} for row in rows]
    if table is documents:
        chunked = _chunks_of(connection, workspace, [row["id"] for row in written])
        for row in written:
            row["chunks"] = chunked.get(row["id"], [])
    return written


def _chunks_of(
    connection: Connection, workspace: WorkspaceId, document_ids: Sequence[str]
) -> dict[str, list[Row]]:
    """The chunks of documents in order, each with its vectors: of one model, where there are those
    of two while passages are embedded anew."""
    own = [c for c in _columns(chunks) if c.name not in ("id", "document_id")]
    vectors = [c for c in embeddings.c if c.name != "chunk_id"]
    query = (
        select(chunks.c.document_id, *own, *vectors)
        .join(embeddings, embeddings.c.chunk_id == chunks.c.id)
        .where(chunks.c.workspace_id == workspace, chunks.c.document_id.in_(document_ids))
        .order_by(chunks.c.document_id, chunks.c.ordinal, embeddings.c.model)
    )
    found: dict[str, dict[int, Row]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["document_id"], {}).setdefault(
            row["ordinal"], {c.name: _write(c, row[c.name]) for c in (*own, *vectors)}
        )
    return {document_id: list(each.values()) for document_id, each in found.items()}


def _write(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, LargeBinary) and value is not None:
        return base64.b64encode(value).decode()
    return value


def _read(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, LargeBinary) and value is not None:
        return base64.b64decode(value)
    return value
