"""A circuit breaker: what keeps failing is left alone for a while, then tried once.

After M. Nygard, "Release It!": closed, open, and half-open while one call probes.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """It opens after ``in_a_row`` failures, or when half of the last ``window`` calls failed.

    It stays open for ``pause`` seconds, twice as long after each probe that fails, up to
    ``longest``.
    """

    in_a_row: int = 5
    window: int = 20
    pause: float = 15.0
    longest: float = 60.0


class Breaker:
    """Belongs to one event loop. ``clock`` is in seconds and never goes back.

    Each call that ``enter`` lets through is followed by exactly one of ``succeeded``, ``failed``
    and ``left``.
    """

    def __init__(self, clock: Callable[[], float], limits: BreakerLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._outcomes: deque[bool] = deque(maxlen=limits.window)
        self._open_until: float | None = None
        self._pause = limits.pause
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether it waits for a probe, or for the time for one."""
        return self._open_until is not None

    def enter(self) -> bool:
        """Whether a call may go ahead now. An open breaker lets one at a time, after its pause."""
        if self._open_until is None:
            return True
        if self._probing or self._clock() < self._open_until:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The call went well: whatever was before is forgotten if it was a probe."""
        if self._open_until is not None:
            self._outcomes.clear()
        self._outcomes.append(True)
        self._open_until = None
        self._pause = self._limits.pause
        self._probing = False

    def failed(self) -> None:
        """The call failed."""
        self._outcomes.append(False)
        recent = list(self._outcomes)[-self._limits.in_a_row :]
        failures = self._outcomes.count(False)
        if self._open_until is not None:
            if self._probing:
                self.open(min(self._pause * 2, self._limits.longest))
        elif (len(recent) == self._limits.in_a_row and not any(recent)) or (
            len(self._outcomes) == self._limits.window and failures * 2 >= self._limits.window
        ):
            self.open(self._limits.pause)

    def left(self) -> None:
        """The call ended without telling anything about what was called."""
        self._probing = False

    def open(self, pause: float) -> None:
        """Let nothing through for ``pause`` seconds, whatever was before."""
        self._pause = pause
        self._open_until = self._clock() + pause
        self._probing = False
