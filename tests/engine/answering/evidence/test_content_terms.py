"""What "how long" asks for is a time, and says no "long"."""

import time

import pytest

from cevvo.engine.answering.evidence.content_terms import measure_terms, measured_terms


@pytest.mark.parametrize(
    ("question", "text", "measured"),
    [
        ("How long is the trial?", "The trial lasts 14 days.", {"long"}),
        ("How long is the trial?", "It ends after two working days.", {"long"}),
        ("How long is the timeout?", "Default: 30s", {"long"}),
        ("How long may a name be?", "At most 64 characters.", {"long"}),
        ("How long is the trial?", "It lasts approx.14 days.", {"long"}),
        ("How long does it take?", "About 1,5 days, or 1.000.000 ms.", {"long"}),
        ("How long is the trial?", "The trial has every feature of the Team plan.", set()),
        ("How long is the trial?", "Version 14 is out.", set()),
        ("How often is it backed up?", "It is backed up every night.", {"often"}),
        ("How often is it backed up?", "It is backed up.", set()),
        ("How large may a file be?", "A file may have up to 25 MB.", {"larg"}),
        ("How large may a file be?", "A file is stored as it is.", set()),
        ("Is the trial long?", "The trial lasts 14 days.", set()),
    ],
)
def test_a_value_of_the_kind_stands_for_the_word_that_asks(
    question: str, text: str, measured: set[str]
) -> None:
    assert measured_terms(text, measure_terms(question)) == measured


@pytest.mark.parametrize("unit", ["1,", "0.1", "1..", "12, "])
def test_r27_data_takes_no_time(unit: str) -> None:
    start = time.process_time()
    measured_terms(unit * 2000, measure_terms("How long is it?"))
    assert time.process_time() - start < 1  # 14 s where each number is tried at each of its ends
