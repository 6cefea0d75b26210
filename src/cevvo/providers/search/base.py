"""The search port: candidates for a question, by words and by meaning."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection

from cevvo.domain.documents import IndexedChunk, Passage, Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.providers.embedding.base import PassageVectors


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Phrases that count as terms of the question: of ``own`` and each of ``others``, a chunk is
    scored by the one that it has most of. ``own`` may be empty: nothing has the question's word.

    A phrase is index terms parted by blanks, which follow each other in the chunk.
    """

    own: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents are searched: those of that ``language`` (ISO 639-1) only, None takes all,
    and those whose metadata has each of these names and values only."""

    language: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return self.language is not None or bool(self.metadata)


UNFILTERED = Filters()


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """``terms`` are index terms as ``engine.retrieval.terms`` makes them; ``vector`` the embedding.

    ``source_ids`` narrows the search to these sources; None searches the whole workspace.
    ``filters`` narrow it further.
    """

    terms: tuple[str, ...]
    vector: Vector
    source_ids: tuple[str, ...] | None = None
    alternatives: tuple[Alternatives, ...] = ()
    filters: Filters = UNFILTERED


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate chunk. A score is None where that search did not bring the chunk up.

    ``lexical`` is BM25 (≥ 0, higher is better), ``dense`` the cosine in -1..1. Every hit that has
    a ``vector`` carries it and its cosine, found by it or not.
    """

    chunk_id: int
    lexical: float | None
    dense: float | None
    vector: Vector | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Chunks of a document that follow each other, and the document's text from where the first of
    them begins to where the last ends."""

    passages: tuple[Passage, ...]
    text: str


class SearchIndex(Protocol):
    """Full-text and vector search over a workspace's chunks, kept with the documents.

    ``add`` and ``remove`` run inside the transaction that writes or deletes the document, so a
    crash leaves both or neither. ``search`` sees every committed document and never one of
    another workspace.
    """

    def add(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        document_id: str,
        chunks: Sequence[tuple[int, IndexedChunk]],
    ) -> None:
        """Index a document's chunks, given with their row ids. The document was not indexed."""
        ...

    def remove(self, connection: Connection, workspace: WorkspaceId, document_id: str) -> None:
        """Take a document's chunks out, before their rows are deleted. Unknown ids do nothing."""
        ...

    async def search(self, workspace: WorkspaceId, query: SearchQuery, limit: int) -> list[Hit]:
        """The union of the best ``limit`` chunks by BM25 and the best ``limit`` by cosine.

        Of those that the query's sources and filters leave: what they take away makes room.
        """
        ...

    async def load(self, workspace: WorkspaceId, chunk_ids: Sequence[int]) -> list[Passage]:
        """The passages of these chunks, in the order given; those gone meanwhile are left out."""
        ...

    async def around(
        self, workspace: WorkspaceId, chunk_ids: Sequence[int], reach: int
    ) -> Mapping[int, Stretch]:
        """Each of these chunks with those of its document before and after it, ``reach`` each
        way at most; those gone meanwhile are left out."""
        ...

    async def vectors(
        self, workspace: WorkspaceId, passage_hashes: Sequence[bytes]
    ) -> Mapping[bytes, PassageVectors]:
        """The vectors of the workspace's passages with these hashes, made by today's model."""
        ...

    async def chunk_count(self, workspace: WorkspaceId) -> int:
        """How many chunks the workspace has."""
        ...

    async def known(self, workspace: WorkspaceId, terms: Collection[str]) -> Mapping[str, int]:
        """In how many of the workspace's chunks each term is, counted to 100; those that are in
        none are left out."""
        ...

    async def beginning_with(self, workspace: WorkspaceId, prefix: str) -> Collection[str]:
        """Index terms that begin so, among them those of the workspace; 2,000 at most."""
        ...

    async def languages(self, workspace: WorkspaceId) -> frozenset[str]:
        """The languages (ISO 639-1) of the workspace's documents, as far as they say."""
        ...

    async def tend(self) -> None:
        """Bring up to date what only makes searches fast; called now and then."""
        ...
