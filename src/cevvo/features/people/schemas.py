"""Members and invitations on the wire."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.access import Role
from cevvo.domain.time import rfc3339, rfc3339_or_none
from cevvo.features.people.links import Link
from cevvo.features.people.repository import Member

_EMAIL = re.compile(
    r"(?!.*=\?)[^\s@<>,;:\"\\()\[\]\x00-\x1f\x7f]{1,64}@[^\s@<>,;:\"\\()\[\]\x00-\x1f\x7f]{1,250}"
)


def _email(text: str) -> str:
    """Not more is asked than that it can be told apart from what surrounds it in a mail's head."""
    if not _EMAIL.fullmatch(text):
        raise ValueError("not an e-mail address such as ada@example.com")
    return text


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),  # RFC 5321, section 4.5.3.1.3
    AfterValidator(_email),
]


class RoleChange(BaseModel):
    """What somebody is to be."""

    model_config = ConfigDict(strict=True)

    role: Role = Field(examples=["editor"])


class PersonObject(BaseModel):
    """Somebody who belongs to the workspace."""

    id: str = Field(examples=["per_abc123"])
    name: str = Field(examples=["Ada Lovelace"])
    email: str = Field(examples=["ada@example.com"])
    role: Role = Field(examples=["editor"])
    second_factor: bool = Field(description="Whether they sign in with a code.", examples=[True])
    joined_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-10T09:00:00Z"])
    last_signed_in_at: str | None = Field(examples=["2026-03-14T11:00:00Z"])

    @classmethod
    def of(cls, member: Member) -> "PersonObject":
        """From what is stored."""
        return cls(
            id=member.person_id,
            name=member.name,
            email=member.email,
            role=member.role,
            second_factor=member.second_factor,
            joined_at=rfc3339(member.joined_at),
            last_signed_in_at=rfc3339_or_none(member.last_signed_in_at),
        )


class InvitationRequest(BaseModel):
    """Whom to invite, and as what."""

    model_config = ConfigDict(strict=True)

    email: Email = Field(examples=["grace@example.com"])
    role: Role = Field(examples=["editor"])


class InvitationObject(BaseModel):
    """An invitation that nobody has accepted yet."""

    id: str = Field(examples=["inv_abc123"])
    email: str = Field(examples=["grace@example.com"])
    role: Role = Field(examples=["editor"])
    created_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-10T09:00:00Z"])
    expires_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-17T09:00:00Z"])

    @classmethod
    def of(cls, link: Link) -> "InvitationObject":
        """From what is stored."""
        return cls(
            id=link.id,
            email=link.email or "",
            role=link.role or "analyst",
            created_at=rfc3339(link.created_at),
            expires_at=rfc3339(link.expires_at),
        )


class NewInvitation(InvitationObject):
    """An invitation that was just made, with the link, which is shown this once."""

    url: str = Field(examples=["https://answers.example.com/invitation?token=…"])
    mailed: bool = Field(
        description="Whether the link went out by mail; if not, hand it over yourself.",
        examples=[False],
    )
