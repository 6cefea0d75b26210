# Written by generate_sync.py from _async/analytics.py: change that.
"""Analytics."""

from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import Call
from cevvo_sdk.types import CoverageGaps, Overview, Period, TimeSeries, TopQuestions


class Analytics:
    """What people ask, and what the sources do not answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def overview(self, *, period: Period | None = None) -> Overview:
        """The figures of a period, 7d unless told."""
        call = Call("GET", "/analytics/overview", query={"period": period})
        return self._transport.fetch(call, Overview)

    def timeseries(self, *, period: Period | None = None) -> TimeSeries:
        """The figures by hour (24h) or by day of UTC, empty ones included."""
        call = Call("GET", "/analytics/timeseries", query={"period": period})
        return self._transport.fetch(call, TimeSeries)

    def top_questions(
        self, *, limit: int | None = None, period: Period | None = None
    ) -> TopQuestions:
        """Questions that mean the same are counted as one. ``limit``: 1..50 (10)."""
        query = {"limit": limit, "period": period}
        call = Call("GET", "/analytics/top-questions", query=query)
        return self._transport.fetch(call, TopQuestions)

    def coverage_gaps(
        self, *, limit: int | None = None, period: Period | None = None
    ) -> CoverageGaps:
        """Questions that the sources do not answer. ``limit``: 1..50 (10)."""
        query = {"limit": limit, "period": period}
        call = Call("GET", "/analytics/coverage-gaps", query=query)
        return self._transport.fetch(call, CoverageGaps)
