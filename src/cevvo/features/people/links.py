"""Links that can be used once: for setting up, for accepting an invitation, for a new password.

What is in the link is a random token; only its hash is stored, and the row goes when it is used.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, literal, select

from cevvo.domain.access import Role
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.errors import InvalidRequest
from cevvo.foundation.access.tokens import new_token, token_hash
from cevvo.foundation.db.tables import one_time_tokens

Purpose = Literal["setup", "invitation", "reset"]
LIFETIME: dict[Purpose, int] = {
    "setup": 30 * 60_000,
    "invitation": 7 * 24 * 3_600_000,
    "reset": 3_600_000,
}
"""Milliseconds that a link of each kind can be used."""
PAGES: dict[Purpose, str] = {"setup": "/setup", "invitation": "/invitation", "reset": "/reset"}
"""Where the dashboard takes them."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for. ``workspace``, ``email`` and ``role`` belong to an invitation,
    ``person_id`` to a reset."""

    id: str
    workspace: WorkspaceId | None
    email: str | None
    role: Role | None
    invited_by: str | None
    person_id: str | None
    created_at: Millis
    expires_at: Millis


def link_url(base_url: str, purpose: Purpose, token: str) -> str:
    """The whole address of a link; ``base_url`` is the dashboard's, without a slash at the end."""
    return f"{base_url}{PAGES[purpose]}?token={token}"


def mint(
    connection: Connection,
    purpose: Purpose,
    *,
    now: Millis,
    workspace: WorkspaceId | None = None,
    email: str | None = None,
    role: Role | None = None,
    invited_by: str | None = None,
    person_id: str | None = None,
    replacing: bool = True,
) -> tuple[str, Link]:
    """A fresh token and what is stored of it. It replaces earlier ones for the same thing, unless
    not ``replacing``."""
    token = new_token()
    link = Link(
        id=new_id("inv" if purpose == "invitation" else "lnk"),
        workspace=workspace,
        email=email,
        role=role,
        invited_by=invited_by,
        person_id=person_id,
        created_at=now,
        expires_at=Millis(now + LIFETIME[purpose]),
    )
    t = one_time_tokens.c
    connection.execute(
        delete(one_time_tokens).where(
            (t.purpose == purpose)
            & literal(replacing)
            & t.workspace_id.is_not_distinct_from(workspace)
            & t.email.is_not_distinct_from(email)
            & t.person_id.is_not_distinct_from(person_id)
            | (t.expires_at <= now)
        )
    )
    connection.execute(
        insert(one_time_tokens).values(
            id=link.id,
            purpose=purpose,
            hash=token_hash(token),
            workspace_id=workspace,
            email=email,
            role=role,
            invited_by=invited_by,
            person_id=person_id,
            created_at=now,
            expires_at=link.expires_at,
        )
    )
    return token, link


def read(connection: Connection, purpose: Purpose, token: str, *, now: Millis) -> Link:
    """What a token is for. Raises InvalidRequest for one that was used, is too old, or never was:
    the words do not tell which."""
    t = one_time_tokens.c
    row = connection.execute(
        select(one_time_tokens).where(
            t.purpose == purpose, t.hash == token_hash(token), t.expires_at > now
        )
    ).first()
    if row is None:
        raise InvalidRequest(
            "This link is not valid: it was used before, or is too old. Ask for another one.",
            param="token",
        )
    return _link(row)


def use(connection: Connection, purpose: Purpose, token: str, *, now: Millis) -> Link:
    """``read`` it for the last time."""
    link = read(connection, purpose, token, now=now)
    connection.execute(delete(one_time_tokens).where(one_time_tokens.c.id == link.id))
    return link


def list_invitations(
    connection: Connection, workspace: WorkspaceId, *, now: Millis, offset: int, limit: int
) -> tuple[list[Link], int]:
    """A page of the invitations that are open, newest first, and how many are."""
    t = one_time_tokens.c
    is_open = (t.purpose == "invitation") & (t.workspace_id == workspace) & (t.expires_at > now)
    rows = connection.execute(
        select(one_time_tokens)
        .where(is_open)
        .order_by(t.created_at.desc(), t.id.desc())
        .offset(offset)
        .limit(limit)
    )
    total = connection.execute(select(func.count()).select_from(one_time_tokens).where(is_open))
    return [_link(row) for row in rows], total.scalar_one()


def invitations_of(connection: Connection, email: str, *, now: Millis) -> list[Link]:
    """The open invitations to an address, to whatever workspaces."""
    t = one_time_tokens.c
    rows = connection.execute(
        select(one_time_tokens).where(
            t.purpose == "invitation", t.email == email, t.expires_at > now
        )
    )
    return [_link(row) for row in rows]


def withdraw(connection: Connection, workspace: WorkspaceId, invitation_id: str) -> Link | None:
    """Delete an invitation and return it; None when the workspace has none of that id."""
    t = one_time_tokens.c
    row = connection.execute(
        delete(one_time_tokens)
        .where(t.purpose == "invitation", t.workspace_id == workspace, t.id == invitation_id)
        .returning(one_time_tokens)
    ).first()
    return None if row is None else _link(row)


def _link(row: object) -> Link:
    values = row._mapping  # type: ignore[attr-defined]
    return Link(
        workspace=values["workspace_id"],
        **{name: values[name] for name in Link.__slots__ if name != "workspace"},
    )
