"""Where in the evidence it stands: the sentences, items, rows or code that support a claim.

A support test, not a nearest pick: a claim whose numbers, names, identifiers or negations stand
nowhere together has no support, however similar the rest is. The thresholds are chosen by
``python -m cevvo_evals.grounding``.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from cevvo.domain.documents import Passage, Span
from cevvo.engine.answering.claims import Claim, Ground, claim_of, contains, ground_of, opposed
from cevvo.engine.answering.markup import code_in
from cevvo.engine.answering.phrasebook import Language, guess_language
from cevvo.engine.answering.scoring import Evidence, ScoredUnit
from cevvo.engine.answering.sections import Section, Unit

COVERAGE = 0.66
"""The share of a claim's term weight that its support has, at least."""
OWN_COVERAGE = 0.4
"""The share that the quoted text has without its headings."""
ABOUT = 0.25
"""The share of the question's weight that supports an answer of a word or two."""
_SHORT = 3  # terms; a claim with fewer is read together with the question
_WINDOW = 3  # neighbouring units that may support one sentence together


@dataclass(frozen=True, slots=True)
class Support:
    """Spans of one passage, in reading order, and the unit among them that scores best."""

    lead: ScoredUnit
    spans: tuple[Span, ...]

    @property
    def passage(self) -> Passage:
        return self.lead.passage


@dataclass(frozen=True, slots=True)
class _Window:
    units: tuple[ScoredUnit, ...]
    grounds: tuple[Ground, ...]  # of each unit
    ground: Ground  # of all of them
    context: Ground  # of what stands above them

    def support(self) -> Support:
        spans = tuple(each.unit.span for each in self.units)
        return Support(max(self.units, key=lambda each: each.score), spans)


class SupportFinder:
    """Finds the support of claims in ``passages``, which the model knows by number from 1."""

    def __init__(self, evidence: Evidence, passages: Sequence[Passage]) -> None:
        self._weights = evidence.weights
        self._passages = passages
        self._languages = [guess_language(passage.text) for passage in passages]
        self._windows = [
            list(_windows(evidence, passage, language))
            for passage, language in zip(passages, self._languages, strict=True)
        ]
        units = [window.ground for each in self._windows for window in each if _is_single(window)]
        self._frequency: dict[str, int] = {}
        for ground in units:
            for term in ground.terms:
                self._frequency[term] = self._frequency.get(term, 0) + 1
        self._unit_count = len(units)

    def find(self, text: str, cited: Sequence[int]) -> Support | None:
        """The support of a sentence (as ``markup.inert`` gives it): in the passages that it cites
        if it is there, else in any other. None: it is not supported."""
        first = [number - 1 for number in cited if 1 <= number <= len(self._passages)]
        others = [index for index in range(len(self._passages)) if index not in first]
        for indices in (first, others):
            found = [
                (len(window.units), -self._coverage(claim, window), window)
                for index in indices
                for claim in (claim_of(text, self._languages[index]),)
                for window in self._windows[index]
                if self._supports(claim, window)
            ]
            if found:
                return min(found, key=lambda each: each[:2])[2].support()
        return None

    def find_code(self, code: str) -> Support | None:
        """The unit that has every line of the code, as lines of its own or as inline code, and
        the stretch of it that does."""
        wanted = {_code_line(line) for line in code.split("\n")} - {""}
        for windows in self._windows:
            for window in filter(_is_single, windows):
                (lead,) = window.units
                spans = [span for span, line in _lines(lead) if _code_line(line) in wanted]
                if wanted <= {_code_line(lead.passage.quote(span)) for span in spans}:
                    return Support(lead, (Span(spans[0].start, spans[-1].end),))
                if wanted <= {_code_line(each) for each in code_in(lead.unit.text)}:
                    return Support(lead, (lead.unit.span,))
        return None

    def introduces(self, text: str, supported: Support) -> bool:
        """Whether a line claims nothing but announces what is ``supported``: all its words are
        the question's or that passage's own."""
        language = guess_language(supported.passage.text)
        claim = claim_of(text, language)
        above = _above(supported.lead.section, supported.lead.unit)
        whole = ground_of("\n".join((supported.passage.text, *above)), language)
        known = whole.terms | self._weights.keys()
        return (
            not claim.negated
            and all(contains(whole.text, exact) for exact in claim.exact)
            and all(number & whole.numbers for number in claim.numbers)
            and claim.terms - _ANNOUNCING <= known
        )

    def _supports(self, claim: Claim, window: _Window) -> bool:
        ground, context = window.ground, window.context
        known = ground.terms | context.terms
        if not claim.terms and not claim.numbers and not claim.exact:
            return False
        return (
            self._coverage(claim, window) >= COVERAGE
            and self._share(claim, ground.terms) >= OWN_COVERAGE
            and all(number & (ground.numbers | context.numbers) for number in claim.numbers)
            and claim.names | claim.subject <= known
            and claim.decisive <= known
            and claim.units <= ground.units | context.units
            and all(contains(ground.text, e) or contains(context.text, e) for e in claim.exact)
            and not any(opposed(term, ground.terms) for term in claim.terms - ground.terms)
            and _same_polarity(claim, window.grounds)
            and (len(claim.terms) >= _SHORT or self._is_about(window))
        )

    def _coverage(self, claim: Claim, window: _Window) -> float:
        return self._share(claim, window.ground.terms | window.context.terms)

    def _share(self, claim: Claim, terms: frozenset[str]) -> float:
        weights = {term: self._weight(term) for term in claim.terms}
        total = sum(weights.values())
        return sum(w for term, w in weights.items() if term in terms) / total if total else 1.0

    def _weight(self, term: str) -> float:
        return math.sqrt(math.log(1 + self._unit_count / (0.5 + self._frequency.get(term, 0))))

    def _is_about(self, window: _Window) -> bool:
        known = window.ground.terms | window.context.terms
        return (
            not self._weights
            or sum(weight for term, weight in self._weights.items() if term in known) >= ABOUT
        )


_ANNOUNCING = frozenset(
    claim_of(
        "here are is follow following steps step as follows example below these this way list "
        "option options note use do need first then next answer command code run",
        "en",
    ).terms
)


def _same_polarity(claim: Claim, grounds: Sequence[Ground]) -> bool:
    """Whether what the claim negates is negated there, and nothing else: sentence by sentence, as
    a "not" next to it says nothing about this one."""
    denied = frozenset(term for each in grounds for scope in each.negated for term in scope)
    asserted = claim.terms.difference(*claim.negated)
    for scope in claim.negated:
        if scope and not scope & denied:
            return False
        if any(_mostly(scope, each.positive.difference(*each.negated)) for each in grounds):
            return False
    return not any(
        _mostly(scope, asserted - each.positive) for each in grounds for scope in each.negated
    )


def _mostly(scope: frozenset[str], terms: frozenset[str]) -> bool:
    return len(scope & terms) * 2 > len(scope)


def _is_single(window: _Window) -> bool:
    return len(window.units) == 1


def _windows(evidence: Evidence, passage: Passage, language: Language) -> Iterator[_Window]:
    units = sorted(
        (each for each in evidence.units if each.passage is passage),
        key=lambda each: each.unit.position,
    )
    grounds = {each.unit.position: ground_of(each.unit.text, language) for each in units}
    by_position = {each.unit.position: each for each in units}
    contexts: dict[int, Ground] = {}
    for each in units:
        region = each.unit.region
        if region not in contexts:
            contexts[region] = ground_of("\n".join(_above(each.section, each.unit)), language)
        run = [each]
        yield _window((each,), grounds, contexts[region])
        introduction = _introduction(each.section, each.unit)
        if introduction in by_position:
            pair = (by_position[introduction], each)
            yield _window(pair, grounds, contexts[region])
        while len(run) < _WINDOW and (following := each.section.after(run[-1].unit)):
            if following.position not in by_position:
                break
            run.append(by_position[following.position])
            yield _window(tuple(run), grounds, contexts[region])


def _window(units: tuple[ScoredUnit, ...], grounds: dict[int, Ground], context: Ground) -> _Window:
    parts = tuple(grounds[each.unit.position] for each in units)
    return _Window(units, parts, reduce(add, parts), context)


def _above(section: Section, unit: Unit) -> list[str]:
    """What it stands under: title, headings, names of columns."""
    passage = section.passage
    columns = section.columns_of(unit)[1] if unit.kind == "table" else ()
    return [passage.title, *passage.heading_path, section.heading_of(unit), *columns]


def _introduction(section: Section, unit: Unit) -> int:
    """The position of the sentence above the list, table or code that the unit is in; -1: none."""
    if unit.kind not in ("list", "table", "code"):
        return -1
    previous = section.before(section.in_region(unit.region)[0])
    return previous.position if previous is not None and previous.kind == "paragraph" else -1


def _lines(lead: ScoredUnit) -> Iterator[tuple[Span, str]]:
    start = lead.unit.span.start
    for line in lead.unit.text.split("\n"):
        yield Span(start, start + len(line)), line
        start += len(line) + 1


def _code_line(line: str) -> str:
    """For comparing: without indentation, backticks and prompt."""
    stripped = " ".join(line.split()).strip("`~ ")
    return stripped.removeprefix("$ ").removeprefix("# ").removeprefix(">>> ").strip()
