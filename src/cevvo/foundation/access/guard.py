"""What an endpoint demands of its caller.

``principal: Annotated[Principal, Depends(require("read"))]`` both refuses callers without the
scope and hands the endpoint the workspace it may look into.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.requests import Request

from cevvo.domain.access import Actor, Principal, Right, Scope, Session
from cevvo.domain.ids import WorkspaceId
from cevvo.errors import InsufficientScope, InvalidApiKey


def require(scope: Scope) -> Callable[[Request], Principal]:
    """A dependency that returns the caller.

    It raises InsufficientScope when the key lacks ``scope``, and InvalidApiKey when nobody was
    authenticated: an endpoint outside ``/api/v1`` stays closed too.
    """

    def authorized(request: Request) -> Principal:
        principal: Principal | None = getattr(request.state, "principal", None)
        if principal is None:
            raise InvalidApiKey("This needs an API key: send `Authorization: Bearer <key>`.")
        if not principal.may(scope):
            held = ", ".join(sorted(principal.scopes)) or "none"
            raise InsufficientScope(
                f"This needs the scope `{scope}`; the API key has: {held}. "
                "Use a key that was made with it."
            )
        return principal

    return authorized


def acting(request: Request) -> Actor:
    """The caller as the audit log names them: ``by: Annotated[Actor, Depends(acting)]``.

    Raises InvalidApiKey when nobody was authenticated.
    """
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise InvalidApiKey("This needs an API key: send `Authorization: Bearer <key>`.")
    address = None if request.client is None else request.client.host
    return replace(principal.actor, address=address, request_id=request.state.request_id)


def require_right(right: Right | None = None) -> Callable[[Request], "SignedIn"]:
    """A dependency that returns the person who is signed in, and where.

    It raises InsufficientScope for an API key, whatever its scopes, and for a person whose role
    lacks ``right``; InvalidApiKey when nobody was authenticated.
    """

    def signed_in(request: Request) -> SignedIn:
        principal: Principal | None = getattr(request.state, "principal", None)
        if principal is None:
            raise InvalidApiKey("This is for people: sign in first.")
        session = principal.session
        if session is None:
            raise InsufficientScope(
                "This is for people who are signed in to the dashboard; no API key may do it."
            )
        if right is not None and not session.may(right):
            raise InsufficientScope(
                f"Your role here is {session.role}, which may not do this. Ask an owner."
            )
        return SignedIn(principal.workspace, session)

    return signed_in


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person in a session, and the workspace that the session is in."""

    workspace: WorkspaceId
    session: Session
