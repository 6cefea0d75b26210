# Written by generate_sync.py from _async/analytics.py: change that.
"""Analytics."""

from typing import Literal

from cevvo_sdk._sync.page import Page
from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import Call, given, path
from cevvo_sdk.types import (
    Conflict,
    CoverageGaps,
    GapAnswerAccepted,
    GapDetail,
    Overview,
    Period,
    StaleAnswer,
    StaleVerdict,
    TimeSeries,
    TopQuestions,
)


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
        self,
        *,
        limit: int | None = None,
        period: Period | None = None,
        status: Literal["open", "closed", "dismissed", "all"] | None = None,
        sort: Literal["count", "newest"] | None = None,
    ) -> CoverageGaps:
        """Questions that the sources do not answer. ``limit``: 1..50 (10); ``status``: open;
        ``sort``: count."""
        query = {"limit": limit, "period": period, "status": status, "sort": sort}
        call = Call("GET", "/analytics/coverage-gaps", query=query)
        return self._transport.fetch(call, CoverageGaps)

    def coverage_gap(self, id: str) -> GapDetail:
        """A gap with its conversations, what came nearest, and the outline of what is missing."""
        call = Call("GET", path("analytics", "coverage-gaps", id))
        return self._transport.fetch(call, GapDetail)

    def update_coverage_gap(
        self, id: str, *, status: Literal["open", "dismissed"]
    ) -> GapDetail:
        """Dismiss a gap that nobody means to answer, or open it again."""
        body = {"status": status}
        call = Call("PUT", path("analytics", "coverage-gaps", id), json=body)
        return self._transport.fetch(call, GapDetail)

    def answer_coverage_gap(
        self, id: str, *, title: str, content: str, source_id: str | None = None
    ) -> GapAnswerAccepted:
        """Take in a text that answers the gap; its questions are then asked again.

        Args:
            title: the same again in a source is a new version of the text.
            content: Markdown or plain text.
            source_id: a text or file source; "Written answers" unless told.
        """
        body = given(title=title, content=content, source_id=source_id)
        call = Call("POST", path("analytics", "coverage-gaps", id, "answer"), json=body)
        return self._transport.fetch(call, GapAnswerAccepted)

    def stale_answers(
        self,
        *,
        page: int | None = None,
        per_page: int | None = None,
        verdict: StaleVerdict | None = None,
    ) -> Page[StaleAnswer]:
        """Answers that quote what a page no longer says, those found last first."""
        query = {"page": page, "per_page": per_page, "verdict": verdict}
        call = Call("GET", "/analytics/stale-answers", query=query)
        return Page.of(self._transport, call, StaleAnswer)

    def conflicts(
        self, *, page: int | None = None, per_page: int | None = None
    ) -> Page[Conflict]:
        """Pairs of passages that answer one question differently, the newest first."""
        query = {"page": page, "per_page": per_page}
        return Page.of(
            self._transport, Call("GET", "/analytics/conflicts", query=query), Conflict
        )
