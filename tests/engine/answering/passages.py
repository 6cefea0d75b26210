"""Passages made by hand from Markdown, with the real embedding model."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import count, islice

from cevvo.domain.documents import Passage, Span
from cevvo.engine.answering.base import Question
from cevvo.engine.indexing.sentences import sentence_spans
from cevvo.providers.embedding.base import PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder

_BLOCK = re.compile(r"(?ms)^(`{3,})[^\n]*\n.*?^\1$|(?:^[^\n]+(?:\n|\Z))+")
_MARKER = re.compile(r" *(?:[-*]|\d+\.) ")
_ids = count(1)


@cache
def embedder() -> MiniLmEmbedder:
    return MiniLmEmbedder(threads=1)


def ask(text: str) -> Question:
    """A question that is its own standalone form."""
    return Question(text, text, embedder().embed_query(text))


def units_of(text: str) -> Iterator[Span]:
    """Sentences, list items without markers, table rows without the header, fenced code."""
    for found in _BLOCK.finditer(text):
        start, block = found.start(), found[0].rstrip("\n")
        if found[1]:
            yield Span(start, start + len(block))
        elif block.startswith("|"):
            yield from islice(_line_spans(block, start), 2, None)
        elif _MARKER.match(block):
            for line in _line_spans(block, start):
                marker = _MARKER.match(text, line.start)
                yield Span(marker.end() if marker else line.start, line.end)
        elif not block.startswith("#"):
            for span in sentence_spans(block):
                yield Span(start + span.start, start + span.end)


def _line_spans(block: str, start: int) -> Iterator[Span]:
    for line in block.split("\n"):
        yield Span(start, start + len(line))
        start += len(line) + 1


def passage(
    text: str,
    *,
    title: str = "Manual",
    headings: tuple[str, ...] = (),
    url: str | None = "https://docs.example.com/manual",
    document_id: str | None = None,
    media_type: str = "text/html",
    anchor: str | None = None,
    page: int | None = None,
    offset: int = 0,
    score: float = 1.0,
    units: tuple[Span, ...] | None = None,
) -> Passage:
    """A passage that stands ``offset`` characters into its document."""
    number = next(_ids)
    inner = tuple(units_of(text)) if units is None else units
    prefix = " > ".join((title, *headings))
    (vectors,) = embedder().embed_passages([PassageText(prefix, text, inner)])
    return Passage(
        chunk_id=number,
        document_id=document_id or f"doc_{number}",
        source_id="src_1",
        title=title,
        url=url,
        media_type=media_type,
        heading_path=headings,
        anchor=anchor,
        page=page,
        span=Span(offset, offset + len(text)),
        text=text,
        sentences=tuple(Span(s.start + offset, s.end + offset) for s in inner),
        vector=vectors.vector,
        sentence_vectors=vectors.sentences,
        score=score,
    )
