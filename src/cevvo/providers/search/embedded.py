"""Search inside the database file: words by FTS5, meaning by a scan of vectors in memory."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text

from cevvo.domain.documents import IndexedChunk
from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import chunks as chunk_rows
from cevvo.foundation.db.tables import documents, embeddings, index_log, workspaces
from cevvo.providers.search.base import Hit, SearchQuery
from cevvo.providers.search.filtering import chunks_described
from cevvo.providers.search.replica import Snapshot, WorkspaceReplica
from cevvo.providers.search.stored import StoredPassages, stored_vectors
from cevvo.providers.search.vocabulary import known_terms, terms_beginning
from cevvo.providers.search.words import TermFrequencies, best_by_words, scope_tokens

_LOG_ENTRIES = 10_000  # kept; a replica that is further behind reads the whole workspace again
_LARGE = 20_000  # passages of a workspace that is read before it is asked
_LARGE_WORKSPACES = text(
    "SELECT workspace_id FROM chunks GROUP BY workspace_id HAVING count(*) > :least"
)
_INSERT_TERMS = text(
    "INSERT INTO chunk_terms (rowid, scope, title, heading, body)"
    " VALUES (:chunk_id, :scope, :title, :heading, :body)"
)
_DELETE_TERMS = text("DELETE FROM chunk_terms WHERE rowid = :chunk_id")
_SOURCE = select(documents.c.source_id).where(
    documents.c.workspace_id == bindparam("workspace"), documents.c.id == bindparam("document")
)
_INSERT_EMBEDDINGS = insert(embeddings)
_INSERT_ENTRY = insert(index_log).returning(index_log.c.seq)
_DELETE_ENTRIES = delete(index_log).where(index_log.c.seq <= bindparam("last"))


class EmbeddedSearchIndex(StoredPassages):
    """The SearchIndex on SQLite, for vectors of the model ``embedder_id``."""

    def __init__(self, db: Database, embedder_id: str, dimensions: int) -> None:
        super().__init__(db, embedder_id, dimensions)
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
            _SOURCE, {"workspace": workspace, "document": document_id}
        ).scalar_one()
        if not chunks:
            return
        scope = scope_tokens(workspace, source_id)
        connection.execute(_INSERT_TERMS, [_terms(id, scope, chunk) for id, chunk in chunks])
        connection.execute(
            _INSERT_EMBEDDINGS, [stored_vectors(id, self._model, chunk) for id, chunk in chunks]
        )
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

    async def tend(self) -> None:
        """Read large workspaces into memory before somebody's question has to wait for it: that
        takes a second for 100,000 passages. Small ones, of which there may be many, are read when
        they are first asked, and all follow with each search. What is in memory of a workspace that
        was deleted is given back: nobody asks it any more."""
        gone = self._replicas.keys() - await self._db.read(_all_workspaces)
        for workspace in gone:
            self._replicas.pop(workspace, None)
        for workspace in await self._db.read(_large_workspaces):
            await self._db.read(partial(self._snapshot, workspace=workspace))

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


def _all_workspaces(connection: Connection) -> set[WorkspaceId]:
    return {WorkspaceId(id) for id in connection.execute(select(workspaces.c.id)).scalars()}


def _large_workspaces(connection: Connection) -> list[WorkspaceId]:
    found = connection.execute(_LARGE_WORKSPACES, {"least": _LARGE}).scalars()
    return [WorkspaceId(workspace) for workspace in found]


def _terms(chunk_id: int, scope: str, chunk: IndexedChunk) -> dict[str, object]:
    return {
        "chunk_id": chunk_id,
        "scope": scope,
        "title": chunk.title_terms,
        "heading": chunk.heading_terms,
        "body": chunk.body_terms,
    }


def _log(connection: Connection, workspace: WorkspaceId, document_id: str) -> None:
    entry: int = connection.execute(
        _INSERT_ENTRY, {"workspace_id": workspace, "document_id": document_id}
    ).scalar_one()
    connection.execute(_DELETE_ENTRIES, {"last": entry - _LOG_ENTRIES})
