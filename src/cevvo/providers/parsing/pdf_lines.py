"""Lines of a PDF as printed, and which of them are page furniture: headers, footers, numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

HYPHEN = "\ufffe"  # what pdfium puts for a hyphen at the end of a line, joining the lines
_NUMBER_AT_EDGE = re.compile(r"^(\d{1,4})\b|\b(\d{1,4})$")
_LONGEST_NUMBER = 30  # characters of a line that is nothing but a page number
_ROMAN = re.compile(r"^[ivxlc]{1,7}$", re.IGNORECASE)
_PAGE_WORDS = re.compile(
    r"^\W*(?:page|seite|página|pagina|стр)?\W*#?(?:\s*(?:of|/|von|de)\s*#)?\W*$"
)
_NUMBER = re.compile(r"\d+|\b[ivxlc]{1,7}$")  # front matter has Roman ones
BOX_TITLE = re.compile(r"(?:Note|Tip|Important|Warning|Caution|Danger|Attention|Hint):?", re.I)
_DOT_LEADER = re.compile(r"(?:\.\s?){4,}\s*(?:\d+|[ivxlc]+)?$|(?:…\s?){2,}\s*\d+$")


@dataclass(frozen=True, slots=True)
class Cell:
    """Words of a line that stand apart from the others, and where."""

    left: float
    right: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. Positions in points from the page's lower left; ``bottom`` is where the
    last character stands, lower than ``top`` when a hyphenated word joined two lines. ``page``
    counts from 1, ``size`` is that of the type as printed. ``cells`` are empty unless wide gaps
    part the line; ``margin`` is where its column ends on the right, 0 as long as that is not
    known. ``table`` says that ``text`` is a whole pipe table."""

    page: int
    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool = False
    mono: bool = False
    cells: tuple[Cell, ...] = ()
    margin: float = 0.0
    table: bool = False


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without running headers and footers, page numbers and lines of a contents list.

    A line at the top or bottom is furniture if the same line stands at that height on several
    pages, but for numbers that count pages or chapters, or if it begins or ends with the page's
    number: numbers there that differ from the page count by the same offset on many pages are page
    numbers.
    """
    edges = [_edges(page) for page in pages]
    largest = 1.1 * body_size(pages)
    repeated = _repeated(edges, largest)
    offset = _number_offset(edges)
    kept = []
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True), start=1):
        furniture = {
            id(line)
            for line in edge
            if _pattern(line, largest) in repeated
            or (line.size <= largest and _shows_number(line, number, offset, len(pages)))
        }
        kept.append(
            [x for x in page if id(x) not in furniture and not _DOT_LEADER.search(x.text[-200:])]
        )
    return kept


def body_size(pages: Iterable[Sequence[Line]]) -> float:
    """The type size in which most characters are set."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _shows_number(line: Line, page: int, offset: int | None, pages: int) -> bool:
    """Whether this line at the edge is there for the page's number (larger type would make it a
    numbered heading)."""
    if offset is not None and page + offset in _numbers(line) and len(line.text) < 90:
        return True
    if len(line.text) > _LONGEST_NUMBER:
        return False
    lone = _ROMAN.match(line.text) or _PAGE_WORDS.match(_NUMBER.sub("#", line.text.lower()))
    return pages > 1 and lone is not None


def _edges(page: Sequence[Line]) -> list[Line]:
    """The two highest and the two lowest lines."""
    ordered = sorted(page, key=lambda line: -line.top)
    return ordered if len(ordered) <= 4 else ordered[:2] + ordered[-2:]


def _pattern(line: Line, largest: float) -> tuple[str, int]:
    """What makes two lines the same: height on the page and text. Digits may differ, but not in
    type so large that it must be a heading, such as Chapter 1."""
    text = line.text.lower().strip()
    return text if line.size > largest else _NUMBER.sub("#", text), round(line.top / 8)


def _repeated(edges: Sequence[Sequence[Line]], largest: float) -> set[tuple[str, int]]:
    """What stands at the edge of at least three pages and a tenth of them, or of both of two, and
    whose numbers are those of pages, chapters or nothing that changes."""
    found: dict[tuple[str, int], dict[int, list[str]]] = {}
    for page, edge in enumerate(edges):
        for line in edge:
            numbers = _NUMBER.findall(line.text.lower().strip())
            found.setdefault(_pattern(line, largest), {})[page] = numbers
    needed = 2 if len(edges) < 4 else max(3, len(edges) // 10)
    return {p for p, on in found.items() if len(edges) > 1 and len(on) >= needed and _counts(on)}


def _counts(on: Mapping[int, Sequence[str]]) -> bool:
    """Whether the numbers of a line, by page, mostly stay from one page to the next, go on by one
    or with the pages, or begin anew. Those of what a page is about, such as prices, change freely.
    """
    steps = [
        [
            before == after or _goes_on(before, after, page - last)
            for before, after in zip(on[last], on[page], strict=False)
        ]
        for last, page in pairwise(sorted(on))
    ]
    return all(2 * sum(slot) >= len(slot) for slot in zip(*steps, strict=False))


def _goes_on(before: str, after: str, pages: int) -> bool:
    if not (before + after).isdecimal():  # Roman ones
        return True
    if len(before + after) > _LONGEST_NUMBER:
        return False
    return int(after) <= 1 or int(after) - int(before) in (1, pages)


def _numbers(line: Line) -> set[int]:
    return {int(a or b) for a, b in _NUMBER_AT_EDGE.findall(line.text)}


def _number_offset(edges: Sequence[Sequence[Line]]) -> int | None:
    """Printed page number less the page's position, if two fifths of at least three pages agree."""
    offsets = Counter(
        offset
        for position, edge in enumerate(edges, start=1)
        for offset in {number - position for line in edge for number in _numbers(line)}
    )
    if not offsets or len(edges) < 3:
        return None
    offset, pages = offsets.most_common(1)[0]
    return offset if pages >= max(2, len(edges) * 2 // 5) else None
