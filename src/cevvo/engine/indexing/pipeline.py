"""From bytes to a document that can be stored and found: parse, split, then terms and vectors.

Splitting and embedding run on threads of their own, so that several documents are in flight at
once and neither the event loop nor the database waits for the model.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

from cevvo.domain.documents import Chunk, IndexedChunk, IndexedDocument, ParsedDocument, Span
from cevvo.engine.indexing.split import split
from cevvo.engine.retrieval.terms import index_terms
from cevvo.errors import Permanent
from cevvo.foundation.telemetry import metrics
from cevvo.providers.embedding.base import Embedder, PassageText, PassageVectors
from cevvo.providers.parsing.base import MediaType, Parser

_BATCH = 16  # chunks handed to the model at once, a quarter of a second: others get their turn
_THREADS = 2  # while one waits for the last passage of its batch, the other keeps the model busy

Progress = Callable[[int, int], Awaitable[None]]
"""Called with the chunks done and the chunks in all."""
Recall = Callable[[Sequence[bytes]], Awaitable[Mapping[bytes, PassageVectors]]]
"""The vectors that are stored for these passage hashes, as far as there are any."""


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """A document in chunks, not embedded yet. The fields mean what they mean in IndexedDocument."""

    title: str
    text: str
    language: str | None
    unit_count: int
    content_hash: str
    chunks: tuple[Chunk, ...]
    warnings: tuple[str, ...]


class IndexingPipeline:
    """One pipeline for every way in. ``parser`` and ``embedder`` may serve several at once."""

    def __init__(self, parser: Parser, embedder: Embedder) -> None:
        self._parser = parser
        self._embedder = embedder
        self._pool = ThreadPoolExecutor(_THREADS, "indexing")

    @property
    def embedder(self) -> Embedder:
        """What makes the vectors."""
        return self._embedder

    async def index(self, parsed: ParsedDocument) -> IndexedDocument:
        """Split and embed what was parsed. Raises Permanent (``no_content``)."""
        return await self.embed(await self.split(parsed))

    async def parse(
        self, content: bytes, media_type: MediaType, *, name: str, url: str | None = None
    ) -> ParsedDocument:
        """What the parser makes of ``content``; raises Permanent or Transient."""
        return await self._parser.parse(content, media_type, name=name, url=url)

    async def split(self, parsed: ParsedDocument) -> SplitDocument:
        """The stored text, its hash and its chunks. Raises Permanent (``no_content``), also for
        what can be read but is no page to take in."""
        if parsed.refusal is not None:
            raise Permanent(f"Not taken in: {parsed.refusal}", reason="no_content")
        return await asyncio.to_thread(self._split, parsed)

    async def embed(
        self,
        document: SplitDocument,
        *,
        recall: Recall | None = None,
        progress: Progress | None = None,
    ) -> IndexedDocument:
        """Index terms and vectors for every chunk; the model sees only those that ``recall`` does
        not know. Raises ProviderError without a model."""
        loop = asyncio.get_running_loop()
        passages = [_passage(document, chunk) for chunk in document.chunks]
        hashes = [passage_hash(passage) for passage in passages]
        known = dict(await recall(hashes)) if recall is not None else {}
        reused = sum(digest in known for digest in hashes)
        indexed: list[IndexedChunk] = []
        for start in range(0, len(document.chunks), _BATCH):
            batch = slice(start, start + _BATCH)
            indexed += await loop.run_in_executor(
                self._pool,
                self._indexed,
                document,
                document.chunks[batch],
                hashes[batch],
                passages[batch],
                known,
            )
            if progress is not None:
                await progress(len(indexed), len(document.chunks))
        return IndexedDocument(
            title=document.title,
            text=document.text,
            language=document.language,
            unit_count=document.unit_count,
            content_hash=document.content_hash,
            chunks=tuple(indexed),
            warnings=document.warnings,
            reused=reused,
        )

    def close(self) -> None:
        """Drop what waits for the model and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _split(self, parsed: ParsedDocument) -> SplitDocument:
        text, chunks = split(
            parsed,
            count_tokens=self._embedder.count_tokens,
            max_tokens=self._embedder.max_tokens,
        )
        if not chunks:
            raise Permanent("There is no text in this document.", reason="no_content")
        return SplitDocument(
            title=parsed.title,
            text=text,
            language=parsed.language,
            unit_count=parsed.unit_count,
            content_hash=content_hash(parsed, text, chunks),
            chunks=chunks,
            warnings=parsed.warnings,
        )

    def _indexed(
        self,
        document: SplitDocument,
        chunks: Sequence[Chunk],
        hashes: Sequence[bytes],
        passages: Sequence[PassageText],
        known: dict[bytes, PassageVectors],
    ) -> list[IndexedChunk]:
        """``chunks`` with their terms and vectors. Those that ``known`` lacks are put there."""
        unknown = {
            digest: passage
            for digest, passage in zip(hashes, passages, strict=True)
            if digest not in known
        }
        if unknown:
            known |= self._vectors(unknown)
        return [
            IndexedChunk(
                chunk=chunk,
                passage_hash=digest,
                title_terms=_terms(document.title, document.language),
                heading_terms=_terms(" ".join(chunk.heading_path), document.language),
                body_terms=_terms(
                    document.text[chunk.span.start : chunk.span.end], document.language
                ),
                vector=known[digest].vector,
                sentence_vectors=known[digest].sentences,
            )
            for chunk, digest in zip(chunks, hashes, strict=True)
        ]

    def _vectors(self, passages: Mapping[bytes, PassageText]) -> dict[bytes, PassageVectors]:
        started = perf_counter()
        vectors = self._embedder.embed_passages(list(passages.values()))
        metrics.EMBEDDING_SECONDS.inc(perf_counter() - started)
        metrics.PASSAGES_EMBEDDED.inc(len(passages))
        return dict(zip(passages, vectors, strict=True))


def passage_hash(passage: PassageText) -> bytes:
    """16 bytes that tell one passage from every other: what the model reads, and its sentences."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{len(passage.prefix)}:{passage.prefix}{passage.text}\0".encode())
    digest.update(",".join(f"{s.start}-{s.end}" for s in passage.sentences).encode())
    return digest.digest()


def content_hash(parsed: ParsedDocument, text: str, chunks: Sequence[Chunk]) -> str:
    """SHA-256 (hex) of all that is stored of a document: title, text, language, units, chunks.

    The text alone would not do: an answer links to a chunk's anchor or page and quotes its
    sentences. Two addresses of one page have all of that in common.
    """
    title = parsed.title
    places = [
        [c.span.start, c.span.end, c.heading_path, c.anchor, c.page]
        + [edge for s in c.sentences for edge in (s.start, s.end)]
        for c in chunks
    ]
    digest = hashlib.sha256(f"{len(title)}:{title}{len(text)}:{text}".encode())
    digest.update(json.dumps([parsed.language, parsed.unit_count, places]).encode())
    return digest.hexdigest()


def _terms(text: str, language: str | None) -> str:
    return " ".join(index_terms(text, language))


def _passage(document: SplitDocument, chunk: Chunk) -> PassageText:
    """The chunk as the model reads it: behind its title and headings, sentences relative to it."""
    start = chunk.span.start
    return PassageText(
        prefix="\n".join((document.title, *chunk.heading_path)),
        text=document.text[start : chunk.span.end],
        sentences=tuple(Span(s.start - start, s.end - start) for s in chunk.sentences),
    )
