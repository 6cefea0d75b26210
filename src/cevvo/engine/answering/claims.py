"""What a sentence says, as far as rules can tell: what must be found wherever it is said to stand.

The words of a claim may be chosen freely to some degree. Its numbers, names, identifiers,
addresses, quotations and words that turn a meaning round may not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from cevvo.engine.answering.markup import bare, code_in, normalised
from cevvo.engine.answering.phrasebook import FUNCTION_WORDS, Language, word_set
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
_ABBREVIATION = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]?|\d+(?:st|nd|rd|th|s)")
_LATIN = re.compile(r"\b(?:i\. ?e|e\. ?g|z\. ?B|d\. ?h|p\. ?ex|p\. ?ej|etc)\.", re.IGNORECASE)
_NUMERIC = re.compile(r"[\d\W]+")
_NUMBER = re.compile(r"(?<![\w.,])[-+]?(\d+(?:[.,' \u00a0\u202f]\d+)*)", re.UNICODE)
_QUOTED = re.compile(r"\"([^\"]{12,})\"")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_CLAUSE_END = re.compile(r"[,;:.!?()]|\b(?:but|aber|mais|pero)\b")
_CONTRACTED = re.compile(r"(?:\b(ca)n't|\b(wo)n't|\bcannot)\b|n't\b")
_SUBJECT = re.compile(
    r"[\"“(]?([^\W\d_a-z][\w'’.-]*) (?:is|are|was|were|does|do|did|has|have|had|can|cannot|could|"
    r"will|would|may|might|must|should|\w+ed|ist|sind|war|hat|kann|wird|est|sont|a|peut|es|son|"
    r"ha|puede)\b"
)
_SCOPE = 4  # content words after a negation that it may turn round

_NEGATIONS = word_set(
    "not no never none nor neither without nobody nothing nowhere hardly "
    "nicht kein keine keinen keinem keiner keines nie niemals ohne weder niemand nichts "
    "ne pas jamais aucun aucune sans ni rien personne "
    "nunca ningún ninguna ninguno sin tampoco nada nadie"
)
_SMALL = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
}
_NUMBER_WORDS = {
    word: str(value) for words in _SMALL.values() for value, word in enumerate(words.split())
} | {
    "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90",
    "twice": "2", "hundred": "100", "thousand": "1000", "million": "1000000",
    "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7",
    "eighth": "8", "ninth": "9", "tenth": "10",
}  # fmt: skip
_LOOSE_NUMBERS = word_set(
    "zero null one un uno eins six second sept once sin dix"
)  # other meanings
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
}  # fmt: skip
# Words whose opposite fits the same sentence: none of them may be put in.
_DECISIVE = (
    "always only required mandatory optional unlimited free minimum maximum before after until "
    "enable enabled disable disabled allow allowed forbid forbidden deny denied permit prohibit "
    "increase decrease more less fewer higher lower larger smaller include exclude accept reject "
    "success fail failed true false above below start stop open close add remove delete keep "
    "encrypted public private temporary permanent automatic manual north south east west "
    "left right first last win won lose lost rise fall grow shrink buy sell import export "
    "upgrade downgrade oldest newest best worst safe unsafe all every some most few many "
    "earlier later father mother son daughter brother sister king queen"
)
_PREFIXES = ("un", "in", "im", "dis", "non", "ir", "il")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, taken apart.

    ``terms`` are its content words as ``index_terms`` has them. What follows must all be found:
    ``numbers`` (each as the readings it allows), ``exact`` strings (``normalised``), ``names``,
    ``subject`` and ``decisive`` (terms), ``units`` (canonical). ``negated`` are the terms that a
    negation stands before, one set for each negation.
    """

    terms: frozenset[str]
    numbers: tuple[frozenset[str], ...]
    exact: tuple[str, ...]
    names: frozenset[str]
    decisive: frozenset[str]
    units: frozenset[str]
    negated: tuple[frozenset[str], ...]
    subject: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ground:
    """Text that may support a claim, taken apart in the same way. Two of them can be added."""

    text: str
    terms: frozenset[str]
    numbers: frozenset[str]
    units: frozenset[str]
    negated: tuple[frozenset[str], ...]
    positive: frozenset[str]

    def __add__(self, other: "Ground") -> "Ground":
        return Ground(
            f"{self.text}\n{other.text}",
            self.terms | other.terms,
            self.numbers | other.numbers,
            self.units | other.units,
            self.negated + other.negated,
            self.positive | other.positive,
        )


def claim_of(text: str, language: Language) -> Claim:
    """Take apart what ``markup.inert`` gives of a sentence."""
    words = bare(text)
    plain = normalised(words)
    negated, _ = _polarity(plain, language)
    terms = content_terms(words, language)
    return Claim(
        terms=frozenset(terms),
        numbers=tuple(_numbers(words)),
        exact=tuple(dict.fromkeys(_exact(text, words))),
        names=frozenset() if language == "de" else _names(words, language),
        decisive=frozenset(index_terms(plain, language)) & _decisive(language),
        units=_units(plain),
        negated=negated,
        subject=_subject(words, language),
    )


def ground_of(text: str, language: Language) -> Ground:
    """Take apart a stretch of a document."""
    plain = normalised(text)
    negated, positive = _polarity(plain, language)
    return Ground(
        text=plain,
        terms=frozenset(index_terms(text, language)),
        numbers=frozenset().union(*_numbers(text), _word_numbers(plain)),
        units=_units(plain),
        negated=negated,
        positive=positive,
    )


def contains(text: str, exact: str) -> bool:
    """Whether a normalised text has the string as a whole: no part of a longer number, word,
    version or address."""
    position = text.find(exact)
    while position >= 0:
        before, after = text[position - 1 : position], text[position + len(exact) :]
        if not _continues_back(before, exact) and not _continues(exact, after):
            return True
        position = text.find(exact, position + 1)
    return False


def _continues_back(before: str, exact: str) -> bool:
    return bool(before) and (before.isalnum() or before == "_") and exact[0].isalnum()


def _continues(exact: str, after: str) -> bool:
    if _URL.match(exact) or _EMAIL.fullmatch(exact):
        return re.match(r"[\w/?#&=%+~@-]|[.:,;!]+[\w/?#&=%]", after) is not None
    joined = r"\w|-\w|[.:,]\d" if exact[-1].isalnum() or exact[-1] == "_" else r"\b\B"
    return re.match(joined, after) is not None


def content_terms(text: str, language: Language) -> list[str]:
    """Index terms without function words, abbreviations such as "e.g." and numbers."""
    function = _function_terms(language)
    terms = index_terms(_LATIN.sub(" ", text), language)
    return [term for term in terms if term not in function and not _NUMERIC.fullmatch(term)]


@cache
def _function_terms(language: Language) -> frozenset[str]:
    return frozenset(index_terms(" ".join(FUNCTION_WORDS[language]), language))


@cache
def _decisive(language: Language) -> frozenset[str]:
    return frozenset(index_terms(_DECISIVE, language))


def _exact(text: str, words: str) -> Iterator[str]:
    """Addresses, code, identifiers and quotations, normalised."""
    yield from map(normalised, code_in(text))
    rest = words
    for pattern in (_URL, _EMAIL):
        for match in pattern.finditer(rest):
            yield normalised(match[0].rstrip(".,;:!?)]}'\"*_"))
        rest = pattern.sub(" ", rest)
    for match in _IDENTIFIER.finditer(rest):
        if _is_identifier(match[0]):
            yield normalised(match[0].removesuffix("()"))
    yield from (match[1].strip(" .,;:!?") for match in _QUOTED.finditer(normalised(words)))


def _is_identifier(word: str) -> bool:
    if _ABBREVIATION.fullmatch(word):
        return False
    letters = word.strip("-")
    return bool(_MARKED.search(word)) or (len(letters) > 1 and letters.isupper())


def _numbers(text: str) -> Iterator[frozenset[str]]:
    """Each number of a text, in digits or as a small word, as the readings it allows."""
    bare_text = _URL.sub(" ", text)
    for match in _NUMBER.finditer(bare_text):
        yield _readings(match[1])
    for word in _WORD.findall(bare_text.casefold()):
        if word in _NUMBER_WORDS and word not in _LOOSE_NUMBERS:
            yield frozenset({_NUMBER_WORDS[word]})


def _word_numbers(plain: str) -> frozenset[str]:
    """Numbers that a word may mean, ``one`` and ``second`` too."""
    return frozenset(_NUMBER_WORDS[word] for word in _WORD.findall(plain) if word in _NUMBER_WORDS)


def _readings(digits: str) -> frozenset[str]:
    """``1,000`` is a thousand, and in other countries one; ``3.11.2`` is neither."""
    parts = re.split(r"[.,' \u00a0\u202f]", digits)
    separators = set(re.sub(r"\d", "", digits))
    readings = set()
    if len(parts) > 1 and all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3:
        readings.add("".join(parts))
    if len(parts) == 2 and separators & {".", ","}:
        readings.add(_decimal(parts[0], parts[1]))
    elif len(separators) == 2 and digits[-len(parts[-1]) - 1] in ".,":
        readings.add(_decimal("".join(parts[:-1]), parts[-1]))
    elif len(parts) == 1:
        readings.add(parts[0].lstrip("0") or "0")
    return frozenset(readings or {digits})


def _decimal(whole: str, fraction: str) -> str:
    tail = fraction.rstrip("0")
    return f"{whole.lstrip('0') or '0'}{'.' + tail if tail else ''}"


def _units(plain: str) -> frozenset[str]:
    """Units of what numbers count: ``5 MB``, ``10%``, ``two weeks``."""
    found = re.findall(r"(?:\d|\b[a-zäöüßé]+)[ -]?([a-z]+|[%€$])(?!\w)", plain)
    spelled = re.split(r"[^\w%€$]+|(?<=\d)(?=[a-z%])", plain)
    return frozenset(
        _UNITS[word] for word in (*found, *spelled) if word in _UNITS and word not in ("m",)
    )


def _names(words: str, language: Language) -> frozenset[str]:
    """Terms of capitalised words, the first of a sentence and of a quotation left out."""
    names: set[str] = set()
    for match in re.finditer(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*", words):
        before = words[: match.start()].rstrip(" \"'“‘(*")
        if match[0][0].isupper() and match[0] != "I" and before and before[-1] not in ".:!?–—-":
            names.update(content_terms(match[0], language))
    return frozenset(names)


def _subject(words: str, language: Language) -> frozenset[str]:
    """Terms of a capitalised first word that a verb follows: a name, no instruction."""
    match = _SUBJECT.match(words)
    return frozenset(content_terms(match[1], language)) if match else frozenset()


def _polarity(plain: str, language: Language) -> tuple[tuple[frozenset[str], ...], frozenset[str]]:
    """The terms after each negation, as far as it may reach, and the terms after none."""
    expanded = _CONTRACTED.sub(" not ", plain).replace("not only", " ")
    negated: list[frozenset[str]] = []
    positive: set[str] = set()
    for clause in _CLAUSE_END.split(expanded):
        scope: set[str] | None = None
        reach = 0
        for word in _WORD.findall(clause):
            if word in _NEGATIONS:
                if scope is None or reach:
                    scope, reach = set(), 0
                    negated.append(frozenset())
                continue
            terms = content_terms(word, language)
            if scope is not None and reach < _SCOPE:
                scope.update(terms)
                reach += bool(terms)
                negated[-1] = frozenset(scope)
            else:
                positive.update(terms)
    return tuple(negated), frozenset(positive)


def opposed(term: str, others: frozenset[str]) -> bool:
    """Whether the others have the term with or without a prefix that negates it."""
    return any(
        prefix + term in others or (term.startswith(prefix) and term[len(prefix) :] in others)
        for prefix in _PREFIXES
        if len(term) > len(prefix) + 2
    )
