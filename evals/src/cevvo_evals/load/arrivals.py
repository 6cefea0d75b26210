"""Open-loop load: requests come when they are due, whether earlier ones were answered or not.

A generator that waits for answers slows down with the server and so hides how long people would
have waited (coordinated omission). Here arrivals are a Poisson process drawn beforehand, and a
request's latency counts from when it was due.
"""

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from cevvo_evals.load.client import Outcome

Send = Callable[[int], Awaitable[Outcome]]
"""Sends the n-th request."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request: when it was due, and what became of it."""

    due: float
    outcome: Outcome

    @property
    def latency(self) -> float:
        """Seconds from when it was due to its end."""
        return self.outcome.ended - self.due


def schedule(rate: float, seconds: float, seed: int) -> list[float]:
    """When requests are due, in seconds from the start: ``rate`` a second, independent ones."""
    chance, due, at = random.Random(seed), [], 0.0
    while (at := at + chance.expovariate(rate)) < seconds:
        due.append(at)
    return due


async def arrive(due: Sequence[float], send: Send) -> list[Sent]:
    """Send each request when it is due, and wait for the end of all of them."""
    start = time.perf_counter()
    running = []
    for number, at in enumerate(due):
        if (wait := start + at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        running.append(asyncio.create_task(_one(number, start + at, send)))
    return await asyncio.gather(*running)


async def _one(number: int, due: float, send: Send) -> Sent:
    return Sent(due, await send(number))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of them lie; 0 where there are none."""
    if len(values) < 2:
        return max(values, default=0.0)
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]


@dataclass(frozen=True, slots=True)
class Step:
    """What one rate came to. Latencies are in milliseconds and of those that were answered (200).

    ``offered`` and ``answered`` are requests a second. ``shed`` is the share refused with 503,
    ``unasked`` those of them without Retry-After, ``failed`` the share of anything else. ``late``
    is the 99th percentile of how late the generator itself was.
    """

    offered: float
    answered: float
    p50: float
    p95: float
    p99: float
    shed: float
    refused_p99: float
    unasked: int
    failed: float
    late: float


def step_of(sent: Sequence[Sent], seconds: float) -> Step:
    """The figures of requests that were due within ``seconds``."""
    statuses = Counter(each.outcome.status for each in sent)
    good = [each.latency * 1000 for each in sent if each.outcome.status == 200]
    shed = [each for each in sent if each.outcome.status == 503]
    count = max(1, len(sent))
    return Step(
        offered=round(len(sent) / seconds, 2),
        answered=round(len(good) / seconds, 2),
        p50=round(percentile(good, 0.5), 1),
        p95=round(percentile(good, 0.95), 1),
        p99=round(percentile(good, 0.99), 1),
        shed=round(len(shed) / count, 4),
        refused_p99=round(percentile([each.latency * 1000 for each in shed], 0.99), 1),
        unasked=sum(not each.outcome.retry_after for each in shed),
        failed=round((len(sent) - statuses[200] - statuses[503]) / count, 4),
        late=round(percentile([(s.outcome.started - s.due) * 1000 for s in sent], 0.99), 1),
    )
