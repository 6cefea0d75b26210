"""Signing in, on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.access import RIGHTS_OF, SCOPES_OF, Right, Role, Scope
from cevvo.domain.time import rfc3339
from cevvo.features.people.links import Link
from cevvo.features.people.repository import Membership
from cevvo.features.people.schemas import Email
from cevvo.features.sign_in.beginning import Present

PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Password = Annotated[str, StringConstraints(max_length=1000)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]

_PASSWORD = "four random words of it"  # noqa: S105 - an example
_TOKEN = "0VBtGo2QqYbCdEfGhIjKlMnOpQrStUvWxYz01234567"  # noqa: S105 - an example
_STRICT = ConfigDict(strict=True)


class SignInOptions(BaseModel):
    """How people can sign in to this server."""

    set_up: bool = Field(description="Whether the server has an owner yet.", examples=[True])
    identity_provider: str | None = Field(
        description="What the identity provider is called; null: there is none.",
        examples=["Example SSO"],
    )
    reset_by_mail: bool = Field(
        description="Whether a new password can be asked for by mail.", examples=[False]
    )


class SignInRequest(BaseModel):
    """Who wants to sign in."""

    model_config = _STRICT

    email: Email = Field(examples=["ada@example.com"])
    password: Password = Field(examples=[_PASSWORD])
    code: Code | None = Field(
        None, description="Of the authenticator app, or a recovery code.", examples=["492039"]
    )


class SetupRequest(BaseModel):
    """Who is to own this server."""

    model_config = _STRICT

    token: Token = Field(description="Out of the set-up link.", examples=[_TOKEN])
    name: PersonName = Field(examples=["Ada Lovelace"])
    email: Email = Field(examples=["ada@example.com"])
    password: Password = Field(description="12 characters or more.", examples=[_PASSWORD])


class SwitchRequest(BaseModel):
    """Where to go on."""

    model_config = _STRICT

    workspace_id: Annotated[str, StringConstraints(max_length=200)] = Field(examples=["wsp_abc123"])


class MemberWorkspace(BaseModel):
    """A workspace that you belong to, and as what."""

    id: str = Field(examples=["wsp_abc123"])
    name: str = Field(examples=["Help centre"])
    role: Role = Field(examples=["owner"])

    @classmethod
    def of(cls, membership: Membership) -> "MemberWorkspace":
        """From what is stored."""
        return cls(id=membership.workspace, name=membership.name, role=membership.role)


class AccountObject(BaseModel):
    """A person's own account."""

    id: str = Field(examples=["per_abc123"])
    name: str = Field(examples=["Ada Lovelace"])
    email: str = Field(examples=["ada@example.com"])
    has_password: bool = Field(description="False: the identity provider only.", examples=[True])
    second_factor: bool = Field(description="Whether a code is asked for.", examples=[False])


class SessionObject(BaseModel):
    """Who is signed in, where, and what they may do there."""

    id: str = Field(examples=["ses_abc123"])
    person: AccountObject
    workspace: MemberWorkspace
    workspaces: list[MemberWorkspace] = Field(description="All that they could go on in.")
    scopes: list[Scope] = Field(examples=[["admin", "chat", "ingest", "read"]])
    rights: list[Right] = Field(
        description="What the role allows besides: manage people, owners among them, rename the "
        "workspace, make and delete workspaces.",
        examples=[["owners", "people", "workspace", "workspaces"]],
    )
    expires_at: str = Field(
        description="When it ends at the latest; unused it does after 12 hours.",
        examples=["2026-03-17T09:00:00Z"],
    )

    @classmethod
    def of(cls, present: Present) -> "SessionObject":
        """From what is stored."""
        person, role = present.person, present.session.role
        return cls(
            id=present.session.id,
            person=AccountObject(
                id=person.id,
                name=person.name,
                email=person.email,
                has_password=person.password_hash is not None,
                second_factor=person.totp_enabled_at is not None,
            ),
            workspace=MemberWorkspace.of(present.workspace),
            workspaces=[MemberWorkspace.of(each) for each in present.memberships],
            scopes=sorted(SCOPES_OF[role]),
            rights=sorted(RIGHTS_OF[role]),
            expires_at=rfc3339(present.expires_at),
        )


class LinkRequest(BaseModel):
    """A link that somebody was given."""

    model_config = _STRICT

    token: Token = Field(description="Out of the link.", examples=[_TOKEN])


class OpenedInvitation(BaseModel):
    """What a link invites to."""

    workspace: str = Field(examples=["Help centre"])
    email: str = Field(examples=["grace@example.com"])
    role: Role = Field(examples=["editor"])
    has_account: bool = Field(
        description="Whether they can sign in already: then no password is asked for.",
        examples=[False],
    )
    expires_at: str = Field(examples=["2026-03-17T09:00:00Z"])

    @classmethod
    def of(cls, link: Link, workspace: str, has_account: bool) -> "OpenedInvitation":
        """From what is stored."""
        return cls(
            workspace=workspace,
            email=link.email or "",
            role=link.role or "analyst",
            has_account=has_account,
            expires_at=rfc3339(link.expires_at),
        )


class AcceptRequest(BaseModel):
    """Somebody accepts an invitation."""

    model_config = _STRICT

    token: Token = Field(description="Out of the link.", examples=[_TOKEN])
    name: PersonName | None = Field(
        None, description="Required without an account.", examples=["Grace Hopper"]
    )
    password: Password | None = Field(
        None,
        description="Required without an account: 12 characters or more.",
        examples=[_PASSWORD],
    )


class Accepted(BaseModel):
    """The membership is there."""

    session: SessionObject | None = Field(
        description="Of somebody new; null: sign in with the account that there is."
    )


class ResetRequest(BaseModel):
    """Whose password is lost."""

    model_config = _STRICT

    email: Email = Field(examples=["ada@example.com"])


class ResetAsked(BaseModel):
    """If somebody has an account with that address, a link is on its way."""

    accepted: Literal[True] = Field(True, examples=[True])


class ResetCompletion(BaseModel):
    """The new password."""

    model_config = _STRICT

    token: Token = Field(description="Out of the link.", examples=[_TOKEN])
    password: Password = Field(description="12 characters or more.", examples=[_PASSWORD])


class ResetDone(BaseModel):
    """The password is changed, and all sessions of the account have ended."""

    reset: Literal[True] = Field(True, examples=[True])
