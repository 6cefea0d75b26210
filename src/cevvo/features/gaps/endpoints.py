"""``/analytics/coverage-gaps/:id``: one gap, and the answer that is written for it."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request

from cevvo.domain.access import Principal
from cevvo.features.gaps.schemas import (
    GapAnswerAccepted,
    GapAnswerRequest,
    GapDetail,
    GapUpdate,
)
from cevvo.features.gaps.service import GapsService
from cevvo.foundation.access.guard import require

router = APIRouter(prefix="/analytics/coverage-gaps", tags=["Analytics"])


async def _service(request: Request) -> GapsService:
    return cast(GapsService, request.app.state.gaps)


Service = Annotated[GapsService, Depends(_service)]
GapId = Annotated[str, Path(description="The gap's id.", examples=["gap_abc123"])]


@router.get("/{gap_id}", summary="Get a coverage gap")
async def get_gap(
    service: Service, principal: Annotated[Principal, Depends(require("read"))], gap_id: GapId
) -> GapDetail:
    """A gap with its conversations, what came nearest, and the outline of what is missing."""
    return GapDetail.of(await service.get(principal.workspace, gap_id))


@router.put("/{gap_id}", summary="Dismiss or reopen a coverage gap")
async def update_gap(
    service: Service,
    principal: Annotated[Principal, Depends(require("ingest"))],
    gap_id: GapId,
    body: GapUpdate,
) -> GapDetail:
    """Dismiss a gap that nobody means to answer, or open it again."""
    return GapDetail.of(await service.set_status(principal.workspace, gap_id, body.status))


@router.post("/{gap_id}/answer", status_code=202, summary="Write the answer")
async def answer_gap(
    service: Service,
    principal: Annotated[Principal, Depends(require("ingest"))],
    gap_id: GapId,
    body: GapAnswerRequest,
) -> GapAnswerAccepted:
    """Take in a text that answers the gap. Its questions are then asked again, and it closes if
    they are answered."""
    accepted = await service.answer(
        principal.workspace,
        gap_id,
        title=body.title,
        content=body.content,
        source_id=body.source_id,
    )
    return GapAnswerAccepted.of(accepted)
