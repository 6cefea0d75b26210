"""``/analytics``: what people ask, whether it helped, what is missing."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request

from cevvo.domain.access import Principal
from cevvo.domain.periods import PeriodName
from cevvo.features.analytics.schemas import CoverageGaps, OverviewObject, TopQuestions
from cevvo.features.analytics.service import AnalyticsService
from cevvo.foundation.access.guard import require

router = APIRouter(prefix="/analytics", tags=["Analytics"])


def _service(request: Request) -> AnalyticsService:
    return cast(AnalyticsService, request.app.state.analytics)


Service = Annotated[AnalyticsService, Depends(_service)]
Caller = Annotated[Principal, Depends(require("read"))]
PeriodParam = Annotated[
    PeriodName, Query(alias="period", description="A rolling window that ends now.")
]
LimitParam = Annotated[int, Query(alias="limit", ge=1, le=50, description="How many to return.")]


@router.get("/overview", summary="Overview")
async def overview(
    principal: Caller, service: Service, period: PeriodParam = "7d"
) -> OverviewObject:
    """Conversations, resolution rate and response time, with the trend; test traffic left out."""
    return OverviewObject.of(await service.overview(principal.workspace, period))


@router.get("/top-questions", summary="Top questions")
async def top_questions(
    principal: Caller, service: Service, limit: LimitParam = 10, period: PeriodParam = "7d"
) -> TopQuestions:
    """The questions that most conversations asked; those that mean the same count as one."""
    return TopQuestions.of(await service.top_questions(principal.workspace, period, limit))


@router.get("/coverage-gaps", summary="Coverage gaps")
async def coverage_gaps(
    principal: Caller, service: Service, limit: LimitParam = 10, period: PeriodParam = "7d"
) -> CoverageGaps:
    """The questions that could not be answered from the knowledge base."""
    return CoverageGaps.of(await service.coverage_gaps(principal.workspace, period, limit))
