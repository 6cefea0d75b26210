"""Training examples, and the reading sets they come from.

A reading set is a folder with ``passages.jsonl.gz``, one passage a line: {_id, title, text, qas:
[{question, answerable, answers, starts, kind}]}.
"""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z0-9\"'(\[])")
POSITIVE = "positive"
# What a negative is: its passage has all but the answer, or is about something else.
NEAR_MISS = "near miss"
ELSEWHERE = "elsewhere"
# Who says whether an example answers: nobody (only a teacher will), a rule that is right mostly, or
# the one who wrote the question.
NOBODY, RULE, PERSON = 0, 1, 2
DOCUMENTATION = "documentation"  # a source


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage. ``spans`` are character ranges in ``text``, none if it does not
    answer: with ``exact`` each is an answer, else an answer's sentence, of which any part may be
    pointed at. ``sort`` and ``judged`` are of the above, ``source`` says where it comes from."""

    question: str
    title: str
    text: str
    spans: tuple[tuple[int, int], ...]
    exact: bool
    sort: str
    source: str
    judged: int = PERSON


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage with its questions, each an ``Example`` on it."""

    id: str
    title: str
    text: str
    examples: tuple[Example, ...]


def read_set(folder: Path) -> Iterator[Reading]:
    """A reading set's passages. Raises FileNotFoundError naming what is missing."""
    with gzip.open(folder / "passages.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            title = row["title"].split(" / ")[0]
            yield Reading(
                row["_id"],
                title,
                row["text"],
                tuple(_example(folder.name, title, row["text"], each) for each in row["qas"]),
            )


def _example(source: str, title: str, text: str, row: dict[str, Any]) -> Example:
    spans = {
        (start, start + len(answer))
        for start, answer in zip(row["starts"], row["answers"], strict=True)
        if answer
    }
    return Example(
        question=row["question"].strip(),
        title=title,
        text=text,
        spans=tuple(sorted(spans)) if row["answerable"] else (),
        exact=row["kind"] != "sentence",
        sort=POSITIVE if row["answerable"] else NEAR_MISS,
        source=source,
    )


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences' character ranges; together they are all of ``text``."""
    cuts = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(cuts) if end > start]


def cut(example: Example, first: int, last: int) -> Example:
    """The example with only ``text[first:last]``, which holds its spans or has none of them."""
    spans = tuple(
        (start - first, end - first)
        for start, end in example.spans
        if first <= start and end <= last
    )
    return replace(example, text=example.text[first:last], spans=spans)
