"""Terms of questions and texts: which of them count, and how much."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set

from cevvo.engine.answering.phrasebook import FUNCTION_WORDS, Language
from cevvo.engine.retrieval.terms import index_terms

_FUNCTION_TERMS = {
    language: frozenset(index_terms(" ".join(words))) for language, words in FUNCTION_WORDS.items()
}
# Words of asking that an answer need not repeat.
FRAME_TERMS = frozenset(
    index_terms(
        "value available availability difference different happen happens mean means meaning use "
        "used using work works possible way want need show tell explain describe example get give "
        "make know find best exist name called call kind type sort list "
        "command setting option function method class argument parameter field attribute tag "
        "page button feature module package"
    )
)
_FRAME_WEIGHT = 0.3
_MEASURE = re.compile(
    r"\bhow (long|often|far|old|tall|big|large|high|deep|fast|late|early)\b", re.IGNORECASE
)
# Possessive: what stands behind a number is looked at once, in data such as 1,0,1,0 too.
_FIGURE = (
    r"\b(?:\d[\d.,]*+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|several)[ -]?"
    r"(?:or more |to \d+ |working |business |calendar )?"
)
_DURATION = re.compile(
    _FIGURE
    + r"(?:(?:milli|micro|nano)?seconds?|ms|s|sec|minutes?|min|hours?|h|days?|nights?|weeks?|"
    r"months?|quarters?|years?|decades?|centur(?:y|ies))\b",
    re.IGNORECASE,
)
_EXTENT = re.compile(
    _FIGURE + r"(?:characters?|letters?|digits?|bits?|[kmgt]?i?b(?:ytes?)?|[kmgt]ega?bytes|[cmk]?m|"
    r"met(?:er|re)s?|kilomet(?:er|re)s?|miles?|feet|foot|ft|inch(?:es)?|lines?|words?|pages?|px|"
    r"pixels?|items?|rows?|levels?)\b",
    re.IGNORECASE,
)
_FREQUENCY = re.compile(
    r"\b(?:every|each|per|daily|hourly|nightly|weekly|monthly|quarterly|yearly|annually|once|twice|"
    r"(?:\d+|three|four|five) times)\b",
    re.IGNORECASE,
)
_VALUES = dict.fromkeys(
    index_terms("far old tall big large high deep fast late early"), re.compile(r"\d")
)
_VALUES |= {
    "long": re.compile(f"{_DURATION.pattern}|{_EXTENT.pattern}", re.IGNORECASE),
    "often": _FREQUENCY,
}
# Words of headings that say what sort of thing it is, and numbers of sections.
HEADING_FRAMES = FRAME_TERMS | frozenset(
    index_terms(
        "directive section chapter integer string boolean enum " + " ".join(map(str, range(60)))
    )
)
_STEM = 5  # letters that two forms of a word have in common at least
_STEM_SHARE = 0.6  # of the longer one


def content_terms(text: str, language: Language = "en") -> list[str]:
    """Index terms without function words. The language tells only which words those are."""
    return [term for term in index_terms(text) if term not in _FUNCTION_TERMS[language]]


def measured_terms(text: str, asked: Set[str]) -> set[str]:
    """Those of the ``asked`` measure terms that ``text`` has a value of: "14 days" is what "how
    long" asks for."""
    return {term for term in asked if _VALUES[term].search(text)}


def measure_terms(question: str) -> frozenset[str]:
    """Terms of the words that "how" asks by: an answer to "how long" is a time and says no
    "long"."""
    return frozenset(index_terms(" ".join(_MEASURE.findall(question))))


def term_weights(
    asked: Sequence[str], units: Sequence[set[str]], light: Set[str] = frozenset()
) -> dict[str, float]:
    """The root of the inverse frequency of each question term among the units at hand, summing
    to 1.

    Measured as good for choosing sentences as frequencies over the whole collection; the root,
    which changes nothing on that measure, keeps one incidental word from deciding. Words of
    asking weigh less, and so do ``light`` ones.
    """
    raw = {
        term: math.sqrt(math.log(1 + len(units) / (0.5 + sum(term in terms for terms in units))))
        * (_FRAME_WEIGHT if term in FRAME_TERMS or term in light else 1)
        for term in dict.fromkeys(asked)
    }
    total = sum(raw.values())
    return {term: weight / total for term, weight in raw.items()} if total else {}


def beginnings_of(asked: Iterable[str]) -> dict[str, list[str]]:
    """The terms that other forms of a word may be near to, by their first letters."""
    beginnings: dict[str, list[str]] = {}
    for term in asked:
        if len(term) >= _STEM and term.isalpha():
            beginnings.setdefault(term[:_STEM], []).append(term)
    return beginnings


def near_terms(beginnings: Mapping[str, Sequence[str]], terms: Set[str]) -> frozenset[str]:
    """Those of the terms with these ``beginnings`` that share theirs with one of ``terms``: itself,
    or another form of the word that the stemmer does not bring together with it, such as
    *maintain* and *maintenance*."""
    return frozenset(
        term
        for other in terms
        for term in beginnings.get(other[:_STEM], ())
        if _is_near(term, other)
    )


def _is_near(one: str, other: str) -> bool:
    length = max(_STEM, math.ceil(_STEM_SHARE * max(len(one), len(other))))
    return one[:length] == other[:length]
