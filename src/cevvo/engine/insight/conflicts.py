"""Two passages that answer one question differently: another number, or a "not".

Told by rules that would rather miss a conflict than make one up. Two sentences are in conflict if
they say the same of the same in so many words, and differ in one number with the same unit, or in
a negation. Where their headings set them apart (plans, versions, systems), or a word more in one of
them might, it cannot be told, and nothing is said. English.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, compress, pairwise
from operator import ne
from typing import Literal

import numpy as np

from cevvo.domain.documents import Passage, Span, Vector
from cevvo.engine.answering.evidence.content_terms import content_terms
from cevvo.engine.retrieval.terms import index_terms

# What is compared at all. The vectors are of sentences within their passages, which sets even equal
# ones apart; the words decide.
_ALIKE = 0.55  # cosine of two sentences
_ABOUT_IT = 0.25  # cosine to the question
_SHARED = 3  # content terms that both must have
_SENTENCES = 12  # those nearest to the question that are compared
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’-][^\W\d_]+)*|[%€$£]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_LEADING_ZEROS = re.compile(r"^0+(?=\d)")
_WRITTEN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
# What a number after them is a name, and no amount: "step 2".
_LABELS = frozenset(
    [
        "step",
        "section",
        "chapter",
        "figure",
        "table",
        "version",
        "release",
        "rule",
        "example",
        "part",
        "page",
        "appendix",
        "level",
        "error",
        "status",
        "code",
        "phase",
        "option",
    ]
)
_VALUE = {word: str(value) for value, word in enumerate(_WRITTEN)}
_VALUE |= {"twice": "2", "once": "1"}
_VALUE_TERMS = frozenset(index_terms(" ".join(_VALUE)))
_NEGATIONS = frozenset(
    [
        "not",
        "no",
        "never",
        "cannot",
        "can't",
        "don't",
        "doesn't",
        "isn't",
        "aren't",
        "won't",
        "without",
    ]
)
# What says of whom or when something holds: where two differ in it, they may both be right.
_APART = tuple(
    frozenset(group.split())
    for group in (
        "free trial basic starter standard plus pro premium team business enterprise personal",
        "linux windows mac macos unix android ios iphone ubuntu debian fedora",
        "monthly annual yearly weekly daily",
        "test production staging sandbox development local cloud hosted",
        "admin owner member guest viewer editor user",
        "old new legacy current previous next beta stable deprecated before after since until",
        "eu us uk europe germany france america canada",
        "minimum maximum min max least most default recommended average",
        "weekday weekend monday tuesday wednesday thursday friday saturday sunday summer winter",
        "adult child student senior",
    )
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a document, as it stands there."""

    document_id: str
    source_id: str
    title: str
    url: str | None
    quote: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """``values`` are what the two say in the place where they differ."""

    kind: Literal["number", "negation"]
    one: Statement
    other: Statement
    values: tuple[str, str]


@dataclass(frozen=True)
class Saying:
    """A sentence taken apart, once, as it is compared with several; ``context`` are the terms of
    its title and headings."""

    text: str
    context: frozenset[str]

    @cached_property
    def words(self) -> list[str]:
        """In lower case, small numbers as digits."""
        return [_VALUE.get(word.casefold(), word.casefold()) for word in _WORD.findall(self.text)]

    @cached_property
    def terms(self) -> frozenset[str]:
        """Content terms without numbers and negations."""
        found = content_terms(" ".join(w for w in self.words if w not in _NEGATIONS))
        return frozenset(t for t in found if not t[0].isdigit()) - _VALUE_TERMS

    @cached_property
    def case(self) -> frozenset[str]:
        """Its words and those of its context: whom or when it holds for is among them."""
        return frozenset(self.words) | frozenset(re.findall(r"\w+", " ".join(self.context)))

    @cached_property
    def figures(self) -> list[tuple[str, str]]:
        """Numbers with the word that follows each, in order."""
        words = ["", *self.words, ""]
        return [
            (word.replace(",", ""), "".join(index_terms(after)))
            for before, word, after in zip(words, words[1:], words[2:], strict=False)
            if _NUMBER.fullmatch(word) and before not in _LABELS
        ]

    @cached_property
    def amounts(self) -> list[tuple[str, str]]:
        """The same, each number in one way of writing it: 1.50 as 1.5, 09:00 as 9:00."""
        return [(_amount(number), unit) for number, unit in self.figures]

    @cached_property
    def labels(self) -> list[str]:
        """Numbers that are names."""
        words = ["", *self.words]
        return [
            word
            for before, word in pairwise(words)
            if _NUMBER.fullmatch(word) and before in _LABELS
        ]

    @cached_property
    def negated(self) -> bool:
        """Whether it has a "not"."""
        return not _NEGATIONS.isdisjoint(self.words)


def difference(one: Saying, other: Saying) -> tuple[Literal["number", "negation"], str, str] | None:
    """In what two sentences that say the same of the same differ; None where they do not, or it
    cannot be told."""
    shared = one.terms & other.terms
    if len(shared) < _SHARED or _set_apart(one, other):
        return None
    if one.terms - other.terms - other.context or other.terms - one.terms - one.context:
        return None
    if one.labels != other.labels:
        return None
    if one.negated != other.negated:
        values = ("not", "") if one.negated else ("", "not")
        return ("negation", *values) if one.amounts == other.amounts else None
    if len(one.figures) != len(other.figures):
        return None
    differs = map(ne, one.amounts, other.amounts)
    apart = list(compress(zip(one.figures, other.figures, strict=True), differs))
    if len(apart) != 1:
        return None
    (value, unit), (other_value, other_unit) = apart[0]
    if unit != other_unit or _is_year(value) or _is_year(other_value):
        return None
    return "number", value, other_value


def _set_apart(one: Saying, other: Saying) -> bool:
    """Whether words or headings say that the two are about different cases."""
    if any(one.case & group != other.case & group for group in _APART):
        return True
    heads, other_heads = one.context, other.context
    numbered = {t for t in heads ^ other_heads if t[0].isdigit()}
    return bool(numbered) or bool(
        heads & other_heads and heads - other_heads and other_heads - heads
    )


def _amount(number: str) -> str:
    number = _LEADING_ZEROS.sub("", number)
    whole, point, part = number.partition(".")
    return f"{whole}.{part}".rstrip("0").rstrip(".") if point and part.isdecimal() else number


def _is_year(value: str) -> bool:
    return bool(re.fullmatch(r"(?:19|20)\d\d", value))


def conflicts_in(question: Vector, passages: Sequence[Passage]) -> list[Conflict]:
    """Conflicts among what was found for a question, between sentences of different documents."""
    sentences = sorted(_sentences(question, passages), key=lambda each: -each[0])[:_SENTENCES]
    sayings = [_saying(passage, span) for _, passage, span, _ in sentences]
    found = []
    for n, m in combinations(range(len(sentences)), 2):
        _, passage, span, vector = sentences[n]
        _, other, other_span, other_vector = sentences[m]
        if passage.document_id == other.document_id or float(vector @ other_vector) < _ALIKE:
            continue
        told = difference(sayings[n], sayings[m])
        if told is not None:
            kind, *values = told
            one, two = _statement(passage, span), _statement(other, other_span)
            found.append(Conflict(kind, one, two, (values[0], values[1])))
    return found


def _sentences(
    question: Vector, passages: Sequence[Passage]
) -> Iterator[tuple[float, Passage, Span, Vector]]:
    for passage in passages:
        cosines = np.asarray(passage.sentence_vectors @ question)
        for row, span in enumerate(passage.sentences):
            if cosines[row] >= _ABOUT_IT:
                yield float(cosines[row]), passage, span, passage.sentence_vectors[row]


def _saying(passage: Passage, span: Span) -> Saying:
    heads = " ".join((passage.title, *passage.heading_path))
    return Saying(passage.quote(span), frozenset(content_terms(heads)))


def _statement(passage: Passage, span: Span) -> Statement:
    quote = passage.quote(span).strip()
    return Statement(passage.document_id, passage.source_id, passage.title, passage.url, quote)
