"""From the lines of a PDF to blocks: paragraphs, list items, code, headings. No block crosses a
page, since a citation opens one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from cevvo.domain.documents import Block
from cevvo.providers.parsing.characters import fenced, joined, verbatim
from cevvo.providers.parsing.pdf_headings import HeadingFinder, OutlineEntry
from cevvo.providers.parsing.pdf_lines import Line
from cevvo.providers.parsing.pdf_tables import table_end, table_text

_SYMBOLS = (
    "•◦▪‣∙●○■□➢✓\uf0b7\uf0a7\uf0d8\uf0fc\uf02d\uf06f"  # the last as word processors write them
)
_BULLET = re.compile(rf"^[{_SYMBOLS}–·*-]\s+(?=\S)|^[{_SYMBOLS}](?=\S)")
_NUMBERED = re.compile(r"^(?:\d{1,2}[.)]|\(\d{1,2}\)|[a-z]\))\s+(?=\S)")
_LONE_BULLET = re.compile(rf"^[{_SYMBOLS}·]$")
_NEIGHBOURS = 8  # lines
_NESTED = 4.0  # points to the right that make an item a nested one
_OTHER_COLUMN = 80.0
_SENTENCE_END = (".", "!", "?", ":", ".”", ".)", "。", "！", "？")


def blocks_of(pages: Sequence[Sequence[Line]], outline: Sequence[OutlineEntry]) -> list[Block]:
    """The blocks of a document whose pages hold these lines, in reading order."""
    finder = HeadingFinder(pages, outline)
    leading = _leading(pages)
    blocks: list[Block] = []
    for number, page in enumerate(pages, start=1):
        position = 0
        for heading in finder.headings(number, page):
            blocks += _text_blocks(page[position : heading.start], leading, finder, number)
            lines = page[heading.start : heading.start + heading.count]
            text = joined(line.text for line in lines)
            blocks.append(
                Block("heading", f"{'#' * heading.level} {text}", heading.level, page=number)
            )
            position = heading.start + heading.count
        blocks += _text_blocks(page[position:], leading, finder, number)
    return blocks


def _leading(pages: Sequence[Sequence[Line]]) -> float:
    """The usual distance from line to line, in multiples of the type size."""
    steps = [
        (above.bottom - below.bottom) / above.size
        for page in pages
        for above, below in pairwise(page)
        if 0.8 * above.size < above.bottom - below.top < 2.2 * above.size
        and abs(above.size - below.size) < 0.5
    ]
    return median(steps) if steps else 1.2


@dataclass(slots=True)
class _Group:
    """Lines that belong together: ``kind`` as of a block, or an item, or the label of a box."""

    kind: str
    lines: list[Line] = field(default_factory=list)


def _text_blocks(
    lines: Sequence[Line], leading: float, finder: HeadingFinder, page: int
) -> list[Block]:
    groups: list[_Group] = []
    lines = _with_margins(_with_bullets(lines))
    position = 0
    while position < len(lines):
        end = table_end(lines, position)
        if end > position:
            groups.append(_Group("table", list(lines[position:end])))
            position = end
            continue
        line = lines[position]
        kind = _kind(line, groups, finder)
        if not groups or _breaks(groups[-1], line, kind, leading):
            groups.append(_Group(kind))
        groups[-1].lines.append(line)
        position += 1
    return _written(groups, page)


def _with_bullets(lines: Sequence[Line]) -> list[Line]:
    """Bullets that were printed apart are put before the line that follows."""
    joined: list[Line] = []
    bullet: Line | None = None
    for line in lines:
        if _LONE_BULLET.match(line.text):
            bullet = line
        elif bullet is not None:
            joined.append(replace(line, text=f"{bullet.text} {line.text}", left=bullet.left))
            bullet = None
        else:
            joined.append(line)
    return joined


def _with_margins(lines: Sequence[Line]) -> list[Line]:
    """The lines with the right margin of their column: where the longest of their neighbours ends
    that stands above or below, not beside."""
    return [
        replace(
            line,
            margin=max(
                near.right
                for near in lines[max(0, n - _NEIGHBOURS) : n + _NEIGHBOURS + 1]
                if (near.left <= line.right and near.right >= line.left) or near is line
            ),
        )
        for n, line in enumerate(lines)
    ]


def _kind(line: Line, groups: list[_Group], finder: HeadingFinder) -> str:
    last = groups[-1].lines[-1] if groups else None
    if finder.is_label(line.text) and (last is None or line.bold or line.size > last.size):
        return "label"
    if line.table:
        return "table"
    if line.mono:
        return "code"
    if _BULLET.match(line.text) or _NUMBERED.match(line.text):
        return "item"
    if last is not None and groups[-1].kind == "item":
        goes_on = not _is_short(last) and (line.top < last.top or line.text[:1].islower())
        if goes_on and line.left > groups[-1].lines[0].left + 3:
            return "item+"
    return "paragraph"


def _is_short(line: Line) -> bool:
    """Ends well before the right margin: the last line of a paragraph, mostly."""
    return line.right < line.margin - 0.2 * (line.margin - line.left)


def _breaks(group: _Group, line: Line, kind: str, leading: float) -> bool:
    """Whether ``line`` begins a new block after ``group``."""
    last = group.lines[-1]
    step = (last.bottom - line.top) / max(last.size, 1.0)
    if kind in ("item", "label", "table") or group.kind in ("table", "label"):
        return True
    if kind == "code" or group.kind == "code":
        return kind != group.kind or step > 4 * leading
    if kind == "item+":
        return group.kind != "item" or step > 1.8 * leading
    if group.kind == "item" or step > 1.35 * leading:
        return True
    if abs(last.size - line.size) > 0.15 * last.size:
        return True
    ended = last.text.endswith(_SENTENCE_END)
    if step < -0.5:  # the next column
        return ended or not line.text[:1].islower()
    indented = line.left > last.left + 0.8 * line.size and len(group.lines) > 1
    return ended and (indented or _is_short(last))


def _written(groups: Sequence[_Group], page: int) -> list[Block]:
    blocks: list[Block] = []
    items: list[Line] = []
    for group in groups:
        text = joined(line.text for line in group.lines)
        if group.kind == "item":
            items.append(replace(group.lines[0], text=_BULLET.sub("- ", text, count=1)))
            continue
        if items:
            blocks.append(Block("list", _list(items), page=page))
            items = []
        if group.kind == "code":
            blocks.append(Block("code", fenced(_code(group.lines)), page=page))
        elif group.kind == "table":
            first = group.lines[0]
            table = first.text if first.table else table_text(group.lines)
            blocks.append(Block("table", table, page=page))
        elif any(character.isalnum() for character in text):
            blocks.append(Block("paragraph", text, page=page))
    if items:
        blocks.append(Block("list", _list(items), page=page))
    return _labelled(groups, blocks)


def _list(items: Sequence[Line]) -> str:
    """Items nested as far as they stand to the right."""
    indents: list[float] = []
    written: list[str] = []
    for item in items:
        while indents and item.left < indents[-1] - _NESTED:
            indents.pop()
        if indents and item.left > indents[-1] + _OTHER_COLUMN:
            indents = []
        if not indents or item.left > indents[-1] + _NESTED:
            indents.append(item.left)
        written.append("  " * (len(indents) - 1) + item.text)
    return "\n".join(written)


def _labelled(groups: Sequence[_Group], blocks: list[Block]) -> list[Block]:
    """The label of a box, a line of its own in print, goes before the text of the box."""
    labels = {group.lines[0].text for group in groups if group.kind == "label"}
    labelled: list[Block] = []
    for block in blocks:
        above = labelled[-1] if labelled else None
        if above and block.kind == above.kind == "paragraph" and above.text in labels:
            labelled[-1] = replace(block, text=f"{above.text.rstrip(':')}: {block.text}")
        else:
            labelled.append(block)
    return labelled


def _code(lines: Sequence[Line]) -> str:
    """Lines with the indentation that their position shows; a larger gap is an empty line."""
    margin = min(line.left for line in lines)
    width = median((line.right - line.left) / max(1, len(line.text)) for line in lines) or 5.0
    written: list[str] = []
    for number, line in enumerate(lines):
        if number and lines[number - 1].bottom - line.top > 1.9 * line.size:
            written.append("")
        written.append(" " * min(40, round((line.left - margin) / width)) + line.text)
    return verbatim("\n".join(written))
