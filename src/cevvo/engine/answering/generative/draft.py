"""An answer as it is written by a model and checked: only what the evidence supports gets in.

A statement is checked once it is whole and before anybody sees it, so nothing that was sent is
ever taken back. A line that claims nothing (a heading, "Follow these steps:") waits until
something that it stands above is let through.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cevvo.domain.answers import Citation, CitedSource
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.citations import cite, quoted_spans
from cevvo.engine.answering.confidence import signals_of
from cevvo.engine.answering.evidence.scoring import Evidence
from cevvo.engine.answering.evidence.sections import cells_of
from cevvo.engine.answering.generative.markup import inert, written
from cevvo.engine.answering.generative.reply_reader import Break, Statement
from cevvo.engine.answering.generative.support import Support, SupportFinder
from cevvo.engine.answering.phrasebook import guess_language
from cevvo.engine.answering.sources import CitedPages
from cevvo.providers.parsing.characters import visible

_Block = Literal["prose", "item", "table", "code"]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A line that claims nothing by itself. ``gap`` parts it from what was said before."""

    text: str
    is_heading: bool
    lead: str
    gap: Break


class Draft:
    """Takes a reply's statements in order; gives the text of those that stand, with marks."""

    def __init__(self, finder: SupportFinder, question: Question, evidence: Evidence) -> None:
        self._finder = finder
        self._question = question
        self._evidence = evidence
        self._pages = CitedPages()
        self._citations: dict[Citation, None] = {}
        self._waiting: list[_Waiting] = []
        self._columns: tuple[str, ...] = ()  # of a table of which nothing is said yet
        self._before: _Block | None = None  # what was said last
        self._gap: Break = ""  # the widest since then
        self._lead = ""  # the marker of an item that nothing is said of yet
        self._in_item = False
        self._announced: int | None = None  # the mark of the line said last, if it announces
        self.kept = 0
        """Statements let through that claim something."""
        self.dropped = 0
        """Statements that claim something and have no support."""

    @property
    def sources(self) -> tuple[CitedSource, ...]:
        """The pages cited, in order of their numbers."""
        return self._pages.sources

    @property
    def citations(self) -> tuple[Citation, ...]:
        """In order of first use, each once."""
        return tuple(self._citations)

    def take(self, statement: Statement) -> str:
        """The text that the answer goes on with; empty where the statement waits or falls."""
        self._gap = _wider(self._gap, statement.gap)
        if statement.lead or statement.gap.startswith("\n"):
            self._lead, self._in_item = statement.lead, bool(statement.lead)
        if statement.kind == "code":
            return "".join(self._code(statement))
        if statement.kind == "header":
            self._columns = tuple(inert(cell) for cell in cells_of(statement.text))
            return ""
        if statement.kind == "row":
            return "".join(self._row(statement))
        return "".join(self._sentence(statement))

    # --- statements

    def _sentence(self, statement: Statement) -> Iterator[str]:
        text = inert(statement.text)
        if not any(map(str.isalnum, text)):
            return
        is_heading = statement.kind == "heading"
        support = None if is_heading else self._support(text, statement)
        if support is not None:
            yield from self._introduced(support)
            number = self._cite(support)
            yield self._said("item" if self._in_item else "prose", f"{written(text)} [{number}]")
            self._announced = number if _announces(text) else None
        elif is_heading or _announces(text):
            self._wait(_Waiting(text, is_heading, self._lead, self._gap))
        else:
            self.dropped += 1

    def _support(self, text: str, statement: Statement) -> Support | None:
        support = self._finder.find(text, statement.marks)
        if support is None and statement.quotes:
            language = guess_language(text)
            support = self._finder.find_quoted(text, statement.marks, statement.quotes, language)
        return support

    def _code(self, statement: Statement) -> Iterator[str]:
        code = visible(statement.text)
        support = self._finder.find_code(code)
        if support is None:
            self.dropped += 1
            return
        number = self._cite(support)
        yield from self._introduced(support, number)
        has_mark = self._announced == number
        yield self._said("code", _fenced(code, statement.language))
        if not has_mark:
            yield self._said("prose", f"[{number}]")

    def _row(self, statement: Statement) -> Iterator[str]:
        cells = [inert(cell) for cell in cells_of(statement.text)]
        line = " – ".join(filter(None, cells))
        support = self._finder.find(line, statement.marks) if line else None
        if support is None:
            self.dropped += 1
            return
        yield from self._introduced(support)
        number = self._cite(support)
        if self._columns and self._finder.introduces(" – ".join(self._columns), support):
            width = max(len(cells), len(self._columns))
            yield self._said("table", f"{_row_of(self._columns, width)}\n|{' --- |' * width}")
            self._before = "table"
        self._columns = ()
        if self._before == "table":
            yield self._said("table", _row_of(cells, len(cells), number))
        else:
            self._lead, self._in_item = "- ", True
            yield self._said("item", f"{written(line)} [{number}]")

    # --- lines that claim nothing

    def _wait(self, line: _Waiting) -> None:
        """It takes the place of a line of its sort; a heading of any."""
        if line.is_heading:
            self._waiting = []
        self._waiting = [each for each in self._waiting if each.is_heading]
        self._waiting.append(line)
        self._gap, self._lead = "", ""

    def _introduced(self, support: Support, number: int | None = None) -> Iterator[str]:
        """The lines that have waited for this support; the last has the mark if one is given."""
        waiting, self._waiting = self._waiting, []
        gap, self._gap = self._gap, ""
        lead, self._lead = self._lead, ""
        in_item = self._in_item
        for line in waiting:
            self._gap = _wider(self._gap, line.gap)
            if not self._finder.introduces(line.text, support):
                continue
            self._lead, self._in_item = line.lead, bool(line.lead)
            mark = f" [{number}]" if number and line is waiting[-1] and not line.is_heading else ""
            text = f"**{line.text.replace('**', '')}**" if line.is_heading else line.text
            yield self._said("item" if line.lead else "prose", f"{written(text)}{mark}")
            self._announced = number if mark else None
        self._gap, self._lead, self._in_item = _wider(self._gap, gap), lead, in_item

    # --- what is said

    def _cite(self, support: Support) -> int:
        """The mark of what supports a statement, which is cited with it."""
        self.kept += 1
        passage = support.passage
        signals = signals_of(self._question, self._evidence, support.lead)
        number = self._pages.number(passage, self._question.calibration.answerable(signals))
        for span in quoted_spans(passage, support.spans):
            self._citations[cite(passage, span, number)] = None
        return number

    def _said(self, block: _Block, text: str) -> str:
        """The text with what parts it from what was said before."""
        lead, self._lead = self._lead, ""
        gap: Break = self._gap or " "
        if self._before is None:
            gap = ""
        elif block != self._before or block == "code":
            gap = "\n\n"
        elif block == "table" or (block == "item" and lead):
            gap = "\n"
        self._before, self._gap, self._announced = block, "", None
        return f"{gap}{lead}{text}"


def _announces(text: str) -> bool:
    return text.rstrip("*").endswith((":", "："))


def _wider(one: Break, other: Break) -> Break:
    return max(one, other, key=lambda gap: (gap.count("\n"), len(gap)))


def _fenced(code: str, language: str) -> str:
    fence = "`" * (max((len(run) for run in re.findall("`{3,}", code)), default=2) + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def _row_of(cells: Sequence[str], width: int, number: int | None = None) -> str:
    shown = [written(cell).replace("|", "\\|") for cell in cells] + [""] * (width - len(cells))
    if number is not None:
        shown[-1] = f"{shown[-1]} [{number}]".strip()
    return f"| {' | '.join(shown)} |"
