"""``/session`` and the ways to one: set-up, password, invitation, a new password."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Response

from cevvo.domain.ids import WorkspaceId
from cevvo.errors import InvalidRequest
from cevvo.features.sign_in.beginning import Begun
from cevvo.features.sign_in.resets import PasswordResets
from cevvo.features.sign_in.schemas import (
    Accepted,
    AcceptRequest,
    LinkRequest,
    OpenedInvitation,
    ResetAsked,
    ResetCompletion,
    ResetDone,
    ResetRequest,
    SessionObject,
    SetupRequest,
    SignInOptions,
    SignInRequest,
    SwitchRequest,
)
from cevvo.features.sign_in.service import SignInService
from cevvo.foundation.access.client import Client, client_of
from cevvo.foundation.access.cookie import clear_session, set_session
from cevvo.foundation.access.guard import SignedIn, require_right
from cevvo.foundation.access.sessions import LIFETIME
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.openapi import PUBLIC, SESSION_ONLY

router = APIRouter(tags=["Session"])


async def _service(request: Request) -> SignInService:
    return cast(SignInService, request.app.state.sign_in)


async def _resets(request: Request) -> PasswordResets:
    return cast(PasswordResets, request.app.state.resets)


Service = Annotated[SignInService, Depends(_service)]
Resets = Annotated[PasswordResets, Depends(_resets)]
From = Annotated[Client, Depends(client_of)]
Someone = Annotated[SignedIn, Depends(require_right())]
_REFUSED: dict[int | str, dict[str, Any]] = {401: {}}


def signed_in(response: Response, begun: Begun) -> SessionObject:
    """Hand the browser the session that has begun."""
    set_session(response, begun.token, LIFETIME // 1000)
    return SessionObject.of(begun.present)


@router.get("/session/options", summary="How to sign in", openapi_extra=PUBLIC)
async def sign_in_options(request: Request, service: Service, resets: Resets) -> SignInOptions:
    """What the sign-in page has to offer."""
    return SignInOptions(
        set_up=await service.is_set_up(),
        identity_provider=request.app.state.identity_provider_name,
        reset_by_mail=resets.by_mail,
    )


@router.post("/session", summary="Sign in", openapi_extra=PUBLIC, responses=_REFUSED)
async def sign_in(
    client: From, service: Service, response: Response, body: SignInRequest
) -> SessionObject:
    """Begin a session, which the browser keeps in a cookie that no script can read.

    401 `second_factor_needed`: the same again, with `code`. After too many attempts on an account
    or from an address: 429.
    """
    begun = await service.sign_in(
        email=body.email, password=body.password, code=body.code, client=client
    )
    return signed_in(response, begun)


@router.get("/session", summary="Who is signed in", openapi_extra=SESSION_ONLY)
async def get_session(who: Someone, service: Service) -> SessionObject:
    """The person whose session this is, their workspace and what they may do there."""
    return SessionObject.of(await service.present(who))


@router.put("/session", summary="Switch the workspace", openapi_extra=SESSION_ONLY)
async def switch_workspace(
    who: Someone, client: From, service: Service, response: Response, body: SwitchRequest
) -> SessionObject:
    """Go on in another workspace that you belong to. The cookie gets a new token."""
    begun = await service.switch(who, WorkspaceId(body.workspace_id), client)
    return signed_in(response, begun)


@router.delete("/session", summary="Sign out", openapi_extra=SESSION_ONLY)
async def sign_out(who: Someone, client: From, service: Service, response: Response) -> Deleted:
    """End this session."""
    await service.sign_out(who, client)
    clear_session(response)
    return Deleted()


@router.post("/setup", summary="Set up the server", openapi_extra=PUBLIC)
async def set_up(
    client: From, service: Service, response: Response, body: SetupRequest
) -> SessionObject:
    """Become the first owner, by the link that `cevvo up` and `cevvo serve` print.

    The link works once, for 30 minutes, as long as there is no owner.
    """
    begun = await service.set_up(
        body.token, name=body.name, email=body.email, password=body.password, client=client
    )
    return signed_in(response, begun)


@router.post("/invitations/open", summary="Read an invitation", openapi_extra=PUBLIC)
async def open_invitation(service: Service, body: LinkRequest) -> OpenedInvitation:
    """What an invitation's link is for. It can still be used afterwards."""
    return OpenedInvitation.of(*await service.open_invitation(body.token))


@router.post("/invitations/accept", summary="Accept an invitation", openapi_extra=PUBLIC)
async def accept_invitation(
    client: From, service: Service, response: Response, body: AcceptRequest
) -> Accepted:
    """Join a workspace. Somebody new gets an account and is signed in; others sign in as always."""
    begun = await service.accept_invitation(
        body.token, name=body.name, password=body.password, client=client
    )
    return Accepted(session=None if begun is None else signed_in(response, begun))


@router.post(
    "/password-resets",
    status_code=202,
    summary="Ask for a new password",
    openapi_extra=PUBLIC,
)
async def ask_for_reset(client: From, resets: Resets, body: ResetRequest) -> ResetAsked:
    """Have a link sent to the address, if somebody has an account with it: the answer is the same.

    400 where the server sends no mail: then its operator makes the link.
    """
    if not resets.by_mail:
        raise InvalidRequest(
            "This server sends no mail. Its operator can make a link for you: "
            "cevvo people reset-password"
        )
    await resets.ask(body.email, client)
    return ResetAsked()


@router.post("/password-resets/complete", summary="Set a new password", openapi_extra=PUBLIC)
async def complete_reset(client: From, resets: Resets, body: ResetCompletion) -> ResetDone:
    """Set the password by a link, which works once, for an hour. All sessions end."""
    await resets.complete(body.token, body.password, client)
    return ResetDone()
