"""Signals as probabilities, moved towards what a workspace's rated answers say."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.engine.answering.calibration import (
    RIGHT,
    SHIPPED,
    Signals,
    recalibrated,
    threshold_for,
)

GOOD = Signals(cosine=0.75, coverage=0.9, subject=0.0, unknown_names=0.1, contradiction=0.0)
POOR = Signals(cosine=0.3, coverage=0.1, subject=0.0, unknown_names=0.4, contradiction=1.0)


def evidence(cosine: float, coverage: float) -> Signals:
    """Signals of nothing in particular besides."""
    return Signals(cosine, coverage, subject=0.0, unknown_names=0.2, contradiction=0.0)


def rated(number: int, share_right: float, seed: int = 0) -> list[tuple[Signals, bool]]:
    """Answers of every quality of which this share is right, whatever their signals say."""
    chance = random.Random(seed)
    return [
        (evidence(chance.uniform(0.4, 0.8), chance.uniform(0.3, 1)), chance.random() < share_right)
        for _ in range(number)
    ]


def test_signals_are_stored_and_read_again() -> None:
    assert Signals.from_dict(GOOD.to_dict()) == GOOD


def test_signals_of_another_version_are_not_read() -> None:
    assert Signals.from_dict({"cosine": 0.7}) is None
    assert Signals.from_dict(GOOD.to_dict() | {"mood": 1.0}) is None


def test_better_evidence_is_more_probable() -> None:
    assert SHIPPED.answerable(GOOD) > 0.8 > 0.1 > SHIPPED.answerable(POOR)
    assert SHIPPED.right(GOOD) > SHIPPED.right(POOR)


def test_without_ratings_nothing_moves() -> None:
    assert recalibrated([]) is SHIPPED


def test_a_few_ratings_change_little_and_hundreds_decide() -> None:
    shipped = RIGHT(GOOD)
    few, many = (recalibrated(rated(n, 0.2)).right(GOOD) for n in (2, 500))
    assert abs(few - shipped) < 0.25
    assert few > many
    assert many == pytest.approx(0.2, abs=0.1)


def test_only_the_probability_of_being_right_moves() -> None:
    moved = recalibrated(rated(300, 0.2))
    assert moved.answerable == SHIPPED.answerable
    assert moved.least_answerable == SHIPPED.least_answerable


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1), st.booleans()), max_size=30))
def test_whatever_is_rated_better_evidence_is_never_less_probable(
    ratings: list[tuple[float, float, bool]],
) -> None:
    moved = recalibrated(
        [(evidence(cosine, coverage), right) for cosine, coverage, right in ratings]
    )
    assert 0 <= moved.right(POOR) <= moved.right(GOOD) <= 1


def test_a_lower_rate_of_wrong_answers_asks_for_more_confidence() -> None:
    rates = [1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.0]
    thresholds = [threshold_for(rate) for rate in rates]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] == 0.0
    assert thresholds[-1] == 1.0


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        threshold_for(rate)
