"""``/analytics/conflicts``: what the documents say in two ways."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from cevvo.domain.access import Principal
from cevvo.features.conflicts.schemas import ConflictObject
from cevvo.features.conflicts.service import ConflictsService
from cevvo.foundation.access.guard import require
from cevvo.foundation.http.pages import Page, PageQuery, page_of

router = APIRouter(prefix="/analytics/conflicts", tags=["Analytics"])


async def _service(request: Request) -> ConflictsService:
    return cast(ConflictsService, request.app.state.conflicts)


@router.get("", summary="Conflicts")
async def conflicts(
    service: Annotated[ConflictsService, Depends(_service)],
    principal: Annotated[Principal, Depends(require("read"))],
    params: PageQuery,
) -> Page[ConflictObject]:
    """Pairs of passages, both there now, that answer one question differently: another number, or a
    "not". Found when a question brings both up; where it cannot be told, nothing is said."""
    found, total = await service.list_conflicts(
        principal.workspace, offset=params.offset, limit=params.per_page
    )
    return page_of([ConflictObject.of(each) for each in found], total, params)
