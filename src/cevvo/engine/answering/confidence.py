"""Whether to answer, and how likely the answer is right: two small logistic models.

Both read the same signals of the evidence. That the documents answer the question at all can be
told in collections that the model was not fitted on; that the answer is right much less so, and
not at all how often a collection's answers are right on the whole. The coefficients are fitted by
``python -m cevvo_evals.calibration``, which also reports how well they hold elsewhere.
"""

import math
from dataclasses import astuple, dataclass

from cevvo.engine.answering.scoring import Evidence, ScoredUnit

THRESHOLD = 0.3
"""The least probability of being answerable at which an answer is given.

On collections left out of the fit it answers 94 to 99 % of their own questions and .6 to 7.4 % of
those from elsewhere.
"""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the probabilities rest on.

    ``passage_cosine`` is that of the nearest passage, ``unit_cosine`` that of the nearest unit,
    ``unit_coverage`` the share of the question's term weight that the unit which leads the answer
    has in its context.
    """

    passage_cosine: float
    unit_cosine: float
    unit_coverage: float


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model over ``Signals``."""

    intercept: float
    coefficients: Signals

    def __call__(self, signals: Signals) -> float:
        """The probability, 0..1."""
        terms = zip(astuple(self.coefficients), astuple(signals), strict=True)
        logit = self.intercept + sum(coefficient * signal for coefficient, signal in terms)
        return 1 / (1 + math.exp(-logit))


ANSWERABLE = Logistic(-5.94, Signals(passage_cosine=5.4, unit_cosine=4.58, unit_coverage=2.48))
"""That the evidence answers the question; of one page: how relevant it is."""
RIGHT = Logistic(-5.16, Signals(passage_cosine=3.08, unit_cosine=4.57, unit_coverage=1.25))
"""That the answer is right."""


def signals_of(lead: ScoredUnit, evidence: Evidence, *, of_page: bool = False) -> Signals:
    """The signals for an answer that ``lead`` leads.

    ``of_page`` takes only the passages of the lead's document into account.
    """
    document = lead.passage.document_id if of_page else None
    passages = [section.passage for section in evidence.sections]
    return Signals(
        passage_cosine=max(
            float(passage.vector @ evidence.vector)
            for passage in passages
            if document in (None, passage.document_id)
        ),
        unit_cosine=max(
            unit.cosine for unit in evidence.units if document in (None, unit.passage.document_id)
        ),
        unit_coverage=lead.in_context,
    )
