"""Messages made to be slow: one word of 8,000 characters, the longest that a message may be."""

import time
from collections.abc import Callable

import pytest

from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.evidence.asking import Wants
from cevvo.engine.answering.sameness import asked
from cevvo.engine.answering.thread.follow_ups import standalone_question

THREAD = [PastTurn("How do I install it?", "How do I install the agent?")]


def follow_up(message: str) -> str:
    return standalone_question(message, THREAD)


@pytest.mark.parametrize("read", [follow_up, asked, Wants.of])
@pytest.mark.parametrize("unit", ["a", "un", "_", "1", "aB", "中", "é"])
def test_r27_one_long_word(read: Callable[[str], object], unit: str) -> None:
    message = (unit * 8000)[:8000]

    def seconds() -> float:
        start = time.process_time()
        read(message)
        return time.process_time() - start

    assert any(seconds() < 0.25 for _ in range(3))
