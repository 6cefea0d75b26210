"""The reader that ships: MiniLM over question and passage, in int8, from the package
``cevvo-reader``, which says what it was trained on. ``evals/reader`` trains and exports it.
"""

import hashlib
import math
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cevvo.domain.documents import Reading, Span
from cevvo.errors import ProviderError
from cevvo.providers.inference import Network
from cevvo.providers.reading.base import PassageToRead
from cevvo.providers.reading.encoding import Window, windows
from cevvo.providers.wordpiece import word_pieces

_PACKAGE, _FILE = "cevvo_reader", "reader.onnx"
_SHA256 = "63f03653d564a489ff5d7b3952b66bae07d0101c90c5a0d9351fe6cca3f0aeb5"
_PORTS = {"ids": [1, "n"], "kinds": [1, "n"], "spans": [1, "n", 2], "whole": [1, 2]}
_GIVEN_UP = 2  # passages, see ``Reader``
_LONGEST_ANSWER = 30  # tokens, as is customary for SQuAD
_ABSENT = -30.0  # a logit that counts for nothing
Floats = NDArray[np.float64]


class MiniLmReader:
    """The default Reader. English; a passage takes a few milliseconds, see ``base``.

    Passages are read one by one: on a CPU a batch takes as long as its members one after the other,
    or longer where it has to be padded. A long one is read in windows.

    ``file`` is a model of the same form to take instead of the one that ships. Raises ProviderError
    when there is none, it cannot be read or run, or the one that ships is not the one pinned.
    """

    languages = frozenset({"en"})

    def __init__(self, file: Path | None = None) -> None:
        self._network = Network(_shipped() if file is None else _read(file))
        if self._network.shapes() != _PORTS:
            raise ProviderError(f"This is no reader: a reader has {_PORTS}.")

    def read(
        self,
        question: str,
        passages: Sequence[PassageToRead],
        budget: float,
        enough: float = math.inf,
        hopeless: float = -math.inf,
    ) -> list[Reading | None]:
        """See ``Reader``."""
        until = time.monotonic() + budget
        readings: list[Reading | None] = []
        for passage in passages:
            if time.monotonic() >= until:
                break
            reading = self._read(question, passage)
            readings.append(reading)
            said = [each.answers for each in readings if each is not None]
            if said and (max(said) >= enough or (len(said) == _GIVEN_UP and max(said) < hopeless)):
                break
        return [*readings, *[None] * (len(passages) - len(readings))]

    def _read(self, question: str, passage: PassageToRead) -> Reading | None:
        read = _Read()
        for window in windows(word_pieces(), question, passage.title, passage.text):
            spans, whole = self._network.run(
                ids=np.array([window.ids], np.int64), kinds=np.array([window.kinds], np.int64)
            )
            read.add(window, spans[0], whole[0])
        return read.reading(passage.sentences) if read.offsets else None


class _Read:
    """What the windows of one passage say, put together: of each token, what the window says that
    is surest of it, as the logits above those of "not here"."""

    def __init__(self) -> None:
        self.offsets: list[tuple[int, int]] = []
        self._logits = np.empty((0, 2))
        self._whole: list[NDArray[np.float32]] = []

    def add(self, window: Window, spans: NDArray[np.float32], whole: NDArray[np.float32]) -> None:
        """The logits of one more window, shapes (tokens, 2) and (2,)."""
        self._whole.append(whole)
        logits = spans[window.first : -1].astype(float) - spans[0]
        shared = len(self.offsets) - window.start
        both = np.maximum(self._logits[window.start :], logits[:shared])
        self._logits = np.concatenate([self._logits[: window.start], both, logits[shared:]])
        self.offsets += window.offsets[shared:]

    def reading(self, sentences: Sequence[Span]) -> Reading:
        """The reading of a passage with these sentences."""
        starts, ends = self._logits.T
        first, last, margin = _best(starts, ends)
        answers, relevant = (max(float(each[n]) for each in self._whole) for n in (0, 1))
        return Reading(
            answers=answers,
            relevant=relevant,
            margin=margin,
            span=Span(self.offsets[first][0], self.offsets[last][1]),
            sentences=self._shares(_softmax(starts) + _softmax(ends), sentences),
        )

    def _shares(self, mass: Floats, sentences: Sequence[Span]) -> NDArray[np.float32]:
        places = [start for start, _ in self.offsets]
        edges = np.concatenate([[0.0], np.cumsum(mass / 2)])
        first = np.searchsorted(places, [each.start for each in sentences])
        last = np.searchsorted(places, [each.end for each in sentences])
        shares: NDArray[np.float32] = (edges[last] - edges[first]).astype(np.float32)
        return shares


def _best(starts: Floats, ends: Floats) -> tuple[int, int, float]:
    """First and last token of the best span, and its logit."""
    best = (0, 0, _ABSENT)
    for length in range(min(_LONGEST_ANSWER, len(starts))):
        sums = starts[: len(starts) - length] + ends[length:]
        place = int(sums.argmax())
        if sums[place] > best[2]:
            best = (place, place + length, float(sums[place]))
    return best


def _softmax(logits: Floats) -> Floats:
    raw = np.exp(logits - logits.max())
    shares: Floats = raw / raw.sum()
    return shares


def _shipped() -> bytes:
    try:
        content = (resources.files(_PACKAGE) / _FILE).read_bytes()
    except (ModuleNotFoundError, OSError) as error:
        raise ProviderError("The reader's package, cevvo-reader, is not installed.") from error
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise ProviderError(
            "The reader's file is not the one this version was tested with: reinstall cevvo-reader."
        )
    return content


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ProviderError(f"The reader cannot be read: {error.strerror}.") from error
