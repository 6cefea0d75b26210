"""``/account``: what people change about themselves."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request, Response

from cevvo.features.sign_in.account import AccountService
from cevvo.features.sign_in.account_schemas import (
    AccountChange,
    BrowserSession,
    PasswordChange,
    RecoveryCodes,
    SecondFactorCode,
    SecondFactorSecret,
    SecondFactorStart,
)
from cevvo.features.sign_in.endpoints import From, Service, Someone, signed_in
from cevvo.features.sign_in.schemas import SessionObject
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.openapi import SESSION_ONLY
from cevvo.foundation.http.pages import Page, PageQuery, page_of

router = APIRouter(prefix="/account", tags=["Account"])


async def _service(request: Request) -> AccountService:
    return cast(AccountService, request.app.state.account)


Account = Annotated[AccountService, Depends(_service)]
SessionId = Annotated[str, Path(description="The session ID.", examples=["ses_abc123"])]


@router.put("", summary="Change your name", openapi_extra=SESSION_ONLY)
async def change_account(
    who: Someone, account: Account, sign_in: Service, body: AccountChange
) -> SessionObject:
    """Change the name that others see."""
    await account.rename(who, body.name)
    return SessionObject.of(await sign_in.present(who))


@router.put("/password", summary="Change your password", openapi_extra=SESSION_ONLY)
async def change_password(
    who: Someone, client: From, account: Account, response: Response, body: PasswordChange
) -> SessionObject:
    """Change the password. All other sessions end; this one goes on under a new token."""
    begun = await account.change_password(
        who, current=body.current_password, new=body.password, client=client
    )
    return signed_in(response, begun)


@router.get("/sessions", summary="List your sessions", openapi_extra=SESSION_ONLY)
async def list_sessions(who: Someone, account: Account, page: PageQuery) -> Page[BrowserSession]:
    """List the browsers in which you are signed in, the last used first."""
    found = await account.sessions(who)
    shown = found[page.offset : page.offset + page.per_page]
    return page_of([BrowserSession.of(each, who.session.id) for each in shown], len(found), page)


@router.delete(
    "/sessions/{session_id}", summary="End one of your sessions", openapi_extra=SESSION_ONLY
)
async def end_session(
    who: Someone, client: From, account: Account, session_id: SessionId
) -> Deleted:
    """Sign out another browser. It is refused within a second; its open streams end, too."""
    await account.end_session(who, session_id, client)
    return Deleted()


@router.post("/second-factor", summary="Begin a second factor", openapi_extra=SESSION_ONLY)
async def start_second_factor(
    who: Someone, client: From, account: Account, request: Request, body: SecondFactorStart
) -> SecondFactorSecret:
    """Get a secret for an authenticator app (TOTP). No code is asked for until one confirms it."""
    request.state.response_is_secret = True
    enrolment = await account.start_second_factor(
        who, password=body.current_password, client=client
    )
    return SecondFactorSecret(secret=enrolment.secret, uri=enrolment.uri)


@router.put(
    "/second-factor",
    summary="Confirm a second factor",
    openapi_extra=SESSION_ONLY,
    responses={409: {}},
)
async def enable_second_factor(
    who: Someone, client: From, account: Account, response: Response, body: SecondFactorCode
) -> RecoveryCodes:
    """Ask for codes from now on. All other sessions end.

    The recovery codes stand in for the app, each once: they are shown this once.
    """
    begun, codes = await account.enable_second_factor(who, body.code, client)
    signed_in(response, begun)
    return RecoveryCodes(recovery_codes=codes)


@router.post(
    "/second-factor/disable", summary="Remove the second factor", openapi_extra=SESSION_ONLY
)
async def disable_second_factor(
    who: Someone, client: From, account: Account, response: Response, body: SecondFactorCode
) -> SessionObject:
    """Ask for no codes any more. It takes a last one, or a recovery code."""
    begun = await account.disable_second_factor(who, body.code, client)
    return signed_in(response, begun)
