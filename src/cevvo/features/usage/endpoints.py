"""``/usage``: the tokens that language models took, and what they cost."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request

from cevvo.domain.access import Principal
from cevvo.domain.periods import PeriodName
from cevvo.features.usage.schemas import UsageReportObject
from cevvo.features.usage.service import UsageService
from cevvo.foundation.access.guard import require

router = APIRouter(tags=["Usage"])


async def _service(request: Request) -> UsageService:
    return cast(UsageService, request.app.state.usage)


@router.get("/usage", summary="Usage of language models")
async def get_usage(
    principal: Annotated[Principal, Depends(require("read"))],
    service: Annotated[UsageService, Depends(_service)],
    period: Annotated[PeriodName, Query(description="A rolling window that ends now.")] = "7d",
) -> UsageReportObject:
    """Tokens, answers and cost by day, API key and model; the built-in answerer takes none."""
    return UsageReportObject.of(await service.report(principal.workspace, period))
