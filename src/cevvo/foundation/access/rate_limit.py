"""How many requests a minute: a sliding window in the memory of this process.

The window slides (any 60 seconds hold at most the limit), counts only what was let through, and
runs on the monotonic clock, so that setting the wall clock neither frees nor locks out anyone.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

WINDOW = 60  # seconds
_item = lru_cache(RateLimitItemPerMinute)


@dataclass(frozen=True, slots=True)
class Window:
    """Where a caller stands after a request.

    ``reset`` is in how many whole seconds, at least 1, the oldest counted request leaves the
    window: then at least one more is let through.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: int


class RateLimiter:
    """Counts requests by an identifier. ``monotonic`` gives seconds and never goes back."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._limiter = MovingWindowRateLimiter(_MonotonicStorage(monotonic))

    def hit(self, identifier: str, per_minute: int) -> Window:
        """Count one request and say whether it may pass; a refused one is not counted."""
        item = _item(per_minute)
        allowed = self._limiter.hit(item, identifier)
        stats = self._limiter.get_window_stats(item, identifier)
        reset = math.ceil(stats.reset_time - self._monotonic())
        return Window(allowed, per_minute, max(0, stats.remaining), max(1, reset))


class _MonotonicStorage(MemoryStorage):
    """The library's own memory storage goes by the wall clock and never forgets an identifier."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._hits: dict[str, deque[float]] = {}
        self._swept = monotonic()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        now = self._monotonic()
        self._forget_idle(now)
        hits = self._hits.setdefault(key, deque())
        self._drop_old(hits, now - expiry)
        if len(hits) + amount > limit:
            return False
        hits.extend([now] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        now = self._monotonic()
        hits = self._hits.get(key, deque())
        self._drop_old(hits, now - expiry)
        return (hits[0], len(hits)) if hits else (now, 0)

    @staticmethod
    def _drop_old(hits: deque[float], until: float) -> None:
        while hits and hits[0] <= until:
            hits.popleft()

    def _forget_idle(self, now: float) -> None:
        if now - self._swept >= WINDOW:
            self._swept = now
            latest = now - WINDOW
            idle = [key for key, hits in self._hits.items() if not hits or hits[-1] <= latest]
            for key in idle:
                del self._hits[key]
