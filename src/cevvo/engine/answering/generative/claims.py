"""What a sentence says, as far as rules can tell: what must be found wherever it is said to stand.

The words of a claim may be chosen freely to some degree. Its numbers, names, identifiers,
addresses, quotations and words that turn a meaning round may not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cevvo.engine.answering.generative.markup import bare, code_in, normalised
from cevvo.engine.answering.generative.wording import (
    NEGATIONS,
    NOT,
    WORD,
    Token,
    content_terms,
    expanded,
    possible_numbers,
    sequence,
    stated_numbers,
    stem,
    units,
)
from cevvo.engine.answering.phrasebook import Language
from cevvo.engine.retrieval.terms import index_terms

_URL = re.compile(
    r"(?:(?:[a-z][a-z0-9+.-]{0,20}:)?//[\w.-]|www\.\w|"
    r"\b(?:mailto|javascript|vbscript|data|file|smb|tel|sms|blob|about|intent|ms-\w+|xmpp|callto):"
    r"(?=\S))[^\s<>\"'`]*",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# A word joined by what identifiers are joined by, a flag, a call, a path, camelCase.
_IDENTIFIER = re.compile(
    r"(?<!\w)(?:--?|[./~$%@])?[A-Za-z_][\w]*(?:(?:::|->|[._/:@\\=+-])[\w]+)*(?:\(\))?(?!\w)"
)
_MARKED = re.compile(r"_|::|->|\(\)$|@|\\|=|^[-./~$%]|[a-z][A-Z]|\w\.\w|[A-Za-z]\d|\d[A-Za-z]")
_NO_IDENTIFIER = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]?|\d+(?:st|nd|rd|th|s)")
_QUOTED = re.compile(r"\"([^\"]*)\"")
_QUOTATION = 12  # characters; shorter ones are names of things
_NAME = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*")
_CLAUSE_END = re.compile(
    r"[,;:.!?()]|\b(?:but|if|when|unless|because|aber|wenn|weil|mais|si|quand|pero|cuando)\b"
)
_SUBJECT = re.compile(
    r"[\"“(]?((?:[^\W\d_a-z][\w'’.-]* )*[^\W\d_a-z][\w'’.-]*) "
    r"(?:is|are|was|were|does|do|did|has|have|had|can|cannot|could|"
    r"will|would|may|might|must|should|\w+ed|ist|sind|war|hat|kann|wird|est|sont|a|peut|es|son|"
    r"ha|puede)\b"
)
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SCOPE = 4  # content words after a negation that it may turn round


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, taken apart.

    ``terms`` are its content words as ``index_terms`` has them, ``tokens`` its words, numbers and
    negations in order, ``stems`` those but the negations, ``negated`` what stands after each
    negation. What follows must all be found: ``numbers`` (each as the readings it allows),
    ``exact`` strings (``normalised``), ``names`` (stems), ``units``.
    """

    terms: frozenset[str]
    tokens: tuple[Token, ...]
    stems: frozenset[str]
    negated: tuple[tuple[str, ...], ...]
    numbers: tuple[frozenset[str], ...]
    exact: tuple[str, ...]
    names: frozenset[str]
    units: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ground:
    """Text that may support a claim, taken apart in the same way.

    ``stems`` are those of all its words, ``positive`` of those that no negation stands before.
    ``lines`` are its tokens without the negations, and the same without what stands in brackets.
    """

    text: str
    terms: frozenset[str]
    stems: frozenset[str]
    tokens: tuple[Token, ...]
    lines: tuple[tuple[Token, ...], ...]
    names: frozenset[str]
    negated: tuple[tuple[str, ...], ...]
    positive: frozenset[str]
    numbers: frozenset[str]
    units: frozenset[str]


def claim_of(text: str, language: Language) -> Claim:
    """Take apart what ``markup.inert`` gives of a sentence."""
    words = bare(text)
    without_urls = _URL.sub(" ", words)
    tokens = sequence(words, language)
    return Claim(
        terms=frozenset(content_terms(words, language)),
        tokens=tokens,
        stems=frozenset(token.word for token in tokens) - {NOT},
        negated=_polarity(words, language)[0],
        numbers=tuple(stated_numbers(without_urls)),
        exact=tuple(dict.fromkeys(_exact(text, words))),
        names=_names(words, language),
        units=units(without_urls),
    )


def ground_of(text: str, language: Language) -> Ground:
    """Take apart a stretch of a document."""
    negated, positive = _polarity(text, language)
    tokens = sequence(text, language)
    short = _ASIDE.sub(" ", text)
    lines = (tokens,) if short == text else (tokens, sequence(short, language))
    return Ground(
        text=normalised(text),
        terms=frozenset(index_terms(expanded(text), language)),
        stems=frozenset(token.word for token in tokens) - {NOT},
        tokens=tokens,
        lines=tuple(tuple(t for t in line if t.word != NOT) for line in lines),
        names=_names(text, language),
        negated=negated,
        positive=positive,
        numbers=possible_numbers(text),
        units=units(text),
    )


def contains(text: str, exact: str) -> bool:
    """Whether a normalised text has the string as a whole: no part of a longer number, word,
    version or address."""
    position = text.find(exact)
    while position >= 0:
        before, after = text[:position][-1:], text[position + len(exact) :]
        if not _begins_earlier(before, exact) and not _goes_on(exact, after):
            return True
        position = text.find(exact, position + 1)
    return False


def _begins_earlier(before: str, exact: str) -> bool:
    return bool(before) and (before.isalnum() or before == "_") and exact[0].isalnum()


def _goes_on(exact: str, after: str) -> bool:
    if _URL.match(exact) or _EMAIL.fullmatch(exact):
        return re.match(r"[\w/?#&=%+~@-]|[.:,;!]+[\w/?#&=%]", after) is not None
    if not (exact[-1].isalnum() or exact[-1] == "_"):
        return False
    return re.match(r"\w|-\w|[.:,]\d", after) is not None


def _exact(text: str, words: str) -> Iterator[str]:
    """Addresses, code, identifiers and quotations, normalised."""
    yield from filter(None, map(normalised, code_in(text)))
    rest = words
    for pattern in (_URL, _EMAIL):
        for match in pattern.finditer(rest):
            yield normalised(match[0].rstrip(".,;:!?)]}'\"*_"))
        rest = pattern.sub(" ", rest)
    for match in _IDENTIFIER.finditer(rest):
        if _is_identifier(match[0]):
            yield normalised(match[0].removesuffix("()"))
    for quoted in _QUOTED.findall(normalised(words)):
        if len(quoted) >= _QUOTATION:
            yield quoted.strip(" .,;:!?")


def _is_identifier(word: str) -> bool:
    if _NO_IDENTIFIER.fullmatch(word):
        return False
    letters = word.strip("-")
    return bool(_MARKED.search(word)) or (len(letters) > 1 and letters.isupper())


def _names(words: str, language: Language) -> frozenset[str]:
    """Stems of capitalised words; the first of a sentence only where a verb follows it. In German
    a capital tells nothing."""
    if language == "de":
        return frozenset()
    subject = _SUBJECT.match(words)
    found = [subject[1]] if subject else []
    for match in _NAME.finditer(words):
        before = words[: match.start()].rstrip(" \"'“‘(*")
        if match[0][0].isupper() and match[0] != "I" and before and before[-1] not in ".:!?–—-":
            found.append(match[0])
    return frozenset(t.word for each in found for t in sequence(each, language)) - {NOT}


def _polarity(text: str, language: Language) -> tuple[tuple[tuple[str, ...], ...], frozenset[str]]:
    """The stems after each negation, as far as it may reach, and the stems after none."""
    negated: list[list[str]] = []
    positive: set[str] = set()
    for clause in _CLAUSE_END.split(expanded(text).casefold().replace("not only", " ")):
        reach = _SCOPE
        for word in WORD.findall(clause):
            if word in NEGATIONS:
                if reach:  # "ne … pas" is one
                    negated.append([])
                reach = 0
            elif term := stem(word, language):
                if reach < _SCOPE:
                    negated[-1].append(term)
                    reach += 1
                else:
                    positive.add(term)
    return tuple(map(tuple, negated)), frozenset(positive)
