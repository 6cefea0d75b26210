"""Documents in a real database and its search index, stored as ingestion stores them."""

import asyncio
import hashlib

import numpy as np
from sqlalchemy import Connection, insert

from cevvo.domain.documents import Chunk, IndexedChunk, IndexedDocument, Passage, Span, Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.retrieval.terms import index_terms
from cevvo.features.sources.documents import Origin, delete_documents, replace_document
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import sources, workspaces
from cevvo.providers.search.base import UNFILTERED, Alternatives, Filters, Hit, SearchQuery
from cevvo.providers.search.configured import search_index

A, B = WorkspaceId("wsp_Aa"), WorkspaceId("wsp_aa")  # alike but for their case
SOURCES = {A: ("src_a1", "src_a2"), B: ("src_b1",)}
MODEL, DIMENSIONS = "test-model", 16
_NOW = Millis(0)


def vector_of(text: str) -> Vector:
    """A unit vector that is the same for the same text and unlike any other's."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    vector = np.random.default_rng(seed).normal(size=DIMENSIONS).astype(np.float32)
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


def add_workspaces(db: Database) -> None:
    """Workspaces A and B with their sources."""

    def add(connection: Connection) -> None:
        for workspace, ids in SOURCES.items():
            connection.execute(insert(workspaces).values(id=workspace, name="", created_at=_NOW))
            for id in ids:
                connection.execute(
                    insert(sources).values(
                        id=id,
                        workspace_id=workspace,
                        name=id,
                        type="text",
                        status="synced",
                        auto_sync=False,
                        sync_interval_hours=24,
                        created_at=_NOW,
                        updated_at=_NOW,
                    )
                )

    db.write_now(add)


def indexed_document(
    title: str, *bodies: str, language: str | None = None, heading: str = ""
) -> IndexedDocument:
    """A document with a chunk of one sentence per body; its vectors are ``vector_of(body)``."""
    chunks = []
    start = 0
    for ordinal, body in enumerate(bodies):
        span = Span(start, start + len(body))
        start = span.end + 1
        chunks.append(
            IndexedChunk(
                chunk=Chunk(ordinal, span, (heading,) if heading else (), "top", None, (span,)),
                title_terms=" ".join(index_terms(title, language)),
                heading_terms=" ".join(index_terms(heading, language)),
                body_terms=" ".join(index_terms(body, language)),
                vector=vector_of(body),
                sentence_vectors=vector_of(body)[None],
            )
        )
    text = "\n".join(bodies)
    content_hash = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    return IndexedDocument(title, text, language, 1, content_hash, tuple(chunks))


class Library:
    """A database with workspaces A and B, and the index over it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.index = search_index(db, MODEL, DIMENSIONS)

    def put(
        self,
        workspace: WorkspaceId,
        key: str,
        *bodies: str,
        title: str = "",
        heading: str = "",
        language: str | None = None,
        metadata: dict[str, str] | None = None,
        source: str | None = None,
    ) -> str:
        """Add or replace the document of that key; its id."""
        document = indexed_document(title, *bodies, heading=heading, language=language)
        url = f"https://example.com/{key}"
        origin = Origin(key=key, url=url, media_type="text/html", metadata=metadata)
        source_id = source or SOURCES[workspace][0]

        def write(connection: Connection) -> str:
            return replace_document(
                connection, workspace, self.index, source_id, origin, document, now=_NOW
            )[0]

        return self.db.write_now(write)

    def delete(self, workspace: WorkspaceId, document_id: str) -> None:
        """Delete a document."""
        self.db.write_now(lambda c: delete_documents(c, workspace, self.index, [document_id]))

    def hits(
        self,
        workspace: WorkspaceId,
        question: str,
        *,
        like: str = "nothing like it",
        source_ids: tuple[str, ...] | None = None,
        alternatives: tuple[Alternatives, ...] = (),
        filters: Filters = UNFILTERED,
        limit: int = 50,
    ) -> list[Hit]:
        """What a search for the question's words and for the vector of ``like`` finds."""
        terms = tuple(index_terms(question))
        query = SearchQuery(terms, vector_of(like), source_ids, alternatives, filters)
        return asyncio.run(self.index.search(workspace, query, limit))

    def load(self, workspace: WorkspaceId, chunk_ids: list[int]) -> list[Passage]:
        """The passages of these chunks."""
        return asyncio.run(self.index.load(workspace, chunk_ids))

    def words_find(
        self, workspace: WorkspaceId, question: str, *alternatives: Alternatives
    ) -> list[str]:
        """The texts that the question's words find, best first."""
        hits = self.hits(workspace, question, alternatives=alternatives)
        found = [hit.chunk_id for hit in hits if hit.lexical is not None]
        return [passage.text for passage in self.load(workspace, found)]

    def meaning_finds(self, workspace: WorkspaceId, like: str) -> list[str]:
        """All texts of the workspace by their cosine with the vector of ``like``, best first."""
        hits = [hit for hit in self.hits(workspace, "", like=like) if hit.dense is not None]
        ordered = sorted(hits, key=lambda hit: -(hit.dense or 0))
        return [passage.text for passage in self.load(workspace, [hit.chunk_id for hit in ordered])]
