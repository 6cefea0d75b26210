"""Limits of two processes on one real Redis, which goes and comes back.

What holds of those in memory, too, is in test_limits_contract.py.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import redis

from cevvo.errors import StartError
from cevvo.foundation.access import shared_limits
from cevvo.foundation.access.configured_limits import configured_limits
from cevvo.foundation.access.rate_limit import Limits, ProcessLimits, Window
from cevvo.foundation.access.shared_limits import SharedLimits
from cevvo.settings import load_settings
from redis_server import RedisServer, running_redis


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def server(shared: RedisServer) -> RedisServer:
    with redis.Redis.from_url(shared.url) as client:
        client.flushall()
    return shared


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RedisServer]:
    """One that the test may stop."""
    with running_redis(tmp_path) as server:
        yield server


def with_two(url: str, f: Callable[[Limits, Limits], Awaitable[None]]) -> None:
    """``f`` with the limits of two processes."""

    async def run() -> None:
        async with AsyncExitStack() as closing:
            both = [SharedLimits(url, ProcessLimits(time.monotonic)) for _ in range(2)]
            for each in both:
                closing.push_async_callback(each.close)
            await f(*both)

    asyncio.run(run())


def test_the_window_slides(server: RedisServer) -> None:
    """What is older than a minute makes room; the rest tells how long there is none."""

    async def check(a: Limits, b: Limits) -> None:
        with redis.Redis.from_url(server.url) as client:
            now = int(time.time() * 1000)
            client.rpush("cevvo:hits:k", now - 60_001, now - 60_000, now - 30_000)
        for each, allowed in ((a, True), (b, False)):
            window = await each.hit("k", 2)
            assert window == Window(allowed=allowed, limit=2, remaining=0, reset=window.reset)
            assert 25 <= window.reset <= 30

    with_two(server.url, check)


def test_r28_a_clock_put_back_frees_nobody_and_locks_nobody_out(server: RedisServer) -> None:
    """Hits that lie an hour ahead are as good as hits of now; a place is nobody's any more."""

    async def check(a: Limits, b: Limits) -> None:
        with redis.Redis.from_url(server.url) as client:
            ahead = int(time.time() * 1000) + 3_600_000
            client.rpush("cevvo:hits:k", ahead, ahead)
            client.zadd("cevvo:places:k", {"a": ahead})
            window = await a.hit("k", 3)
            assert window == Window(allowed=True, limit=3, remaining=0, reset=60)
            assert 0 < int(client.pttl("cevvo:hits:k")) <= 60_000
        async with b.hold("k", 1) as free:
            assert free

    with_two(server.url, check)


def test_a_killed_process_gives_its_places_back(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They end by themselves, unless they are renewed."""

    async def is_free(limits: Limits, most: int) -> bool:
        async with limits.hold("k", most) as free:
            return free

    async def check(a: Limits, b: Limits) -> None:
        with redis.Redis.from_url(server.url, decode_responses=True) as client:

            def held() -> tuple[str, float]:
                [(place, until)] = client.zrange("cevvo:places:k", 0, -1, withscores=True)
                return place, until

            def now() -> float:
                seconds, microseconds = client.time()
                return float(seconds * 1000 + microseconds // 1000)

            before = now()
            async with a.hold("k", 1):
                place, until = held()
                assert before <= until - shared_limits._LEASE <= now()
                assert not await is_free(b, 1)
                client.zadd("cevvo:places:k", {place: now()})  # as if all of its time were over
                assert await is_free(b, 1)
            monkeypatch.setattr(shared_limits, "_RENEWAL", 0.02)
            async with a.hold("k", 1):
                place, until = held()
                for _ in range(3):
                    early = until - shared_limits._LEASE // 2  # half of its time is over
                    client.zadd("cevvo:places:k", {place: early})
                    while held() == (place, early):  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                    assert held()[1] >= until
                assert not await is_free(b, 1)

    with_two(server.url, check)


def test_without_redis_each_process_counts_from_what_it_let_through(
    own_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_limits, "_LOOK", 0.02)

    async def check(a: Limits, b: Limits) -> None:
        for _ in range(2):
            await a.hit("k", 3)
        assert await a.trouble() is None
        own_server.stop()
        assert [(await a.hit("k", 3)).allowed for _ in range(2)] == [True, False]
        assert [(await b.hit("k", 3)).allowed for _ in range(4)] == [True, True, True, False]
        async with a.hold("s", 1) as first, a.hold("s", 1) as second:
            assert (first, second) == (True, False)
            assert await a.trouble() == "ConnectionError"
            own_server.start()
            while await a.trouble() is not None or await b.trouble() is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        windows = [await each.hit("new", 3) for each in (a, b) * 2]
        assert [window.allowed for window in windows] == [True, True, True, False]

    with_two(own_server.url, check)


def test_a_redis_that_answers_nothing_is_waited_for_once(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_limits, "_PATIENCE", 0.1)

    async def check(a: Limits, b: Limits) -> None:
        server.pause(60_000)
        try:
            windows = await asyncio.gather(*(a.hit("k", 5) for _ in range(10)))
            assert sum(window.allowed for window in windows) == 5
            assert await a.trouble() == "TimeoutError"
            monkeypatch.setattr(shared_limits, "_PATIENCE", 60)
            assert not (await a.hit("k", 5)).allowed
        finally:
            server.stop()
            server.start()

    with_two(server.url, check)


def test_one_that_is_not_there_at_the_start_may_come(own_server: RedisServer) -> None:
    own_server.stop()

    async def check(a: Limits, b: Limits) -> None:
        assert await a.trouble() == "ConnectionError"
        assert (await a.hit("k", 1)).allowed
        own_server.start()
        while await a.trouble() is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    with_two(own_server.url, check)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://127.0.0.1:6379", "a Redis is redis://host:6379/0"),
        ("redis://127.0.0.1:6379/cache", "the number of a database"),
        ("redis://127.0.0.1:99999", "out of range"),
        ("redis://u:hunter2@redis.invalid:6379", "Name or service not known"),
    ],
)
def test_a_wrong_address_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, url: str, wrong: str
) -> None:
    def no_such_name(*_arguments: object, **_more: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    monkeypatch.setenv("CEVVO_REDIS_URL", url)
    with pytest.raises(StartError) as refused:
        configured_limits(load_settings(), time.monotonic)
    assert wrong in refused.value.message
    assert "hunter2" not in refused.value.message
    assert "\n" not in refused.value.message


def test_a_wrong_password_or_database_is_told_at_the_start(
    server: RedisServer, tmp_path: Path
) -> None:
    own = ProcessLimits(time.monotonic)
    with running_redis(tmp_path, password="right") as locked:
        with pytest.raises(StartError, match="invalid username-password pair"):
            SharedLimits(locked.url.replace("right", "wrong"), own)
        with pytest.raises(StartError, match="Authentication required"):
            SharedLimits(locked.url.replace(":right@", ""), own)
        asyncio.run(SharedLimits(locked.url, own).close())
    with pytest.raises(StartError, match="DB index is out of range"):
        SharedLimits(server.url.removesuffix("0") + "99", own)
