"""What observations say about the two models: fitted elsewhere, as shipped, and once rated."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cevvo.engine.answering.calibration import (
    THRESHOLD,
    Calibration,
    Estimate,
    Logistic,
    Signals,
    recalibrated,
)
from cevvo_evals.calibration_figures import (
    Floats,
    Model,
    auroc,
    calibration_error,
    error_by_chance,
    fit,
    fit_beside,
    picture,
    reliability,
    risk_at,
    risk_coverage,
)

# Questions of each sort as a share of a collection's own: a guess at what users ask.
MASS = {"own": 1.0, "off_topic": 0.6, "removed": 0.2, "adversarial": 0.4}
RATINGS = (0, 50, 100, 300)
_PLAIN = 5  # signals that there are without a reader
_DRAWS = 20  # of rated answers, whose mean is reported
_THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(20))


@dataclass(frozen=True, slots=True)
class Observation:
    """One question: what sort it is, the signals of its answer, whether that answer is right.

    All that are reported on together have the reader's signals, or none has."""

    collection: str
    sort: str
    signals: Signals
    right: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Observations as arrays, one row each; ``weights`` as ``MASS`` says."""

    collection: NDArray[np.str_]
    sort: NDArray[np.str_]
    signals: Floats
    answerable: Floats
    right: Floats
    weights: Floats

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> "Table":
        collection = np.array([each.collection for each in observations])
        sort = np.array([each.sort for each in observations])
        weights = np.zeros(len(observations))
        for name in set(collection):
            for each, mass in MASS.items():
                group = (collection == name) & (sort == each)
                if group.any():
                    weights[group] = mass / group.sum()
        return cls(
            collection,
            sort,
            np.array([list(each.signals.to_dict().values()) for each in observations]),
            (sort == "own").astype(float),
            np.array([each.right for each in observations], float),
            weights / weights.mean(),
        )

    @property
    def names(self) -> list[str]:
        """The collections."""
        return list(dict.fromkeys(self.collection.tolist()))

    def fit(self, labels: Floats, rows: NDArray[np.bool_] | None = None) -> Model:
        """The model for ``labels``, of all rows or some."""
        some = np.ones(len(labels), bool) if rows is None else rows
        plain, reading = np.split(self.signals[some], [_PLAIN], axis=1)
        if reading.shape[1]:
            return fit_beside(plain, reading, labels[some], self.weights[some])
        return fit(plain, labels[some], self.weights[some])

    def models_without(self, name: str) -> tuple[Model, Model]:
        """The models for answerable and right that never saw the collection ``name``."""
        others = self.collection != name
        return self.fit(self.answerable, others), self.fit(self.right, others)


def report_on(observations: Sequence[Observation], seed: int) -> dict[str, Any]:
    """The report."""
    table = Table.of(observations)
    models = {name: table.models_without(name) for name in table.names}
    return {
        "threshold": THRESHOLD,
        "held_out": {name: held_out(table, name, *models[name]) for name in table.names},
        "over_all": over_all(table, models),
        "rated": {name: rated(table, name, *models[name], seed) for name in table.names},
        "shipped": shipped(table, table.fit(table.answerable), table.fit(table.right)),
    }


def held_out(table: Table, name: str, answerable: Model, right: Model) -> dict[str, Any]:
    """One collection judged by models that were fitted on the others."""
    here = table.collection == name
    own = here & (table.sort == "own")
    sure = right.probabilities(table.signals)
    return abstention(table, here, answerable.probabilities(table.signals)) | {
        "right": round(float(table.right[own].mean()), 3),
        "auroc_right": round(
            auroc(sure[own & (table.right == 1)], sure[own & (table.right == 0)]), 3
        ),
        "ece": round(calibration_error(sure[here], table.right[here], table.weights[here]), 3),
        "risk_coverage": risk_coverage(sure[own], table.right[own]),
    }


def abstention(table: Table, here: NDArray[np.bool_], answerable: Floats) -> dict[str, float]:
    """Who of a collection's questions is told from its own, and who is answered."""
    of = {sort: answerable[here & (table.sort == sort)] for sort in MASS}
    at_90 = float(np.quantile(of["own"], 0.1))
    report = {}
    for sort in ("off_topic", "removed", "adversarial"):
        if len(of[sort]):
            report[f"auroc_{sort}"] = round(auroc(of["own"], of[sort]), 3)
    for sort, values in of.items():
        if len(values):
            report[f"answered_{sort}"] = round(float((values >= THRESHOLD).mean()), 3)
    if len(of["off_topic"]):
        report["off_topic_at_90_percent"] = round(float((of["off_topic"] >= at_90).mean()), 3)
    return report


def over_all(table: Table, models: dict[str, tuple[Model, Model]]) -> dict[str, Any]:
    """How true the confidence is over all collections, each by a model that never saw it."""
    sure = np.zeros(len(table.right))
    for name, (_, right) in models.items():
        here = table.collection == name
        sure[here] = right.probabilities(table.signals[here])
    return truth(sure, table.right, table.weights)


def shipped(table: Table, answerable: Model, right: Model) -> dict[str, Any]:
    """The models fitted on all collections, and what they say of them."""
    sure = right.probabilities(table.signals)
    given = answerable.probabilities(table.signals) >= THRESHOLD
    answers = (sure[given], table.right[given], table.weights[given])
    return {
        "answerable": shown_model(answerable),
        "right": shown_model(right),
        **truth(sure, table.right, table.weights),
        "answers_given": truth(*answers),
        "risk_coverage": risk_at(_THRESHOLDS, *answers),
    }


def truth(sure: Floats, right: Floats, weights: Floats) -> dict[str, Any]:
    """How far what was said is from what was so, and by how much it would be if it were true."""
    return {
        "ece": round(calibration_error(sure, right, weights), 3),
        "ece_by_chance": round(error_by_chance(sure, weights, seed=0), 3),
        "reliability": picture(reliability(sure, right, weights)),
    }


def rated(table: Table, name: str, answerable: Model, right: Model, seed: int) -> dict[str, Any]:
    """The calibration error of the answers given in a workspace, by how many of them were rated.

    Rated are answers as they come, drawn by weight; the others are judged. The models are those
    that never saw the collection, moved as the product moves what it ships with. The picture is
    that of the most ratings. ``ece_by_chance`` is what is left of the error if every probability
    is true: the fewer answers there are to judge by, the more.
    """
    given = np.flatnonzero(
        (table.collection == name) & (answerable.probabilities(table.signals) >= THRESHOLD)
    )
    shipped = Calibration(right=_estimate(right))
    chance = random.Random(seed)
    report: dict[str, Any] = {"answers": len(given)}
    for number in RATINGS:
        if number > len(given) // 2:
            continue
        errors, by_chance = [], []
        for _ in range(_DRAWS if number else 1):
            some = set(_drawn(given, table.weights, number, chance))
            ratings = [(Signals(*table.signals[n]), bool(table.right[n])) for n in sorted(some)]
            model = recalibrated(ratings, shipped).right
            rest = np.array([n for n in given if n not in some])
            sure = np.array([model(Signals(*table.signals[n])) for n in rest])
            errors.append(calibration_error(sure, table.right[rest], table.weights[rest]))
            by_chance.append(error_by_chance(sure, table.weights[rest], seed))
        report[f"ece_after_{number}"] = round(float(np.mean(errors)), 3)
        report["ece_by_chance"] = round(float(np.mean(by_chance)), 3)
        report["reliability"] = picture(reliability(sure, table.right[rest], table.weights[rest]))
    return report


def _drawn(
    rows: NDArray[np.int_], weights: Floats, number: int, chance: random.Random
) -> list[int]:
    """``number`` of the rows, each as likely as it weighs (Efraimidis and Spirakis 2006)."""
    keys = {int(row): chance.random() ** (1 / weights[row]) for row in rows}
    return sorted(keys, key=lambda row: -keys[row])[:number]


def _estimate(model: Model) -> Estimate:
    logistic = Logistic(model.intercept, Signals(*model.coefficients.tolist()))
    return Estimate(plain=logistic, read=logistic)


def shown_model(model: Model) -> dict[str, float]:
    """A model as the constants that ``calibration`` has."""
    values = model.coefficients.round(2).tolist()
    names = [field.name for field in fields(Signals)][: len(values)]
    return {"intercept": round(model.intercept, 2), **dict(zip(names, values, strict=True))}
