"""Limits in memory, to the second: a minute that slides, on a clock that only goes forward.

What holds of shared ones, too, is in test_limits_contract.py.
"""

import asyncio

import pytest

from cevvo.foundation.access.rate_limit import ProcessLimits, Window
from http_api import Clocks


class Limiter:
    """The limits of a process, asked without an event loop."""

    def __init__(self, clocks: Clocks) -> None:
        self.limits = ProcessLimits(clocks.monotonic)

    def hit(self, who: str, per_minute: int) -> Window:
        hitting = self.limits.hit(who, per_minute)
        try:
            hitting.send(None)
        except StopIteration as done:
            window: Window = done.value
            return window
        raise AssertionError("it waits for something")


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def limiter(clocks: Clocks) -> Limiter:
    return Limiter(clocks)


def test_r37_exactly_the_limit_passes_in_any_minute(limiter: Limiter, clocks: Clocks) -> None:
    passed: list[float] = []
    for _ in range(2000):
        if limiter.hit("a", 100).allowed:
            passed.append(clocks.seconds)
        clocks.advance(0.11)
    for start in passed:
        assert sum(start <= at < start + 60 for at in passed) <= 100
    assert 360 <= len(passed) <= 400  # 220 s at 100 a minute, and the first 100 at once


def test_where_a_caller_stands(limiter: Limiter, clocks: Clocks) -> None:
    assert limiter.hit("a", 2) == Window(allowed=True, limit=2, remaining=1, reset=60)
    clocks.advance(20.5)
    assert limiter.hit("a", 2) == Window(allowed=True, limit=2, remaining=0, reset=40)
    assert limiter.hit("a", 2) == Window(allowed=False, limit=2, remaining=0, reset=40)
    clocks.advance(39.4)
    assert limiter.hit("a", 2) == Window(allowed=False, limit=2, remaining=0, reset=1)
    clocks.advance(0.1)
    assert limiter.hit("a", 2) == Window(allowed=True, limit=2, remaining=0, reset=21)


def test_those_who_are_gone_are_forgotten(limiter: Limiter, clocks: Clocks) -> None:
    for number in range(1000):
        limiter.hit(str(number), 5)
    clocks.advance(61)
    limiter.hit("a", 5)
    assert len(limiter.limits._hits) == 1


def test_places_that_nobody_has_are_forgotten(limiter: Limiter) -> None:
    limits = limiter.limits

    async def hold() -> None:
        async with limits.hold("a", 2), limits.hold("a", 1), limits.hold("b", 1):
            assert len(limits._held) == 2

    asyncio.run(hold())
    assert not limits._held
