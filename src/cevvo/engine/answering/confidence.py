"""How likely the answer is right: a small logistic model over what retrieval and scoring saw.

The coefficients are fitted by ``python -m cevvo_evals.calibration``, see there for the data and
for how well they hold on collections that they were not fitted on.
"""

import math
from dataclasses import astuple, dataclass

from cevvo.engine.answering.scoring import Evidence, ScoredUnit

THRESHOLD = 0.35


@dataclass(frozen=True, slots=True)
class Signals:
    """What the probability rests on; each is roughly within 0..1.

    ``passage_cosine``: of the best passage; ``unit_cosine``: of the unit that leads the answer;
    ``unit_coverage``: share of the question's term weight that the lead has in its context;
    ``passage_coverage``: the greatest share that any one passage has; ``margin``: how far the best
    passage's cosine is above the mean of all.
    """

    passage_cosine: float
    unit_cosine: float
    unit_coverage: float
    passage_coverage: float
    margin: float


_INTERCEPT = -6.0
_COEFFICIENTS = Signals(
    passage_cosine=5.0, unit_cosine=3.0, unit_coverage=2.0, passage_coverage=2.0, margin=1.0
)


def signals_of(lead: ScoredUnit, evidence: Evidence, *, of_page: bool = False) -> Signals:
    """The signals for an answer that ``lead`` leads.

    ``of_page`` takes only the passages of the lead's document into account: how relevant that
    page is.
    """
    document = lead.passage.document_id
    cosines = [float(section.passage.vector @ evidence.vector) for section in evidence.sections]
    read = [
        (cosine, coverage)
        for section, cosine, coverage in zip(
            evidence.sections, cosines, evidence.passage_coverage, strict=True
        )
        if not of_page or section.passage.document_id == document
    ]
    best = max(cosine for cosine, _ in read)
    return Signals(
        passage_cosine=best,
        unit_cosine=lead.cosine,
        unit_coverage=lead.in_context,
        passage_coverage=max(coverage for _, coverage in read),
        margin=best - sum(cosines) / len(cosines),
    )


def probability(signals: Signals) -> float:
    """The probability that the answer is right, 0..1."""
    terms = zip(astuple(_COEFFICIENTS), astuple(signals), strict=True)
    logit = _INTERCEPT + sum(coefficient * signal for coefficient, signal in terms)
    return 1 / (1 + math.exp(-logit))
