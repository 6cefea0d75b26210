"""Words that are spelt almost like those of the documents.

Only plain words are looked at: five letters or more, not part of an identifier, no digits. What is
``--force-with-lease``, ``E0308`` or ``NoneType`` is meant as it is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cevvo.engine.retrieval.terms import without_diacritics

LONG = 8
"""Letters from which a word may have two mistakes."""
PREFIX = 4
"""Letters at the beginning of a word with two mistakes that are right."""
_SHORTEST = 5  # letters: shorter words are near to too many others
_LONGEST = 24
_MOST = 50  # words of a question
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ",
    "αβγδεζηθικλμνξοπρσςτυφχψω",
)
_PUNCTUATION = ".,;:!?()[]{}\"'…“”‘’«»„¿¡"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question that may be misspelt: in small letters without diacritics, and as the
    question has it first."""

    text: str
    written: str


def plain_words(question: str) -> list[Word]:
    """The words of ``question`` that may be misspelt, each once; the first few of a long text."""
    shouted = question.isupper()
    found: dict[str, Word] = {}
    for each in question.split():
        word = each.strip(_PUNCTUATION)
        folded = without_diacritics(word).casefold()
        plain = shouted or word.islower() or word.istitle()
        if plain and _SHORTEST <= len(folded) <= _LONGEST and _alphabet(folded):
            found.setdefault(folded, Word(folded, word))
    return list(found.values())[:_MOST]


def _alphabet(word: str) -> str:
    """The alphabet that all of the word is written in, empty if there is none."""
    return next((letters for letters in _ALPHABETS if set(word) <= set(letters)), "")


def one_away(word: str) -> set[str]:
    """All words that one mistake parts from ``word``: a letter more, less or other, or two letters
    in each other's place (Damerau 1964). About 55 times as many as it has letters."""
    return set(_one_away(word, _alphabet(word))) - {word}


def _one_away(word: str, alphabet: str) -> Iterator[str]:
    for i in range(len(word) + 1):
        before, after = word[:i], word[i:]
        for letter in alphabet:
            yield before + letter + after
        if not after:
            continue
        yield before + after[1:]
        for letter in alphabet:
            yield before + letter + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def distance(first: str, second: str, most: int) -> int:
    """Mistakes between two words (optimal string alignment), ``most + 1`` for more than ``most``.

    Takes time in proportion to the length times ``most``.
    """
    if abs(len(first) - len(second)) > most:
        return most + 1
    far = most + 1
    two_back: list[int] = []
    back = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        row = [i] + [far] * len(second)
        for j in range(max(1, i - most), min(len(second), i + most) + 1):
            other = second[j - 1]
            row[j] = min(back[j] + 1, row[j - 1] + 1, back[j - 1] + (letter != other))
            swapped = i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other
            if swapped:
                row[j] = min(row[j], two_back[j - 2] + 1)
        if min(row) > most:
            return far
        two_back, back = back, row
    return min(back[-1], far)
