"""Two answers side by side."""

import pytest

from cevvo.domain.answers import Citation
from cevvo.domain.documents import Span
from cevvo.engine.answering.comparison import compared, rests_on_the_same


@pytest.mark.parametrize(
    ("then", "now", "found"),
    [
        ("Yes. [1]", "Yes. [1]", [("same", "Yes. [1]")]),
        (
            "It costs 9 euros. [1] Pay by card. [2]",
            "It costs 10 euros. [1] Pay by card. [2]",
            [
                ("removed", "It costs 9 euros. [1]"),
                ("added", "It costs 10 euros. [1]"),
                ("same", "Pay by card. [2]"),
            ],
        ),
        ("- one\n- two", "- two", [("removed", "- one"), ("same", "- two")]),
        ("", "New.", [("added", "New.")]),
        ("Version 1.2 it is.", "", [("removed", "Version 1.2 it is.")]),
    ],
)
def test_sentences_that_came_and_went(then: str, now: str, found: list[tuple[str, str]]) -> None:
    assert [(each.change, each.text) for each in compared(then, now)] == found


def test_the_same_words_in_another_order_are_the_same_basis() -> None:
    one, two = (Citation(1, "doc", quote, Span(0, 3), None) for quote in ("abc", "xyz"))
    moved = Citation(2, "doc", "abc", Span(90, 93), None)
    assert rests_on_the_same([one, two], [two, moved])
    assert not rests_on_the_same([one, two], [one])
