"""Where in the evidence it stands: the sentences, items, rows or code that support a claim.

A support test, not a nearest pick: a claim whose numbers, names, identifiers or negations stand
nowhere together has no support, however similar the rest is. The thresholds are chosen by
``python -m cevvo_evals.grounding``.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cevvo.domain.documents import Passage, Span
from cevvo.engine.answering.evidence.content_terms import FRAME_TERMS
from cevvo.engine.answering.evidence.scoring import Evidence, ScoredUnit
from cevvo.engine.answering.generative.agreement import (
    anchored,
    exchanges,
    longest_gap,
    same_polarity,
)
from cevvo.engine.answering.generative.claims import Claim, claim_of, contains
from cevvo.engine.answering.generative.likeness import WordLikeness
from cevvo.engine.answering.generative.markup import code_in, normalised
from cevvo.engine.answering.generative.windows import Window, lines_of, windows_of
from cevvo.engine.answering.generative.wording import NOT, contradicts
from cevvo.engine.answering.phrasebook import Language, guess_language

_CITED = 0.15  # of coverage: so much better must another passage be than the one that is cited
_QUOTED = 3  # words that a quotation has at least
_LONGER = 3  # times as many words as it quotes a sentence may have
_ENDS = " .,;:!?…\"'“”‘’«»"
_SHORT = 3  # words; a claim with fewer is read together with the question


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What support must have, at least.

    ``coverage``: the share of the claim's term weight. ``own``: the same without the headings.
    ``share``: of several sentences each, the share of the weight that no other has, or ``whole``:
    the share of the sentence that is in the claim. ``about``: for an answer of a word or two, the
    share of the question's weight. ``run``: the most words in a row that it may lack. ``near``:
    within so many words a name or number must have a neighbour that it has in the claim. ``like``:
    how like one of its words (cosine) every other word of the claim is.
    """

    coverage: float = 0.6
    own: float = 0.4
    share: float = 0.25
    whole: float = 0.8
    about: float = 0.5
    run: int = 2
    near: int = 4
    like: float = 0.42


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class Support:
    """Spans of one passage, in reading order, and the unit among them that scores best."""

    lead: ScoredUnit
    spans: tuple[Span, ...]

    @property
    def passage(self) -> Passage:
        return self.lead.passage


class SupportFinder:
    """Finds the support of claims in ``passages``, which the model knows by number from 1."""

    def __init__(
        self,
        evidence: Evidence,
        passages: Sequence[Passage],
        likeness: WordLikeness,
        thresholds: Thresholds = THRESHOLDS,
    ) -> None:
        self._likeness = likeness
        self._asked = evidence.weights
        self._thresholds = thresholds
        self._passages = passages
        self._languages: list[Language] = [guess_language(passage.text) for passage in passages]
        self._windows = [
            windows_of(evidence, passage, language)
            for passage, language in zip(passages, self._languages, strict=True)
        ]
        singles = [w for each in self._windows for w in each if len(w.units) == 1]
        frequency = Counter(term for window in singles for term in window.terms)
        self._weights = {term: _weight(count, len(singles)) for term, count in frequency.items()}
        self._unseen = _weight(0, len(singles))

    def find(self, text: str, cited: Sequence[int]) -> Support | None:
        """The support of a sentence (as ``markup.inert`` gives it): in the passages that it cites
        if it is there, else in any other. None: it is not supported."""
        claims = {language: claim_of(text, language) for language in set(self._languages)}
        ranked: list[tuple[float, int, Claim, Window]] = []
        for index, windows in enumerate(self._windows):
            claim = claims[self._languages[index]]
            cited_here = _CITED if index + 1 in cited else 0.0
            for window in windows:
                share = self._share(claim, window.terms)
                if share >= self._thresholds.own:
                    ranked.append((share + cited_here, -len(window.units), claim, window))
        ranked.sort(key=lambda each: each[:2], reverse=True)
        best = next((window for *_, claim, window in ranked if self._supports(claim, window)), None)
        if best is None:
            return None
        units = best.units
        lead = max(units, key=lambda each: each.score)
        return Support(lead, tuple(each.unit.span for each in units))

    def find_quoted(
        self, text: str, cited: Sequence[int], quotes: Sequence[str], language: Language
    ) -> Support | None:
        """The support of a sentence in another ``language`` than the evidence, by the words that
        it quotes: they stand there as they are, with all its numbers, addresses and identifiers,
        and a "not" where it has one. The cited passages come first.

        Its other words cannot be compared: that they say what the quotation does is the model's
        word. So it may not be much longer than what it quotes.
        """
        claim = claim_of(text, language)
        wanted = [normalised(quote).strip(_ENDS) for quote in quotes]
        words = [len(each.split()) for each in wanted]
        if not wanted or min(words) < _QUOTED or len(claim.tokens) > _LONGER * sum(words):
            return None
        order = sorted(range(len(self._windows)), key=lambda n: n + 1 not in cited)
        smallest = [sorted(self._windows[n], key=lambda each: len(each.units)) for n in order]
        for window in (window for windows in smallest for window in windows):
            said = " ".join(ground.text for ground in window.grounds)
            if (
                all(contains(said, each) for each in wanted)
                and all(number & window.numbers for number in claim.numbers)
                and all(any(contains(t, exact) for t in window.texts) for exact in claim.exact)
                and bool(claim.negated) == any(ground.negated for ground in window.grounds)
            ):
                lead = max(window.units, key=lambda each: each.score)
                return Support(lead, tuple(each.unit.span for each in window.units))
        return None

    def find_code(self, code: str) -> Support | None:
        """The unit that has every line of the code, in this order, as lines of its own or as
        inline code, and the stretch of it that does."""
        wanted = [line for line in map(_code_line, code.split("\n")) if line]
        if not wanted:
            return None
        for lead in (w.units[0] for each in self._windows for w in each if len(w.units) == 1):
            lines = list(lines_of(lead))
            found = _places(wanted, [_code_line(line) for _, line in lines])
            if found is not None:
                return Support(lead, (Span(lines[found[0]][0].start, lines[found[-1]][0].end),))
            if _places(wanted, [_code_line(each) for each in code_in(lead.unit.text)]) is not None:
                return Support(lead, (lead.unit.span,))
        return None

    def introduces(self, text: str, supported: Support) -> bool:
        """Whether a line claims nothing but announces what is ``supported``: all its words are
        the question's or that passage's own, and turn nothing round that the passage says."""
        (index,) = (n for n, each in enumerate(self._passages) if each is supported.passage)
        singles = [window for window in self._windows[index] if len(window.units) == 1]
        whole = Window(
            (supported.lead,),
            tuple(ground for window in singles for ground in window.grounds),
            next(window.context for window in singles if window.units == (supported.lead,)),
            self._languages[index],
        )
        claim = claim_of(text, whole.language)
        return (
            not claim.negated
            and claim.terms - _ANNOUNCING <= whole.known | self._asked.keys()
            and all(number & whole.numbers for number in claim.numbers)
            and all(any(contains(t, exact) for t in whole.texts) for exact in claim.exact)
            and same_polarity(claim, whole)
            and anchored(claim, whole, self._thresholds.near)
        )

    def _supports(self, claim: Claim, window: Window) -> bool:
        least = self._thresholds
        return (
            # "Use it." has support anywhere and says nothing.
            bool(claim.terms - FRAME_TERMS or claim.numbers or claim.exact)
            and self._share(claim, window.known) >= least.coverage
            and self._each_contributes(claim, window)
            and all(number & window.numbers for number in claim.numbers)
            and all(any(contains(t, exact) for t in window.texts) for exact in claim.exact)
            and claim.names <= window.stems
            and claim.units <= window.units_named
            and longest_gap(claim, window) <= least.run
            and not contradicts(claim.stems, window.own_stems, window.language)
            and same_polarity(claim, window)
            and anchored(claim, window, least.near)
            and (len(claim.stems) >= _SHORT or self._is_about(window))
            and not self._foreign(claim, window)
            and not self._exchanged(claim, window)
        )

    def _share(self, claim: Claim, terms: frozenset[str]) -> float:
        """Of the claim's weight, what the terms have."""
        total = self._weight(claim.terms)
        return self._weight(claim.terms & terms) / total if total else 1.0

    def _weight(self, terms: frozenset[str]) -> float:
        """Of all of them."""
        return sum(self._weights.get(term, self._unseen) for term in terms)

    def _foreign(self, claim: Claim, window: Window) -> list[str]:
        """Words of the claim that neither the window nor the question has, nor one like them."""
        others = {
            token.spelled
            for token in claim.tokens
            if token.word not in window.stems | {NOT} and token.word not in self._asked
        }
        return self._likeness.foreign(others, "\n".join(window.texts), self._thresholds.like)

    def _exchanged(self, claim: Claim, window: Window) -> bool:
        """Whether the claim is a sentence of the window with something else put in a place."""
        return any(
            exchange.is_contradiction(window.language)
            or self._likeness.foreign(exchange.new, " ".join(exchange.old), self._thresholds.like)
            for exchange in exchanges(claim, window)
        )

    def _each_contributes(self, claim: Claim, window: Window) -> bool:
        """Whether each of several units has a share of the claim that no other has or is in it as
        a whole, so that no sentence lends just a name or a number to another."""
        if len(window.units) == 1 or window.hangs_together:
            return True
        least = self._thresholds
        for n, ground in enumerate(window.grounds):
            others = [other.terms for m, other in enumerate(window.grounds) if m != n]
            share = self._share(claim, ground.terms.difference(*others))
            whole = len(ground.stems & claim.stems) / max(1, len(ground.stems))
            if share < least.share and (whole < least.whole or len(ground.stems) < _SHORT):
                return False
        return True

    def _is_about(self, window: Window) -> bool:
        weight = sum(w for term, w in self._asked.items() if term in window.known)
        return not self._asked or weight >= self._thresholds.about


_ANNOUNCING = claim_of(
    "here are is follow following steps step as follows example below these this way list "
    "option options note use do need first then next answer command code run",
    "en",
).terms


def _weight(count: int, units: int) -> float:
    """Of a term that ``count`` of the units have: the rarer, the more, as in ``scoring``."""
    return math.sqrt(math.log(1 + units / (0.5 + count)))


def _places(wanted: Sequence[str], lines: Sequence[str]) -> list[int] | None:
    """Where the ``wanted`` lines stand, one after the other; None if they do not."""
    places: list[int] = []
    for line in wanted:
        after = places[-1] + 1 if places else 0
        if line not in lines[after:]:
            return None
        places.append(lines.index(line, after))
    return places


def _code_line(line: str) -> str:
    """For comparing: without indentation, backticks and prompt."""
    stripped = " ".join(line.split()).strip("`~ ")
    return stripped.removeprefix("$ ").removeprefix("# ").removeprefix(">>> ").strip()
