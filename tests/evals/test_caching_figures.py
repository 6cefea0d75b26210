"""The figures of the answer cache's benchmark: what counts as right, wrong, and not at all."""

import random

import numpy as np

from cevvo.engine.answering.sameness import asked
from cevvo_evals.caching import Lookup, Rates, normalised, rates, typed, with_typo

VECTOR = np.array([1, 0], np.float32)


def lookup(text: str, meaning: str, seen: tuple[str, ...] = (), cited: str = "a") -> Lookup:
    return Lookup(text, frozenset({meaning}), VECTOR, asked(text), seen, frozenset({cited}))


def test_a_hit_is_right_where_both_mean_the_same() -> None:
    lookups = [
        lookup("How do I pay?", "pay"),
        lookup("how can I pay", "pay"),
        lookup("How do I pay??", "pay somebody"),
        lookup("How do I reset my password?", "reset"),
    ]
    wrong: list[tuple[str, str]] = []
    assert rates(lookups, wrong) == Rates(lookups=4, right=0.25, wrong=0.25)
    assert wrong == [("How do I pay?", "How do I pay??")]


def test_other_evidence_is_no_hit() -> None:
    first, again = (lookup("How do I pay?", "pay", seen=("a", "b")) for _ in range(2))
    changed = lookup("How do I pay?", "pay", seen=("new", "a", "b"))
    assert rates([first, again]).right == 0.5
    assert rates([first, changed]).right == 0.0


def test_gold_answers_are_compared_by_their_words() -> None:
    assert normalised(["The 10th century", "10th  century."]) == {"10th century"}


def test_a_wording_is_typed_in_other_ways() -> None:
    chance = random.Random(1)
    ways = {typed("How do I forward several messages?", chance) for _ in range(200)}
    assert len(ways) > 7
    assert "how do i forward several messages?" in ways
    assert len(with_typo("several messages", chance)) == len("several messages") - 1
    assert with_typo("too short", chance) == "too short"
