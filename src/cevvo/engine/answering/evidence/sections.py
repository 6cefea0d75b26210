"""What can be quoted: a passage's sentences, list items, table rows and code blocks, in context.

A stored passage is Markdown, so its structure is read from its lines: which unit is an item of
which list, which rows share a header, which sentence introduces which block.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from cevvo.domain.documents import Passage, Span

RegionKind = Literal["heading", "paragraph", "list", "code", "table", "quote"]

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}\s")
_ITEM = re.compile(r"([ ]*)([-*+•]|\d{1,9}[.)]|[a-z][.)])[ ]+")
_RULE_ROW = re.compile(r"^\|[ |:-]*-{3,}[ |:-]*$", re.MULTILINE)
# How something is called, as a line of its own: ``save(force=False)``, ``--fake``, ``run [app]``.
_SIGNATURE = re.compile(
    r"(?:(?:class|def|async def|function|classmethod|static|property|exception) )?"
    r"(?:[\w.]+ ?\(.*\)[\w .>,:-]*|\w+(?:\.\w+)+)|--?\w.*|[a-z][\w.-]*(?: [a-z][\w.-]*)* [\[<-].*|"
    r"[a-z]+(?:[._-][a-z]+)+(?: [a-z_]+){0,4}"
)
_ENDED = re.compile(r"[.!?…:。！？][\"”’)»*]*$")


@dataclass(frozen=True, slots=True)
class Region:
    """A block of a passage: its place in the document's text."""

    kind: RegionKind
    span: Span


@dataclass(frozen=True)
class Unit:
    """The smallest thing that is quoted: one of a passage's ``sentences``, ``position`` its index.

    ``region`` is the index of the block it lies in. ``number`` is the number of a step in an
    ordered list, None elsewhere.
    """

    position: int
    span: Span
    kind: RegionKind
    region: int
    text: str
    number: int | None = None

    @cached_property
    def introduces(self) -> bool:
        """Whether it announces what follows: a list, a table, a code block."""
        return self.kind == "paragraph" and self.text.rstrip().endswith(":")

    @cached_property
    def is_signature(self) -> bool:
        """Whether it is how something is called, on a line of its own above what it does."""
        text = self.text.strip()
        return (
            self.kind == "paragraph"
            and not _ENDED.search(text)
            and _SIGNATURE.fullmatch(text) is not None
        )


@dataclass(frozen=True)
class Section:
    """A passage with its structure; ``regions`` and ``units`` in reading order."""

    passage: Passage
    regions: tuple[Region, ...]
    units: tuple[Unit, ...]

    def heading_of(self, unit: Unit) -> str:
        """What the unit stands under: a signature right above it that has no heading of its own,
        else the nearest heading, else the document's title."""
        signature = None
        for region in reversed(range(unit.region)):
            if self.regions[region].kind == "heading":
                heading = self.passage.quote(self.regions[region].span).lstrip("# ").strip()
                return signature if signature and region < unit.region - 2 else heading
            if region == unit.region - 1:
                units = self.in_region(region)
                if len(units) == 1 and units[0].is_signature:
                    signature = units[0].text
        if signature:
            return signature
        path = self.passage.heading_path
        path = path[:-1] if self._column_names() else path
        return path[-1] if path else self.passage.title

    def all_headings(self) -> list[str]:
        """Title, heading path and the headings within the passage."""
        inner = [self.passage.quote(r.span) for r in self.regions if r.kind == "heading"]
        return [self.passage.title, *self.passage.heading_path, *inner]

    def in_region(self, region: int) -> tuple[Unit, ...]:
        """The units of one block."""
        return tuple(self._in_regions.get(region, ()))

    @cached_property
    def _in_regions(self) -> dict[int, list[Unit]]:
        found: dict[int, list[Unit]] = {}
        for unit in self.units:
            found.setdefault(unit.region, []).append(unit)
        return found

    def before(self, unit: Unit) -> Unit | None:
        """The unit before this one, if no heading stands between."""
        return self._before[unit.position]

    @cached_property
    def _before(self) -> tuple[Unit | None, ...]:
        return (None, *(self._joined(a, b) for a, b in pairwise(self.units)))

    def _joined(self, previous: Unit, unit: Unit) -> Unit | None:
        between = self.regions[previous.region + 1 : unit.region]
        return None if any(region.kind == "heading" for region in between) else previous

    def after(self, unit: Unit) -> Unit | None:
        """The unit after this one, if no heading stands between."""
        following = self.units[unit.position + 1 : unit.position + 2]
        return following[0] if following and self.before(following[0]) is unit else None

    def columns_of(self, row: Unit) -> tuple[Span | None, tuple[str, ...]]:
        """The header row of the table that ``row`` stands in: its place and its cells.

        The place is None where the header is not in this passage, the cells are empty where the
        table has none.
        """
        lines = _lines(self.passage, self.regions[row.region].span)
        header, rule = next(lines, None), next(lines, None)
        if header is None or rule is None or not _RULE_ROW.match(rule[1].strip()):
            names = self._column_names() if row.region == 0 else ()
            return None, names if len(names) == len(cells_of(row.text)) else ()
        names = cells_of(header[1])
        return (header[0], names) if any(names) else (None, ())

    def _column_names(self) -> tuple[str, ...]:
        """Of a table that began in an earlier passage: the last heading names its columns."""
        path = self.passage.heading_path
        torn = self.regions[0].kind == "table" and " | " in (path[-1] if path else "")
        if not torn or _RULE_ROW.search(self.passage.quote(self.regions[0].span)):
            return ()
        return tuple(path[-1].split(" | "))


def cells_of(row: str) -> tuple[str, ...]:
    """The cells of a pipe-table row."""
    inner = row.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner))


def opens_fence(text: str) -> bool:
    """Whether code begins with the first line."""
    return _FENCE.match(text) is not None


def section_of(passage: Passage) -> Section:
    """The structure of a passage."""
    regions = tuple(_regions(passage)) or (Region("paragraph", passage.span),)
    starts = [region.span.start for region in regions]
    units = []
    for position, span in enumerate(passage.sentences):
        index = max(0, bisect_right(starts, span.start) - 1)
        kind = regions[index].kind
        number = _number(passage, span) if kind == "list" else None
        units.append(Unit(position, span, kind, index, passage.quote(span), number))
    return Section(passage, regions, tuple(units))


def marker_of(passage: Passage, span: Span) -> tuple[str, str]:
    """Indentation and marker of a list item, whether or not its span includes them; both empty
    for a later sentence of an item."""
    offset = span.start - passage.span.start
    match = _ITEM.match(passage.text, passage.text.rfind("\n", 0, offset) + 1)
    return (match[1], match[2]) if match and match.end() >= offset else ("", "")


def item_text(passage: Passage, span: Span) -> str:
    """A list item without its marker, where its span includes that."""
    text = passage.quote(span).strip()
    marker = marker_of(passage, span)[1]
    return text.removeprefix(marker).lstrip() if text.startswith(f"{marker} ") else text


def _number(passage: Passage, span: Span) -> int | None:
    digits = marker_of(passage, span)[1].rstrip(".)")
    return int(digits) if digits.isdecimal() else None


def _lines(passage: Passage, span: Span) -> Iterator[tuple[Span, str]]:
    """The lines within a span of the document, each with its own span."""
    start = span.start
    for line in passage.quote(span).split("\n"):
        yield Span(start, start + len(line)), line
        start += len(line) + 1


def _regions(passage: Passage) -> Iterator[Region]:
    kind: RegionKind | None = None
    start = end = 0
    fence = ""
    torn = {span.start: span.end for span in passage.sentences if _is_torn_code(passage, span)}
    torn_end = 0
    for span, line in _lines(passage, passage.span):
        if span.start in torn:
            if kind is not None:
                yield Region(kind, Span(start, end))
            kind, torn_end = None, torn[span.start]
            yield Region("code", Span(span.start, torn_end))
        if span.start < torn_end:
            continue
        if fence:
            end = span.end
            closed = line.strip()
            if closed.startswith(fence) and not closed.strip(fence[0]):
                yield Region("code", Span(start, end))
                kind, fence = None, ""
            continue
        found = _kind_of(line, kind)
        if kind is not None and (found != kind or found in ("heading", "code")):
            yield Region(kind, Span(start, end))
            kind = None
        if found is None:
            continue
        if kind is None:
            kind, start = found, span.start
        end = span.end
        if found == "code":
            match = _FENCE.match(line)
            fence = match[1] if match else ""
    if kind is not None:
        yield Region(kind, Span(start, end))


def _is_torn_code(passage: Passage, span: Span) -> bool:
    """Whether this unit goes on with a code block that began in an earlier passage.

    No sentence or row has a line break in it; an item that has one stands behind its marker, and
    code that begins here has a fence. What else its first line looks like says nothing: a comment
    is no heading.
    """
    offset = span.start - passage.span.start
    at_line_start = offset == 0 or passage.text[offset - 1] == "\n"
    first, separator, _ = passage.quote(span).partition("\n")
    return at_line_start and bool(separator) and not opens_fence(first)


def _kind_of(line: str, current: RegionKind | None) -> RegionKind | None:
    """What a line outside a fence belongs to; None for a blank one."""
    if not line.strip():
        return None
    if opens_fence(line):
        return "code"
    if _HEADING.match(line):
        return "heading"
    if line.lstrip().startswith("|"):
        return "table"
    if line.lstrip().startswith(">"):
        return "quote"
    if _ITEM.match(line) or (current == "list" and line.startswith("  ")):
        return "list"
    return "paragraph"
