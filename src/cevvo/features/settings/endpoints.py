"""``/settings/answers``: how a workspace answers, when it hands over, what it may spend."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from cevvo.domain.access import Actor, Principal
from cevvo.features.settings.schemas import AnswerSettingsObject, AnswerSettingsUpdate
from cevvo.features.settings.service import SettingsService
from cevvo.foundation.access.guard import acting, require

router = APIRouter(prefix="/settings", tags=["Settings"])


async def _service(request: Request) -> SettingsService:
    return cast(SettingsService, request.app.state.settings)


Service = Annotated[SettingsService, Depends(_service)]


@router.get("/answers", summary="Get the settings of answers")
async def get_answer_settings(
    principal: Annotated[Principal, Depends(require("read"))], service: Service
) -> AnswerSettingsObject:
    """How this workspace answers, when a person takes over, what language models may take."""
    return AnswerSettingsObject.of(await service.stored(principal.workspace))


@router.put("/answers", summary="Change the settings of answers")
async def change_answer_settings(
    principal: Annotated[Principal, Depends(require("admin"))],
    by: Annotated[Actor, Depends(acting)],
    service: Service,
    body: AnswerSettingsUpdate,
) -> AnswerSettingsObject:
    """Change settings. What is left out stays as it is; null puts the default back."""
    changed = await service.change(principal.workspace, body.changes(), by=by)
    return AnswerSettingsObject.of(changed)
