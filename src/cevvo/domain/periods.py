"""Rolling windows of time that analytics report on."""

from dataclasses import dataclass
from typing import Literal

from cevvo.domain.time import Millis

PeriodName = Literal["24h", "7d", "30d", "90d"]
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
