"""The blend of both searches' scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.engine.retrieval.fusion import DENSE_WEIGHT, fused_scores
from cevvo.providers.search.base import Hit


def test_no_hits() -> None:
    assert fused_scores([]) == []


def test_best_in_both_is_one_and_worst_in_both_is_zero() -> None:
    scores = fused_scores([Hit(1, 9.0, 0.8), Hit(2, 3.0, 0.4), Hit(3, None, 0.2)])
    assert scores[0] == pytest.approx(1.0)
    assert scores[2] == 0.0
    assert scores[1] == pytest.approx(DENSE_WEIGHT / 3 + (1 - DENSE_WEIGHT) / 3)


def test_meaning_weighs_more_than_words() -> None:
    by_words, by_meaning = fused_scores([Hit(1, 20.0, 0.1), Hit(2, None, 0.9)])
    assert by_meaning > by_words > 0


def test_hits_without_vectors_are_ranked_by_words() -> None:
    assert fused_scores([Hit(1, 4.0, None), Hit(2, 2.0, None)]) == pytest.approx([0.3, 0.15])


hits = st.lists(
    st.builds(
        Hit,
        chunk_id=st.integers(1, 1000),
        lexical=st.none() | st.floats(0, 100),
        dense=st.none() | st.floats(-1, 1),
    )
)


@given(hits)
def test_scores_are_within_one(found: list[Hit]) -> None:
    scores = fused_scores(found)
    assert len(scores) == len(found)
    assert all(0 <= score <= 1 + 1e-9 for score in scores)
