"""``/settings/widget``, for who owns it, and ``/widget``, for the widget itself."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from cevvo.domain.access import Actor, Principal
from cevvo.features.widget.schemas import (
    WidgetObject,
    WidgetSettingsObject,
    WidgetSettingsUpdate,
)
from cevvo.features.widget.service import WidgetService
from cevvo.foundation.access.guard import acting, require

router = APIRouter(tags=["Widget"])

_FRESH = "private, max-age=300"  # every page view of a website asks


async def _service(request: Request) -> WidgetService:
    return cast(WidgetService, request.app.state.widget)


Service = Annotated[WidgetService, Depends(_service)]


@router.get("/settings/widget", summary="Get the settings of the widget")
async def get_widget_settings(
    principal: Annotated[Principal, Depends(require("read"))], service: Service
) -> WidgetSettingsObject:
    """The look and the words of the widget, how to reach a person, and the public ask page."""
    return WidgetSettingsObject.of(await service.stored(principal.workspace))


@router.put("/settings/widget", summary="Change the settings of the widget", responses={409: {}})
async def change_widget_settings(
    principal: Annotated[Principal, Depends(require("admin"))],
    by: Annotated[Actor, Depends(acting)],
    service: Service,
    body: WidgetSettingsUpdate,
) -> WidgetSettingsObject:
    """Change settings. What is left out stays as it is; null puts the default back."""
    return WidgetSettingsObject.of(await service.change(principal.workspace, body.changes(), by=by))


@router.get("/widget", summary="Get what the widget shows")
async def get_widget(
    principal: Annotated[Principal, Depends(require("chat"))],
    service: Service,
    response: Response,
    language: Annotated[
        str,
        Query(
            max_length=1000,
            description="Languages in order of preference, as browsers write them.",
            examples=["de-AT,en"],
        ),
    ] = "",
) -> WidgetObject:
    """Get the look and the words in the language that fits best.

    With a publishable key this does not count against its requests a minute: a website asks for
    it wherever the widget is. Browsers keep it for five minutes.
    """
    if principal.session is None:
        response.headers["Cache-Control"] = _FRESH
        response.headers["Vary"] = "Authorization, Origin"  # the address is the same for each key
    stored = await service.stored(principal.workspace)
    return WidgetObject.of(stored.settings, language)
