"""Signals turned into probabilities: whether to answer, and how likely the answer is right.

Two small logistic models read the same signals of the evidence. That the documents answer the
question at all can be told in collections that the models were not fitted on; how often answers
are right differs from one collection to the next, so that model is moved towards what a workspace's
own rated answers say. Each has other coefficients where a reader model has read the passage. All
are fitted by ``python -m cevvo_evals.calibration``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Self

import numpy as np
from numpy.typing import NDArray

_SHIFT_SPREAD = 1.0  # standard deviations of the prior of a workspace's own shift and scale
_SCALE_SPREAD = 0.5
_STEPS = 30  # of Newton's method, more than it takes
_SMALLEST_STEP = 1e-9
Floats = NDArray[np.float64]

THRESHOLD = 0.4
"""The least probability of being answerable at which an answer is given.

On collections left out of the fit it answers 83 to 97 % of their own questions and 1 to 8 % of
those from elsewhere.
"""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the probabilities rest on, all read from the evidence.

    ``cosine`` is that of the unit that leads the answer or of its passage, whichever is greater,
    ``coverage`` the share of the question's term weight that the unit has in its context,
    ``subject`` how far its heading is what is asked about. ``unknown_names`` is the share of names
    that the context lacks, less where most passages have them.
    ``contradiction`` is 1.0 where it has the opposite of one of the question's words, else 0.0.
    ``answers`` and ``margin`` are what a reader model says of the passage (see ``Reading``), both
    None where none has read it.
    """

    cosine: float
    coverage: float
    subject: float
    unknown_names: float
    contradiction: float
    answers: float | None = None
    margin: float | None = None

    def to_dict(self) -> dict[str, float]:
        """As it is stored with a turn."""
        values = zip(_NAMES, _values(self), strict=True)
        return {name: value for name, value in values if value is not None}

    @classmethod
    def from_dict(cls, stored: Mapping[str, float]) -> Self | None:
        """As stored; None where a version with other signals stored it."""
        of_reader = {"answers", "margin"}
        names = set(_NAMES)
        return cls(**stored) if stored.keys() in (names, names - of_reader) else None


_NAMES = tuple(field.name for field in fields(Signals))
_values = attrgetter(*_NAMES)


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model over ``Signals``; a coefficient that is None is of a signal not used."""

    intercept: float
    coefficients: Signals

    def __call__(self, signals: Signals) -> float:
        """The probability, 0..1."""
        return 1 / (1 + math.exp(-self.logit(signals)))

    def logit(self, signals: Signals) -> float:
        """The logarithm of the odds."""
        terms: list[tuple[float | None, float | None]] = list(
            zip(_values(self.coefficients), _values(signals), strict=True)
        )
        return self.intercept + sum(
            coefficient * signal
            for coefficient, signal in terms
            if coefficient is not None and signal is not None
        )

    def rescaled(self, shift: float, scale: float) -> "Logistic":
        """The model whose logit is ``shift + scale * logit``."""
        used = self.coefficients.to_dict()
        scaled = {name: scale * coefficient for name, coefficient in used.items()}
        return Logistic(shift + scale * self.intercept, Signals(**scaled))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A probability: by ``read`` where a reader has read the passage, else by ``plain``."""

    plain: Logistic
    read: Logistic

    def __call__(self, signals: Signals) -> float:
        """The probability, 0..1."""
        return self._model(signals)(signals)

    def logit(self, signals: Signals) -> float:
        """The logarithm of the odds."""
        return self._model(signals).logit(signals)

    def rescaled(self, shift: float, scale: float) -> "Estimate":
        """Both models rescaled alike."""
        return Estimate(self.plain.rescaled(shift, scale), self.read.rescaled(shift, scale))

    def _model(self, signals: Signals) -> Logistic:
        return self.plain if signals.answers is None else self.read


READING = (0.2, 0.04)
"""Of the log odds that a passage answers, and of its best answer's margin: chosen so that no
collection loses more than .02 of AUROC by them (decision 17)."""

_ANSWERABLE = Logistic(
    -4.83,
    Signals(cosine=8.44, coverage=1.82, subject=0.0, unknown_names=-3.89, contradiction=-1.21),
)
_RIGHT = Logistic(
    -4.45,
    Signals(cosine=6.56, coverage=1.17, subject=0.0, unknown_names=-3.35, contradiction=-0.55),
)


def _beside(plain: Logistic, shift: float, scale: float) -> Logistic:
    """With what a reader says, which has a weight that is chosen, not fitted: fitted freely it gets
    what suits the collections at hand, and most of what it knows of others is lost. The sum is
    shifted and scaled to be a probability again."""
    answers, margin = READING
    coefficients = replace(plain.coefficients, answers=answers, margin=margin)
    return replace(plain, coefficients=coefficients).rescaled(shift, scale)


ANSWERABLE = Estimate(plain=_ANSWERABLE, read=_beside(_ANSWERABLE, 0.24, 0.73))
"""That the evidence answers the question; of a page: how relevant it is."""
RIGHT = Estimate(plain=_RIGHT, read=_beside(_RIGHT, -0.05, 0.74))
"""That the answer is right."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How signals are read, and from where on an answer is given.

    An answer needs ``least_answerable`` of the probability that the evidence answers the question
    and ``least_confidence`` of the probability that the answer is right. The second is the
    operator's choice, see ``threshold_for``.
    """

    answerable: Estimate = ANSWERABLE
    right: Estimate = RIGHT
    least_answerable: float = THRESHOLD
    least_confidence: float = 0.0


SHIPPED = Calibration()
"""Fitted on public collections."""


RISK_COVERAGE = (
    (0.0, 1.0, 0.42),
    (0.25, 0.991, 0.419),
    (0.3, 0.924, 0.401),
    (0.35, 0.852, 0.384),
    (0.4, 0.782, 0.36),
    (0.45, 0.708, 0.34),
    (0.5, 0.633, 0.321),
    (0.55, 0.545, 0.313),
    (0.6, 0.463, 0.304),
    (0.65, 0.367, 0.287),
    (0.7, 0.287, 0.276),
    (0.75, 0.202, 0.265),
    (0.8, 0.112, 0.251),
    (0.85, 0.042, 0.197),
    (0.9, 0.005, 0.1),
    (0.95, 0.0, 0.05),
)
"""The risk–coverage curve: for a least confidence the share of the answers that reach it, and the
share of these that is wrong. Over the calibration's collections, a third of whose questions are
off-topic or near misses, and where an answer from a page that nobody judged counts as wrong: the
rates are higher than among what users ask. From .9 on there are too few to count, so that the risk
is what the confidence itself leaves."""


def threshold_for(max_wrong_rate: float) -> float:
    """The ``least_confidence`` at which at most this share (0..1) of the answers given is wrong.

    The least on ``RISK_COVERAGE`` from which on no more are; 1.0, which answers nothing, if there
    is none. Where a workspace's own ratings have moved its confidence, the same threshold holds
    for what its confidence then says. Raises ValueError for a rate that is no share.
    """
    if not 0 <= max_wrong_rate <= 1:
        raise ValueError(f"The highest wrong-answer rate is a share, 0 to 1, not {max_wrong_rate}.")
    best = 1.0
    for threshold, _, risk in reversed(RISK_COVERAGE):
        if risk > max_wrong_rate:
            break
        best = threshold
    return best


def recalibrated(
    observations: Sequence[tuple[Signals, bool]], shipped: Calibration = SHIPPED
) -> Calibration:
    """``shipped`` with its probability of being right moved to fit rated answers.

    An observation is the signals of an answer that was given, and whether it was right. The logit
    is shifted and scaled (Platt 1999, "Probabilistic Outputs for Support Vector Machines"), at
    maximum a posteriori under a normal prior around what ships: a few observations change little,
    hundreds decide.
    """
    if not observations:
        return shipped
    logits = np.array([shipped.right.logit(signals) for signals, _ in observations])
    right = np.array([was_right for _, was_right in observations], float)
    shift, scale = _platt(logits, right)
    return replace(shipped, right=shipped.right.rescaled(shift, scale))


def _platt(logits: Floats, right: Floats) -> tuple[float, float]:
    """Shift and scale of the logits, by Newton's method; a step that overshoots is halved."""
    design = np.column_stack([np.ones(len(logits)), logits])
    prior, precision = np.array([0.0, 1.0]), np.diag([_SHIFT_SPREAD**-2, _SCALE_SPREAD**-2])

    def loss(found: Floats) -> float:
        said, off = design @ found, found - prior
        misfit = np.logaddexp(0.0, said).sum() - right @ said
        return float(misfit + off @ precision @ off / 2)

    found = prior
    for _ in range(_STEPS):
        p = np.exp(-np.logaddexp(0.0, -(design @ found)))
        gradient = design.T @ (p - right) + precision @ (found - prior)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + precision
        step = np.linalg.solve(hessian, gradient)
        while loss(found - step) > loss(found) and np.abs(step).max() > _SMALLEST_STEP:
            step = step / 2
        found = found - step
    return float(found[0]), max(float(found[1]), 0.0)
