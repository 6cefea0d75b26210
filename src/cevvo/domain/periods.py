"""Rolling windows of time that analytics report on."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from cevvo.domain.time import Millis

PeriodName = Literal["24h", "7d", "30d", "90d"]
Unit = Literal["hour", "day"]
_UNITS: dict[Unit, int] = {"hour": 3_600_000, "day": 86_400_000}
_HOURS: dict[PeriodName, int] = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24, "90d": 90 * 24}


@dataclass(frozen=True, slots=True)
class Period:
    """Times from ``start`` (included) to ``end`` (excluded)."""

    name: PeriodName
    start: Millis
    end: Millis

    @classmethod
    def ending(cls, name: PeriodName, now: Millis) -> "Period":
        """The window of that length that ends now."""
        return cls(name, Millis(now - _HOURS[name] * 3_600_000), now)

    def before(self) -> "Period":
        """The window of the same length that ends where this one starts."""
        return Period(self.name, Millis(2 * self.start - self.end), self.start)

    @property
    def unit(self) -> Unit:
        """What it is drawn in."""
        return "hour" if self.name == "24h" else "day"

    def buckets(self) -> list[tuple[Millis, Millis]]:
        """Its hours or days of UTC, the first and last cut where the period begins and ends."""
        size = _UNITS[self.unit]
        edges = range(self.start - self.start % size + size, self.end, size)
        bounds = [self.start, *map(Millis, edges), self.end]
        return list(pairwise(bounds))
