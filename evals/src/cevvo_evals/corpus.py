"""A collection as a knowledge base: split, embedded, stored and searched as in the product."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import track
from sqlalchemy import Connection, select

from cevvo.domain.documents import Block, IndexedDocument, ParsedDocument, Passage
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.answering.base import Question
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.errors import Permanent
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.features.sources.repository import create_source
from cevvo.features.workspaces.repository import ensure_default
from cevvo.foundation.db.tables import chunks, documents
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.parsing.markdown import parse_markdown
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.reading.base import Reader
from cevvo.providers.search.base import SearchIndex
from cevvo.providers.search.configured import search_index
from cevvo_evals.collections import Collection, Document
from cevvo_evals.stores import new_database

PASSAGES = 8  # what chat hands to the answerer
_NOW = Millis(0)
_BATCH = 32
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Corpus:
    """An indexed collection. ``keys`` has the collection's id of each document's id, ``names`` that
    of each chunk's document."""

    retriever: Retriever
    workspace: WorkspaceId
    keys: dict[str, str]
    index: SearchIndex
    names: dict[int, str]

    async def ask(
        self, text: str, *, without: frozenset[str] = frozenset()
    ) -> tuple[Question, list[Passage]]:
        """A question and the passages found for it, those of documents ``without`` left out."""
        limit = 4 * PASSAGES if without else PASSAGES
        found = await self.retriever.retrieve(self.workspace, text, limit=limit)
        kept = [each for each in found.passages if self.keys[each.document_id] not in without]
        return Question(text, text, found.vector), kept[:PASSAGES]


def parsed(document: Document) -> ParsedDocument:
    """A document of plain text: paragraphs are what blank lines part."""
    paragraphs = [part.strip() for part in document.text.split("\n\n") if part.strip()]
    title = document.title or paragraphs[0][:80]
    return ParsedDocument(title, tuple(Block("paragraph", text) for text in paragraphs))


def markdown(document: Document) -> ParsedDocument:
    """A document of Markdown, as an upload of it is read; plain text if nothing comes of that."""
    try:
        read = parse_markdown(document.text.encode(), name="")
    except Permanent:
        return parsed(document)
    title = document.title or read.blocks[0].text.lstrip("# ")[:80]
    return ParsedDocument(title, read.blocks)


def chunk_names(connection: Connection) -> dict[int, str]:
    """The key of each chunk's document."""
    rows = connection.execute(select(chunks.c.id, documents.c.key).join(documents))
    return {row.id: row.key for row in rows}


@asynccontextmanager
async def indexed(
    collection: Collection,
    embedder: Embedder,
    parse: Callable[[Document], ParsedDocument] = parsed,
    reader: Reader | None = None,
    server: str | None = None,
) -> AsyncIterator[Corpus]:
    """The collection in a database of its own, gone afterwards: in a temporary folder, or on the
    Postgres ``server``."""
    with (
        tempfile.TemporaryDirectory(prefix="cevvo-evals-") as folder,
        new_database(Path(folder), server) as db,
    ):
        pipeline = IndexingPipeline(SandboxedParser(), embedder)
        try:
            index = search_index(db, embedder.model_id, embedder.dimensions)
            workspace, source_id = await db.write(_new_source)

            def store(
                connection: Connection, batch: Sequence[tuple[Document, IndexedDocument]]
            ) -> None:
                for document, content in batch:
                    origin = Origin(document.id, f"https://example.com/{document.id}", "text/html")
                    replace_document(
                        connection, workspace, index, source_id, origin, content, now=_NOW
                    )

            written = [document for document in collection.documents if document.text.strip()]
            starts = range(0, len(written), _BATCH)
            for start in shown(starts, f"{collection.name}: indexing"):
                batch = written[start : start + _BATCH]
                contents = await asyncio.gather(*(pipeline.index(parse(each)) for each in batch))
                await db.write(partial(store, batch=list(zip(batch, contents, strict=True))))
            keys, names = await db.read(document_keys), await db.read(chunk_names)
            yield Corpus(Retriever(index, embedder, reader), workspace, keys, index, names)
        finally:
            pipeline.close()


def shown(items: Sequence[T], what: str) -> Iterator[T]:
    """The items, with a progress bar on a terminal's standard error."""
    console = Console(stderr=True)
    yield from track(items, what, console=console, disable=not sys.stderr.isatty())


def _new_source(connection: Connection) -> tuple[WorkspaceId, str]:
    workspace = ensure_default(connection, _NOW)
    return workspace, create_source(connection, workspace, name="collection", type="text", now=_NOW)


def document_keys(connection: Connection) -> dict[str, str]:
    """The key of every document, by its id."""
    return {row.id: row.key for row in connection.execute(select(documents.c.id, documents.c.key))}
