"""The search index on Postgres: words by its full-text index, meaning by pgvector."""

import asyncio
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from cevvo.domain.documents import IndexedChunk
from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import chunks as chunk_rows
from cevvo.foundation.db.tables import documents, embeddings, index_log
from cevvo.providers.search.base import Hit, SearchQuery
from cevvo.providers.search.postgres.counts import (
    count_in,
    count_out,
    known_terms,
    languages_of,
    terms_beginning,
    total_counts,
)
from cevvo.providers.search.postgres.graphs import tend_graphs
from cevvo.providers.search.postgres.lexemes import terms_of, tsvector_of
from cevvo.providers.search.postgres.vectors import best_by_meaning, vector_text, vectors_of
from cevvo.providers.search.postgres.words import best_by_words
from cevvo.providers.search.stored import StoredPassages, stored_vectors

_LOG_ENTRIES = 10_000  # kept, and a hundred more
_INSERT_TERMS = text("""
    INSERT INTO chunk_terms (chunk_id, workspace_id, document_id, language, length, terms)
    VALUES (:chunk_id, :workspace_id, :document_id, :language, :length, CAST(:terms AS tsvector))
""")
_INSERT_VECTOR = text("""
    INSERT INTO chunk_vectors
        (chunk_id, model, workspace_id, source_id, document_id, language, vector)
    VALUES (:chunk_id, :model, :workspace_id, :source_id, :document_id, :language,
        CAST(:vector AS halfvec))
""")
_DELETE_TERMS = text("""
    DELETE FROM chunk_terms
    WHERE workspace_id = :workspace AND chunk_id = ANY(CAST(:chunk_ids AS bigint[]))
    RETURNING language, length, tsvector_to_array(terms)
""")
_DELETE_VECTORS = text("""
    DELETE FROM chunk_vectors
    WHERE workspace_id = :workspace AND chunk_id = ANY(CAST(:chunk_ids AS bigint[]))
""")
# Statements of a few milliseconds each: compiled or shared out among processes they take longer.
# Plans are made for the values at hand, as a word's and a workspace's size decide. A graph is
# followed until there are enough that pass the filters.
_SETTINGS = text("""
    SELECT set_config('jit', 'off', true),
        set_config('max_parallel_workers_per_gather', '0', true),
        set_config('plan_cache_mode', 'force_custom_plan', true),
        set_config('hnsw.iterative_scan', 'relaxed_order', true),
        set_config('hnsw.ef_search', CAST(:breadth AS text), true)
""")
_MOST_BREADTH = 1000  # that pgvector takes


class PostgresSearchIndex(StoredPassages):
    """The SearchIndex on Postgres with pgvector, for vectors of the model ``embedder_id``.

    Keeps nothing in memory: any number of them, in any number of processes, say the same.
    """

    def add(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        document_id: str,
        chunks: Sequence[tuple[int, IndexedChunk]],
    ) -> None:
        """Index a document, whose own row is there. Raises NoResultFound when it is not."""
        document = connection.execute(
            select(documents.c.source_id, documents.c.language).where(
                documents.c.workspace_id == workspace, documents.c.id == document_id
            )
        ).one()
        if not chunks:
            return
        terms = [terms_of(chunk) for _, chunk in chunks]
        of_document = {
            "workspace_id": workspace,
            "document_id": document_id,
            "language": document.language,
        }
        connection.execute(
            _INSERT_TERMS,
            [
                of_document
                | {
                    "chunk_id": chunk_id,
                    "length": len(of_chunk),
                    "terms": tsvector_of(chunk, workspace, document.source_id),
                }
                for (chunk_id, chunk), of_chunk in zip(chunks, terms, strict=True)
            ],
        )
        connection.execute(
            insert(embeddings),
            [stored_vectors(chunk_id, self._model, chunk) for chunk_id, chunk in chunks],
        )
        of_vector = {"model": self._model, "source_id": document.source_id}
        connection.execute(
            _INSERT_VECTOR,
            [
                of_document | of_vector | {"chunk_id": id, "vector": vector_text(chunk.vector)}
                for id, chunk in chunks
            ],
        )
        _log(connection, workspace, document_id)
        length = sum(map(len, terms))
        count_in(connection, workspace, document.language, terms, length)

    def remove(self, connection: Connection, workspace: WorkspaceId, document_id: str) -> None:
        """Take a document out, while its chunks' rows are there to say which those are."""
        gone = list(
            connection.execute(
                select(chunk_rows.c.id).where(
                    chunk_rows.c.workspace_id == workspace, chunk_rows.c.document_id == document_id
                )
            ).scalars()
        )
        if not gone:
            return
        _log(connection, workspace, document_id)
        values = {"workspace": workspace, "chunk_ids": gone}
        count_out(connection, workspace, connection.execute(_DELETE_TERMS, values).all())
        connection.execute(_DELETE_VECTORS, values)
        connection.execute(delete(embeddings).where(embeddings.c.chunk_id.in_(gone)))

    async def search(self, workspace: WorkspaceId, query: SearchQuery, limit: int) -> list[Hit]:
        """Those found by words first, best first, then those that only their vector found."""
        if query.source_ids == ():
            return []
        return await self._db.read(lambda c: self._search(c, workspace, query, limit))

    async def chunk_count(self, workspace: WorkspaceId) -> int:
        """As counted with each change, whatever model they are embedded with."""
        return await self._db.read(lambda c: total_counts(c, workspace).chunks)

    async def known(self, workspace: WorkspaceId, terms: Collection[str]) -> Mapping[str, int]:
        """As counted with each change."""
        return await self._db.read(lambda c: known_terms(c, workspace, terms))

    async def beginning_with(self, workspace: WorkspaceId, prefix: str) -> Collection[str]:
        """Those of the workspace alone."""
        return await self._db.read(lambda c: terms_beginning(c, workspace, prefix))

    async def languages(self, workspace: WorkspaceId) -> frozenset[str]:
        """As counted with each change."""
        return await self._db.read(lambda c: languages_of(c, workspace))

    async def tend(self) -> None:
        """The graphs over the vectors of large workspaces. One that is being built does not keep
        this process from ending: Postgres goes on without it."""
        done: Future[None] = Future()

        def tend() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                tend_graphs(self._db)
            except Exception as error:  # noqa: BLE001 - told to whoever waits
                done.set_exception(error)
            else:
                done.set_result(None)

        threading.Thread(target=tend, name="graphs", daemon=True).start()
        await asyncio.wrap_future(done)

    def _search(
        self, connection: Connection, workspace: WorkspaceId, query: SearchQuery, limit: int
    ) -> list[Hit]:
        connection.execute(_SETTINGS, {"breadth": min(2 * limit, _MOST_BREADTH)})
        scope: dict[str, Any] = {
            "source_ids": query.source_ids,
            "filters": query.filters,
            "limit": limit,
        }
        lexical = best_by_words(
            connection, workspace, query.terms, alternatives=query.alternatives, **scope
        )
        chunks = total_counts(connection, workspace).chunks
        dense = best_by_meaning(
            connection, workspace, self._model, query.vector, chunks=chunks, **scope
        )
        found = list(dict.fromkeys([*lexical, *dense]))
        vectors = vectors_of(connection, workspace, self._model, found)
        return [
            Hit(
                chunk_id,
                lexical.get(chunk_id),
                None if vector is None else float(vector @ query.vector),
                vector,
            )
            for chunk_id in found
            for vector in (vectors.get(chunk_id),)
        ]


def _log(connection: Connection, workspace: WorkspaceId, document_id: str) -> None:
    """Also the place where writers of the workspace wait for each other."""
    entry: int = connection.execute(
        insert(index_log)
        .values(workspace_id=workspace, document_id=document_id)
        .returning(index_log.c.seq)
    ).scalar_one()
    if entry % 100 == 0:  # seldom, as it is the same old rows that all writers would delete
        connection.execute(delete(index_log).where(index_log.c.seq <= entry - _LOG_ENTRIES))
