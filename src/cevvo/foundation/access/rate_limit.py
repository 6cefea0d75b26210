"""How many requests a minute, and how many at a time: counted in the memory of this process.

The window slides (any 60 seconds hold at most the limit), counts only what was let through, and
runs on the monotonic clock, so that setting the wall clock neither frees nor locks out anyone.
"""

import math
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

WINDOW = 60  # seconds


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


class Limits(Protocol):
    """Counts what callers do. ``who`` names what is counted: callers of one name share a limit.

    Exact: however many ask at once, whether of this process or, where it is shared, of others.
    Nothing is raised where a shared count cannot be reached; ``trouble`` then says so.
    """

    async def hit(self, who: str, per_minute: int) -> Window:
        """Count one request and say whether it may pass; a refused one is not counted."""

    def hold(self, who: str, most: int) -> AbstractAsyncContextManager[bool]:
        """Take one of ``most`` places until the block ends. False: all are taken."""

    async def trouble(self) -> str | None:
        """Why limits hold for each process by itself though they should be shared, or None."""

    async def close(self) -> None:
        """Let go of what is open."""


class ProcessLimits:
    """Limits of this process alone. ``monotonic`` gives seconds and never goes back."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._hits: dict[str, deque[float]] = {}
        self._held: Counter[str] = Counter()
        self._swept = monotonic()

    async def hit(self, who: str, per_minute: int) -> Window:
        """As the contract says."""
        now = self._monotonic()
        self._forget_idle(now)
        hits = self._hits.setdefault(who, deque())
        while hits and hits[0] <= now - WINDOW:
            hits.popleft()
        allowed = len(hits) < per_minute
        if allowed:
            hits.append(now)
        remaining = max(0, per_minute - len(hits))
        return Window(allowed, per_minute, remaining, max(1, math.ceil(hits[0] + WINDOW - now)))

    @asynccontextmanager
    async def hold(self, who: str, most: int) -> AsyncIterator[bool]:
        """As the contract says."""
        if self._held[who] >= most:
            yield False
            return
        self._held[who] += 1
        try:
            yield True
        finally:
            self._held[who] -= 1
            if not self._held[who]:
                del self._held[who]

    async def trouble(self) -> str | None:
        """None: they are meant to be its own."""
        return None

    async def close(self) -> None:
        """Nothing is open."""

    def _forget_idle(self, now: float) -> None:
        if now - self._swept >= WINDOW:
            self._swept = now
            latest = now - WINDOW
            idle = [who for who, hits in self._hits.items() if not hits or hits[-1] <= latest]
            for who in idle:
                del self._hits[who]
