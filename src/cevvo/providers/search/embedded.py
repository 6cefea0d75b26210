"""Search inside the database file: words by FTS5, meaning by a scan of vectors in memory."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, text

from cevvo.domain.documents import IndexedChunk, Passage, Span, Vector, Vectors
from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import chunks as chunk_rows
from cevvo.foundation.db.tables import documents, embeddings, index_log
from cevvo.providers.embedding.base import PassageVectors
from cevvo.providers.search.base import Hit, SearchQuery, Stretch
from cevvo.providers.search.filtering import chunks_described
from cevvo.providers.search.quantised import quantise, restore
from cevvo.providers.search.replica import Snapshot, WorkspaceReplica
from cevvo.providers.search.vocabulary import known_terms, terms_beginning
from cevvo.providers.search.words import TermFrequencies, best_by_words, scope_tokens

_LOG_ENTRIES = 10_000  # kept; a replica that is further behind reads the whole workspace again
_HASHES_AT_ONCE = 500
_INSERT_TERMS = text(
    "INSERT INTO chunk_terms (rowid, scope, title, heading, body)"
    " VALUES (:chunk_id, :scope, :title, :heading, :body)"
)
_DELETE_TERMS = text("DELETE FROM chunk_terms WHERE rowid = :chunk_id")


class EmbeddedSearchIndex:
    """The SearchIndex on SQLite, for vectors of the model ``embedder_id``."""

    def __init__(self, db: Database, embedder_id: str, dimensions: int) -> None:
        self._db = db
        self._model = embedder_id
        self._dimensions = dimensions
        self._replicas: dict[WorkspaceId, WorkspaceReplica] = {}
        self._frequencies = TermFrequencies()

    def add(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        document_id: str,
        chunks: Sequence[tuple[int, IndexedChunk]],
    ) -> None:
        """Index a document, whose own row is there. Raises NoResultFound when it is not."""
        source_id: str = connection.execute(
            select(documents.c.source_id).where(
                documents.c.workspace_id == workspace, documents.c.id == document_id
            )
        ).scalar_one()
        if not chunks:
            return
        scope = scope_tokens(workspace, source_id)
        connection.execute(_INSERT_TERMS, [_terms(id, scope, chunk) for id, chunk in chunks])
        connection.execute(insert(embeddings), [self._row(id, chunk) for id, chunk in chunks])
        _log(connection, workspace, document_id)

    def remove(self, connection: Connection, workspace: WorkspaceId, document_id: str) -> None:
        """Take a document out, while its chunks' rows are there to say which those are."""
        of_document = select(chunk_rows.c.id).where(
            chunk_rows.c.workspace_id == workspace, chunk_rows.c.document_id == document_id
        )
        gone = [{"chunk_id": chunk_id} for chunk_id in connection.execute(of_document).scalars()]
        if not gone:
            return
        connection.execute(_DELETE_TERMS, gone)
        connection.execute(delete(embeddings).where(embeddings.c.chunk_id.in_(of_document)))
        _log(connection, workspace, document_id)

    async def search(self, workspace: WorkspaceId, query: SearchQuery, limit: int) -> list[Hit]:
        """Those found by words first, best first, then those that only their vector found."""
        if query.source_ids == ():
            return []
        return await self._db.read(lambda c: self._search(c, workspace, query, limit))

    async def load(self, workspace: WorkspaceId, chunk_ids: Sequence[int]) -> list[Passage]:
        """The passages, without scores."""
        these = chunk_rows.c.id.in_(chunk_ids)
        rows = await self._db.read(lambda c: _rows(c, workspace, self._model, these))
        passages = {row.id: _passage(row) for row in rows}
        return [passages[chunk_id] for chunk_id in chunk_ids if chunk_id in passages]

    async def around(
        self, workspace: WorkspaceId, chunk_ids: Sequence[int], reach: int
    ) -> Mapping[int, Stretch]:
        """As ``load`` has them, each document read once more for its text."""
        return await self._db.read(
            lambda c: {
                chunk_id: stretch
                for chunk_id in chunk_ids
                if (stretch := _stretch(c, workspace, self._model, chunk_id, reach))
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

    async def chunk_count(self, workspace: WorkspaceId) -> int:
        """Counted in the database, whatever model they are embedded with."""
        count = (
            select(func.count())
            .select_from(documents)
            .join(chunk_rows, chunk_rows.c.document_id == documents.c.id)
            .where(documents.c.workspace_id == workspace)
        )
        return await self._db.read(lambda c: c.execute(count).scalar_one())

    async def known(self, workspace: WorkspaceId, terms: Collection[str]) -> Mapping[str, int]:
        """Looked up in the full-text table's vocabulary, then counted in the workspace."""
        return await self._db.read(lambda c: known_terms(c, workspace, terms))

    async def beginning_with(self, workspace: WorkspaceId, prefix: str) -> Collection[str]:
        """Those of other workspaces too: ``known`` tells which are this one's."""
        return await self._db.read(lambda c: terms_beginning(c, prefix))

    async def languages(self, workspace: WorkspaceId) -> frozenset[str]:
        """Kept with the vectors in memory."""
        return await self._db.read(lambda c: self._snapshot(c, workspace).languages)

    def _search(
        self, connection: Connection, workspace: WorkspaceId, query: SearchQuery, limit: int
    ) -> list[Hit]:
        snapshot = self._snapshot(connection, workspace)
        vectors, filters = snapshot.vectors, query.filters
        described = chunks_described(connection, workspace, filters.metadata)
        wanted = vectors.wanted(query.source_ids, filters.language, described)
        lexical = best_by_words(
            connection,
            workspace,
            query.source_ids,
            query.terms,
            self._frequencies,
            seq=snapshot.seq,
            limit=limit,
            alternatives=query.alternatives,
            chunk_ids=vectors.chunk_ids[wanted].tolist() if filters else None,
        )
        cosines = vectors.cosines(query.vector)
        found = list(dict.fromkeys([*lexical, *vectors.best(cosines, limit, wanted)]))
        return [
            Hit(chunk_id, lexical.get(chunk_id), *(vector or (None, None)))
            for chunk_id, vector in zip(found, vectors.of_chunks(cosines, found), strict=True)
        ]

    def _snapshot(self, connection: Connection, workspace: WorkspaceId) -> Snapshot:
        replica = self._replicas.get(workspace)
        if replica is None:
            fresh = WorkspaceReplica(workspace, self._model, self._dimensions)
            replica = self._replicas.setdefault(workspace, fresh)
        return replica.at(connection)

    def _row(self, chunk_id: int, chunk: IndexedChunk) -> dict[str, object]:
        return {
            "chunk_id": chunk_id,
            "model": self._model,
            "vector": chunk.vector.astype("<f2").tobytes(),
            "sentence_vectors": quantise(chunk.sentence_vectors).tobytes(),
        }


def _terms(chunk_id: int, scope: str, chunk: IndexedChunk) -> dict[str, object]:
    return {
        "chunk_id": chunk_id,
        "scope": scope,
        "title": chunk.title_terms,
        "heading": chunk.heading_terms,
        "body": chunk.body_terms,
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
    return {row.passage_hash: PassageVectors(*_restored(row)) for row in rows}


def _restored(row: Row[*tuple[Any, ...]]) -> tuple[Vector, Vectors]:
    vector = np.frombuffer(row.vector, "<f2").astype(np.float32)
    sentences = np.frombuffer(row.sentence_vectors, np.int8).reshape(-1, vector.size)
    return vector, restore(sentences)


def _log(connection: Connection, workspace: WorkspaceId, document_id: str) -> None:
    entry = connection.execute(
        insert(index_log)
        .values(workspace_id=workspace, document_id=document_id)
        .returning(index_log.c.seq)
    ).scalar_one()
    connection.execute(delete(index_log).where(index_log.c.seq <= entry - _LOG_ENTRIES))


def _stretch(
    connection: Connection, workspace: WorkspaceId, model: str, chunk_id: int, reach: int
) -> Stretch | None:
    centre = connection.execute(
        select(chunk_rows.c.document_id, chunk_rows.c.ordinal).where(
            chunk_rows.c.workspace_id == workspace, chunk_rows.c.id == chunk_id
        )
    ).first()
    if centre is None:
        return None
    near = and_(
        chunk_rows.c.document_id == centre.document_id,
        chunk_rows.c.ordinal.between(centre.ordinal - reach, centre.ordinal + reach),
    )
    rows = sorted(_rows(connection, workspace, model, near), key=lambda row: row.start)
    if chunk_id not in (row.id for row in rows):
        return None
    start, end = rows[0].start, rows[-1].end
    whole = connection.execute(
        select(func.substr(documents.c.text, start + 1, end - start)).where(
            documents.c.id == centre.document_id
        )
    ).scalar_one()
    return Stretch(tuple(map(_passage, rows)), whole)


def _rows(
    connection: Connection, workspace: WorkspaceId, model: str, which: ColumnElement[bool]
) -> Sequence[Row[*tuple[Any, ...]]]:
    start, end = chunk_rows.c.start, chunk_rows.c.end
    return connection.execute(
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
            start,
            end,
            func.substr(documents.c.text, start + 1, end - start).label("text"),
            chunk_rows.c.sentences,
            embeddings.c.vector,
            embeddings.c.sentence_vectors,
        )
        .select_from(chunk_rows)
        .join(documents, documents.c.id == chunk_rows.c.document_id)
        .join(embeddings, embeddings.c.chunk_id == chunk_rows.c.id)
        .where(chunk_rows.c.workspace_id == workspace, which, embeddings.c.model == model)
    ).all()


def _passage(row: Row[*tuple[Any, ...]]) -> Passage:
    vector, sentence_vectors = _restored(row)
    return Passage(
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
        sentence_vectors=sentence_vectors,
    )
