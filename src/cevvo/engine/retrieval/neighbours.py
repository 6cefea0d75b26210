"""Lists, tables and code that were cut into several chunks, put together again.

A chunk has a size; what it is a chunk of has another. A passage that begins or ends inside a list,
a table or a code block, or between these and the line that introduces them, is widened to the
chunks beside it that the block goes on in, as far as they stand under the same headings.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from cevvo.domain.documents import Passage, Span, Vector, Vectors
from cevvo.engine.answering.evidence.sections import (
    Region,
    Section,
    opens_fence,
    section_of,
)
from cevvo.providers.search.base import Stretch

_BLOCKS = ("list", "table", "code")
_LONGEST = 4_000  # characters of a passage that is put together


def may_go_on(passage: Passage) -> bool:
    """Whether the passage begins or ends where something may have been cut."""
    section = section_of(passage)
    return section.regions[0].kind in _BLOCKS or _is_open(section)


def widened(passage: Passage, stretch: Stretch) -> Passage:
    """The passage with those of ``stretch``, which it is one of, that go on where it ends or that
    it goes on from; as it is where there are none or where it would be too long."""
    parts = [section_of(part) for part in stretch.passages]
    place = next(n for n, part in enumerate(stretch.passages) if part.span == passage.span)
    joined = [_follow(a, b, stretch) and _is_cut(a, b) for a, b in pairwise(parts)]
    first = last = place
    while last < len(joined) and joined[last] and _length(parts, first, last + 1) <= _LONGEST:
        last += 1
    while first and joined[first - 1] and _length(parts, first - 1, last) <= _LONGEST:
        first -= 1
    return passage if first == last else _merged(passage, parts[first : last + 1], stretch)


def without_contained(passages: Sequence[Passage]) -> list[Passage]:
    """Without those that lie within a better one."""
    kept: list[Passage] = []
    for passage in passages:
        if not any(_contains(better, passage) for better in kept):
            kept.append(passage)
    return kept


def _is_open(section: Section) -> bool:
    last = section.units[-1:]
    return section.regions[-1].kind in _BLOCKS or any(unit.introduces for unit in last)


def _follow(above: Section, below: Section, stretch: Stretch) -> bool:
    """Whether nothing but blank space is between them."""
    start = stretch.passages[0].span.start
    return not stretch.text[
        above.passage.span.end - start : below.passage.span.start - start
    ].strip()


def _is_cut(above: Section, below: Section) -> bool:
    """Whether the second chunk goes on with what the first ends with."""
    if _path(above.passage) != _path(below.passage) or above.passage.page != below.passage.page:
        return False
    kind = below.regions[0].kind
    return kind in _BLOCKS and _is_open(above) and above.regions[-1].kind in (kind, "paragraph")


def _path(passage: Passage) -> tuple[str, ...]:
    """The headings, without the header row that a table's later chunks have as the last."""
    path = passage.heading_path
    return path[:-1] if path and " | " in path[-1] else path


def _length(parts: Sequence[Section], first: int, last: int) -> int:
    return parts[last].passage.span.end - parts[first].passage.span.start


def _merged(passage: Passage, parts: Sequence[Section], stretch: Stretch) -> Passage:
    first, last = parts[0].passage, parts[-1].passage
    span = Span(first.span.start, last.span.end)
    start = stretch.passages[0].span.start
    sentences, vectors = _sentences(parts)
    return replace(
        passage,
        heading_path=first.heading_path,
        anchor=first.anchor,
        span=span,
        text=stretch.text[span.start - start : span.end - start],
        sentences=sentences,
        sentence_vectors=vectors,
    )


def _sentences(parts: Sequence[Section]) -> tuple[tuple[Span, ...], Vectors]:
    """What can be quoted: as in the parts, but code that was cut is one quotation again."""
    spans: list[Span] = []
    vectors: list[Vector] = []
    before: Region | None = None
    for part in parts:
        own = list(zip(part.passage.sentences, part.passage.sentence_vectors, strict=True))
        torn = before is not None and before.kind == "code" == part.regions[0].kind
        if torn and spans and own and not opens_fence(part.passage.quote(own[0][0])):
            rest, vector = own.pop(0)
            spans[-1] = Span(spans[-1].start, rest.end)
            both = vectors[-1] + vector
            vectors[-1] = both / np.linalg.norm(both)
        spans += [span for span, _ in own]
        vectors += [vector for _, vector in own]
        before = part.regions[-1]
    dimensions = parts[0].passage.vector.size
    return tuple(spans), np.array(vectors, np.float32).reshape(-1, dimensions)


def _contains(better: Passage, passage: Passage) -> bool:
    return (
        better.document_id == passage.document_id
        and better.span.start <= passage.span.start
        and passage.span.end <= better.span.end
    )
