"""Documents as the engine sees them: parsed, split into chunks, found again as passages.

A document's ``text`` is Markdown without inline decoration (no bold, no link targets; inline code
keeps its backticks). Every position in this project is a half-open character span into that text,
so that a quotation is always ``text[start:end]``.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""Shape (dimensions,), L2 norm 1."""
Vectors = NDArray[np.float32]
"""Shape (n, dimensions), each row of L2 norm 1."""

BlockKind = Literal["heading", "paragraph", "list", "code", "table", "quote"]
SourceType = Literal["website", "file", "text"]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` (included) to ``end`` (excluded) of a document's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """One structural piece of a document, as it stands in the text.

    ``text`` is Markdown: a heading with its hashes, a list with its markers (nested items indented
    by two spaces), a fenced code block whole, a pipe table whole. ``level`` is 1..6 for a heading,
    0 otherwise. ``anchor`` is the fragment that opens this very place on a web page, ``page`` the
    1-based page of a PDF.
    """

    kind: BlockKind
    text: str
    level: int = 0
    anchor: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser makes of a file or page: its title and its blocks in reading order.

    ``language`` is an ISO 639-1 code where the document or its text tells, else None.
    ``unit_count`` counts what a citation can be anchored to: a web page is 1, a PDF its pages, a
    DOCX or Markdown file its top-level sections. ``links`` (absolute URLs, in order, without
    fragment), ``canonical``,
    ``noindex`` and ``nofollow`` are read from HTML only. ``refusal`` says why a page is none to
    take in although it could be read (it asks for JavaScript, asks to sign in, shows an error …);
    None for all others. ``unread_pages`` are those of a PDF, from 1, that are pictures whose text
    nobody has recognised.
    """

    title: str
    blocks: tuple[Block, ...]
    language: str | None = None
    unit_count: int = 1
    links: tuple[str, ...] = ()
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False
    refusal: str | None = None
    warnings: tuple[str, ...] = ()
    unread_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document that is embedded and found as one.

    ``span`` is where it stands in the document's text; ``heading_path`` are the headings above it,
    outermost first, without the document's title; ``sentences`` are the spans (into the document's
    text) of its sentences, list items, table rows and code blocks, in order: the units that an
    extractive answer quotes.
    """

    ordinal: int
    span: Span
    heading_path: tuple[str, ...]
    anchor: str | None
    page: int | None
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A chunk with what search needs: index terms per field and vectors.

    ``sentence_vectors`` has one row per ``chunk.sentences``. ``passage_hash`` (16 bytes) tells what
    the vectors were made from: chunks with the same one have the same vectors. None: not known.
    """

    chunk: Chunk
    title_terms: str
    heading_terms: str
    body_terms: str
    vector: Vector
    sentence_vectors: Vectors
    passage_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document ready to be stored: nothing about it is computed after this.

    ``text`` is the full stored text that every span points into; ``content_hash`` is a SHA-256
    (hex) of all that is stored of it: equal hash, nothing to store. ``reused`` counts the chunks
    whose vectors were stored before.
    """

    title: str
    text: str
    language: str | None
    unit_count: int
    content_hash: str
    chunks: tuple[IndexedChunk, ...]
    warnings: tuple[str, ...] = ()
    reused: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader model says of a question and a passage.

    ``answers`` and ``relevant`` are log odds: that the passage answers the question, that it is
    about what is asked. ``margin`` is how far the best answer's logit is above that of "not here".
    ``sentences`` has the share of the answer that is in each of the passage's sentences, shape
    (n,), summing to at most 1; ``span`` is where the best answer stands in the passage's text.
    """

    answers: float
    relevant: float
    margin: float
    span: Span
    sentences: Vector = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored chunk brought back by retrieval, with where it comes from and how well it fits.

    ``text`` is ``document text[span.start:span.end]``. ``sentences`` are spans into the document's
    text (not into ``text``). ``lexical`` and ``dense`` are the raw scores (BM25, higher is better;
    cosine), None where that search did not find it; ``score`` is the fused score in 0..1.
    ``reading`` is None where no reader has read it.
    """

    chunk_id: int
    document_id: str
    source_id: str
    title: str
    url: str | None
    media_type: str
    heading_path: tuple[str, ...]
    anchor: str | None
    page: int | None
    span: Span
    text: str
    sentences: tuple[Span, ...]
    vector: Vector = field(repr=False, compare=False)
    sentence_vectors: Vectors = field(repr=False, compare=False)
    lexical: float | None = None
    dense: float | None = None
    score: float = 0.0
    reading: Reading | None = None

    def quote(self, span: Span) -> str:
        """The text at a span of the document that lies within this passage."""
        return self.text[span.start - self.span.start : span.end - self.span.start]
