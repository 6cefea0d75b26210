"""Analytics."""

from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import Call
from cevvo_sdk.types import CoverageGaps, Overview, Period, TimeSeries, TopQuestions


class AsyncAnalytics:
    """What people ask, and what the sources do not answer."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def overview(self, *, period: Period | None = None) -> Overview:
        """The figures of a period, 7d unless told."""
        call = Call("GET", "/analytics/overview", query={"period": period})
        return await self._transport.fetch(call, Overview)

    async def timeseries(self, *, period: Period | None = None) -> TimeSeries:
        """The figures by hour (24h) or by day of UTC, empty ones included."""
        call = Call("GET", "/analytics/timeseries", query={"period": period})
        return await self._transport.fetch(call, TimeSeries)

    async def top_questions(
        self, *, limit: int | None = None, period: Period | None = None
    ) -> TopQuestions:
        """Questions that mean the same are counted as one. ``limit``: 1..50 (10)."""
        query = {"limit": limit, "period": period}
        call = Call("GET", "/analytics/top-questions", query=query)
        return await self._transport.fetch(call, TopQuestions)

    async def coverage_gaps(
        self, *, limit: int | None = None, period: Period | None = None
    ) -> CoverageGaps:
        """Questions that the sources do not answer. ``limit``: 1..50 (10)."""
        query = {"limit": limit, "period": period}
        call = Call("GET", "/analytics/coverage-gaps", query=query)
        return await self._transport.fetch(call, CoverageGaps)
