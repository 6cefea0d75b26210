import json

import pytest

from cevvo_evals.streaming import Streamed, read


def _line(at: float, **event: object) -> tuple[float, str]:
    return at, f"data: {json.dumps(event)}"


def _ended(at: float, **more: object) -> tuple[float, str]:
    usage = {"prompt_tokens": 1, "completion_tokens": 60}
    last = {"model": "scripted", "cached": False, "usage": usage} | more
    return _line(at, type="sources", **last)


def test_the_first_words_are_those_of_the_first_text() -> None:
    lines = [
        (90.0, ": ping"),
        _line(300.0, type="text", text="Boats leave at six [1]. "),
        (300.0, ""),
        _line(500.0, type="text", text="Nets dry [1]. "),
        _ended(510.0),
        (511.0, "data: [DONE]"),
    ]
    assert read(lines) == Streamed(300.0, 5, 60)


def test_what_the_model_itself_takes_is_not_added() -> None:
    assert Streamed(first_ms=300.0, first_words=12, tokens=60).added_ms == pytest.approx(60)


def test_answers_that_are_not_the_models_count_for_nothing() -> None:
    text = _line(300.0, type="text", text="Boats leave.")
    assert read([text, _ended(310.0, model="cevvo-extractive")]) is None
    assert read([text, _ended(310.0, cached=True)]) is None
    assert read([_ended(310.0)]) is None
    assert read([text]) is None
