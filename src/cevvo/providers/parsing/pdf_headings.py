"""Which lines of a PDF are headings: those its outline names, else those set larger or bold."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cevvo.providers.parsing.characters import joined
from cevvo.providers.parsing.pdf_lines import BOX_TITLE, Line, body_size

_LARGER = 1.12
_LONGEST = 160
_MAX_LINES = 3
_LABEL = 24  # characters: Chapter One, Anmerkung
_LABEL_REPEATS = 4
_NUMBERING = re.compile(
    r"^(?:chapter|part|appendix|section)?\s*(?:[\divx]+|[a-z])(?:\.\d+)*[.:)]?\s+", re.I
)
_PLAIN = re.compile(r"[\W_]+")
_PAGE_NUMBER = re.compile(r"\s+(?:\d{1,4}|[ivxlc]{1,7})$")


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark: ``level`` counts from 1, ``page`` from 1."""

    title: str
    level: int
    page: int


@dataclass(frozen=True, slots=True)
class Heading:
    """The ``count`` lines from ``start`` on are one heading."""

    start: int
    count: int
    level: int


def without_contents(
    pages: Sequence[Sequence[Line]], outline: Sequence[OutlineEntry]
) -> list[list[Line]]:
    """The pages without lines of a contents list: a title of the outline and a page number,
    printed before the page that it names."""
    last = {_key(entry.title): entry.page for entry in outline}

    def lists(line: Line) -> bool:
        listed = _PAGE_NUMBER.sub("", line.text)
        return listed != line.text and last.get(_key(listed), 0) > line.page

    return [[line for line in page if not lists(line)] for page in pages]


class HeadingFinder:
    """Finds the headings of one document; ``level_of_size`` is learnt from its outline."""

    def __init__(self, pages: Sequence[Sequence[Line]], outline: Sequence[OutlineEntry]) -> None:
        self.body = body_size(pages)
        self._outline: dict[int, list[OutlineEntry]] = {}
        for entry in outline:
            self._outline.setdefault(entry.page, []).append(entry)
        self._named = [self._by_outline(page) for page in pages]
        self._labels = self._repeated_labels(pages) if outline else frozenset()
        self._levels = self._learn_levels(pages)

    def is_label(self, text: str) -> bool:
        """Whether this line is the title of a box, such as Note: no heading."""
        return text in self._labels or BOX_TITLE.fullmatch(text) is not None

    def headings(self, number: int, page: Sequence[Line]) -> list[Heading]:
        """The headings of page ``number`` (from 1), in order, none overlapping."""
        named = self._named[number - 1]
        taken = {n for found in named for n in range(found.start, found.start + found.count)}
        found = list(named)
        position = 0
        while position < len(page):
            count = 0 if position in taken else self._larger_run(page, position, taken)
            if count:
                found.append(Heading(position, count, self._level(page[position])))
            position += max(1, count)
        return sorted(found, key=lambda heading: heading.start)

    def _by_outline(self, page: Sequence[Line]) -> list[Heading]:
        if not page:
            return []
        wanted = {_key(entry.title): entry for entry in self._outline.get(page[0].page, [])}
        found: list[Heading] = []
        position = 0
        while wanted and position < len(page):
            count = 1
            while count <= _MAX_LINES:
                text = joined(line.text for line in page[position : position + count])
                entry = wanted.pop(_key(text), None)
                if entry is not None and self._may_be_heading(page[position]):
                    label = 0 if found else self._label_above(page, position)
                    found.append(Heading(position - label, count + label, min(entry.level, 6)))
                    position += count - 1
                    break
                count += 1
            position += 1
        return found

    def _label_above(self, page: Sequence[Line], position: int) -> int:
        """How many lines above a chapter's title are its number: Chapter One, at a page's top."""
        above = page[:position]
        large = page[position].size >= self.body * _LARGER
        labels = all(len(line.text) <= _LABEL and not line.cells for line in above)
        return position if large and labels and position <= _MAX_LINES - 1 else 0

    def _repeated_labels(self, pages: Sequence[Sequence[Line]]) -> frozenset[str]:
        """Large lines that come again and again and that the outline does not name."""
        known = {_key(entry.title) for entries in self._outline.values() for entry in entries}
        counts = Counter(
            line.text
            for page in pages
            for line in page
            if line.size >= self.body * _LARGER and len(line.text) <= _LABEL
        )
        return frozenset(
            text for text, n in counts.items() if n >= _LABEL_REPEATS and _key(text) not in known
        )

    def _may_be_heading(self, line: Line) -> bool:
        """Deep headings are set no larger than the text, or smaller and bold."""
        return line.bold or line.size >= self.body * 0.95

    def _larger_run(self, page: Sequence[Line], start: int, taken: set[int]) -> int:
        """How many lines from ``start`` on form a heading by their look; 0 for none."""
        first = page[start]
        larger = first.size >= self.body * _LARGER
        if first.mono or not (larger or self._is_bold_line(page, start)):
            return 0
        if self.is_label(first.text):
            return 0
        count = 1
        while (
            start + count < len(page)
            and start + count not in taken
            and count <= _MAX_LINES
            and abs(page[start + count].size - first.size) < 0.3
            and page[start + count].bold == first.bold
            and page[start + count - 1].bottom - page[start + count].top < 1.9 * first.size
        ):
            count += 1
        text = joined(line.text for line in page[start : start + count])
        letters = any(character.isalpha() for character in text)
        return count if letters and count <= _MAX_LINES and len(text) <= _LONGEST else 0

    def _is_bold_line(self, page: Sequence[Line], start: int) -> bool:
        """Bold, short, no sentence, with text that is not bold right below."""
        line = page[start]
        plain = not line.bold or line.size < self.body * 0.95
        if plain or line.text.endswith((".", ",", ";", ":")):
            return False
        if line.cells and not _NUMBERING.match(f"{line.cells[0].text} "):
            return False  # a table's header
        follows = page[start + 1 : start + _MAX_LINES + 1]
        apart = start == 0 or page[start - 1].bottom - line.top > 1.3 * line.size
        return apart and len(line.text) < 90 and any(not other.bold for other in follows)

    def _learn_levels(self, pages: Sequence[Sequence[Line]]) -> dict[float, int]:
        """Level by size of type: as the outline has it; without one, larger is higher."""
        votes: dict[float, Counter[int]] = {}
        for page, named in zip(pages, self._named, strict=True):
            for heading in named:
                size = round(page[heading.start].size)
                votes.setdefault(size, Counter())[heading.level] += 1
        if votes:
            return {size: counts.most_common(1)[0][0] for size, counts in votes.items()}
        sizes = Counter(
            round(line.size)
            for page in pages
            for line in page
            if line.size >= self.body * _LARGER and not line.mono and len(line.text) <= _LONGEST
        )
        ranked = sorted(sizes, reverse=True)
        return {size: min(rank, 4) for rank, size in enumerate(ranked, start=1)}

    def _level(self, line: Line) -> int:
        size = round(line.size)
        if size in self._levels and line.size >= self.body * _LARGER:
            return self._levels[size]
        higher = [level for known, level in self._levels.items() if known > size]
        return min(6, max(higher, default=1) + 1)


def _key(text: str) -> str:
    """A heading without its number, case and punctuation, to compare outline and page."""
    bare = _NUMBERING.sub("", text.strip().lower(), count=1)
    return _PLAIN.sub("", bare or text.lower())
