"""Sentences in prose."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.engine.indexing.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Install it.", "Then run it!", "Does it work?", "Yes…", "Good."],
        ["This is v3.2.1 of Foo.", "It needs 4.5 GB.", "See https://a.example/c.d?e=f.", "Done."],
        ["Use e.g. Django or i.e. Flask.", "See fig. 3 for it.", "Dr. Smith agrees."],
        ["J. R. Smith left at 5 p.m.", "Then he slept."],
        ["Set `foo. Bar` to 1.", "Then call ``x `y. Z` w``.", "`True` enables it."],
        ['He said "Stop."', "Then he left.", "(It was late.)", "[So.]", "*Why?*", "OK."],
        ['"Why?" he asked.', "Wait... what?", "Wait...", "What?"],
        ["1. First do it.", "Then that."],
        ["Version 3.", "The next.", "No. 5 is alive.", "It is not."],
        ["これは文です。", "次の文です！", "「終わり。」", "そして"],
        ["¿Qué es?", "¡Sí!", "यह है।", "और।"],
        ["Run npm install. npm is slow."],  # a small letter does not start a sentence
        ["One line", "another line"],
        ["Foo Inc. and others."],
        ["no end"],
    ],
)
def test_sentences(expected: list[str]) -> None:
    separators = ["\n" if expected[0] == "One line" else " "] * len(expected)
    if "これ" in expected[0]:
        separators = [""] * len(expected)
    text = "".join(s + sep for s, sep in zip(expected, separators, strict=True)).strip()
    assert sentences(text) == expected


def test_marks_alone_belong_to_the_sentence_before() -> None:
    assert sentences("Really? ! ?! Yes.") == ["Really? ! ?!", "Yes."]


@given(st.text(alphabet="aB1 .!?。…`\"'()\n,e g", max_size=200))
def test_everything_visible_is_in_exactly_one_sentence(text: str) -> None:
    end = 0
    for span in sentence_spans(text):
        assert span.start >= end
        assert not text[end : span.start].strip()
        assert text[span.start : span.end].strip() == text[span.start : span.end] != ""
        end = span.end
    assert not text[end:].strip()


@pytest.mark.parametrize(
    "unit", ["a", "a. ", "`", "``", "A. b. C.", "... ", ".", "。", "`a. ", "("]
)
def test_r27_time_is_linear(unit: str) -> None:
    sentence_spans(unit * 1000)

    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        start = time.process_time()
        sentence_spans(text)
        return time.process_time() - start

    # Thrice at most: other work on the machine slows one time down, not all.
    assert any(seconds(400_000) < 4 * 2 * seconds(100_000) + 0.1 for _ in range(3))
