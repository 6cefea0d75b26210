"""The arithmetic of calibration: how well probabilities tell right from wrong, and how true they
are. Everything is weighted, one weight per observation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cevvo.engine.answering.calibration import READING

_L2 = 1.0
_BINS = 10
_DRAWS = 5
_BAR = 20  # characters of the picture's whole width
_COVERAGES = (0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression over the fields of ``Signals``, in their order."""

    intercept: float
    coefficients: Floats

    def probabilities(self, signals: Floats) -> Floats:
        """One probability per row."""
        result: Floats = 1 / (1 + np.exp(-(signals @ self.coefficients + self.intercept)))
        return result


def fit(signals: Floats, right: Floats, weights: Floats) -> Model:
    """Maximum likelihood by Newton's method, with an L2 penalty on standardised coefficients."""
    mean, spread = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(signals)), (signals - mean) / spread])
    penalty = np.diag([0.0] + [_L2] * signals.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weights * (p - right)) + penalty @ beta
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-9:
            break
    coefficients = beta[1:] / spread
    return Model(float(beta[0] - coefficients @ mean), coefficients)


def fit_beside(signals: Floats, reading: Floats, right: Floats, weights: Floats) -> Model:
    """A model for the columns of ``signals`` and, behind them, two that a reader gives: ``READING``
    beside what is fitted without, and the sum shifted and scaled (Platt scaling).

    Fitted freely, a reader gets the weight that suits the collections at hand, and most of what it
    knows of others is lost: where it knows little, fitting says that it knows nothing.
    """
    plain = fit(signals, right, weights)
    together = signals @ plain.coefficients + reading @ np.array(READING)
    scaled = fit(together[:, None], right, weights)
    coefficients = np.concatenate([plain.coefficients, READING])
    return Model(scaled.intercept, scaled.coefficients[0] * coefficients)


def auroc(positive: Sequence[float] | Floats, negative: Sequence[float] | Floats) -> float:
    """The chance that a positive scores above a negative; ties count half."""
    order = np.sort(np.asarray(negative, float))
    below = np.searchsorted(order, positive, "left") + np.searchsorted(order, positive, "right")
    return float(below.mean() / 2 / len(order))


@dataclass(frozen=True, slots=True)
class Bin:
    """A tenth of the observations, next to each other by probability: what was said on the mean,
    what was so, and the bin's share of the weight."""

    said: float
    so: float
    share: float


def reliability(probabilities: Floats, right: Floats, weights: Floats) -> list[Bin]:
    """The reliability diagram, in equally filled bins, the least probable first."""
    bins = []
    for part in np.array_split(np.argsort(probabilities), _BINS):
        weight = float(weights[part].sum())
        if weight:
            said, so = (
                float(weights[part] @ each[part]) / weight for each in (probabilities, right)
            )
            bins.append(Bin(said, so, weight / float(weights.sum())))
    return bins


def calibration_error(probabilities: Floats, right: Floats, weights: Floats) -> float:
    """Expected calibration error: the mean gap between said and so."""
    return sum(
        each.share * abs(each.said - each.so) for each in reliability(probabilities, right, weights)
    )


def error_by_chance(probabilities: Floats, weights: Floats, seed: int) -> float:
    """The calibration error that probabilities show although they are true, for want of numbers:
    the mean over outcomes drawn from them."""
    chance = np.random.default_rng(seed)
    draws = (chance.random((_DRAWS, len(probabilities))) < probabilities).astype(float)
    return float(np.mean([calibration_error(probabilities, drawn, weights) for drawn in draws]))


def picture(bins: Sequence[Bin]) -> list[str]:
    """The diagram as lines of text: a bar as long as what was so, ``|`` where what was said is."""
    lines = []
    for each in bins:
        bar = list("#" * round(each.so * _BAR) + "." * (_BAR - round(each.so * _BAR)))
        bar[min(_BAR - 1, round(each.said * _BAR))] = "|"
        lines.append(f"said {each.said:.2f}  so {each.so:.2f}  {''.join(bar)}")
    return lines


def risk_coverage(probabilities: Floats, right: Floats) -> list[dict[str, float]]:
    """Of the most confident share of answers, the share that is wrong."""
    order = np.argsort(-probabilities)
    curve = []
    for share in _COVERAGES:
        kept = order[: max(1, round(share * len(order)))]
        curve.append({"coverage": share, "risk": round(float(1 - right[kept].mean()), 3)})
    return curve


def risk_at(
    thresholds: Sequence[float], probabilities: Floats, right: Floats, weights: Floats
) -> list[tuple[float, float, float]]:
    """For every threshold the share of answers that reach it and the share of these that is wrong;
    no answers are never wrong."""
    curve = []
    for threshold in thresholds:
        given = probabilities >= threshold
        weight = float(weights[given].sum())
        wrong = float(weights[given] @ (1 - right[given])) / weight if weight else 0.0
        curve.append((threshold, round(weight / float(weights.sum()), 3), round(wrong, 3)))
    return curve
