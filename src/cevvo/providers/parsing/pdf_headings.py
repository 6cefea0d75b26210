"""Which lines of a PDF are headings: those its outline names, else those set larger or bold."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cevvo.providers.parsing.pdf_lines import BOX_TITLE, Line, body_size

_LARGER = 1.12
_LONGEST = 160
_MAX_LINES = 3
_NUMBERING = re.compile(
    r"^(?:chapter|part|appendix|section)?\s*(?:[\divx]+|[a-z])(?:\.\d+)*[.:)]?\s+", re.I
)
_PLAIN = re.compile(r"[\W_]+")


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


class HeadingFinder:
    """Finds the headings of one document; ``level_of_size`` is learnt from its outline."""

    def __init__(self, pages: Sequence[Sequence[Line]], outline: Sequence[OutlineEntry]) -> None:
        self.body = body_size(pages)
        self._outline: dict[int, list[OutlineEntry]] = {}
        for entry in outline:
            self._outline.setdefault(entry.page, []).append(entry)
        self._named = [self._by_outline(page) for page in pages]
        self._levels = self._learn_levels(pages)

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
        found = []
        position = 0
        while wanted and position < len(page):
            count = 1
            while count <= _MAX_LINES:
                text = " ".join(line.text for line in page[position : position + count])
                entry = wanted.pop(_key(text), None)
                if entry is not None and page[position].size >= self.body * 0.95:
                    found.append(Heading(position, count, min(entry.level, 6)))
                    position += count - 1
                    break
                count += 1
            position += 1
        return found

    def _larger_run(self, page: Sequence[Line], start: int, taken: set[int]) -> int:
        """How many lines from ``start`` on form a heading by their look; 0 for none."""
        first = page[start]
        larger = first.size >= self.body * _LARGER
        if first.mono or not (larger or self._is_bold_line(page, start)):
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
        text = " ".join(line.text for line in page[start : start + count])
        letters = any(character.isalpha() for character in text)
        return count if letters and count <= _MAX_LINES and len(text) <= _LONGEST else 0

    def _is_bold_line(self, page: Sequence[Line], start: int) -> bool:
        """Bold, short, no sentence, with text that is not bold right below."""
        line = page[start]
        plain = not line.bold or line.size < self.body * 0.95 or BOX_TITLE.fullmatch(line.text)
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
