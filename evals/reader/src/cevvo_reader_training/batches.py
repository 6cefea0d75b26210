"""Encoded examples in the order in which training takes them, and the file they are kept in."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cevvo.providers.reading.encoding import Window, windows
from cevvo.providers.wordpiece import word_pieces
from cevvo_reader_training.examples import ELSEWHERE, Example

TOKENS = 2560  # of a batch, padding included
_POOL = 1536  # groups that are sorted by length among themselves
_TITLED = 0.6  # share of the groups whose examples have their title


@dataclass(frozen=True, slots=True)
class Encoded:
    """One input with its marks: ``starts`` and ``ends`` are 1 where the answer may start and end,
    on [CLS] where there is none. ``elsewhere``: irrelevant, not only without the answer."""

    window: Window
    starts: list[int]
    ends: list[int]
    answers: bool
    elsewhere: bool


def encoded(group: Sequence[Example], chance: random.Random) -> list[Encoded]:
    """The group's examples; one whose answer the input does not hold is left out."""
    titled = chance.random() < _TITLED
    found = (encode(each, titled=titled) for each in group)
    return [each for each in found if each is not None]


def encode(example: Example, *, titled: bool) -> Encoded | None:
    """The first window that holds an answer, or the first of all if there is none to hold."""
    title = example.title if titled else ""
    for window in windows(word_pieces(), example.question, title, example.text):
        starts, ends = [0] * len(window.ids), [0] * len(window.ids)
        if not example.spans:
            starts[0] = ends[0] = 1
            return Encoded(window, starts, ends, False, example.sort == ELSEWHERE)
        for start, end in example.spans:
            _mark(window, start, end, example.exact, starts, ends)
        if any(starts) and any(ends):
            return Encoded(window, starts, ends, True, False)
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
class Batches:
    """All inputs one after the other: ``tokens`` has for each token its id, kind, start and end
    mark; ``examples`` for each example its first token, length, group, answers, elsewhere;
    ``cuts`` the first example of each batch and, last, their number."""

    tokens: NDArray[np.int32]
    examples: NDArray[np.int32]
    cuts: NDArray[np.int32]

    def save(self, file: Path) -> None:
        """Write to a ``.npz`` file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, tokens=self.tokens, examples=self.examples, cuts=self.cuts)

    @classmethod
    def load(cls, file: Path) -> "Batches":
        """Read what ``save`` wrote."""
        with np.load(file) as stored:
            return cls(stored["tokens"], stored["examples"], stored["cuts"])

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def describe(self) -> str:
        """Numbers of everything."""
        return (
            f"{len(self)} batches, {len(self.examples)} examples, {len(self.tokens)} tokens "
            f"({len(self.tokens) / len(self.examples):.0f} an example)"
        )

    def batch(self, index: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Tokens (examples, longest, 4), zeros where there is none, and the examples' rows."""
        rows = self.examples[self.cuts[index] : self.cuts[index + 1]]
        tokens = np.zeros((len(rows), int(rows[:, 1].max()), 4), np.int64)
        for number, (first, length, *_) in enumerate(rows):
            tokens[number, :length] = self.tokens[first : first + length]
        return tokens, rows.astype(np.int64)


def batched(groups: Iterable[list[Encoded]], chance: random.Random) -> Batches:
    """Groups of about one length go into one batch, else in the order of ``groups``."""
    tokens: list[NDArray[np.int32]] = []
    rows: list[tuple[int, int, int, int, int]] = []
    cuts = [0]
    place = 0
    number = 0
    for pool in _pools(groups):
        for batch in _of_a_length(pool, chance):
            for group in batch:
                number += 1
                for each in group:
                    length = len(each.window.ids)
                    marks = [each.window.ids, each.window.kinds, each.starts, each.ends]
                    tokens.append(np.array(marks, np.int32).T)
                    rows.append((place, length, number, each.answers, each.elsewhere))
                    place += length
            cuts.append(len(rows))
    return Batches(np.concatenate(tokens), np.array(rows, np.int32), np.array(cuts, np.int32))


def _pools(groups: Iterable[list[Encoded]]) -> Iterable[list[list[Encoded]]]:
    pool: list[list[Encoded]] = []
    for group in groups:
        if group:
            pool.append(group)
        if len(pool) == _POOL:
            yield pool
            pool = []
    if pool:
        yield pool


def _of_a_length(pool: list[list[Encoded]], chance: random.Random) -> list[list[list[Encoded]]]:
    batches: list[list[list[Encoded]]] = []
    batch: list[list[Encoded]] = []
    longest = count = 0
    for group in sorted(pool, key=_length):
        longest, count = max(longest, _length(group)), count + len(group)
        if batch and longest * count > TOKENS:
            batches.append(batch)
            batch, longest, count = [], _length(group), len(group)
        batch.append(group)
    batches.append(batch)
    chance.shuffle(batches)
    return batches


def _length(group: list[Encoded]) -> int:
    return max(len(each.window.ids) for each in group)
