"""Encoded examples, the file they are kept in, and the order in which training takes them."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cevvo.providers.reading.encoding import Window, windows
from cevvo.providers.wordpiece import Tokens, WordPieces
from cevvo_reader_training.examples import DOCUMENTATION, ELSEWHERE, Example

TOKENS = 2560  # of a batch, padding included
_POOL = 1536  # groups that are sorted by length among themselves
_TITLED, _HEADED = 0.6, 0.9  # share of the groups whose examples have their title, their headings
LENGTH, GROUP, ANSWERED, IRRELEVANT, JUDGED = 1, 2, 3, 4, 5  # columns of ``Examples.rows``
KIND, START, END = 1, 2, 4  # bits of ``Examples.marks``
Row = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Encoded:
    """One input with its marks: ``starts`` and ``ends`` are 1 where the answer may start and end,
    on [CLS] where there is none. ``elsewhere``: irrelevant, not only without the answer."""

    window: Window
    starts: list[int]
    ends: list[int]
    answers: bool
    elsewhere: bool
    judged: int


class _Pieces(WordPieces):
    """Takes a text apart once, however many questions are asked about it."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = lru_cache(maxsize=20_000)(super().encode)

    def encode(self, text: str) -> Tokens:
        return self._kept(text)


@lru_cache(maxsize=1)
def _pieces() -> WordPieces:
    return _Pieces()


def encoded(group: Sequence[Example], chance: random.Random) -> list[Encoded]:
    """The group's examples; one whose answer the input does not hold is left out."""
    headed = bool(group) and group[0].source == DOCUMENTATION
    titled = chance.random() < (_HEADED if headed else _TITLED)
    found = (encode(each, titled=titled) for each in group)
    return [each for each in found if each is not None]


def encode(example: Example, *, titled: bool) -> Encoded | None:
    """The first window that holds an answer, or the first of all if there is none to hold."""
    title = example.title if titled else ""
    for window in windows(_pieces(), example.question, title, example.text):
        starts, ends = [0] * len(window.ids), [0] * len(window.ids)
        if not example.spans:
            starts[0] = ends[0] = 1
            elsewhere = example.sort == ELSEWHERE
            return Encoded(window, starts, ends, False, elsewhere, example.judged)
        for start, end in example.spans:
            _mark(window, start, end, example.exact, starts, ends)
        if any(starts) and any(ends):
            return Encoded(window, starts, ends, True, False, example.judged)
    return None


def _mark(
    window: Window, start: int, end: int, exact: bool, starts: list[int], ends: list[int]
) -> None:
    inside = [i for i, (s, e) in enumerate(window.offsets) if s < end and start < e]
    if not inside or (exact and window.offsets[inside[-1]][1] < end):
        return
    first, last = window.first + inside[0], window.first + inside[-1]
    for place in range(first, last + 1):
        starts[place] |= not exact or place == first
        ends[place] |= not exact or place == last


@dataclass(frozen=True, slots=True)
class Examples:
    """All inputs one after the other: of each token its id and its ``marks`` (``KIND``: of the
    passage; ``START``, ``END``: the answer may start, end there); ``rows`` has for each example its
    first token, length, group, whether it answers, is ``elsewhere``, and who judged that."""

    ids: NDArray[np.uint16]
    marks: NDArray[np.uint8]
    rows: NDArray[np.int32]

    @classmethod
    def of(cls, groups: Iterable[Sequence[Encoded]]) -> "Examples":
        """The groups' examples, in their order."""
        ids: list[NDArray[np.uint16]] = []
        marks: list[NDArray[np.uint8]] = []
        rows: list[Row] = []
        place = 0
        for number, group in enumerate(groups):
            for each in group:
                window = each.window
                length = len(window.ids)
                ids.append(np.array(window.ids, np.uint16))
                kinds, starts, ends = (
                    np.array(values, np.uint8) for values in (window.kinds, each.starts, each.ends)
                )
                marks.append(KIND * kinds + START * starts + END * ends)
                rows.append((place, length, number, each.answers, each.elsewhere, each.judged))
                place += length
        return cls(np.concatenate(ids), np.concatenate(marks), np.array(rows, np.int32))

    def save(self, file: Path) -> None:
        """Write to a ``.npz`` file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(file, ids=self.ids, marks=self.marks, rows=self.rows)

    @classmethod
    def load(cls, file: Path) -> "Examples":
        """Read what ``save`` wrote."""
        with np.load(file) as stored:
            return cls(stored["ids"], stored["marks"], stored["rows"])

    def __len__(self) -> int:
        return len(self.rows)

    def describe(self) -> str:
        """Numbers of everything."""
        each = len(self.ids) / len(self)
        return f"{len(self)} examples, {len(self.ids)} tokens ({each:.0f} an example)"

    def judged(self, least: int) -> "Examples":
        """Those that were judged at least so well; the tokens of the others stay."""
        return Examples(self.ids, self.marks, self.rows[self.rows[:, JUDGED] >= least])

    def batches(self, tokens: int, seed: int) -> Iterator[list[NDArray[np.int64]]]:
        """For each time that the data is gone through, its batches: numbers of examples.

        The first time groups are taken in their order, later in one that is drawn. Those of about
        one length stand in one batch, of at most ``tokens``, padding included.
        """
        edges = np.flatnonzero(np.diff(self.rows[:, GROUP], prepend=-1, append=-1))
        groups = np.stack([edges[:-1], edges[1:]], 1)
        longest = np.maximum.reduceat(self.rows[:, LENGTH], edges[:-1])
        draw = np.random.default_rng(seed)
        order = np.arange(len(groups))
        while True:
            yield [
                np.concatenate([np.arange(*groups[each]) for each in batch])
                for pool in range(0, len(order), _POOL)
                for batch in _of_a_length(order[pool : pool + _POOL], groups, longest, tokens, draw)
            ]
            order = draw.permutation(len(groups))


def _of_a_length(
    pool: NDArray[np.int64],
    groups: NDArray[np.int64],
    longest: NDArray[np.int32],
    tokens: int,
    draw: np.random.Generator,
) -> list[list[int]]:
    batches: list[list[int]] = []
    batch: list[int] = []
    count = 0
    for group in pool[np.argsort(longest[pool], kind="stable")]:
        first, last = groups[group]
        count += int(last - first)
        if batch and int(longest[group]) * count > tokens:
            batches.append(batch)
            batch, count = [], int(last - first)
        batch.append(int(group))
    batches.append(batch)
    return [batches[number] for number in draw.permutation(len(batches))]
