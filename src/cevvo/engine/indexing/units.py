"""Blocks cut into units: the smallest pieces that a chunk is put together from.

Prose is cut into sentences, a list into items, a table into rows, code not at all, unless a piece
is larger than a chunk may be: then code is cut by lines, best where one is blank, an item by
sentences, all else by words. Nested items and indented lines stay with those above, if they can.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from cevvo.domain.documents import Block, BlockKind, Span
from cevvo.engine.indexing.sentences import sentence_spans

CountTokens = Callable[[str], int]

_ITEM = re.compile(r"[ ]*(?:[-*+•]|\d{1,9}[.)]|[a-z][.)])[ ]+")
_LINE = re.compile(r"[^\n]+")
_WORD = re.compile(r"\S+")
_CELL_END = re.compile(r"(?<!\\)\|")
_WHOLE_ITEM = 300  # characters: up to this an item is quoted as one
_SHORT_SENTENCE = 8  # bytes of UTF-8, in which a Chinese word counts as much as an English one
_CHARACTERS_PER_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of the document's text that is kept together, with its number of ``tokens``.

    ``sentences`` are what can be quoted of it. ``break_cost`` is how bad it is to begin a chunk
    with this unit: 0 between blocks, more inside one, ``GLUED`` where it must not be, if avoidable.
    ``header`` are the header cells that a table row stands under. A unit that ``continues`` the one
    before is quoted as one with it.
    """

    span: Span
    tokens: int
    sentences: tuple[Span, ...]
    break_cost: float
    anchor: str | None = None
    header: str = ""
    continues: bool = False


GLUED = 10_000.0
_INSIDE = {"paragraph": 25.0, "quote": 25.0, "list": 10.0, "table": 10.0, "code": 15.0}
_AFTER_BLANK_LINE = 5.0  # in code
_FURTHER_IN = 25.0  # a nested item, an indented line of code
_AFTER_LEAD_IN = 60.0
_LEAD_IN = (":", "：")


class UnitCutter:
    """Cuts blocks of one text; ``limit`` is the most tokens that a unit may have."""

    def __init__(self, text: str, count_tokens: CountTokens) -> None:
        self._text = text
        self._count = count_tokens

    def units(self, block: Block, start: int, limit: int, before: Block | None) -> list[Unit]:
        """The units of ``block``, whose text starts at ``start``; ``before`` is the block above."""
        raw: Iterable[tuple[Span, tuple[Span, ...]]]
        end = start + len(block.text)
        if block.kind == "code":
            return self._joined_up(self._code(Span(start, end), limit), block, before)
        if block.kind == "table":
            raw = self._rows(start, end)
        elif block.kind == "list":
            raw = self._items(start, end)
        else:
            raw = self._sentences(start, end, quoted=block.kind == "quote")
        units: list[Unit] = []
        for span, sentences in raw:
            cost = self._cost(block.kind, span, units[-1].span) if units else 0.0
            units += self._fitting(span, sentences, limit, cost)
        return self._joined_up(units, block, before)

    def heading(self, block: Block, start: int, limit: int, *, first: bool) -> list[Unit]:
        """A heading, or one of several in a row: nothing to quote, and kept with what follows."""
        span = Span(start, start + len(block.text))
        cost = 0.0 if first else GLUED
        units = self._fitting(span, (), limit, cost)
        return [replace(unit, sentences=()) for unit in units]

    def _joined_up(self, units: list[Unit], block: Block, before: Block | None) -> list[Unit]:
        """The first unit carries the anchor and stays with a heading or a sentence that
        announces it; rows know their header."""
        cost = 0.0
        if before is not None and before.kind == "heading":
            cost = GLUED
        elif before is not None and before.text.endswith(_LEAD_IN):
            cost = _AFTER_LEAD_IN
        joined = [replace(units[0], anchor=block.anchor, break_cost=cost), *units[1:]]
        if block.kind == "table" and len(units) > 1:
            header = header_of(block.text)
            joined[1:] = [replace(unit, header=header) for unit in joined[1:]]
            joined[1] = replace(joined[1], break_cost=GLUED)  # a header is nothing without a row
        return joined

    def _cost(self, kind: BlockKind, span: Span, before: Span) -> float:
        """What it costs to begin a chunk inside a block, at ``span``."""
        if kind == "list":
            if self._text.endswith(_LEAD_IN, before.start, before.end):
                return _AFTER_LEAD_IN
            if self._text[span.start] == " ":
                return _FURTHER_IN
        return _INSIDE[kind]

    # -- kinds -------------------------------------------------------------------------------

    def _sentences(
        self, start: int, end: int, *, quoted: bool
    ) -> Iterator[tuple[Span, tuple[Span, ...]]]:
        if not quoted:
            for span in self._prose(start, end):
                yield span, (span,)
            return
        for line in self._lines(start, end):
            mark = 2 if self._text.startswith("> ", line.start) else 0
            for n, span in enumerate(self._prose(line.start + mark, line.end)):
                yield (Span(line.start, span.end) if n == 0 else span), (span,)

    def _items(self, start: int, end: int) -> Iterator[tuple[Span, tuple[Span, ...]]]:
        item: list[Span] = []
        for line in self._lines(start, end):
            if item and _ITEM.match(self._text, line.start, line.end):
                yield self._item(item)
                item = []
            item.append(line)
        if item:
            yield self._item(item)

    def _item(self, lines: list[Span]) -> tuple[Span, tuple[Span, ...]]:
        """An item without its marker is one sentence if it is short, else those it has."""
        span = Span(lines[0].start, lines[-1].end)
        marker = _ITEM.match(self._text, span.start, span.end)
        content = Span(marker.end() if marker else span.start, span.end)
        if content.end - content.start <= _WHOLE_ITEM:
            return span, (content,)
        return span, tuple(self._prose(content.start, content.end))

    def _prose(self, start: int, end: int) -> list[Span]:
        """Sentences; one of a few letters, such as Yes. or an initial, is joined to the next."""
        sentences: list[Span] = []
        for found in sentence_spans(self._text[start:end]):
            span = Span(found.start + start, found.end + start)
            if sentences and self._bytes(sentences[-1]) < _SHORT_SENTENCE:
                sentences[-1] = Span(sentences[-1].start, span.end)
            else:
                sentences.append(span)
        if len(sentences) > 1 and self._bytes(sentences[-1]) < _SHORT_SENTENCE:
            last = sentences.pop()
            sentences[-1] = Span(sentences[-1].start, last.end)
        return sentences

    def _bytes(self, span: Span) -> int:
        return len(self._text[span.start : span.end].encode("utf-8", "replace"))

    def _rows(self, start: int, end: int) -> Iterator[tuple[Span, tuple[Span, ...]]]:
        lines = list(self._lines(start, end))
        yield Span(start, lines[min(1, len(lines) - 1)].end), ()
        for line in lines[2:]:
            yield line, (line,)

    def _code(self, span: Span, limit: int) -> list[Unit]:
        """Whole if it fits, else by lines, best where one is blank; fences are never alone."""
        tokens = self._tokens(span, limit)
        if tokens <= limit:
            return [Unit(span, tokens, (span,), 0.0)]
        units: list[Unit] = []
        for line in self._lines(span.start, span.end):
            for part, part_tokens in self._parts(line, limit):
                cost = _FURTHER_IN if self._text[part.start].isspace() else _INSIDE["code"]
                if len(units) == 1 or (self._text.startswith("```", part.start) and units):
                    cost = GLUED
                elif units and self._text.count("\n", units[-1].span.end, part.start) > 1:
                    cost = _AFTER_BLANK_LINE
                units.append(Unit(part, part_tokens, (part,), cost, continues=bool(units)))
        return units

    def _lines(self, start: int, end: int) -> Iterator[Span]:
        for found in _LINE.finditer(self._text, start, end):
            yield Span(found.start(), found.end())

    # -- cutting what is too large -----------------------------------------------------------

    def _fitting(
        self, span: Span, sentences: tuple[Span, ...], limit: int, cost: float
    ) -> list[Unit]:
        tokens = self._tokens(span, limit)
        if tokens <= limit:
            return [Unit(span, tokens, sentences, cost)]
        if len(sentences) > 1:  # an item: its marker goes with its first sentence
            first = Span(span.start, sentences[0].end)
            parts = [(first, sentences[0]), *((s, s) for s in sentences[1:])]
            return [
                unit
                for n, (part, sentence) in enumerate(parts)
                for unit in self._fitting(part, (sentence,), limit, cost if n == 0 else 25.0)
            ]
        return self._grouped(list(self._words(span, limit)), limit, cost)

    def _grouped(self, words: list[Span], limit: int, cost: float) -> list[Unit]:
        """Words put together to groups of about the same size, at most ``limit``; each can be
        quoted as one."""
        sizes = [self._tokens(word, limit) for word in words]
        share = sum(sizes) / max(1, -(-sum(sizes) // limit))
        units: list[Unit] = []
        group, size = words[0], sizes[0]
        for word, tokens in zip(words[1:], sizes[1:], strict=True):
            least = least_tokens(group.start, word.end)
            if size >= share or max(size + tokens, least) > limit:
                units.append(Unit(group, size, (group,), 15.0 if units else cost))
                group, size = word, tokens
            else:
                group, size = Span(group.start, word.end), size + tokens
        units.append(Unit(group, size, (group,), 15.0 if units else cost))
        return units

    def _parts(self, piece: Span, limit: int) -> list[tuple[Span, int]]:
        """The piece, or its words where it is larger than ``limit``, with their tokens."""
        tokens = self._tokens(piece, limit)
        if tokens <= limit:
            return [(piece, tokens)]
        return [(word, self._tokens(word, limit)) for word in self._words(piece, limit)]

    def _words(self, span: Span, limit: int) -> Iterator[Span]:
        """Words; one that is larger than ``limit`` in pieces, their length halved until they fit.
        The next piece is tried at twice the length of the last."""
        for found in _WORD.finditer(self._text, span.start, span.end):
            start, end = found.start(), found.end()
            length = limit * _CHARACTERS_PER_TOKEN
            while start < end:
                length = min(end - start, length)
                while length > 1 and self._tokens(Span(start, start + length), limit) > limit:
                    length //= 2
                yield Span(start, start + length)
                start += length
                length *= 2

    def _tokens(self, span: Span, limit: int) -> int:
        """Tokens at ``span``; more than ``limit``, without counting, for text beyond measure."""
        least = least_tokens(span.start, span.end)
        if least > limit:
            return least
        return max(least, self._count(self._text[span.start : span.end]))


def least_tokens(start: int, end: int) -> int:
    """What a stretch of text counts at least. No text is as dense as 16 characters a token, but a
    tokenizer sees nothing in blanks and one unknown token in a word without end."""
    return (end - start) // _CHARACTERS_PER_TOKEN


def header_of(table: str) -> str:
    """The cells of a pipe table's first row, joined; empty if it has only empty ones."""
    cells = (cell.strip() for cell in _CELL_END.split(table.partition("\n")[0].strip("| ")))
    return " | ".join(cell for cell in cells if cell).replace("`", "").replace("\\|", "|")
