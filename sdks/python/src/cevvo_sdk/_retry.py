"""When to try again, and how long to wait before it. Times are seconds."""

import time
from email.utils import parsedate_to_datetime

import httpx2

FIRST_DELAY = 0.5
LONGEST_DELAY = 8.0
LONGEST_RETRY_AFTER = 120.0


def retry_after(headers: httpx2.Headers, now: float | None = None) -> float | None:
    """``Retry-After``, in seconds or as a date (RFC 9110, 10.2.3); None if absent or unreadable."""
    value = headers.get("retry-after", "").strip()
    if value.replace(".", "", 1).isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value).timestamp()
    except ValueError:
        return None
    return max(0.0, date - (time.time() if now is None else now))


def may_retry(response: httpx2.Response, code: str | None) -> bool:
    """Whether the same request may turn out differently soon.

    ``x-should-retry`` overrides what the status says. A server that asks for more than two minutes
    is not asked again before that, nor is one whose budget of the day is used up.
    """
    advice = response.headers.get("x-should-retry")
    if advice == "false" or (retry_after(response.headers) or 0.0) > LONGEST_RETRY_AFTER:
        return False
    if advice == "true":
        return True
    status = response.status_code
    return (status in (408, 409, 429) or status >= 500) and code != "budget_exceeded"


def delay(attempt: int, asked: float | None, random: float) -> float:
    """Seconds to wait before retry number ``attempt`` (0 is the first).

    What the server asked for; else half a second, doubling to eight, less up to a quarter
    (``random`` in 0..1) so that clients do not come back in step.
    """
    if asked is not None:
        return asked
    return min(FIRST_DELAY * 2.0**attempt, LONGEST_DELAY) * (1 - random / 4)
