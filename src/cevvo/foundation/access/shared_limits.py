"""Limits that all processes on one Redis or Valkey share.

Each question is one script, which Redis runs by itself: exact, and one round trip. Scripts go by
Redis's own clock, so that those of the processes need not agree.

While Redis cannot be reached, each process counts by itself, beginning with what it has let through
in the last minute. Who finds that out waits 2 s at most; from then on nobody does, and a task looks
every second whether it is back.
"""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import redis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from cevvo.errors import StartError
from cevvo.foundation.access.rate_limit import WINDOW, ProcessLimits, Window
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

_PATIENCE = 2.0  # seconds that an answer of Redis may take
_LOOK = 1.0  # seconds between looks for one that was gone
_CONNECTIONS = 16  # each serves some ten thousand questions a second
_LEASE = 30_000  # milliseconds that a place outlives its process
_RENEWAL = 10.0  # seconds
_OF_SO_MANY = 1_000_000  # places one is always free: for one that is held already
_FAILURES = (redis.RedisError, OSError, TimeoutError)

_NOW = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
"""
# The times of what was let through, oldest first. Were Redis's clock put back, some would lie in
# the future: they then count as of now.
_HIT = (
    _NOW
    + """
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= now - window do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
local count = redis.call('LLEN', KEYS[1])
if count > 0 and tonumber(redis.call('LINDEX', KEYS[1], -1)) > now then
  redis.call('DEL', KEYS[1])
  for _ = 1, count do redis.call('RPUSH', KEYS[1], now) end
  redis.call('PEXPIRE', KEYS[1], window)
end
local allowed = 0
if count < limit then
  redis.call('RPUSH', KEYS[1], now)
  redis.call('PEXPIRE', KEYS[1], window)
  count, allowed = count + 1, 1
end
return {allowed, count, redis.call('LINDEX', KEYS[1], 0) + window - now}
"""
)
# Places with the times at which they end by themselves, as those of a killed process do.
_TAKE = (
    _NOW
    + """
local place, most, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[1], now + lease + 1, '+inf')
if redis.call('ZCARD', KEYS[1]) >= most then return 0 end
redis.call('ZADD', KEYS[1], now + lease, place)
redis.call('PEXPIRE', KEYS[1], lease)
return 1
"""
)


class SharedLimits:
    """Limits on the Redis at ``url``; ``own`` are those to go on with when it is gone.

    Raises StartError for a Redis that cannot be used. One that is not there at the moment may come.
    """

    def __init__(self, url: str, own: ProcessLimits) -> None:
        self._own = own
        self._trouble = _trouble_at_start(url)
        self._looking: asyncio.Task[None] | None = None
        pool = BlockingConnectionPool.from_url(
            url,
            protocol=2,
            max_connections=_CONNECTIONS,
            timeout=_PATIENCE,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 1),  # a connection that a restart has closed is opened anew
        )
        self._redis = Redis.from_pool(pool)
        self._hit = self._redis.register_script(_HIT)
        self._take = self._redis.register_script(_TAKE)

    async def hit(self, who: str, per_minute: int) -> Window:
        """What was let through is counted by this process too: it goes on from there."""
        keys, args = [f"cevvo:hits:{who}"], [per_minute, WINDOW * 1000]
        answer = await self._ask(lambda: self._hit(keys=keys, args=args))
        if answer is None:
            return await self._own.hit(who, per_minute)
        allowed, count, left = answer
        if allowed:
            await self._own.hit(who, per_minute)
        return Window(
            bool(allowed), per_minute, max(0, per_minute - count), max(1, -(-left // 1000))
        )

    @asynccontextmanager
    async def hold(self, who: str, most: int) -> AsyncIterator[bool]:
        """The places of a process that was killed are free again after 30 s."""
        name, place = f"cevvo:places:{who}", secrets.token_hex(8)
        async with self._own.hold(who, most) as free:
            if not free or await self._taken(name, place, most) == 0:
                yield False
                return
            renewing = asyncio.create_task(self._renew(name, place))
            try:
                yield True
            finally:
                renewing.cancel()
                await self._ask(lambda: self._redis.zrem(name, place))

    async def trouble(self) -> str | None:
        """Looks, as perhaps no request has done so lately."""
        await self._ask(self._redis.ping)
        return self._trouble

    async def close(self) -> None:
        """Close the connections."""
        if self._looking is not None:
            self._looking.cancel()
        await self._redis.aclose()

    async def _taken(self, name: str, place: str, most: int) -> int | None:
        taken: int | None = await self._ask(
            lambda: self._take(keys=[name], args=[place, most, _LEASE])
        )
        return taken

    async def _renew(self, name: str, place: str) -> None:
        while True:
            await asyncio.sleep(_RENEWAL)
            await self._taken(name, place, _OF_SO_MANY)

    async def _ask(self, question: Callable[[], Awaitable[Any]]) -> Any:
        """Redis's answer; None while it is gone."""
        if self._trouble is None:
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await question()
            except _FAILURES as error:
                if self._trouble is None:
                    self._trouble = type(error).__name__
                    log.error("limits_not_shared", reason=_reason(error))
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        return None

    async def _look(self) -> None:
        while self._trouble is not None:
            await asyncio.sleep(_LOOK)
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._redis.ping()
            except _FAILURES:
                continue
            self._trouble = None
            log.info("limits_shared_again")
        self._looking = None


def _trouble_at_start(url: str) -> str | None:
    """Why Redis is not there at the moment; None: it is.

    Raises StartError where something else is wrong: waiting would not mend that.
    """
    client = redis.Redis.from_url(
        url, protocol=2, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=None
    )
    try:
        client.eval(_HIT, 1, "cevvo:hits:start", 1, 1)  # what limits need, on a key of its own
        client.eval(_TAKE, 1, "cevvo:places:start", "start", 1, 1)
    except _FAILURES as error:
        if _may_pass(error):
            log.error("limits_not_shared", reason=_reason(error))
            return type(error).__name__
        raise StartError(
            f"Redis, which CEVVO_REDIS_URL names, cannot be used: {_reason(error)}. It takes a "
            "Redis from version 6 on, or a Valkey, as redis://user:password@host:6379/0."
        ) from None
    finally:
        client.close()
    return None


def _may_pass(error: BaseException) -> bool:
    """Whether that is what an outage looks like, and not a mistake."""
    if isinstance(error, redis.BusyLoadingError | redis.TimeoutError):
        return True
    while (origin := error.__cause__ or error.__context__) is not None:
        error = origin
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return isinstance(error, ConnectionError | TimeoutError)


def _reason(error: BaseException) -> str:
    return str(error).rstrip(".") or type(error).__name__
