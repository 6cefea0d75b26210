"""Words as the check of claims sees them: stems, numbers, units, negations, opposites.

English, German, French and Spanish, as far as function words are known (``phrasebook``).
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from cevvo.engine.answering.phrasebook import FUNCTION_WORDS, Language, word_set
from cevvo.engine.retrieval.terms import index_terms

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
NUMBER = re.compile(r"(?<![\w.,])[-+]?(\d+(?:[.,' \u00a0\u202f]\d+)*)")
_TOKEN = re.compile(r"\d+(?:[.,' \u00a0\u202f]\d+)*|[^\W\d_]+")
_ABBREVIATION = re.compile(
    r"\b(?:i\. ?e|e\. ?g|z\. ?B|d\. ?h|p\. ?ex|p\. ?ej|etc)\.", re.IGNORECASE
)
_CONTRACTED = re.compile(r"\b(ca)n['’]t\b|\b(wo)n['’]t\b|\bcannot\b|n['’]t\b", re.IGNORECASE)
_NUMERIC = re.compile(r"[\d\W_]+")

NEGATIONS = word_set(
    "not no never none nor neither without nobody nothing nowhere hardly "
    "nicht kein keine keinen keinem keiner keines nie niemals ohne weder niemand nichts "
    "ne pas jamais aucun aucune sans ni rien personne "
    "nunca ningún ninguna ninguno sin tampoco nada nadie"
)
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve",
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
)
_NUMBER_WORDS = {word: str(n) for words in _SMALL for n, word in enumerate(words.split())} | {
    "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90",
    "twice": "2", "hundred": "100", "thousand": "1000", "million": "1000000",
    "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7",
    "eighth": "8", "ninth": "9", "tenth": "10",
}  # fmt: skip
# They have other meanings: they may stand for a number, but need not.
_LOOSE = word_set("zero null one un uno eins six second sept once sin dix acht elf")
_LINKS = word_set(
    "in on at from to by of with for between into onto before after during until since under over "
    "through via against without as "
    "von nach zu zum zur bei mit aus auf für durch vor seit bis gegen "
    "de du des à au aux en par pour avec dans sur vers chez sans avant après depuis "
    "del al desde hacia hasta por para con sobre entre sin"
)
PASSIVE = word_set("by von durch par por")
"""Prepositions of who did it."""
_UNITS = {
    variant: forms.split()[0]
    for forms in (
        *("second seconds sec secs sekunde sekunden", "minute minutes min mins minuten"),
        *("hour hours stunde stunden", "day days tag tage tagen", "week weeks woche wochen"),
        *("month months monat monate monaten", "year years jahr jahre jahren"),
        *("ms millisecond milliseconds", "byte bytes", "kb kilobyte kilobytes"),
        *("mb megabyte megabytes", "gb gigabyte gigabytes", "tb terabyte terabytes"),
        *("percent % prozent", "km kilometer kilometers kilometre kilometres"),
        *("m meter meters metre metres", "kg kilogram kilograms"),
        *("euro euros eur €", "dollar dollars usd $"),
    )
    for variant in forms.split()
}
_OPPOSITES = (
    "before/after earlier/later first/last always/never all/none required/optional "
    "mandatory/optional minimum/maximum enable/disable enabled/disabled allow/forbid "
    "allowed/forbidden allowed/denied allow/deny permit/prohibit increase/decrease more/less "
    "more/fewer higher/lower larger/smaller longer/shorter include/exclude accept/reject "
    "success/failure succeed/fail true/false above/below start/stop start/end begin/end open/close "
    "opened/closed open/closed add/remove added/removed create/delete create/remove public/private "
    "temporary/permanent automatic/manual north/south northern/southern east/west eastern/western "
    "left/right win/lose won/lost rise/fall grow/shrink buy/sell import/export upgrade/downgrade "
    "oldest/newest old/new best/worst better/worse safe/dangerous early/late long/short fast/slow "
    "strong/weak rich/poor high/low large/small big/small full/empty hot/cold heavy/light "
    "largest/smallest highest/lowest most/least with/without top/bottom front/back up/down on/off "
    "male/female father/mother son/daughter brother/sister king/queen husband/wife man/woman "
    "encrypt/decrypt encode/decode compress/decompress install/uninstall lock/unlock "
    "show/hide visible/hidden input/output read/write client/server same/different "
    "positive/negative left/joined internal/external local/remote old/young war/peace "
    "immer/nie vor/nach erlaubt/verboten mehr/weniger aktivieren/deaktivieren "
    "avant/après toujours/jamais plus/moins activer/désactiver antes/después siempre/nunca "
    "más/menos activar/desactivar"
)
NOT = "¬"
"""Stands for any negation in a sequence."""
_PREFIXES = ("un", "in", "im", "dis", "non", "ir", "il")


def expanded(text: str) -> str:
    """``text`` without abbreviations such as "e.g." and with "n't" as a word of its own; compatible
    characters (``²``, ``ﬁ``) as the usual ones."""
    plain = unicodedata.normalize("NFKC", text)
    return _CONTRACTED.sub(" not", _ABBREVIATION.sub(" ", plain))


def content_terms(text: str, language: Language) -> list[str]:
    """Index terms without function words and numbers."""
    function = _function_terms(language)
    terms = index_terms(expanded(text), language)
    return [term for term in terms if term not in function and not _NUMERIC.fullmatch(term)]


@lru_cache(maxsize=65_536)
def stem(word: str, language: Language) -> str:
    """The term of a word; empty for a function word."""
    terms = index_terms(word, language)
    return terms[0] if terms and terms[0] not in _function_terms(language) else ""


class Token(NamedTuple):
    """A content word, number or negation of a text.

    ``word`` is its stem, a number in one spelling, or ``NOT``; ``spelled`` is it as it is written,
    in lower case; ``link`` the preposition before it, if any.
    """

    word: str
    spelled: str
    link: str = ""


def sequence(text: str, language: Language) -> tuple[Token, ...]:
    """The tokens in the order of the text."""
    found: list[Token] = []
    link = ""
    for token in _TOKEN.findall(expanded(text).casefold().replace("not only", " ")):
        if token in NEGATIONS:
            word = "" if found and found[-1].word == NOT else NOT
        elif token[0].isdecimal():
            word = max(readings(token), key=lambda each: (len(each), each))
        elif token in _NUMBER_WORDS and token not in _LOOSE:
            word = _NUMBER_WORDS[token]
        else:
            word = "" if token in _LINKS else stem(token, language)
        if word:
            found.append(Token(word, token, link))
            link = ""
        elif token in _LINKS:
            link = token
    return tuple(found)


def stated_numbers(text: str) -> list[frozenset[str]]:
    """Each number of a text, in digits or as a small word, as the readings it allows."""
    words = [word for word in WORD.findall(text.casefold()) if word in _NUMBER_WORDS]
    return [readings(match[1]) for match in NUMBER.finditer(text)] + [
        frozenset({_NUMBER_WORDS[word]}) for word in words if word not in _LOOSE
    ]


def possible_numbers(text: str) -> frozenset[str]:
    """All that could be meant as a number: "one" and "second", too."""
    words = [word for word in WORD.findall(text.casefold()) if word in _NUMBER_WORDS]
    digits = [readings(digits) for digits in re.findall(r"\d+(?:[.,' \u00a0\u202f]\d+)*", text)]
    return frozenset(_NUMBER_WORDS[word] for word in words).union(*digits)


def readings(digits: str) -> frozenset[str]:
    """``1,000`` is a thousand, and in other countries one; ``3.11.2`` is neither."""
    parts = re.split(r"[.,' \u00a0\u202f]", digits)
    separators = set(re.sub(r"\d", "", digits))
    found = set()
    if len(parts) > 1 and all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3:
        found.add("".join(parts))
    if len(parts) == 2 and separators & {".", ","}:
        found.add(_decimal(parts[0], parts[1]))
    elif len(separators) == 2 and digits[-len(parts[-1]) - 1] in ".,":
        found.add(_decimal("".join(parts[:-1]), parts[-1]))
    elif len(parts) == 1:
        found.add(parts[0].lstrip("0") or "0")
    return frozenset(found or {digits})


def units(text: str) -> frozenset[str]:
    """Units, each in one spelling."""
    words = re.split(r"[^\w%€$]+|(?<=\d)(?=[a-z%€])|(?<=[$€])(?=\d)", text.casefold())
    return frozenset(_UNITS[word] for word in words if word in _UNITS)


def contradicts(claimed: frozenset[str], there: frozenset[str], language: Language) -> bool:
    """Whether a word is claimed that is not there while its opposite is. Both are stems."""
    missing = claimed - there
    opposites = _opposites(language)
    return any(
        not there.isdisjoint(opposites.get(term, ())) or _negates(term, there) for term in missing
    )


def are_opposite(one: str, other: str, language: Language) -> bool:
    """Whether two stems mean the opposite of each other."""
    return one in _opposites(language).get(other, ()) or _negates(one, frozenset({other}))


def _negates(term: str, others: frozenset[str]) -> bool:
    return any(
        prefix + term in others or (term.startswith(prefix) and term[len(prefix) :] in others)
        for prefix in _PREFIXES
        if len(term) > len(prefix) + 2
    )


@lru_cache
def _function_terms(language: Language) -> frozenset[str]:
    return frozenset(index_terms(" ".join(FUNCTION_WORDS[language]), language))


@lru_cache
def _opposites(language: Language) -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _OPPOSITES.split():
        one, other = (index_terms(word, language)[0] for word in pair.split("/"))
        if one != other:
            table.setdefault(one, set()).add(other)
            table.setdefault(other, set()).add(one)
    return {term: frozenset(others) for term, others in table.items()}


def _decimal(whole: str, fraction: str) -> str:
    tail = fraction.rstrip("0")
    return f"{whole.lstrip('0') or '0'}{'.' + tail if tail else ''}"
