"""Asking one site no faster than it likes, and again when it says "later"."""

import asyncio
import time
from email.utils import parsedate_to_datetime

from cevvo.errors import Transient
from cevvo.providers.fetching.base import Fetched, Fetcher

RETRIES = 2
MAX_WAIT = 60.0  # seconds that a Retry-After is obeyed in place; a longer one gives the page up
_BACKOFF = 0.5  # seconds before the first repetition, doubled for the second
_RETRIED = frozenset({429, 500, 502, 503, 504})


class PoliteFetcher:
    """A fetcher for one site: paced by ``delay`` seconds between requests, patient with errors."""

    def __init__(self, fetcher: Fetcher, delay: float = 0.0) -> None:
        self._fetcher = fetcher
        self.delay = delay
        self._not_before = 0.0

    async def get(self, url: str, *, max_bytes: int | None = None) -> Fetched:
        """GET, repeated up to twice after what may pass: 429, 5xx, no connection.

        A Retry-After holds up every request to the site. Returns the last response whatever its
        status, raises as ``Fetcher.fetch`` does.
        """
        for attempt in range(RETRIES + 1):
            await self._turn()
            last = attempt == RETRIES
            try:
                answer = await self._fetcher.fetch(url, max_bytes=max_bytes)
            except Transient:
                if last:
                    raise
                await asyncio.sleep(_BACKOFF * 2**attempt)
                continue
            if last or answer.status not in _RETRIED:
                return answer
            wait = retry_after(answer)
            if wait is None:
                await asyncio.sleep(_BACKOFF * 2**attempt)
            elif wait > MAX_WAIT:
                return answer
            else:
                self._not_before = max(self._not_before, time.monotonic() + wait)
        raise AssertionError("the last attempt returns or raises")

    async def _turn(self) -> None:
        while (wait := self._not_before - time.monotonic()) > 0:  # noqa: ASYNC110 - a time, no event
            await asyncio.sleep(wait)
        self._not_before = time.monotonic() + self.delay


def retry_after(answer: Fetched) -> float | None:
    """Seconds that a response asks to wait, None if it does not say.

    A date is read against the response's own Date, so that no clock but the server's counts.
    """
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        since = parsedate_to_datetime(answer.headers.get("date", ""))
        return max(0.0, (until - since).total_seconds())
    except (ValueError, TypeError):  # no date, or one with and one without a zone
        return None
