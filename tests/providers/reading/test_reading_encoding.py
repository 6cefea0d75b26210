"""A question and a passage as tokens."""

import pytest

from cevvo.providers.reading.encoding import MAX_TOKENS, Window, windows
from cevvo.providers.wordpiece import CLS, SEP, word_pieces


def encode(question: str, title: str, text: str) -> list[Window]:
    return list(windows(word_pieces(), question, title, text))


def test_a_short_passage_is_one_input() -> None:
    (window,) = encode("Who?", "People", "Ada did.")
    ids = [word_pieces().encode(text).ids for text in ("Who?", "People", "Ada did.")]
    assert window.ids == [CLS, *ids[0], SEP, *ids[1], SEP, *ids[2], SEP]
    assert window.kinds == [0] * (len(ids[0]) + 2) + [1] * (len(ids[1]) + len(ids[2]) + 2)
    assert window.offsets[:2] == [(0, 3), (4, 7)]
    assert window.ids[window.first] == ids[2][0]


def test_without_a_title_there_is_no_place_for_one() -> None:
    (window,) = encode("Who?", "", "Ada did.")
    assert window.ids.count(SEP) == 2


def test_a_long_passage_comes_in_windows_that_overlap() -> None:
    first, second, *_ = encode("Who?", "", "word " * 400)
    assert len(first.ids) == MAX_TOKENS
    assert first.offsets[0][0] == 0
    assert first.offsets[0] < second.offsets[0] < first.offsets[-1] < second.offsets[-1]


@pytest.mark.parametrize("text", ["", " \n", "\x00"])
def test_a_passage_without_words_has_no_input(text: str) -> None:
    assert encode("Who?", "People", text) == []


@pytest.mark.parametrize("text", ["word " * 100_000, "x" * 1_000_000, "\U0001f600" * 200_000])
def test_what_is_read_is_bounded(text: str) -> None:
    found = encode(text, text, text)
    assert 1 <= len(found) <= 4
    assert all(len(window.ids) <= MAX_TOKENS for window in found)
