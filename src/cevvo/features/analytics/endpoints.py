"""``/analytics``: what people ask, whether it helped, what is missing."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from cevvo.domain.access import Principal
from cevvo.domain.periods import PeriodName
from cevvo.features.analytics.repository import GapOrder
from cevvo.features.analytics.schemas import (
    BucketObject,
    CoverageGapObject,
    CoverageGaps,
    OverviewObject,
    TimeSeriesObject,
    TopQuestionObject,
    TopQuestions,
)
from cevvo.features.analytics.service import AnalyticsService
from cevvo.foundation.access.guard import require
from cevvo.foundation.http.csv_response import CSV_TOO, table_response, wants_csv
from cevvo.foundation.http.numbers import Between

router = APIRouter(prefix="/analytics", tags=["Analytics"])


async def _service(request: Request) -> AnalyticsService:
    return cast(AnalyticsService, request.app.state.analytics)


Service = Annotated[AnalyticsService, Depends(_service)]
Caller = Annotated[Principal, Depends(require("read"))]
PeriodParam = Annotated[
    PeriodName, Query(alias="period", description="A rolling window that ends now.")
]
StatusParam = Annotated[
    Literal["open", "closed", "dismissed", "all"],
    Query(alias="status", description="Gaps that stand so; `closed` ones are answered now."),
]
SortParam = Annotated[
    GapOrder,
    Query(
        alias="sort",
        description="Which come first: those that most conversations asked, or those that were "
        "first asked last.",
    ),
]
LimitParam = Annotated[int, Between(1, 50), Query(alias="limit", description="How many to return.")]


@router.get("/overview", summary="Overview", responses=CSV_TOO, response_model=OverviewObject)
async def overview(
    request: Request, principal: Caller, service: Service, period: PeriodParam = "7d"
) -> OverviewObject | Response:
    """Conversations, resolution rate and response time, with the trend; test traffic left out.

    With `Accept: text/csv`, as a table of one row.
    """
    found = OverviewObject.of(await service.overview(principal.workspace, period))
    if wants_csv(request):
        return table_response("overview", OverviewObject, [found])
    return found


@router.get(
    "/timeseries", summary="Time series", responses=CSV_TOO, response_model=TimeSeriesObject
)
async def timeseries(
    request: Request, principal: Caller, service: Service, period: PeriodParam = "7d"
) -> TimeSeriesObject | Response:
    """The figures by hour (24h) or by day of UTC (7d, 30d, 90d), empty ones included.

    With `Accept: text/csv`, as a table.
    """
    found = TimeSeriesObject.of(await service.timeseries(principal.workspace, period))
    if wants_csv(request):
        return table_response("timeseries", BucketObject, found.data)
    return found


@router.get(
    "/top-questions", summary="Top questions", responses=CSV_TOO, response_model=TopQuestions
)
async def top_questions(
    request: Request,
    principal: Caller,
    service: Service,
    limit: LimitParam = 10,
    period: PeriodParam = "7d",
) -> TopQuestions | Response:
    """The questions that most conversations asked; those that mean the same count as one.

    With `Accept: text/csv`, as a table.
    """
    found = TopQuestions.of(await service.top_questions(principal.workspace, period, limit))
    if wants_csv(request):
        return table_response("top-questions", TopQuestionObject, found.data)
    return found


@router.get(
    "/coverage-gaps", summary="Coverage gaps", responses=CSV_TOO, response_model=CoverageGaps
)
async def coverage_gaps(
    request: Request,
    principal: Caller,
    service: Service,
    limit: LimitParam = 10,
    period: PeriodParam = "7d",
    status: StatusParam = "open",
    sort: SortParam = "count",
) -> CoverageGaps | Response:
    """The questions that could not be answered from the knowledge base.

    With `Accept: text/csv`, as a table.
    """
    wanted = None if status == "all" else status
    gaps = await service.coverage_gaps(principal.workspace, period, limit, wanted, sort)
    found = CoverageGaps.of(gaps)
    if wants_csv(request):
        return table_response("coverage-gaps", CoverageGapObject, found.data)
    return found
