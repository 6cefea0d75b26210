"""Which sentences say otherwise of the same."""

import pytest

from cevvo.engine.insight.conflicts import Saying, difference

FEE = "The delivery of a parcel costs {} euros"
HOURS = "The support office opens at {} each day"
ROWS = "The upload of a table is limited to {} rows"


def told(sentence: str, one: str, other: str) -> object:
    return difference(
        Saying(sentence.format(one), frozenset()), Saying(sentence.format(other), frozenset())
    )


@pytest.mark.parametrize(
    ("sentence", "one", "other"),
    [(FEE, "1.50", "1.55"), (FEE, "10", "100"), (FEE, "1.5", "15"), (HOURS, "9:00", "9:30")],
)
def test_another_number_is_a_conflict(sentence: str, one: str, other: str) -> None:
    assert told(sentence, one, other) == ("number", one, other)


@pytest.mark.parametrize(
    ("sentence", "one", "other"),
    [
        (FEE, "1.50", "1.5"),
        (FEE, "10.00", "10"),
        (FEE, "two", "2"),
        (HOURS, "09:00", "9:00"),
        (ROWS, "10,000", "10000"),
    ],
)
def test_the_same_number_written_otherwise_is_none(sentence: str, one: str, other: str) -> None:
    assert told(sentence, one, other) is None
