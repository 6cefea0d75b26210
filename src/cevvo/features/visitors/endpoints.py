"""``/visitor-tokens``: what a website's visitor keeps, to come back to their conversations."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from cevvo.domain.access import Principal, Visitor
from cevvo.errors import InvalidRequest
from cevvo.features.visitors.schemas import VisitorTokenObject, VisitorTokenRequest
from cevvo.foundation.access.guard import require
from cevvo.foundation.access.visitors import VisitorTokens, named_visitor, new_visitor

router = APIRouter(tags=["Visitors"])


async def _tokens(request: Request) -> VisitorTokens:
    return cast(VisitorTokens, request.app.state.visitors)


@router.post("/visitor-tokens", summary="Get a visitor token")
async def create_visitor_token(
    request: Request,
    principal: Annotated[Principal, Depends(require("chat"))],
    tokens: Annotated[VisitorTokens, Depends(_tokens)],
    body: VisitorTokenRequest,
) -> VisitorTokenObject:
    """Get a token that holds for 24 hours, by which a visitor's conversations are their own.

    A website asks with its publishable key: for a visitor whom nobody knows or, with a token that
    still holds in `X-Visitor-Token`, for the same visitor again. Your backend asks with a secret
    key, for a user whom it knows by `user_id`, and hands the token to the user's browser.
    """
    request.state.response_is_secret = True
    visitor = _visitor(principal, body.user_id)
    token, expires_at = await tokens.issue(principal.workspace, visitor)
    return VisitorTokenObject.of(token, visitor, expires_at)


def _visitor(principal: Principal, user_id: str | None) -> Visitor:
    if principal.kind == "publishable":
        if user_id is not None:
            raise InvalidRequest(
                "Only a backend with a secret key can say who a visitor is.", param="user_id"
            )
        return principal.visitor or new_visitor()
    if user_id is None:
        raise InvalidRequest(
            "With a secret key, `user_id` is required: whom your backend has signed in.",
            param="user_id",
        )
    return named_visitor(user_id)
