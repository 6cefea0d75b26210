"""Documents into chunks, along their structure.

The stored text is the blocks joined by blank lines. A chunk is a stretch of it within one section
and one page, about 180 tokens long, cut where it hurts least: between blocks before inside one,
never inside a sentence, and never inside a code block that fits a chunk. A heading begins the chunk
of what stands under it. Very short sections under the same heading share a chunk. The sizes were
measured: ``cevvo_evals.chunking``.

A table that is too long for a chunk is cut between rows. Spans being contiguous, its header row can
stand only in the first of its chunks; in the others the header's cells, joined by `` | ``, are the
last element of ``heading_path``: column headings are headings too, and so the rows below are still
embedded, found and shown under them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cevvo.domain.documents import Block, Chunk, ParsedDocument, Span
from cevvo.engine.indexing.units import (
    CountTokens,
    Unit,
    UnitCutter,
    header_of,
    least_tokens,
)

_TARGET = 180
"""Tokens."""
_MOST_OF_ROOM = 0.75
"""A target is no more of what a chunk may have: the rest lets it end where it hurts least."""
_CRUMBS = 32
"""This part of a target is not worth a place to cut."""
_TINY = 60
"""Tokens. A section is about one thing, so it is a chunk of its own, unless it is tinier."""
_MERGED = 2 * _TINY
_LEAST_BODY = 16
_SEPARATOR = "\n\n"
_PREFIX_SEPARATOR = " > "


@dataclass(slots=True)
class _Section:
    """Consecutive blocks under one heading on one page. ``headings`` are those written in it;
    ``path`` those it stands under, its own included; ``anchor`` opens it. Blocks come with where
    they start."""

    page: int | None
    path: tuple[str, ...]
    anchor: str | None
    headings: list[tuple[Block, int]] = field(default_factory=list)
    blocks: list[tuple[Block, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A chunk to be; ``tokens`` are those of its text, ``room`` what they may be. ``fixed``: not to
    be merged."""

    span: Span
    tokens: int
    room: int
    path: tuple[str, ...]
    page: int | None
    anchor: str | None
    sentences: tuple[Span, ...]
    fixed: bool


def split(
    parsed: ParsedDocument, *, count_tokens: CountTokens, max_tokens: int
) -> tuple[str, tuple[Chunk, ...]]:
    """The stored text of ``parsed`` and its chunks.

    Title, heading path and text of a chunk have at most ``max_tokens`` together, counted piece by
    piece (a chunk is left 16, whatever the title's length). Chunks cover the text in order, without
    overlap; only blank space is outside. Linear in the length of the text.
    """
    blocks = [block for block in parsed.blocks if block.text.strip()]
    text = _SEPARATOR.join(block.text for block in blocks)
    packer = _Packer(text, parsed.title, count_tokens, max_tokens)
    pieces: list[_Piece] = []
    for section in _sections(blocks, parsed.title):
        for piece in packer.pieces(section):
            merged = _merged(pieces[-1], piece) if pieces else None
            if merged is None:
                pieces.append(piece)
            else:
                pieces[-1] = merged
    return text, tuple(
        Chunk(n, piece.span, piece.path, piece.anchor, piece.page, piece.sentences)
        for n, piece in enumerate(pieces)
    )


def _sections(blocks: Sequence[Block], document_title: str) -> list[_Section]:
    """A heading opens a section, unless the one above it has no text yet: then both head the
    text that follows. A new page opens one under the same headings."""
    sections: list[_Section] = []
    above: list[tuple[int, str, str | None]] = []  # level, text (empty for the title), anchor
    start = 0
    for position, block in enumerate(blocks):
        heads = block.kind == "heading"
        if heads:
            text = block.text.lstrip("#").replace("`", "").strip()
            if position == 0 and text == document_title:
                text = ""
            above = [entry for entry in above if entry[0] < block.level]
            above.append((block.level, text, block.anchor))
        path = tuple(text for _, text, _ in above if text)
        anchor = next((anchor for _, _, anchor in reversed(above) if anchor), None)
        if not sections or sections[-1].page != block.page or (heads and sections[-1].blocks):
            sections.append(_Section(block.page, path, anchor))
        section = sections[-1]
        section.path, section.anchor = path, anchor
        (section.headings if heads else section.blocks).append((block, start))
        start += len(block.text) + len(_SEPARATOR)
    return sections


class _Packer:
    """Puts the units of a section together to pieces of about the target size."""

    def __init__(
        self, text: str, document_title: str, count_tokens: CountTokens, max_tokens: int
    ) -> None:
        self._title = document_title
        self._count = count_tokens
        self._max_tokens = max_tokens
        self._cutter = UnitCutter(text, count_tokens)

    def pieces(self, section: _Section) -> list[_Piece]:
        """The section in pieces, in order; together they hold all of it."""
        path, room, widest_header = self._room(section)
        units = self._units(section, room)
        pieces = []
        anchor = section.anchor
        for first, end in _packed(units, room):
            part = units[first:end]
            if first or not section.headings:
                anchor = part[0].anchor or anchor
            header = part[0].header if widest_header else ""
            span = Span(part[0].span.start, part[-1].span.end)
            tokens = sum(unit.tokens for unit in part)
            pieces.append(
                _Piece(
                    span=span,
                    tokens=max(tokens, least_tokens(span.start, span.end)),
                    room=room,
                    path=(*path, header) if header else path,
                    page=section.page,
                    anchor=anchor,
                    sentences=tuple(_quotable(part)),
                    fixed=bool(header),
                )
            )
            anchor = next((unit.anchor for unit in reversed(part) if unit.anchor), anchor)
        return pieces

    def _room(self, section: _Section) -> tuple[tuple[str, ...], int, int]:
        """The heading path, without its outermost headings if it would take a quarter of what a
        chunk may have; the tokens that remain for text; those that a table's header, repeated in
        the path, may take: 0 if it is so wide that it is not."""
        path = section.path
        most = self._max_tokens // 4
        while path and self._prefix(path) > most:
            path = path[1:]
        tables = (block for block, _ in section.blocks if block.kind == "table")
        headers = [self._tokens(_PREFIX_SEPARATOR + header_of(table.text)) for table in tables]
        widest = max(headers, default=0)
        widest = widest if widest <= most else 0
        return path, max(_LEAST_BODY, self._max_tokens - self._prefix(path) - widest), widest

    def _prefix(self, path: tuple[str, ...]) -> int:
        """Tokens of title and headings."""
        return self._tokens(_PREFIX_SEPARATOR.join((self._title, *path)))

    def _tokens(self, heads: str) -> int:
        """Tokens of what stands above a chunk; no more than a chunk has, without counting, for
        headings beyond measure, which would be read for every section."""
        if least_tokens(0, len(heads)) > self._max_tokens:
            return self._max_tokens
        return self._count(heads)

    def _units(self, section: _Section, room: int) -> list[Unit]:
        units: list[Unit] = []
        for n, (heading, start) in enumerate(section.headings):
            units += self._cutter.heading(heading, start, room, first=n == 0)
        before = section.headings[-1][0] if section.headings else None
        for block, start in section.blocks:
            units += self._cutter.units(block, start, room, before)
            before = block
        return units


def _quotable(units: Sequence[Unit]) -> list[Span]:
    """What can be quoted of a chunk: code that was cut into lines is one quotation again."""
    spans: list[Span] = []
    for unit in units:
        if unit.continues and spans:
            spans[-1] = Span(spans[-1].start, unit.span.end)
        else:
            spans += unit.sentences
    return spans


def _packed(units: Sequence[Unit], room: int) -> list[tuple[int, int]]:
    """The cheapest way to cut ``units`` into runs of at most ``room`` tokens, as index pairs.

    Optimal, by dynamic programming over the last run; since a run is bounded by ``room``, the work
    is linear in the number of units. A run costs the square of how far it is from the target size,
    in hundredths of it, and what it costs to begin one there.
    """
    target = min(_TARGET, max(1, int(room * _MOST_OF_ROOM)))
    firsts = _firsts(units, target // _CRUMBS)
    sizes = [
        max(1, sum(unit.tokens for unit in units[first:end]))
        for first, end in zip(firsts, [*firsts[1:], len(units)], strict=True)
    ]
    ends = [units[first - 1].span.end for first in [*firsts[1:], len(units)]]
    best = [0.0] * (len(firsts) + 1)
    begins = [0] * (len(firsts) + 1)
    for end in range(1, len(firsts) + 1):
        best[end] = float("inf")
        size = 0
        for start in range(end - 1, -1, -1):
            unit = units[firsts[start]]
            size += sizes[start]
            least = least_tokens(unit.span.start, ends[end - 1])
            if max(size, least) > room and start < end - 1:
                break
            cost = best[start] + 100 * ((size - target) / target) ** 2
            cost += unit.break_cost if start else 0.0
            if cost < best[end]:
                best[end], begins[end] = cost, start
    runs = []
    end = len(firsts)
    while end:
        begin = begins[end]
        runs.append((firsts[begin], firsts[end] if end < len(firsts) else len(units)))
        end = begin
    return runs[::-1]


def _firsts(units: Sequence[Unit], crumb: int) -> list[int]:
    """Where a run may begin: units that together have at most ``crumb`` tokens are not parted,
    which bounds the work for a million rows of one letter."""
    firsts: list[int] = []
    size = 0
    for n, unit in enumerate(units):
        size += max(1, unit.tokens)
        least = least_tokens(units[firsts[-1]].span.start, unit.span.end) if firsts else 0
        if not firsts or max(size, least) > crumb:
            firsts.append(n)
            size = max(1, unit.tokens)
    return firsts


def _merged(above: _Piece, below: _Piece) -> _Piece | None:
    """Both as one piece under the headings that they share, if they are small and on one page.

    Only a tiny piece may give up its own heading, and only for the one right above it.
    """
    if above.page != below.page or above.fixed or below.fixed:
        return None
    tokens = max(above.tokens + below.tokens, least_tokens(above.span.start, below.span.end))
    if tokens > min(_MERGED, above.room, below.room):
        return None
    shared = above.path[: _shared_length(above.path, below.path)]
    for piece in (above, below):
        if piece.path != shared and (piece.tokens >= _TINY or piece.path[:-1] != shared):
            return None
    return replace(
        above,
        span=Span(above.span.start, below.span.end),
        tokens=tokens,
        path=shared,
        sentences=above.sentences + below.sentences,
    )


def _shared_length(above: tuple[str, ...], below: tuple[str, ...]) -> int:
    length = 0
    for a, b in zip(above, below, strict=False):
        if a != b:
            break
        length += 1
    return length
