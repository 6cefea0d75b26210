"""A model's reply as it streams in, read as statements: sentences, rows, headings, code blocks.

A statement comes out once it is whole. What comes out depends on the reply alone, never on how it
was cut into pieces: the reader looks wherever a word begins, and at the end of each line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cevvo.engine.answering.extractive.phrasing import INLINE_CODE
from cevvo.engine.answering.generative.markup import outside_code
from cevvo.engine.indexing.sentences import has_stop, sentence_spans

StatementKind = Literal["sentence", "heading", "header", "row", "code"]
Break = Literal["", " ", "\n", "\n\n"]

_NUMBERS = r"\^?\d{1,4}(?:\s*(?:[,;–-]|and)\s*\^?\d{1,4})*"
# [1], [1, 2], [1-3], [^1], 【1】, 【1†source】, [source 1], [passage 2]
_MARK = re.compile(
    rf"\s*(?:\[\s*(?:(?:source|passage|doc(?:ument)?)s?\s*:?\s*)?({_NUMBERS})\s*\](?!\()|"
    rf"【\s*({_NUMBERS})[^】\n]{{0,40}}】)",
    re.IGNORECASE,
)
_MARK_BEGUN = re.compile(r"(?:\[[^\[\]\n]{0,30}|【[^】\n]{0,60})$")
# {{the exact words}}, where quotations are asked for.
_QUOTATION = re.compile(r"\s*\{\{([^{}]{1,600})\}\}")
_LEAD = re.compile(r"( *)(?:([-*+•])|(\d{1,3})[.)])[ \t]+(?:\[[ xX]\] )?")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+")
_QUOTE = re.compile(r"(?: {0,3}> ?)+")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})[ \t]*([\w+#.-]*)")
_RULE_ROW = re.compile(r"\|?[ |:-]*-{2,}[ |:-]*")
_LINE_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}")
_WORD_BEGINS = re.compile(r"(?<=[\s。！？｡\]】])\S")
_LONGEST_SENTENCE = 2_000  # characters; what goes on for longer is taken for one as it stands
_LONGEST_RANGE = 10


@dataclass(frozen=True, slots=True)
class Statement:
    """A whole piece of a reply, its marks taken out of it.

    ``text`` is Markdown as the model wrote it: of a row its line, of a code block what is between
    the fences. ``marks`` are the numbers that it cites, in order, whatever they name. ``lead`` is
    the indentation and marker that a list item begins with. ``gap`` parts it from the statement
    before. ``language`` is that of a code block, as its fence has it. ``quotes`` are the words that
    a sentence gives to prove itself.
    """

    kind: StatementKind
    text: str
    marks: tuple[int, ...] = ()
    lead: str = ""
    gap: Break = ""
    language: str = ""
    quotes: tuple[str, ...] = ()


class ReplyReader:
    """Give it the pieces in order with ``read``, then call ``end``. ``quoted``: sentences come with
    quotations in double braces."""

    def __init__(self, *, quoted: bool = False) -> None:
        self._quoted = quoted
        self._line = ""  # of the present line what no statement has taken yet
        self._at_line_start = True
        self._gap: Break = ""
        self._fence: tuple[str, str] | None = None  # what closes the code block, its language
        self._code: list[str] = []
        self._row: Statement | None = None  # a header if a rule follows
        self._in_table = False

    def read(self, piece: str) -> Iterator[Statement]:
        """The statements that are whole with this piece."""
        *lines, rest = piece.split("\n")
        for line in lines:
            yield from self._go_on(line)
            yield from self._end_line()
        yield from self._go_on(rest)

    def end(self, *, whole: bool) -> Iterator[Statement]:
        """The rest. A reply that is not whole was cut: its last statement is left out."""
        if whole:
            yield from self._end_line()
        if self._fence is not None and whole:
            yield from self._end_code()
        if self._row is not None:
            yield self._row

    # --- lines

    def _end_line(self) -> Iterator[Statement]:
        line, at_start = self._line, self._at_line_start
        if self._fence is not None:
            yield from self._code_line(line)
        elif at_start and (opened := _FENCE.match(line)):
            yield from self._held_row()
            self._fence = (opened[1], opened[2])
            self._break("\n\n")
        elif at_start and line.lstrip().startswith("|"):
            yield from self._table_line(line)
        elif line.strip() and not (at_start and _LINE_RULE.fullmatch(line)):
            yield from self._held_row()
            yield from self._sentences(whole_line=True)
            self._break("\n")
        else:
            yield from self._held_row()
            self._break("\n\n" if at_start else "\n")
        self._line, self._at_line_start = "", True

    def _table_line(self, line: str) -> Iterator[Statement]:
        if self._row is not None and _RULE_ROW.fullmatch(line.strip()):
            row, self._row = self._row, None
            yield Statement("header", row.text, row.marks, gap=row.gap)
            return
        yield from self._held_row()
        text, marks = without_marks(line.strip())
        gap: Break = "\n" if self._in_table else "\n\n"
        self._row, self._in_table = Statement("row", text, marks, gap=gap), True

    def _held_row(self) -> Iterator[Statement]:
        if self._row is not None:
            yield self._row
            self._row = None
        if self._in_table and not self._line.lstrip().startswith("|"):
            self._in_table = False
            self._break("\n\n")

    def _code_line(self, line: str) -> Iterator[Statement]:
        fence = self._fence[0] if self._fence else ""
        closing = line.strip()
        if closing.startswith(fence) and not closing.strip(fence[0]):
            yield from self._end_code()
        else:
            self._code.append(line)

    def _end_code(self) -> Iterator[Statement]:
        text = "\n".join(self._code).strip("\n")
        language = self._fence[1] if self._fence else ""
        self._fence, self._code = None, []
        if text.strip():
            yield Statement("code", text, gap="\n\n", language=language)
        self._gap = "\n\n"

    # --- sentences

    def _go_on(self, text: str) -> Iterator[Statement]:
        """More of the line. Where a word begins, the white space or stop before it may have ended a
        sentence."""
        seen, self._line = len(self._line), self._line + text
        if self._fence is not None:
            return
        while begun := _WORD_BEGINS.search(self._line, seen):
            line, rest = self._line[: begun.end()], self._line[begun.end() :]
            self._line = line
            if has_stop(line):  # a model may repeat a word for pages
                yield from self._sentences(whole_line=False)
                if len(self._line) > _LONGEST_SENTENCE:
                    yield from self._sentences(whole_line=True)
            seen, self._line = len(self._line), self._line + rest

    def _sentences(self, *, whole_line: bool) -> Iterator[Statement]:
        """Those that the line holds: but the last, and any in open brackets or backticks, unless
        the line is whole."""
        kind, lead, body = self._opening()
        blank = _blank(self._unquoted(body))
        if not whole_line and (
            (self._at_line_start and (body.startswith(("|", "```", "~~~"))))
            or kind == "heading"
            or self._in_table
            or _MARK_BEGUN.search(body)
            or "`" in blank
            or (self._quoted and "{" in blank)
        ):
            return
        spans = sentence_spans(blank)
        if not whole_line and len(spans) < 2:
            return
        starts = [0, *(span.start for span in spans[1:]), len(body)]
        ends = starts[1:] if whole_line else starts[1:-1]
        for start, end in zip(starts, ends, strict=False):
            piece = body[start:end]
            quotes = tuple(_QUOTATION.findall(piece)) if self._quoted else ()
            text, marks = without_marks(_QUOTATION.sub("", piece) if quotes else piece)
            if text or marks:
                lead_of_it = lead if start == 0 else ""
                yield Statement(kind, text, marks, lead_of_it, self._gap, quotes=quotes)
            self._gap, self._at_line_start = " ", False
        self._line = "" if whole_line else body[ends[-1] :]

    def _unquoted(self, text: str) -> str:
        """As long as ``text``, with quotations blanked out: they belong to the sentence before."""
        if not self._quoted:
            return text
        return _QUOTATION.sub(lambda match: " " * len(match[0]), text)

    def _opening(self) -> tuple[StatementKind, str, str]:
        """What the line is, its list marker, and the rest of it."""
        if not self._at_line_start:
            return "sentence", "", self._line
        quote = _QUOTE.match(self._line)
        line = self._line[quote.end() :] if quote else self._line
        if heading := _HEADING.match(line):
            return "heading", "", line[heading.end() :].rstrip("# \t")
        if item := _LEAD.match(line):
            marker = f"{item[3]}." if item[3] else "-"
            return "sentence", f"{item[1]}{marker} ", line[item.end() :]
        return "sentence", "", line.lstrip()

    def _break(self, gap: Break) -> None:
        if len(gap) > len(self._gap.strip(" ")):
            self._gap = gap


def without_marks(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without its marks, and the numbers that they name, each once, in order."""
    numbers: dict[int, None] = {}

    def take(match: re.Match[str]) -> str:
        numbers.update(dict.fromkeys(_numbers(match[1] or match[2])))
        return ""

    return outside_code(text, lambda prose: _MARK.sub(take, prose)).strip(), tuple(numbers)


def _numbers(listed: str) -> Iterator[int]:
    """``1, 3-5`` as 1, 3, 4, 5."""
    for part in re.split(r"[,;]|and", listed.replace("^", "")):
        first, *last = (int(number) for number in re.findall(r"\d+", part))
        if last and first < last[0] <= first + _LONGEST_RANGE:
            yield from range(first, last[0] + 1)
        else:
            yield from (first, *last)


def _blank(text: str) -> str:
    """As long as ``text``, with marks and inline code blanked out: neither ends a sentence."""
    bare = INLINE_CODE.sub(lambda match: "x" * len(match[0]), text)
    return _MARK.sub(lambda match: " " * len(match[0]), bare)
