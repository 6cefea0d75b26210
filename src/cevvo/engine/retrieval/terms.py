"""The words that search finds a text by: the same function for documents and for questions.

A word is folded to lower case without diacritics and reduced to its stem (Snowball,
https://snowballstem.org). An identifier (``--force-with-lease``, ``SSL_CERT_FILE``,
``config.yaml``, ``foo::bar``, ``3.11.2``, ``NoneType``) stays whole as one term besides the terms
of its parts, so that it is found exactly and by what it is made of. Scripts that put no spaces
between words become overlapping pairs of characters.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

import Stemmer

_DEFAULT_LANGUAGE = "en"
_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian",
    "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_SENTENCE = 400  # characters that most sentences have less than
_MAX_LENGTH = 64  # of a term: longer ones (encoded data, addresses) are not asked for

# Of Latin and Greek letters; the marks of other scripts are part of the letter.
_DIACRITICS = re.compile(r"(?<=[A-Za-z\u0370-\u03ff])[\u0300-\u036f]+")
_MARKS = "".join(
    chr(c)
    for c in range(0x300, 0x10000)
    if unicodedata.combining(chr(c)) or unicodedata.category(chr(c)) in ("Mn", "Mc")
)
_WORD = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*"
# Words joined by what identifiers are joined by; a flag's dashes, the dot of .env, C++ and C#.
_COMPOUND = re.compile(
    rf"(?:(?<![\w.-])(?:--?|\.))?{_WORD}(?:[._/:@+>-]{{1,3}}{_WORD})*(?:(?:\+\+|#)(?!\w))?"
)
_WORDS = re.compile(_WORD)
_VERSION = re.compile(r"^[vV](?=\d)")  # v3.11 is 3.11
# Thai to Myanmar, Khmer, Kana, Han, Hangul: written without spaces, or with particles attached.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_PLAIN_COMPOUND = re.compile(r"[^\W\d_]+(?:[-/.][^\W\d_]+)+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_local = threading.local()  # a stemmer must not be used by two threads at once


def index_terms(text: str, language: str | None = None) -> list[str]:
    """The terms of ``text``, as often as they occur, in no particular order.

    ``language`` is an ISO 639-1 code; None and unknown ones are taken for English. A term holds
    no white space, quote, control character or upper-case ASCII letter.
    """
    stems, whole = _terms(text, language)
    return [*stems, *whole]


def word_terms(text: str, language: str | None = None) -> list[str]:
    """The terms of the words alone, without those of whole identifiers, in the text's order."""
    return list(_terms(text, language)[0])


def _terms(text: str, language: str | None) -> tuple[Sequence[str], Sequence[str]]:
    algorithm = _ALGORITHMS.get(language or _DEFAULT_LANGUAGE, _ALGORITHMS[_DEFAULT_LANGUAGE])
    if len(text) <= _SENTENCE:
        return _of_sentence(text, algorithm)
    return _of_text(text, algorithm)


@lru_cache(maxsize=10_000)  # 6 MB: one question looks at the same sentences two and three times
def _of_sentence(text: str, algorithm: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    stems, wholes = _of_text(text, algorithm)
    return tuple(stems), tuple(wholes)


def _of_text(text: str, algorithm: str) -> tuple[list[str], list[str]]:
    stems: list[str] = []
    wholes: list[str] = []
    for compound in _COMPOUND.findall(without_diacritics(text)):
        read = _read if len(compound) <= _MAX_LENGTH else _read.__wrapped__
        words, whole = read(compound, algorithm)
        stems += words
        if whole:
            wholes.append(whole)
    return stems, wholes


@lru_cache(maxsize=50_000)  # most words of a text are common ones: a third of the time
def _read(compound: str, algorithm: str) -> tuple[list[str], str]:
    """The stems of the compound's words, and the term for it whole, empty if it is one word."""
    parts = _WORDS.findall(compound)
    whole = ""
    if len(parts) > 1:
        whole = _VERSION.sub("", compound.lstrip("-.")).casefold()[:_MAX_LENGTH]
    elif parts[0] != compound:
        whole = compound.casefold()[:_MAX_LENGTH]
    words = [word for part in parts for word in _subwords(part)]
    return _stemmer(algorithm).stemWords(words), whole


def identifiers(text: str) -> set[str]:
    """The terms of the identifiers in ``text`` that stand for them whole: ``--force-with-lease``,
    ``SSL_CERT_FILE``, ``NoneType``, ``E0308``; not of words that a hyphen or slash joins."""
    found = set()
    for match in _COMPOUND.finditer(without_diacritics(text)):
        compound = match.group()
        stems, whole = _terms(compound, None)
        if whole and not _PLAIN_COMPOUND.fullmatch(compound):
            found.add(whole[0])
        elif not whole and _is_name(compound):
            found.add(stems[0])
    return found


def _is_name(word: str) -> bool:
    """Whether one word is written as names are in code: in camelCase, or with digits in it."""
    if any(map(str.isdigit, word)):
        return not word.isdigit()
    return not word.isupper() and len(_HUMP.split(word)) > 1


def without_diacritics(text: str) -> str:
    """``text`` with its Latin and Greek letters bare and its letter forms composed (NFC, NFKD)."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _DIACRITICS.sub("", unicodedata.normalize("NFKD", text)))


def _subwords(word: str) -> Iterator[str]:
    """What one run of letters and digits is searched by, folded: itself, parts of camelCase."""
    if not word.isascii() and _UNSPACED.search(word):
        yield from _pairs(word)
        return
    folded = word.casefold()[:_MAX_LENGTH]
    yield folded
    if not word.islower() and not word.istitle():
        humps = _HUMP.split(word)
        if len(humps) > 1:
            yield from (hump.casefold()[:_MAX_LENGTH] for hump in humps)


def _pairs(word: str) -> Iterator[str]:
    position = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > position:
            yield word[position : run.start()].casefold()[:_MAX_LENGTH]
        characters = run.group()
        yield from (characters[i : i + 2] for i in range(max(1, len(characters) - 1)))
        position = run.end()
    if position < len(word):
        yield word[position:].casefold()[:_MAX_LENGTH]


def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if algorithm not in stemmers:
        stemmers[algorithm] = Stemmer.Stemmer(algorithm)
    return stemmers[algorithm]
