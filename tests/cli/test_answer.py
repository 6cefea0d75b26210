"""How an answer is printed."""

import io
from typing import Any

import pytest
from rich.console import Console

from cevvo.cli.answer import print_answer

ANSWER: dict[str, Any] = {
    "answer": "Said.",
    "sources": [],
    "citations": [],
    "answered": True,
    "confidence": 1.0,
    "degraded": False,
    "handover": None,
    "cached": False,
    "model": "m",
    "thread_id": "thr_1",
}


def printed(**changes: Any) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_answer(console, ANSWER | changes, 0.1)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"handover": {"reason": "customer_request"}}, "A person was asked for."),
        ({"handover": {"reason": "policy"}, "answered": False}, "is not to be answered"),
        ({"degraded": True}, "The language model was not available."),
        ({"cached": True}, "given again"),
    ],
)
def test_what_is_unusual_about_an_answer_is_printed(changes: dict[str, Any], said: str) -> None:
    assert said in printed(**changes)
    assert said not in printed()


def test_an_unanswered_question_may_be_a_gap() -> None:
    unanswered = {"answered": False, "confidence": 0.1}
    # one about something else is none, and of one that was not saved nothing is recorded
    assert "a coverage gap if it is about your documents" in printed(**unanswered)
    assert "gap" not in printed(**unanswered, saved=False)
    assert "gap" not in printed(answered=False)
    assert "gap" not in printed()
