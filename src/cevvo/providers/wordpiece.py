"""The tokens of bert-base-uncased, which all models that ship here read.

Text is taken apart as that model's authors did it (Devlin et al. 2019,
https://arxiv.org/abs/1810.04805): lower case, accents taken off, every punctuation mark and Chinese
character a word of its own, and a word the fewest pieces that the vocabulary has, longest first (Wu
et al. 2016, https://arxiv.org/abs/1609.08144, section 4.1). ``vocab.txt`` is that model's
vocabulary (Apache-2.0). The words of a text are mostly ones that came before, so that a dictionary
is as fast as it takes to be: a passage's tokens are a three-hundredth of what embedding it costs.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

CLS, SEP = 101, 102
_UNKNOWN = 100
_LONGEST_WORD = 100  # characters; a longer one is unknown
_PUNCTUATION = r"!-/:-@\[-`{-~"
_ASCII_WORD = re.compile(rf"[{_PUNCTUATION}]|[^\s{_PUNCTUATION}]+")
_ASCII_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WORD = re.compile(r"[^ ]+")
_IDEOGRAPHS = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b73f\U0002b740-\U0002b81f\U0002b920-\U0002ceaf"
    "\U0002f800-\U0002fa1f]"
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text without special ones, and the characters that each stands for, as
    half-open ranges."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class WordPieces:
    """Splits text into tokens. One for the whole process, see ``word_pieces``."""

    def __init__(self) -> None:
        words = (resources.files(__package__) / "vocab.txt").read_text("utf-8").splitlines()
        self._vocabulary = {word: index for index, word in enumerate(words)}
        self._longest = max(map(len, words))
        self._pieces = lru_cache(maxsize=50_000)(self._split)

    @property
    def size(self) -> int:
        """How many tokens there are: ids are below it."""
        return len(self._vocabulary)

    def encode(self, text: str) -> Tokens:
        """The tokens of ``text``."""
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        for word, places in _words(text):
            start = 0
            for id, length in self._pieces(word):
                ids.append(id)
                offsets.append((places[start], places[start + length - 1] + 1))
                start += length
        return Tokens(ids, offsets)

    def _split(self, word: str) -> tuple[tuple[int, int], ...]:
        """The ids of a word's pieces, each with its number of characters."""
        unknown = ((_UNKNOWN, len(word)),)
        if len(word) > _LONGEST_WORD:
            return unknown
        pieces = []
        start = 0
        while start < len(word):
            for end in range(min(len(word), start + self._longest), start, -1):
                id = self._vocabulary.get(("##" if start else "") + word[start:end])
                if id is not None:
                    break
            else:
                return unknown
            pieces.append((id, end - start))
            start = end
        return tuple(pieces)


def _words(text: str) -> Iterator[tuple[str, range | list[int]]]:
    """Each word as the vocabulary spells it, with where in ``text`` its characters came from."""
    if text.isascii() and not _ASCII_CONTROL.search(text):
        for match in _ASCII_WORD.finditer(text.lower()):
            yield match.group(), range(match.start(), match.end())
        return
    forms = list(map(_form, text))
    places = [place for place, form in enumerate(forms) for _ in form]
    for match in _WORD.finditer("".join(forms)):
        yield match.group(), places[match.start() : match.end()]


@lru_cache(maxsize=10_000)
def _form(character: str) -> str:
    """What a character becomes: nothing, a blank, itself in blanks, or its letters."""
    if character in "\t\n\r":
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Co") or character == "\ufffd":
        return ""
    if character.isspace():
        return " "
    if _IDEOGRAPHS.match(character):
        return f" {unicodedata.normalize('NFD', character)} "
    letters = "".join(c for c in unicodedata.normalize("NFD", character) if not _is_mark(c))
    if len(letters) == 1 and _is_punctuation(letters):
        return f" {letters} "
    return letters.lower()


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) == "Mn"


def _is_punctuation(character: str) -> bool:
    if character.isascii():
        return character.isprintable() and not character.isalnum() and character != " "
    return unicodedata.category(character)[0] == "P"


@cache
def word_pieces() -> WordPieces:
    """The process's only one."""
    return WordPieces()
