"""The sentences that the check is measured with, and the figures."""

import random

import pytest

from cevvo_evals.grounding import ENOUGH, Case, report
from cevvo_evals.grounding_sentences import FALSE, TRUE, Sample

SAMPLE = Sample(
    sentence="In 1066, the Norman duke William (the Conqueror) was victorious before 3 rivals.",
    passage="In 1066, the Norman duke William was victorious. The bishop Odo came in 1070.",
    title="Normans",
    question="Who was the duke?",
    following="It was cold.",
    answer="William",
    foreign="The river Rhine flows through several quiet countries and ends in Rotterdam.",
    near="Odo was a bishop.",
)


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("reordered", "The Norman duke William (the Conqueror) was victorious before 3 rivals in"),
        ("shortened", "In 1066, the Norman duke William was victorious before 3 rivals."),
        ("two in one", "rivals, and it was cold."),
        ("short answer", "William."),
        ("question and answer", "The duke was William."),
    ],
)
def test_true_sentences(kind: str, made: str) -> None:
    assert made in (TRUE[kind](SAMPLE, random.Random(0)) or "")


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("negation", "William (the Conqueror) was not victorious"),
        ("opposite", "victorious after 3 rivals"),
        ("other page", "The river Rhine"),
        ("same page, not found", "Odo was a bishop."),
        ("detail added", "3 rivals and countries and ends in Rotterdam."),
    ],
)
def test_false_sentences(kind: str, made: str) -> None:
    assert made in (FALSE[kind](SAMPLE, random.Random(0)) or "")


def test_a_number_or_name_becomes_another() -> None:
    for kind in ("number", "name, same passage", "name, other page"):
        made = FALSE[kind](SAMPLE, random.Random(1))
        assert made
        assert made != SAMPLE.sentence


def test_a_kind_with_few_sentences_does_not_count_in_the_mean() -> None:
    many = [(Case("many", True, "x", ()), True)] * ENOUGH
    few = [(Case("few", True, "x", ()), False)]
    false = [(Case("false", False, "x", ()), n % 4 == 0) for n in range(ENOUGH)]
    figures = report([*many, *few, *false])
    assert figures["true kept"] == {"mean": 1.0, "many": "1.000 of 20", "few": "0.000 of 1"}
    assert figures["false dropped"]["mean"] == 0.75
