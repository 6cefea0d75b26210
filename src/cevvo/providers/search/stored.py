"""What is stored of chunks, and read back: passages, what is around them, their vectors."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, and_, bindparam, func, select

from cevvo.domain.documents import IndexedChunk, Passage, Span
from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import chunks as chunk_rows
from cevvo.foundation.db.tables import documents, embeddings
from cevvo.providers.embedding.base import PassageVectors
from cevvo.providers.search.base import Stretch
from cevvo.providers.search.quantised import quantise, restore

_HASHES_AT_ONCE = 500
_start, _end = chunk_rows.c.start, chunk_rows.c.end
# Made once: to make them takes SQLAlchemy longer than the database takes to run them.
_PASSAGES = (
    select(
        chunk_rows.c.id,
        chunk_rows.c.document_id,
        documents.c.source_id,
        documents.c.title,
        documents.c.url,
        documents.c.media_type,
        chunk_rows.c.heading_path,
        chunk_rows.c.anchor,
        chunk_rows.c.page,
        _start,
        _end,
        func.substr(documents.c.text, _start + 1, _end - _start).label("text"),
        chunk_rows.c.sentences,
        embeddings.c.vector,
        embeddings.c.sentence_vectors,
    )
    .select_from(chunk_rows)
    .join(documents, documents.c.id == chunk_rows.c.document_id)
    .outerjoin(
        embeddings,
        and_(embeddings.c.chunk_id == chunk_rows.c.id, embeddings.c.model == bindparam("of_model")),
    )
    .where(chunk_rows.c.workspace_id == bindparam("of_workspace"))
)
_THESE = _PASSAGES.where(chunk_rows.c.id.in_(bindparam("ids", expanding=True)))
_NEAR = _PASSAGES.where(
    chunk_rows.c.document_id == bindparam("document"),
    chunk_rows.c.ordinal.between(bindparam("first"), bindparam("last")),
)


class StoredPassages:
    """That part of a SearchIndex which reads what was stored, the same in every database."""

    def __init__(self, db: Database, embedder_id: str, dimensions: int) -> None:
        self._db = db
        self._model = embedder_id
        self._dimensions = dimensions

    async def load(self, workspace: WorkspaceId, chunk_ids: Sequence[int]) -> list[Passage]:
        """The passages, without scores; zeros for vectors that are not there of this model."""
        given = {"of_workspace": workspace, "of_model": self._model, "ids": chunk_ids}
        rows = await self._db.read(lambda c: c.execute(_THESE, given).all())
        passages = {each.chunk_id: each for each in _passages(rows, self._dimensions)}
        return [passages[chunk_id] for chunk_id in chunk_ids if chunk_id in passages]

    async def around(
        self, workspace: WorkspaceId, chunk_ids: Sequence[int], reach: int
    ) -> Mapping[int, Stretch]:
        """As ``load`` has them, each document read once more for its text."""
        return await self._db.read(
            lambda c: {
                chunk_id: stretch
                for chunk_id in chunk_ids
                if (stretch := self._stretch(c, workspace, chunk_id, reach))
            }
        )

    async def vectors(
        self, workspace: WorkspaceId, passage_hashes: Sequence[bytes]
    ) -> Mapping[bytes, PassageVectors]:
        """As stored: float16 and int8, so that they are stored again to the same bytes."""
        found: dict[bytes, PassageVectors] = {}
        for start in range(0, len(passage_hashes), _HASHES_AT_ONCE):
            some = passage_hashes[start : start + _HASHES_AT_ONCE]
            found |= await self._db.read(
                partial(_vectors, workspace=workspace, model=self._model, hashes=some)
            )
        return found

    def _stretch(
        self, connection: Connection, workspace: WorkspaceId, chunk_id: int, reach: int
    ) -> Stretch | None:
        centre = connection.execute(
            select(chunk_rows.c.document_id, chunk_rows.c.ordinal).where(
                chunk_rows.c.workspace_id == workspace, chunk_rows.c.id == chunk_id
            )
        ).first()
        if centre is None:
            return None
        given = {
            "of_workspace": workspace,
            "of_model": self._model,
            "document": centre.document_id,
            "first": centre.ordinal - reach,
            "last": centre.ordinal + reach,
        }
        rows = sorted(connection.execute(_NEAR, given), key=lambda row: row.start)
        if chunk_id not in (row.id for row in rows):
            return None
        start, end = rows[0].start, rows[-1].end
        whole = connection.execute(
            select(func.substr(documents.c.text, start + 1, end - start)).where(
                documents.c.id == centre.document_id
            )
        ).scalar_one()
        return Stretch(tuple(_passages(rows, self._dimensions)), whole)


def stored_vectors(chunk_id: int, model: str, chunk: IndexedChunk) -> dict[str, object]:
    """The chunk's row of ``embeddings``."""
    return {
        "chunk_id": chunk_id,
        "model": model,
        "vector": chunk.vector.astype("<f2").tobytes(),
        "sentence_vectors": quantise(chunk.sentence_vectors).tobytes(),
    }


def _vectors(
    connection: Connection, *, workspace: WorkspaceId, model: str, hashes: Sequence[bytes]
) -> dict[bytes, PassageVectors]:
    rows = connection.execute(
        select(chunk_rows.c.passage_hash, embeddings.c.vector, embeddings.c.sentence_vectors)
        .join(embeddings, embeddings.c.chunk_id == chunk_rows.c.id)
        .where(
            chunk_rows.c.workspace_id == workspace,
            chunk_rows.c.passage_hash.in_(hashes),
            embeddings.c.model == model,
        )
    )
    return {row.passage_hash: _restored(row) for row in rows}


def _restored(row: Row[*tuple[Any, ...]]) -> PassageVectors:
    vector = np.frombuffer(row.vector, "<f2").astype(np.float32)
    sentences = np.frombuffer(row.sentence_vectors, np.int8).reshape(-1, vector.size)
    return PassageVectors(vector, restore(sentences))


def _passages(rows: Sequence[Row[*tuple[Any, ...]]], dimensions: int) -> list[Passage]:
    """Zeros for vectors that are not there."""
    vectors = b"".join(row.vector or bytes(2 * dimensions) for row in rows)
    quantised = [
        bytes(len(row.sentences) // 2 * dimensions) if row.vector is None else row.sentence_vectors
        for row in rows
    ]
    sentences = restore(np.frombuffer(b"".join(quantised), np.int8).reshape(-1, dimensions))
    ends = accumulate((len(each) // dimensions for each in quantised), initial=0)
    return [
        Passage(
            chunk_id=row.id,
            document_id=row.document_id,
            source_id=row.source_id,
            title=row.title,
            url=row.url,
            media_type=row.media_type,
            heading_path=tuple(row.heading_path),
            anchor=row.anchor,
            page=row.page,
            span=Span(row.start, row.end),
            text=row.text,
            sentences=tuple(map(Span, row.sentences[::2], row.sentences[1::2])),
            vector=vector,
            sentence_vectors=sentences[start:end],
        )
        for row, vector, (start, end) in zip(
            rows,
            np.frombuffer(vectors, "<f2").reshape(-1, dimensions).astype(np.float32),
            pairwise(ends),
            strict=True,
        )
    ]
