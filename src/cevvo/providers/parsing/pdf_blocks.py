"""From the lines of a PDF to blocks: paragraphs, list items, code, headings. No block crosses a
page, since a citation opens one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from cevvo.domain.documents import Block
from cevvo.providers.parsing.characters import fenced, one_line, verbatim
from cevvo.providers.parsing.pdf_headings import HeadingFinder, OutlineEntry
from cevvo.providers.parsing.pdf_lines import BOX_TITLE, Line
from cevvo.providers.parsing.pdf_tables import table_end, table_text

_BULLET = re.compile(r"^[•◦▪‣∙●○■□–·➢✓*-]\s+(?=\S)|^[•◦▪‣●○■□➢✓](?=\S)")
_NUMBERED = re.compile(r"^(?:\d{1,2}[.)]|\(\d{1,2}\)|[a-z]\))\s+(?=\S)")
_LONE_BULLET = re.compile(r"^[•◦▪‣∙●○■□·➢]$")
_SENTENCE_END = (".", "!", "?", ":", ".”", ".)", "。", "！", "？")


def blocks_of(pages: Sequence[Sequence[Line]], outline: Sequence[OutlineEntry]) -> list[Block]:
    """The blocks of a document whose pages hold these lines, in reading order."""
    finder = HeadingFinder(pages, outline)
    leading = _leading(pages)
    blocks: list[Block] = []
    for number, page in enumerate(pages, start=1):
        position = 0
        for heading in finder.headings(number, page):
            blocks += _text_blocks(page[position : heading.start], leading, number)
            lines = page[heading.start : heading.start + heading.count]
            text = one_line(" ".join(line.text for line in lines))
            blocks.append(
                Block("heading", f"{'#' * heading.level} {text}", heading.level, page=number)
            )
            position = heading.start + heading.count
        blocks += _text_blocks(page[position:], leading, number)
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
    """Lines that belong together: ``kind`` as of a block."""

    kind: str
    lines: list[Line] = field(default_factory=list)


def _text_blocks(lines: Sequence[Line], leading: float, page: int) -> list[Block]:
    groups: list[_Group] = []
    margin = max((line.right for line in lines), default=0.0)
    lines = _with_bullets(lines)
    position = 0
    while position < len(lines):
        end = table_end(lines, position)
        if end > position:
            groups.append(_Group("table", list(lines[position:end])))
            position = end
            continue
        line = lines[position]
        kind = _kind(line, groups, margin)
        if not groups or _breaks(groups[-1], line, kind, leading, margin):
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


def _kind(line: Line, groups: list[_Group], margin: float) -> str:
    if line.mono:
        return "code"
    if _BULLET.match(line.text) or _NUMBERED.match(line.text):
        return "item"
    if groups and groups[-1].kind == "item":
        first, last = groups[-1].lines[0], groups[-1].lines[-1]
        if line.left > first.left + 3 and not _is_short(last, margin):
            return "item+"
    return "paragraph"


def _is_short(line: Line, margin: float) -> bool:
    """Ends well before the right margin: the last line of a paragraph, mostly."""
    return line.right < margin - 0.2 * (margin - line.left)


def _breaks(group: _Group, line: Line, kind: str, leading: float, margin: float) -> bool:
    """Whether ``line`` begins a new block after ``group``."""
    last = group.lines[-1]
    step = (last.bottom - line.top) / max(last.size, 1.0)
    if len(group.lines) == 1 and BOX_TITLE.fullmatch(last.text):
        return True
    if kind == "item" or group.kind == "table" or (kind == "item+" and group.kind != "item"):
        return True
    if kind == "code" or group.kind == "code":
        return kind != group.kind or step > 4 * leading
    if kind == "item+":
        return step > 1.8 * leading
    if group.kind == "item" or step < -0.5 or step > 1.35 * leading:
        return True
    if abs(last.size - line.size) > 0.15 * last.size:
        return True
    indented = line.left > last.left + 0.8 * line.size and len(group.lines) > 1
    return last.text.endswith(_SENTENCE_END) and (indented or _is_short(last, margin))


def _written(groups: Sequence[_Group], page: int) -> list[Block]:
    blocks: list[Block] = []
    items: list[str] = []
    for group in groups:
        text = one_line(" ".join(line.text for line in group.lines))
        if group.kind == "item":
            items.append(_BULLET.sub("- ", text, count=1))
            continue
        if items:
            blocks.append(Block("list", "\n".join(items), page=page))
            items = []
        if group.kind == "code":
            blocks.append(Block("code", fenced(_code(group.lines)), page=page))
        elif group.kind == "table":
            blocks.append(Block("table", table_text(group.lines), page=page))
        elif any(character.isalnum() for character in text):
            blocks.append(Block("paragraph", text, page=page))
    if items:
        blocks.append(Block("list", "\n".join(items), page=page))
    return _labelled(blocks)


def _labelled(blocks: list[Block]) -> list[Block]:
    """The title of a box, a line of its own in print, goes before the text of the box."""
    labelled: list[Block] = []
    for block in blocks:
        above = labelled[-1] if labelled else None
        if above and block.kind == above.kind == "paragraph" and BOX_TITLE.fullmatch(above.text):
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
