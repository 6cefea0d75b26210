"""Documents with their chunks and their place in the search index, always changed together.

Every function works in the caller's transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from cevvo.domain.documents import Chunk, IndexedDocument, Span
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import chunks, document_metadata, documents, site_pages
from cevvo.providers.search.base import SearchIndex

Change = Literal["added", "changed", "unchanged"]
_SLICE = 500  # chunks taken out of the index in one transaction: a tenth of a second
_SLICE_DOCUMENTS = 100


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document without its text. ``key`` tells it from the others of its source."""

    id: str
    source_id: str
    key: str
    title: str
    url: str | None
    media_type: str
    language: str | None
    content_hash: str
    blob_hash: str | None
    unit_count: int
    created_at: Millis
    updated_at: Millis


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document's content came from; ``blob_hash`` is the SHA-256 of the original bytes.

    ``metadata`` is what its owner says of it, None where that stays as it is.
    """

    key: str
    url: str | None
    media_type: str
    blob_hash: str | None = None
    metadata: Mapping[str, str] | None = None


_COLUMNS = tuple(documents.c[name] for name in Document.__dataclass_fields__)
# What every document needs is put together once: that takes five times as long as running it.
_OF_KEY = select(*_COLUMNS).where(
    documents.c.workspace_id == bindparam("workspace"),
    documents.c.source_id == bindparam("source"),
    documents.c.key == bindparam("key"),
)
_INSERT = insert(documents)
_INSERT_CHUNKS = insert(chunks)
_CHUNK_IDS = select(chunks.c.ordinal, chunks.c.id).where(
    chunks.c.workspace_id == bindparam("workspace"), chunks.c.document_id == bindparam("document")
)
_FORGET_READING = (
    update(site_pages)
    .where(
        site_pages.c.workspace_id == bindparam("workspace"),
        site_pages.c.source_id == bindparam("source"),
        site_pages.c.url == bindparam("page"),
    )
    .values(made_by="")
)


def find_document(
    connection: Connection, workspace: WorkspaceId, source_id: str, key: str
) -> Document | None:
    """The document of that key, None when the source has none."""
    given = {"workspace": workspace, "source": source_id, "key": key}
    row = connection.execute(_OF_KEY, given).first()
    return None if row is None else Document(*row)


def get_document(
    connection: Connection, workspace: WorkspaceId, source_id: str, document_id: str
) -> Document | None:
    """The document, None when this source of this workspace has none of that id."""
    row = connection.execute(
        select(*_COLUMNS).where(
            documents.c.workspace_id == workspace,
            documents.c.source_id == source_id,
            documents.c.id == document_id,
        )
    ).first()
    return None if row is None else Document(*row)


def get_any_document(
    connection: Connection, workspace: WorkspaceId, document_id: str
) -> Document | None:
    """The document, of whichever source; None when this workspace has none of that id."""
    row = connection.execute(
        select(*_COLUMNS).where(
            documents.c.workspace_id == workspace, documents.c.id == document_id
        )
    ).first()
    return None if row is None else Document(*row)


def get_text(connection: Connection, workspace: WorkspaceId, document_id: str) -> str:
    """The text that every span points into; empty when the document is gone."""
    text: str | None = connection.execute(
        select(documents.c.text).where(
            documents.c.workspace_id == workspace, documents.c.id == document_id
        )
    ).scalar()
    return text or ""


def get_chunks(connection: Connection, workspace: WorkspaceId, document_id: str) -> list[Chunk]:
    """The document's chunks in order."""
    rows = connection.execute(
        select(chunks)
        .where(chunks.c.workspace_id == workspace, chunks.c.document_id == document_id)
        .order_by(chunks.c.ordinal)
    )
    return [
        Chunk(
            ordinal=row.ordinal,
            span=Span(row.start, row.end),
            heading_path=tuple(row.heading_path),
            anchor=row.anchor,
            page=row.page,
            sentences=tuple(map(Span, row.sentences[::2], row.sentences[1::2])),
        )
        for row in rows
    ]


def list_documents(
    connection: Connection,
    workspace: WorkspaceId,
    source_id: str | None,
    *,
    offset: int,
    limit: int,
) -> tuple[list[Document], int]:
    """A page of the documents of a source, or of all, newest first, and how many there are."""
    matching = [documents.c.workspace_id == workspace]
    if source_id is not None:
        matching.append(documents.c.source_id == source_id)
    total = connection.execute(
        select(func.count()).select_from(documents).where(*matching)
    ).scalar_one()
    rows = connection.execute(
        select(*_COLUMNS)
        .where(*matching)
        .order_by(documents.c.created_at.desc(), documents.c.id)
        .offset(offset)
        .limit(limit)
    )
    return [Document(*row) for row in rows], total


def replace_document(
    connection: Connection,
    workspace: WorkspaceId,
    index: SearchIndex,
    source_id: str,
    origin: Origin,
    document: IndexedDocument,
    *,
    now: Millis,
) -> tuple[str, Change]:
    """Store ``document`` in place of the one with the same key. Returns its id and what happened.

    An equal ``content_hash`` leaves text and chunks as they are.
    """
    existing = find_document(connection, workspace, source_id, origin.key)
    if existing is not None and existing.content_hash == document.content_hash:
        refresh_origin(connection, workspace, existing.id, origin)
        return existing.id, "unchanged"
    values = _origin_values(origin) | {
        "title": document.title,
        "language": document.language,
        "unit_count": document.unit_count,
        "content_hash": document.content_hash,
        "updated_at": now,
        "text": document.text,
    }
    change: Change = "added" if existing is None else "changed"
    if existing is not None:
        index.remove(connection, workspace, existing.id)
        _remove_chunks(connection, workspace, existing.id)
        connection.execute(
            update(documents)
            .where(documents.c.workspace_id == workspace, documents.c.id == existing.id)
            .values(**values)
        )
        document_id = existing.id
    else:
        document_id = new_id("doc")
        values |= {"id": document_id, "workspace_id": workspace, "source_id": source_id}
        connection.execute(_INSERT, values | {"key": origin.key, "created_at": now})
    add_chunks(connection, workspace, index, document_id, document)
    describe(connection, workspace, document_id, origin.metadata)
    return document_id, change


def refresh_origin(
    connection: Connection, workspace: WorkspaceId, document_id: str, origin: Origin
) -> None:
    """Note where unchanged content was found this time."""
    connection.execute(
        update(documents)
        .where(documents.c.workspace_id == workspace, documents.c.id == document_id)
        .values(**_origin_values(origin))
    )
    describe(connection, workspace, document_id, origin.metadata)


def describe(
    connection: Connection,
    workspace: WorkspaceId,
    document_id: str,
    metadata: Mapping[str, str] | None,
) -> None:
    """Put ``metadata`` in the place of what is said of the document; None changes nothing."""
    if metadata is None:
        return
    connection.execute(
        delete(document_metadata).where(
            document_metadata.c.workspace_id == workspace,
            document_metadata.c.document_id == document_id,
        )
    )
    if metadata:
        of_document = {"workspace_id": workspace, "document_id": document_id}
        rows = [of_document | {"name": name, "value": metadata[name]} for name in metadata]
        connection.execute(insert(document_metadata), rows)


def metadata_of(
    connection: Connection, workspace: WorkspaceId, document_ids: Sequence[str]
) -> dict[str, dict[str, str]]:
    """What is said of these documents, by document and name; those without are left out."""
    rows = connection.execute(
        select(document_metadata)
        .where(
            document_metadata.c.workspace_id == workspace,
            document_metadata.c.document_id.in_(document_ids),
        )
        .order_by(document_metadata.c.name)
    )
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row.document_id, {})[row.name] = row.value
    return found


def forget_reading(
    connection: Connection, workspace: WorkspaceId, source_id: str, url: str
) -> None:
    """Have the next crawl read a page anew: its document was not made in the crawl's way."""
    page = {"workspace": workspace, "source": source_id, "page": url}
    connection.execute(_FORGET_READING, page)


def _origin_values(origin: Origin) -> dict[str, Any]:
    return {"url": origin.url, "media_type": origin.media_type, "blob_hash": origin.blob_hash}


def _remove_chunks(connection: Connection, workspace: WorkspaceId, document_id: str) -> None:
    connection.execute(
        delete(chunks).where(
            chunks.c.workspace_id == workspace, chunks.c.document_id == document_id
        )
    )


def add_chunks(
    connection: Connection,
    workspace: WorkspaceId,
    index: SearchIndex,
    document_id: str,
    document: IndexedDocument,
) -> None:
    """Store the chunks of a document whose own row is there without any, and index them."""
    rows = [
        {
            "workspace_id": workspace,
            "document_id": document_id,
            "ordinal": chunk.ordinal,
            "start": chunk.span.start,
            "end": chunk.span.end,
            "heading_path": list(chunk.heading_path),
            "anchor": chunk.anchor,
            "page": chunk.page,
            "sentences": [edge for s in chunk.sentences for edge in (s.start, s.end)],
            "passage_hash": passage_hash,
        }
        for chunk, passage_hash in ((i.chunk, i.passage_hash) for i in document.chunks)
    ]
    connection.execute(_INSERT_CHUNKS, rows)
    ids = connection.execute(_CHUNK_IDS, {"workspace": workspace, "document": document_id})
    by_ordinal = {row.ordinal: row.id for row in ids}
    pairs = [(by_ordinal[indexed.chunk.ordinal], indexed) for indexed in document.chunks]
    index.add(connection, workspace, document_id, pairs)


def delete_documents(
    connection: Connection, workspace: WorkspaceId, index: SearchIndex, ids: Sequence[str]
) -> None:
    """Take documents out of the index and delete them; unknown ids do nothing."""
    for document_id in ids:
        index.remove(connection, workspace, document_id)
        connection.execute(
            delete(documents).where(
                documents.c.workspace_id == workspace, documents.c.id == document_id
            )
        )


def has_documents(connection: Connection, workspace: WorkspaceId, source_id: str) -> bool:
    """Whether the source has content."""
    query = select(documents.c.id).where(
        documents.c.workspace_id == workspace, documents.c.source_id == source_id
    )
    return connection.execute(query.limit(1)).first() is not None


def are_there(connection: Connection, workspace: WorkspaceId, ids: Collection[str]) -> bool:
    """Whether the workspace has all these documents."""
    query = select(func.count()).where(
        documents.c.workspace_id == workspace, documents.c.id.in_(ids)
    )
    return connection.execute(query).scalar_one() == len(set(ids))


def next_slice(connection: Connection, workspace: WorkspaceId, source_id: str) -> list[str]:
    """Some documents of a source, as many as one transaction may delete; none when all are gone."""
    size = (
        select(func.count())
        .where(chunks.c.workspace_id == workspace, chunks.c.document_id == documents.c.id)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(documents.c.id, size)
        .where(documents.c.workspace_id == workspace, documents.c.source_id == source_id)
        .limit(_SLICE_DOCUMENTS)
    )
    taken: list[str] = []
    weight = 0
    for document_id, count in rows:
        if taken and weight + count > _SLICE:
            break
        taken.append(document_id)
        weight += count
    return taken
