"""``/settings/retention``: how long conversations are kept."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from cevvo.domain.access import Actor, Principal
from cevvo.features.conversations.retention import RetentionService
from cevvo.foundation.access.guard import acting, require

router = APIRouter(prefix="/settings/retention", tags=["Settings"])


class RetentionObject(BaseModel):
    """How long conversations are kept."""

    model_config = ConfigDict(strict=True)

    conversation_days: Annotated[int, Field(ge=1, le=36_500)] | None = Field(
        description="Days after the last message; then every word goes and the counters stay. "
        "Null: until somebody deletes them.",
        examples=[365],
    )


async def _service(request: Request) -> RetentionService:
    return cast(RetentionService, request.app.state.retention)


Service = Annotated[RetentionService, Depends(_service)]


@router.get("", summary="Get the retention")
async def get_retention(
    principal: Annotated[Principal, Depends(require("read"))], service: Service
) -> RetentionObject:
    """How long conversations of this workspace are kept."""
    return RetentionObject(conversation_days=await service.days(principal.workspace))


@router.put("", summary="Change the retention")
async def change_retention(
    principal: Annotated[Principal, Depends(require("admin"))],
    by: Annotated[Actor, Depends(acting)],
    service: Service,
    body: RetentionObject,
) -> RetentionObject:
    """Keep conversations so long. What is older already goes within the hour."""
    await service.change(principal.workspace, body.conversation_days, by=by)
    return body
