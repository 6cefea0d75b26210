"""The contract of limits, kept in the memory of a process and by two processes on one Redis."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import redis

from cevvo.foundation.access import shared_limits
from cevvo.foundation.access.rate_limit import WINDOW, Limits, ProcessLimits
from cevvo.foundation.access.shared_limits import SharedLimits
from http_api import Clocks
from redis_server import RedisServer, running_redis

Check = Callable[[Limits, Limits], Awaitable[None]]


class Kept(ABC):
    """Where limits are kept: ``run`` calls a check with them as two who ask have them."""

    @abstractmethod
    def run(self, check: Check) -> None: ...

    @abstractmethod
    def pass_time(self, seconds: float) -> None:
        """Have what was counted be so much older."""


class InMemory(Kept):
    """Both are the one of the process."""

    def __init__(self) -> None:
        self._clocks = Clocks()

    def run(self, check: Check) -> None:
        limits = ProcessLimits(self._clocks.monotonic)
        asyncio.run(_run(check, limits, limits))

    def pass_time(self, seconds: float) -> None:
        self._clocks.advance(seconds)


class OnRedis(Kept):
    """Each is of another process. Redis goes by its own clock, so the counts are put back."""

    def __init__(self, url: str) -> None:
        self._url = url

    def run(self, check: Check) -> None:
        async def run() -> None:
            async with AsyncExitStack() as closing:
                both = [SharedLimits(self._url, ProcessLimits(time.monotonic)) for _ in range(2)]
                for each in both:
                    closing.push_async_callback(each.close)
                await check(*both)
                assert [await each.trouble() for each in both] == [None, None]

        asyncio.run(run())

    def pass_time(self, seconds: float) -> None:
        with redis.Redis.from_url(self._url) as client:
            for key in client.scan_iter("cevvo:hits:*"):
                hits = [int(at) - int(seconds * 1000) for at in client.lrange(key, 0, -1)]
                client.delete(key)
                client.rpush(key, *hits)


async def _run(check: Check, a: Limits, b: Limits) -> None:
    await check(a, b)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with running_redis(folder) as running:
        yield running


@pytest.fixture(params=["in memory", "on Redis"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setattr(shared_limits, "_PATIENCE", 60.0)  # a busy machine is no failure
    if request.param == "in memory":
        return InMemory()
    url = request.getfixturevalue("server").url
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return OnRedis(url)


def test_r37_however_many_ask_at_once_exactly_the_limit_passes(kept: Kept) -> None:
    async def check(a: Limits, b: Limits) -> None:
        windows = await asyncio.gather(*(each.hit("k", 100) for each in (a, b) * 101))
        assert sum(window.allowed for window in windows) == 100
        assert sorted(w.remaining for w in windows if w.allowed) == list(range(100))
        assert {w.remaining for w in windows if not w.allowed} == {0}
        assert {w.limit for w in windows} == {100}
        assert {window.reset for window in windows} <= set(range(WINDOW - 20, WINDOW + 1))

    kept.run(check)


def test_the_window_slides(kept: Kept) -> None:
    """What is older than a minute makes room; what is not does not."""

    async def check(a: Limits, b: Limits) -> None:
        assert [(await each.hit("k", 3)).allowed for each in (a, b)] == [True, True]
        kept.pass_time(30)
        last = await a.hit("k", 3)
        assert (last.allowed, last.remaining) == (True, 0)
        assert 1 <= last.reset <= 30  # when the first two leave
        assert not (await b.hit("k", 3)).allowed
        kept.pass_time(31)
        again = [await each.hit("k", 3) for each in (b, a, b)]
        assert [window.allowed for window in again] == [True, True, False]
        assert 1 <= again[-1].reset <= 29  # when that one leaves
        kept.pass_time(61)
        assert (await a.hit("k", 3)).remaining == 2

    kept.run(check)


def test_a_refused_request_is_not_counted(kept: Kept) -> None:
    async def check(a: Limits, b: Limits) -> None:
        assert (await a.hit("k", 1)).allowed
        for _ in range(5):
            kept.pass_time(8)
            assert not (await b.hit("k", 1)).allowed
        kept.pass_time(21)
        assert (await b.hit("k", 1)).allowed

    kept.run(check)


def test_callers_do_not_share(kept: Kept) -> None:
    async def check(a: Limits, b: Limits) -> None:
        assert (await a.hit("k", 1)).allowed
        assert not (await b.hit("k", 1)).allowed
        assert (await b.hit("other", 1)).allowed
        async with a.hold("k", 1) as first, b.hold("other", 1) as other:
            assert (first, other) == (True, True)
        assert not (await a.hit("k", 1)).allowed  # places and requests are counted apart

    kept.run(check)


def test_a_limit_that_is_changed_counts_from_then_on(kept: Kept) -> None:
    async def check(a: Limits, b: Limits) -> None:
        for each in (a, b, a):
            await each.hit("k", 3)
        raised, lowered = await b.hit("k", 5), await a.hit("k", 2)
        assert (raised.allowed, raised.limit, raised.remaining) == (True, 5, 1)
        assert (lowered.allowed, lowered.limit, lowered.remaining) == (False, 2, 0)

    kept.run(check)


def test_places_are_taken_until_they_are_given_back(kept: Kept) -> None:
    async def check(a: Limits, b: Limits) -> None:
        async with (
            a.hold("k", 2) as first,
            b.hold("k", 2) as second,
            a.hold("k", 2) as third,
            b.hold("k", 2) as fourth,
        ):
            assert (first, second, third, fourth) == (True, True, False, False)
        async with b.hold("k", 1) as again:  # who got none gives none back
            assert again

    kept.run(check)


def test_a_place_is_given_back_whatever_happens(kept: Kept) -> None:
    async def check(a: Limits, b: Limits) -> None:
        async def fail() -> None:
            async with a.hold("k", 1) as taken:
                assert taken
                raise RuntimeError("on the way")

        with pytest.raises(RuntimeError, match="on the way"):
            await fail()
        holding = asyncio.Event()

        async def hold() -> None:
            async with b.hold("k", 1) as taken:
                assert taken
                holding.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(hold())
        await holding.wait()
        task.cancel()
        await asyncio.wait([task])
        async with a.hold("k", 1) as free:
            assert free

    kept.run(check)


def test_nothing_is_wrong_and_closing_twice_does_no_harm(kept: Kept) -> None:
    async def check(a: Limits, b: Limits) -> None:
        assert [await a.trouble(), await b.trouble()] == [None, None]
        await a.close()

    kept.run(check)
