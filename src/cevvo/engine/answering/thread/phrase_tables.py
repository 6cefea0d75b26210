"""Tells messages that are made of known phrases throughout, and what those mean."""

import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Generic, TypeVar

from cevvo.engine.answering.phrasebook import Language
from cevvo.engine.answering.thread.phrases import FILLERS, FRAMES, INTENSIFIERS

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_CHOICE = re.compile(r"\[([^\]]*)\]")
_ALTERNATIVE = re.compile(r"\|(?![^\[]*\])")
_MOST_WORDS = 24  # nobody's small talk is longer; bounds the work on a long message
T = TypeVar("T", bound=str)


def words_of(text: str) -> list[str]:
    """The words of a message, lower case, without punctuation; apostrophes stay."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("-", " ")
    return _WORD.findall(folded)


def spelled_out(phrases: str) -> Iterator[str]:
    """Every phrase of a table's entry: ``see [you/ya]|bye`` is three phrases."""
    for phrase in _ALTERNATIVE.split(phrases):
        parts = _CHOICE.split(phrase)
        choices = (part.split("/") if n % 2 else (part,) for n, part in enumerate(parts))
        for choice in product(*choices):
            yield " ".join("".join(choice).split())


class PhraseTable(Generic[T]):
    """Phrases by language and intent, as in ``phrases``; ``frames`` mean nothing by themselves."""

    def __init__(self, phrases: Mapping[Language, Mapping[T, str]], frames: str = "") -> None:
        self._meanings: dict[tuple[str, ...], tuple[tuple[T, Language], ...]] = {}
        for language, intents in phrases.items():
            for intent, entry in intents.items():
                meaning = (intent, language)
                for phrase in spelled_out(entry):
                    # Tens of thousands of phrases of a few hundred words: one string for each word.
                    words = _essential([sys.intern(word) for word in words_of(phrase)])
                    meanings = self._meanings.get(words, ())
                    if meaning not in meanings:
                        self._meanings[words] = (*meanings, meaning)
        for frame in spelled_out(f"{FRAMES}|{frames}"):
            self._meanings.setdefault(_essential(words_of(frame)), ())
        self._meanings.pop((), None)
        self._longest = max(map(len, self._meanings))

    def meanings(self, words: Sequence[str]) -> Sequence[tuple[T, Language]]:
        """What the fewest phrases mean that make up the words; nothing if a word is left over."""
        if len(words) > _MOST_WORDS:
            return []
        words = _essential(words)
        spelt = [tuple(_shortened(word, keep) for word in words) for keep in (0, 1, 2)]
        parted: list[tuple[int, list[tuple[T, Language]]] | None] = [(0, [])]  # by number of words
        for end in range(1, len(words) + 1):
            best: tuple[int, list[tuple[T, Language]]] | None = None
            for start in range(max(0, end - self._longest), end):
                before = parted[start]
                meanings = None if before is None else self._phrase(spelt, start, end)
                if before is None or meanings is None:
                    continue
                if best is None or before[0] + 1 < best[0]:
                    best = before[0] + 1, [*before[1], *meanings]
            parted.append(best)
        last = parted[-1]
        return [] if last is None else last[1]

    def _phrase(
        self, spelt: Sequence[tuple[str, ...]], start: int, end: int
    ) -> Sequence[tuple[T, Language]] | None:
        """What the words from ``start`` to ``end`` may mean, in whichever way they are ``spelt``;
        nothing for a filler, None for what is not known."""
        for words in spelt:
            meanings = self._meanings.get(words[start:end])
            if meanings is not None:
                return meanings
        return () if end - start == 1 and spelt[0][start] in FILLERS else None


def _essential(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in INTENSIFIERS)


def _shortened(word: str, keep: int) -> str:
    """``hellooo`` as ``hello`` (keep 1) or ``helloo`` (keep 2)."""
    return _STRETCHED.sub(lambda match: match[1] * keep, word) if keep else word
