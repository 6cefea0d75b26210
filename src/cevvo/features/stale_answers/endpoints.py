"""``/analytics/stale-answers``: past answers that rest on words which are no longer there."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Query, Request

from cevvo.domain.access import Principal
from cevvo.features.stale_answers.schemas import StaleAnswerObject
from cevvo.features.stale_answers.service import StaleAnswersService
from cevvo.foundation.access.guard import require
from cevvo.foundation.http.pages import Page, PageQuery, page_of

router = APIRouter(prefix="/analytics/stale-answers", tags=["Analytics"])


async def _service(request: Request) -> StaleAnswersService:
    return cast(StaleAnswersService, request.app.state.stale_answers)


@router.get("", summary="Stale answers")
async def stale_answers(
    service: Annotated[StaleAnswersService, Depends(_service)],
    principal: Annotated[Principal, Depends(require("read"))],
    params: PageQuery,
    verdict: Annotated[
        Literal["same", "different", "unanswered"] | None,
        Query(description="Only answers of which that is known."),
    ] = None,
) -> Page[StaleAnswerObject]:
    """Answers that quote what a page no longer says, those found last first, with what the same
    question is answered now."""
    found, total = await service.list_stale(
        principal.workspace, verdict=verdict, offset=params.offset, limit=params.per_page
    )
    return page_of([StaleAnswerObject.of(each) for each in found], total, params)
