"""Visitor tokens on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.access import Visitor
from cevvo.domain.time import Millis, rfc3339
from cevvo.foundation.access.visitors import LONGEST_USER_ID

_UserId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_USER_ID)]


class VisitorTokenRequest(BaseModel):
    """Whose token."""

    model_config = ConfigDict(strict=True)

    user_id: _UserId | None = Field(
        None,
        description="Your own id of the person, whom your backend knows: with a secret key only, "
        "and then required.",
        examples=["user_42"],
    )


class VisitorTokenObject(BaseModel):
    """A token to send as `X-Visitor-Token`, with a publishable key."""

    visitor_token: str = Field(examples=["cevvo_vt_eyJ2IjoidXNlcjp1c2VyXzQyIn0.c2lnbmF0dXJl"])
    visitor_id: str = Field(examples=["vis_4fJ8sKq2mN7xV1bC5dG9hL"])
    user_id: str | None = Field(examples=["user_42"])
    expires_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-15T11:00:00Z"])

    @classmethod
    def of(cls, token: str, visitor: Visitor, expires_at: Millis) -> "VisitorTokenObject":
        """The wire form."""
        return cls(
            visitor_token=token,
            visitor_id=visitor.id,
            user_id=visitor.user_id,
            expires_at=rfc3339(expires_at),
        )
