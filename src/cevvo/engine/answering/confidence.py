"""Whether to answer, and how likely the answer is right: two small logistic models.

Both read the same signals of the evidence. That the documents answer the question at all can be
told in collections that the model was not fitted on; that the answer is right much less so, and
not at all how often a collection's answers are right on the whole. The coefficients are fitted by
``python -m cevvo_evals.calibration``, which also reports how well they hold elsewhere.
"""

import math
from dataclasses import astuple, dataclass

from cevvo.domain.documents import Vector
from cevvo.engine.answering.scoring import ScoredUnit

THRESHOLD = 0.35
"""The least probability of being answerable at which an answer is given.

On collections left out of the fit it answers 93 to 98 % of their own questions and .4 to 6.4 % of
those from elsewhere.
"""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the probabilities rest on.

    ``cosine`` is that of the unit that leads the answer or of its passage, whichever is greater,
    ``coverage`` the share of the question's term weight that the unit has in its context.
    """

    cosine: float
    coverage: float


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


ANSWERABLE = Logistic(-5.83, Signals(cosine=9.6, coverage=2.51))
"""That the evidence answers the question; of a page: how relevant it is."""
RIGHT = Logistic(-5.16, Signals(cosine=7.53, coverage=1.23))
"""That the answer is right."""


def signals_of(lead: ScoredUnit, question: Vector) -> Signals:
    """The signals for an answer that ``lead`` leads; ``question`` is the question's embedding."""
    passage_cosine = float(lead.passage.vector @ question)
    return Signals(cosine=max(lead.cosine, passage_cosine), coverage=lead.in_context)
