"""How many requests may be in flight, by how long work has to wait for its turn.

A fixed number does not do: a hundred requests are two seconds of work on a fast machine, twenty
on a slow one, and next to nothing where each waits for a language model. What tells is the time
that a piece of work waits for its turn: for a thread, for a connection that reads, and for the
event loop. To go by that, and by the least of it over a while, as everything else is a burst, is
CoDel's idea (Nichols and Jacobson 2012, https://queue.acm.org/detail.cfm?id=2209336). Where it is
long, the bound falls by a share, where it is short, it rises by a few (Chiu and Jain 1989).
"""

import asyncio
from collections.abc import Awaitable, Callable

from cevvo.foundation.telemetry import metrics

DELAY = 0.1
"""Seconds that work may wait for its turn; a question takes about eight turns."""
INTERVAL = 0.5
"""Seconds over which no work had a shorter wait, twice in a row, before the bound falls."""
_EVERY = 0.05  # seconds between looks
_FLOOR = 8  # requests in flight that are always let in
_CUT = 0.75
_MORE = 4


class Pressure:
    """Counts requests in flight and bounds them. ``most`` is never passed. Belongs to one loop.

    ``turn`` is a piece of work that is nothing but waiting for its turn.
    """

    def __init__(
        self,
        most: int,
        turn: Callable[[], Awaitable[object]],
        *,
        delay: float = DELAY,
        interval: float = INTERVAL,
    ) -> None:
        self.in_flight = 0
        self.bound = float(most)
        self._most = most
        self._turn = turn
        self._floor = min(_FLOOR, most)
        self._delay = delay
        self._interval = interval
        self._was_long = False
        self._watching: asyncio.Task[None] | None = None

    def enter(self) -> None:
        """One more is in flight."""
        self.in_flight += 1
        metrics.IN_FLIGHT.inc()
        if self.in_flight > self._floor and self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    def leave(self) -> None:
        """One less is."""
        self.in_flight -= 1
        metrics.IN_FLIGHT.dec()

    async def _watch(self) -> None:
        """Adapt the bound while there is anything to bound, and until it is where it began."""
        while self.in_flight > self._floor or self.bound < self._most:
            self._adapt(await self._least_wait())
        self._was_long = False
        self._watching = None

    async def _least_wait(self) -> float:
        """The shortest wait within an interval, in seconds."""
        loop = asyncio.get_running_loop()
        end, least = loop.time() + self._interval, float("inf")
        while (asked := loop.time()) < end:
            turn = asyncio.ensure_future(self._turn())
            await asyncio.wait({turn}, timeout=max(end - asked, self._delay))
            least = min(least, loop.time() - asked)
            turn.cancel()
            await asyncio.gather(turn, return_exceptions=True)  # the requests will say as much
            await asyncio.sleep(_EVERY)
        return least

    def _adapt(self, waited: float) -> None:
        is_long = waited >= self._delay
        if is_long and self._was_long:
            self.bound = max(self._floor, min(self.bound, self.in_flight) * _CUT)
        elif not is_long:
            self.bound = min(self._most, max(self.bound, self.in_flight) + _MORE)
        self._was_long = is_long
