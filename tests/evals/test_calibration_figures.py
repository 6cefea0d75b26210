"""The arithmetic behind the figures on confidence."""

import numpy as np
import pytest

from cevvo.engine.answering.calibration import READING
from cevvo_evals.calibration_figures import (
    auroc,
    calibration_error,
    fit,
    fit_beside,
    risk_coverage,
)


def test_auroc_counts_pairs_and_halves_ties() -> None:
    assert auroc([3.0, 2.0], [1.0, 0.0]) == 1.0
    assert auroc([0.0], [1.0]) == 0.0
    assert auroc([1.0, 2.0], [1.0, 2.0]) == 0.5
    assert auroc([2.0, 1.0], [1.0]) == pytest.approx(0.75)


def test_the_error_is_the_mean_gap_between_said_and_so() -> None:
    right = np.array([1.0, 0.0] * 50)
    even = np.ones(100)
    assert calibration_error(np.full(100, 0.5), right, even) == pytest.approx(0.0)
    assert calibration_error(np.full(100, 0.9), right, even) == pytest.approx(0.4)


def test_weights_count_in_the_error() -> None:
    right, said = np.array([1.0, 0.0] * 50), np.full(100, 1.0)
    only_right = np.array([1.0, 0.0] * 50)
    assert calibration_error(said, right, only_right) == pytest.approx(0.0)


def test_the_fit_finds_the_coefficients_that_made_the_data() -> None:
    chance = np.random.default_rng(7)
    signals = chance.normal(size=(20_000, 2))
    p = 1 / (1 + np.exp(-(2.0 * signals[:, 0] - 1.0 * signals[:, 1] + 0.5)))
    right = (chance.random(20_000) < p).astype(float)
    model = fit(signals, right, np.ones(20_000))
    assert model.intercept == pytest.approx(0.5, abs=0.1)
    assert model.coefficients == pytest.approx([2.0, -1.0], abs=0.1)
    assert calibration_error(model.probabilities(signals), right, np.ones(20_000)) < 0.02


def test_what_a_reader_says_keeps_its_weight_where_it_says_nothing() -> None:
    """Of the data at hand it tells nothing; freely fitted it would count for nothing elsewhere."""
    chance = np.random.default_rng(7)
    signals, reading = chance.normal(size=(2, 5_000, 2))
    p = 1 / (1 + np.exp(-2.0 * signals[:, 0]))
    right = (chance.random(5_000) < p).astype(float)
    even = np.ones(5_000)
    model = fit_beside(signals, reading, right, even)
    said = model.coefficients[2:] / model.coefficients[0]
    assert said == pytest.approx(np.array(READING) / 2.0, rel=0.1)
    both = np.hstack([signals, reading])
    assert calibration_error(model.probabilities(both), right, even) < 0.03
    assert abs(fit(both, right, even).coefficients[2]) < 0.1


def test_risk_rises_with_coverage_where_confidence_tells() -> None:
    curve = risk_coverage(np.linspace(1, 0, 100), np.array([1.0] * 80 + [0.0] * 20))
    assert [point["risk"] for point in curve] == [0.0, 0.0, 0.0, 0.0, 0.111, 0.2]
