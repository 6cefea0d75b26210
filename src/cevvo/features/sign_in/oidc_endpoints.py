"""The browser's way to the identity provider and back. Both answers are redirects."""

from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse

from cevvo.errors import NotFound, SignInFailed
from cevvo.features.sign_in.endpoints import From
from cevvo.features.sign_in.oidc import FAILED, LIFETIME, OidcSignIn
from cevvo.foundation.access import sessions
from cevvo.foundation.access.cookie import set_session
from cevvo.foundation.http.openapi import PUBLIC

router = APIRouter(prefix="/session/oidc", tags=["Session"])

_COOKIE = "__Host-cevvo_oidc"
_REDIRECT: dict[int | str, dict[str, Any]] = {
    303: {"description": "To the identity provider, or to the dashboard."},
    404: {},
}


async def _service(request: Request) -> OidcSignIn:
    found = cast(OidcSignIn | None, request.app.state.oidc)
    if found is None:
        raise NotFound("This server has no identity provider.")
    return found


Service = Annotated[OidcSignIn, Depends(_service)]
Text = Annotated[str, Query(max_length=4000)]


@router.get(
    "",
    summary="Sign in with the identity provider",
    openapi_extra=PUBLIC,
    status_code=303,
    responses=_REDIRECT,
    response_class=RedirectResponse,
)
async def start_oidc(service: Service) -> RedirectResponse:
    """Send the browser to the identity provider (OpenID Connect, with PKCE)."""
    try:
        url, secret = await service.start()
    except SignInFailed as error:
        return _back(error)
    response = RedirectResponse(url, 303)
    response.set_cookie(
        _COOKIE, secret, max_age=LIFETIME, path="/", secure=True, httponly=True, samesite="lax"
    )
    return response


@router.get(
    "/callback",
    summary="Come back from the identity provider",
    openapi_extra=PUBLIC,
    status_code=303,
    responses=_REDIRECT,
    response_class=RedirectResponse,
)
async def finish_oidc(
    request: Request, client: From, service: Service, state: Text = "", code: Text = ""
) -> RedirectResponse:
    """Begin a session of whom the provider vouches for, and send the browser to the dashboard."""
    try:
        if not code:
            raise SignInFailed("The identity provider refused.", param=FAILED)
        begun = await service.finish(request.cookies.get(_COOKIE), state, code, client)
    except SignInFailed as error:
        return _back(error)
    response = RedirectResponse("/", 303)
    set_session(response, begun.token, sessions.LIFETIME // 1000)
    return _forgotten(response)


def _back(error: SignInFailed) -> RedirectResponse:
    """To the sign-in page, which has words for each reason."""
    query = urlencode({"problem": error.param or FAILED})
    return _forgotten(RedirectResponse(f"/sign-in?{query}", 303))


def _forgotten(response: RedirectResponse) -> RedirectResponse:
    response.delete_cookie(_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response
