"""Time as stored and as shown.

Stored times are whole milliseconds since 1970 in UTC; on the wire they are RFC 3339 with whole
seconds and ``Z``. Whoever needs the time takes a ``Clock``, so that tests can set it.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NewType

Millis = NewType("Millis", int)
Clock = Callable[[], Millis]
LAST = Millis(253_402_300_799_000)
"""9999-12-31T23:59:59Z: the last that RFC 3339 can write."""


def now() -> Millis:
    """The system's wall clock in milliseconds since 1970, UTC."""
    return Millis(time.time_ns() // 1_000_000)


def rfc3339(at: Millis) -> str:
    """``2026-03-10T14:30:00Z`` for a stored time."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_or_none(at: Millis | None) -> str | None:
    """``rfc3339`` of a time that need not be known."""
    return None if at is None else rfc3339(at)
