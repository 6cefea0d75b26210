"""How well each unit of the evidence answers the question, and what the score rests on.

A weighted sum of a few parts, to which comes what the unit's form says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cevvo.domain.documents import Passage, Vector
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.evidence.answer_types import type_value
from cevvo.engine.answering.evidence.asking import Wants
from cevvo.engine.answering.evidence.content_terms import (
    HEADING_FRAMES,
    beginnings_of,
    content_terms,
    measure_terms,
    measured_terms,
    near_terms,
    term_weights,
)
from cevvo.engine.answering.evidence.forms import (
    field_name,
    form_value,
    is_question,
    leans_back,
    opens,
    plain,
    points_elsewhere,
)
from cevvo.engine.answering.evidence.names import names_in
from cevvo.engine.answering.evidence.sections import Section, Unit, section_of
from cevvo.engine.answering.evidence.weights import Parts, pointing, weighted
from cevvo.engine.answering.phrasebook import guess_language
from cevvo.engine.retrieval.terms import identifiers

_DESCRIBING = frozenset({"description", "purpose", "summary", "meaning"})
_DESCRIPTION = 0.4  # for the opening under a heading that names all of what is to be described
_ALL = 0.7
_EVASIVE = -0.7  # a question, a pointer to another page, an entry of a table of contents
_IDENTIFIED = 0.3  # for the share of the question's identifiers that it or its heading has
_NAMED_FIELD = 0.2  # for a line such as "Default: 30" where the question says "default"


@dataclass(frozen=True, slots=True)
class ScoredUnit:
    """A unit with its score (about 0..4), the parts that it is made of and what others reason with.

    ``in_context`` is the share of the question's term weight that the unit has when its headings
    and the sentence it leans on count too, ``from_before`` what only that sentence gives.
    ``terms`` are the question terms it has, ``context_terms`` also those of its context.
    ``evasive`` ones answer nothing: questions, pointers to other pages, entries of tables of
    contents.
    """

    section: Section
    unit: Unit
    score: float
    parts: Parts
    in_context: float
    from_before: float
    terms: frozenset[str]
    context_terms: frozenset[str]
    evasive: bool

    @property
    def passage(self) -> Passage:
        return self.section.passage

    @property
    def unread_score(self) -> float:
        """The score without what a reader says."""
        return self.score - pointing(self.parts)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The passages read for one question: every quotable unit scored, best first.

    ``weights`` are the question's terms with their weights, which sum to 1 (empty if it has none).
    ``names`` are those that are part of a name, with their weight times the share of the passages
    that lack it: that a page does not repeat the product's name says little.
    """

    units: tuple[ScoredUnit, ...]
    weights: dict[str, float]
    names: dict[str, float]


def read_evidence(question: Question, passages: Sequence[Passage]) -> Evidence:
    """Score every unit of ``passages`` against the question."""
    sections = tuple(section_of(passage) for passage in passages)
    measures = measure_terms(question.standalone)
    unit_terms = [
        [
            [*content_terms(unit.text), *measured_terms(unit.text, measures)]
            for unit in section.units
        ]
        for section in sections
    ]
    asked = content_terms(question.standalone, guess_language(question.standalone))
    weights = term_weights(
        asked,
        [set(terms) for section in unit_terms for terms in section],
        measures,
    )
    query = _Query(
        text=question.standalone,
        vector=question.vector,
        wants=Wants.of(question.standalone),
        weights=weights,
        asked=frozenset(weights),
        beginnings=beginnings_of(weights),
        pairs=frozenset(pairwise(asked)),
        identifiers=frozenset(identifiers(question.standalone)),
        headings=frozenset(plain(text) for section in sections for text in section.all_headings()),
    )
    readers = [
        _SectionReader(query, section, terms)
        for section, terms in zip(sections, unit_terms, strict=True)
    ]
    scored = [unit for reader in readers for unit in reader.scored()]
    named = weights.keys() & content_terms(" ".join(names_in(question.standalone)))
    return Evidence(
        units=tuple(sorted(scored, key=lambda candidate: -candidate.score)),
        weights=weights,
        names={
            term: weights[term] * sum(term not in reader.terms for reader in readers) / len(readers)
            for term in named
        },
    )


@dataclass(frozen=True, slots=True)
class _Query:
    """What units are scored against. ``asked`` are the question's terms, ``pairs`` those of them
    that are neighbours, ``identifiers`` the terms of names in code, ``headings`` the plain words of
    every heading in the evidence."""

    text: str
    vector: Vector
    wants: Wants
    weights: dict[str, float]
    asked: frozenset[str]
    beginnings: dict[str, list[str]]
    pairs: frozenset[tuple[str, str]]
    identifiers: frozenset[str]
    headings: frozenset[str]
    _shares: dict[frozenset[str], float] = field(default_factory=dict)

    def share(self, terms: frozenset[str]) -> float:
        """The share of the term weight that these of the ``asked`` terms have."""
        share = self._shares.get(terms)
        if share is None:  # units have few different sets of them
            share = sum(weight for term, weight in self.weights.items() if term in terms)
            self._shares[terms] = share
        return share


class _SectionReader:
    """Scores the units of one section. ``unit_terms`` are those of each unit, the attribute
    ``terms`` those of the question that the passage and what stands above it have."""

    def __init__(
        self, query: _Query, section: Section, unit_terms: Sequence[Sequence[str]]
    ) -> None:
        self._query = query
        self._section = section
        self._unit_terms = unit_terms
        self._sets = [set(unit) for unit in unit_terms]
        self._own = [query.asked & unit for unit in self._sets]  # what a unit has of the question
        heads = " ".join((section.passage.title, *section.passage.heading_path))
        self._titles = query.asked.intersection(content_terms(heads))
        self._headings: dict[int, set[str]] = {}
        self._subjects: dict[int, float] = {}
        self._cosines = (section.passage.sentence_vectors @ query.vector).tolist()
        self.terms = self._titles.union(*self._own)
        self._passage_coverage = query.share(self.terms)

    def scored(self) -> list[ScoredUnit]:
        units = [unit for unit in self._section.units if unit.text.strip()]
        return [self._score(unit) for unit in units]

    def _score(self, unit: Unit) -> ScoredUnit:
        query, own = self._query, self._own[unit.position]
        above = self._asked_above(unit) | self._titles
        leans = leans_back(unit) or unit.kind != "paragraph"
        context = own | above | self._before(unit) if leans else own | above
        evasive = is_question(unit) or points_elsewhere(unit) or plain(unit.text) in query.headings
        parts = self._parts(unit, leans)
        new_terms = len(self._sets[unit.position]) - len(own)
        return ScoredUnit(
            section=self._section,
            unit=unit,
            score=weighted(parts)
            + form_value(self._section, unit, query.wants, new_terms)
            + type_value(unit.text, query.wants, query.text)
            + (_DESCRIPTION if self._describes(unit, parts) else 0.0)
            + (_NAMED_FIELD if self._is_asked_field(unit) else 0.0)
            + _IDENTIFIED * self._identified(unit)
            + (_EVASIVE if evasive else 0.0),
            parts=parts,
            in_context=query.share(context),
            from_before=query.share(context) - query.share(own | above),
            terms=own,
            context_terms=context,
            evasive=evasive,
        )

    def _parts(self, unit: Unit, leans: bool) -> Parts:
        share = self._query.share
        own, heading = self._own[unit.position], self._asked_above(unit)
        coverage = share(own)
        by_heading = share(own | heading) - coverage
        by_titles = share(own | heading | self._titles) - coverage - by_heading
        by_before = share(own | self._before(unit)) - coverage
        previous = self._section.before(unit)
        answers = previous is not None and is_question(previous)
        return Parts(
            cosine=self._cosines[unit.position],
            coverage=coverage,
            near=share(near_terms(self._query.beginnings, self._sets[unit.position]) - own),
            leaning=by_before if leans and not answers else 0.0,
            neighbour=0.0 if leans or answers else by_before,
            answers=by_before if answers else 0.0,
            heading=by_heading,
            titles=by_titles,
            opening=share(heading) if opens(self._section, unit) else 0.0,
            subject=self._subject(unit),
            phrases=self._phrase_share(unit),
            passage_score=self._section.passage.score,
            passage_coverage=self._passage_coverage,
            pointed=self._pointed(unit),
        )

    def _before(self, unit: Unit) -> frozenset[str]:
        """What the unit before has of the question."""
        previous = self._section.before(unit)
        return self._own[previous.position] if previous else frozenset()

    def _pointed(self, unit: Unit) -> float:
        reading = self._section.passage.reading
        return 0.0 if reading is None else float(reading.sentences[unit.position])

    def _is_asked_field(self, unit: Unit) -> bool:
        name = field_name(unit)
        return bool(name) and not self._query.asked.isdisjoint(content_terms(name))

    def _describes(self, unit: Unit, parts: Parts) -> bool:
        if not self._query.wants.definition:
            return False
        described = field_name(unit).casefold() in _DESCRIBING
        heading = self._query.share(self._asked_above(unit))
        return parts.opening >= _ALL or (described and heading >= _ALL)

    def _subject(self, unit: Unit) -> float:
        """How much of the question the heading has, times how much of the heading is asked for."""
        if unit.region not in self._subjects:
            heading = set(content_terms(self._section.heading_of(unit))) - HEADING_FRAMES
            asked = self._query.asked & heading
            value = self._query.share(asked) * len(asked) / len(heading) if heading else 0.0
            self._subjects[unit.region] = value
        return self._subjects[unit.region]

    def _identified(self, unit: Unit) -> float:
        asked = self._query.identifiers
        if not asked:
            return 0.0
        return len(asked & (self._sets[unit.position] | self._heading_of(unit))) / len(asked)

    def _asked_above(self, unit: Unit) -> frozenset[str]:
        """What the nearest heading has of the question."""
        return self._query.asked & self._heading_of(unit)

    def _heading_of(self, unit: Unit) -> set[str]:
        """Terms of the heading that the unit stands under, and of its table's column names."""
        if unit.region not in self._headings:
            near = [self._section.heading_of(unit)]
            if unit.kind == "table":
                near += self._section.columns_of(unit)[1]
            self._headings[unit.region] = set(content_terms(" ".join(near)))
        return self._headings[unit.region]

    def _phrase_share(self, unit: Unit) -> float:
        if not self._query.pairs or not self._own[unit.position]:
            return 0.0
        terms = self._unit_terms[unit.position]
        return len(self._query.pairs.intersection(pairwise(terms))) / len(self._query.pairs)
