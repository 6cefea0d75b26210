"""How long a server asks to be left alone: the Retry-After header (RFC 9110, 10.2.3)."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a response asks to wait, None if it does not say. Names are in lower case.

    A date is read against the response's own Date, so that no clock but the server's counts.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        since = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - since).total_seconds())
    except (ValueError, TypeError, OverflowError):
        # No date, one of a year that there is not, or one with and one without a zone.
        return None
