"""What the evidence says about an answer before there is one: given at all, and how likely right.

The same decision for every answerer: one that quotes, and one with a language model behind it,
which is not asked where the evidence is too weak.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cevvo.domain.documents import Passage
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.calibration import Calibration, Signals
from cevvo.engine.answering.evidence.contradictions import contradicts
from cevvo.engine.answering.evidence.scoring import Evidence, ScoredUnit, read_evidence

_ASKS_MODEL = 0.15
"""The least probability of being answerable at which a language model is asked. It reads words that
only mean the same, can say that the passages do not tell, and has every sentence checked."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an answer may be given: ``may_answer`` by quotations, ``may_ask`` a language model.

    ``answerable`` and ``confidence`` are probabilities: that the evidence answers the question,
    that the answer is right. ``signals`` are what they rest on, None without evidence.
    """

    may_answer: bool
    may_ask: bool
    answerable: float
    confidence: float
    signals: Signals | None

    @property
    def stored(self) -> dict[str, float] | None:
        """The signals as they are stored with a turn."""
        return None if self.signals is None else self.signals.to_dict()


def may_answer(
    question: Question, passages: Sequence[Passage], calibration: Calibration | None = None
) -> Decision:
    """Decide from the passages found, best first; by ``question.calibration`` if none is given."""
    evidence = read_evidence(question, passages)
    return decide(question, evidence, calibration or question.calibration)


def decide(question: Question, evidence: Evidence, calibration: Calibration) -> Decision:
    """``may_answer`` for passages that have been read."""
    if not evidence.units:
        return Decision(
            may_answer=False, may_ask=False, answerable=0.0, confidence=0.0, signals=None
        )
    signals = signals_of(question, evidence, evidence.units[0])
    answerable, confidence = calibration.answerable(signals), calibration.right(signals)
    sure = confidence >= calibration.least_confidence
    return Decision(
        may_answer=sure and answerable >= calibration.least_answerable,
        may_ask=sure and answerable >= min(_ASKS_MODEL, calibration.least_answerable),
        answerable=answerable,
        confidence=confidence,
        signals=signals,
    )


def signals_of(question: Question, evidence: Evidence, unit: ScoredUnit) -> Signals:
    """The signals for an answer that ``unit``, one of the evidence, leads."""
    unknown = evidence.names.keys() - unit.context_terms
    reading = unit.passage.reading
    return Signals(
        cosine=max(unit.parts.cosine, float(unit.passage.vector @ question.vector)),
        coverage=unit.in_context,
        subject=unit.parts.subject,
        unknown_names=sum(evidence.names[term] for term in unknown),
        contradiction=float(contradicts(question.standalone, unit.unit.text)),
        answers=None if reading is None else reading.answers,
        margin=None if reading is None else reading.margin,
    )
