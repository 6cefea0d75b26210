"""Questions with what a right answer looks like, from a CSV or JSON Lines file.

Columns (keys of JSON Lines): ``question``, and as far as is known ``expected`` (phrases of which a
right answer has one), ``page`` (addresses of pages that answer it, or their ends), ``answerable``
(whether the sources say), ``thread`` (questions with the same value are one conversation). Several
values of a cell are separated by ``|``; in JSON they may be a list. Other columns are kept.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cevvo.errors import InvalidRequest

COLUMNS = ("question", "expected", "page", "answerable", "thread")
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_LONGEST = 8000  # characters of a question, as the API has it
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what is expected.

    ``answerable`` is None where neither its cell nor an expectation tells.
    ``line`` is the line of the file that it begins on, from 1. ``more`` has the other columns.
    """

    question: str
    expected: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    answerable: bool | None = None
    thread: str | None = None
    line: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


def read_cases(file: Path) -> list[Case]:
    """The rows of a ``.jsonl`` file, or of any other as CSV with a header line.

    Raises InvalidRequest, with file, line and column, where something is not as it should be.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidRequest(f"{file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise InvalidRequest(f"{file} is not UTF-8. Save it with that encoding.") from None
    rows = _json_lines if file.suffix in (".jsonl", ".ndjson") else _csv_rows
    cases = [_case(_Row(file, line, cells)) for line, cells in rows(file, text)]
    if not cases:
        raise InvalidRequest(f"{file} has no questions: one row each, below a header line in CSV.")
    return cases


@dataclass(frozen=True, slots=True)
class _Row:
    file: Path
    line: int
    cells: Mapping[str, Any]

    def wrong(self, column: str, problem: str) -> InvalidRequest:
        message = f"{self.file}, line {self.line}, column {column}: {problem}"
        return InvalidRequest(message, param=column)

    def text(self, column: str) -> str:
        value = self.cells.get(column)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(column, f"{_shown(value)} is not text.")
        return value.strip()

    def values(self, column: str) -> tuple[str, ...]:
        value = self.cells.get(column)
        if isinstance(value, list):
            if not all(isinstance(each, str) for each in value):
                raise self.wrong(column, f"{_shown(value)} is not a list of texts.")
            parts = value
        else:
            parts = self.text(column).split("|")
        return tuple(part.strip() for part in parts if part.strip())

    def truth(self, column: str) -> bool | None:
        value = self.cells.get(column)
        if value is None or isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word and word not in _TRUE | _FALSE:
            raise self.wrong(column, f"{_shown(value)} is neither true nor false.")
        return None if not word else word in _TRUE


def _case(row: _Row) -> Case:
    question = row.text("question")
    if not question:
        raise row.wrong("question", "it is empty. Write what a user asks.")
    if len(question) > _LONGEST:
        raise row.wrong("question", f"it has more than {_LONGEST} characters.")
    expected, pages = row.values("expected"), row.values("page")
    answerable = row.truth("answerable")
    if answerable is False and (expected or pages):
        given = "expected" if expected else "page"
        raise row.wrong(
            given, "answerable is false, so there is nothing to expect: leave it empty."
        )
    return Case(
        question=question,
        expected=expected,
        pages=pages,
        answerable=True if expected or pages else answerable,
        thread=row.text("thread") or None,
        line=row.line,
        more={name: value for name, value in row.cells.items() if name not in COLUMNS},
    )


def _csv_rows(file: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            if names is None:
                names = _header(file, cells)
            elif any(cell.strip() for cell in cells):
                if len(cells) > len(names):
                    raise InvalidRequest(
                        f"{file}, line {line}: {len(cells)} cells under {len(names)} columns. "
                        'A cell with a comma needs quotes: "like, this".'
                    )
                yield line, dict(zip(names, cells, strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidRequest(f"{file}, line {line}: not CSV ({error}).") from None


def _parted(names: list[str], separator: str) -> list[str]:
    return [each.strip(' "') for each in ",".join(names).split(separator)]


def _header(file: Path, cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if "question" not in names:
        separator = next((each for each in _SEPARATORS if "question" in _parted(names, each)), None)
        if separator is not None:
            raise InvalidRequest(
                f"{file}, line 1: the columns are separated by {_SEPARATORS[separator]}; separate "
                "them by commas. Spreadsheets call it CSV (comma delimited) or CSV UTF-8."
            )
        raise InvalidRequest(
            f"{file}, line 1: there is no column question among {', '.join(names) or 'none'}. "
            f"The first line names the columns: {', '.join(COLUMNS)}."
        )
    return names


def _json_lines(file: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            row = json.loads(written)
        except ValueError as error:
            raise InvalidRequest(f"{file}, line {line}: not JSON ({error}).") from None
        if not isinstance(row, dict):
            raise InvalidRequest(
                f"{file}, line {line}: {_shown(row)} is no object. "
                'Write one a line: {"question": "How do I …?"}'
            )
        yield line, row


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]
