"""Plain text: paragraphs between empty lines, lists by their markers, headings by underlines."""

import re

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.characters import (
    fenced,
    goes_on,
    joined,
    one_line,
    title,
    verbatim,
    visible,
    width,
)
from cevvo.providers.parsing.encoding import decode
from cevvo.providers.parsing.names import title_from

_UNDERLINE = re.compile(r"^(=|-|~|\^|\"|\*|#)\1{2,}\s*$")
_UNDERLINE_LEVELS = {"=": 1, "-": 2, "~": 3, "^": 4, '"': 4, "*": 2, "#": 1}
_ITEM = re.compile(r"^(\s*)([-*+•◦▪–]|\d{1,3}[.)]|[a-z][.)])\s+(?=\S)")
_HASHES = re.compile(r"^(#{1,6})\s+(\S.*)$")
_COLUMNS = re.compile(r"\S(?:\t| {3,})\S")
_TITLE_LENGTH = 100


def parse_plain_text(content: bytes, *, name: str) -> ParsedDocument:
    """Read a text file; it counts as one unit. Raises Permanent (``empty``)."""
    text = visible(decode(content))
    blocks = [block for part in _parts(text) for block in _blocks(part)]
    if not blocks:
        raise Permanent("The file holds no text.", reason="empty")
    first = blocks[0]
    return ParsedDocument(
        title=title(first.text.lstrip("# ")) if first.kind == "heading" else title_from(name),
        blocks=tuple(blocks),
    )


def _parts(text: str) -> list[list[str]]:
    """Runs of lines that are not blank, tails trimmed."""
    parts: list[list[str]] = [[]]
    for line in text.replace("\xa0", " ").split("\n"):
        if line.strip():
            parts[-1].append(line.rstrip())
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _blocks(part: list[str]) -> list[Block]:
    """One run of lines is one block, but for underlined headings at its head."""
    blocks: list[Block] = []
    start = 0
    while start + 1 < len(part) and _is_underlined(part[start], part[start + 1]):
        level = _UNDERLINE_LEVELS[part[start + 1][0]]
        blocks.append(Block("heading", f"{'#' * level} {one_line(part[start])}", level))
        start += 2
    rest = part[start:]
    if any(character.isalnum() for line in rest for character in line):
        blocks.append(_block(rest))
    return blocks


def _is_underlined(line: str, below: str) -> bool:
    return _UNDERLINE.match(below) is not None and len(line.strip()) <= _TITLE_LENGTH


def _block(part: list[str]) -> Block:
    hashes = _HASHES.match(part[0])
    if hashes and len(part) == 1:
        return Block("heading", f"{hashes[1]} {one_line(hashes[2])}", len(hashes[1]))
    if _ITEM.match(part[0]) and sum(bool(_ITEM.match(line)) for line in part) * 4 >= len(part):
        return _list(part)
    if _is_preformatted(part):
        return Block("code", fenced(verbatim("\n".join(part))))
    return Block("paragraph", _flowing(part))


def _list(part: list[str]) -> Block:
    """Items with their nesting; a line without a marker goes on with the item above."""
    items: list[str] = []
    indents: list[int] = []
    for line in part:
        marker = _ITEM.match(line)
        if marker is None:
            more = one_line(line)
            items[-1] += more if goes_on(items[-1], more) else f" {more}"
            continue
        indent = len(marker[1].expandtabs(4))
        while indents and indents[-1] > indent:
            indents.pop()
        if not indents or indents[-1] < indent:
            indents.append(indent)
        sign = marker[2] if marker[2][-1] in ".)" else "-"
        items.append(f"{'  ' * (len(indents) - 1)}{sign} {one_line(line[marker.end() :])}")
    return Block("list", "\n".join(items))


def _is_preformatted(part: list[str]) -> bool:
    """Several lines set in columns, or all indented: code, a listing, a drawn table."""
    if len(part) < 2:
        return False
    columns = sum(bool(_COLUMNS.search(line)) for line in part)
    indented = sum(line.startswith(("    ", "\t")) for line in part)
    return columns * 2 > len(part) or indented == len(part)


def _flowing(part: list[str]) -> str:
    """Lines broken to a width are joined; short ones, such as an address, keep their breaks."""
    texts = [one_line(line) for line in part]
    longest = max(map(width, texts))
    wrapped = longest > 40 and all(width(line) > 0.5 * longest for line in texts[:-1])
    return joined(texts) if wrapped else "\n".join(text for text in texts if text)
