"""People and their memberships as they are stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, select, update

from cevvo.domain.access import Role
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import memberships, people, sessions, workspaces


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account on this server, in whatever workspaces.

    ``password_hash`` is None for who signs in with the identity provider only.
    """

    id: str
    email: str
    name: str
    password_hash: str | None
    oidc_subject: str | None
    totp_secret: str | None
    totp_enabled_at: Millis | None
    last_workspace_id: str | None
    created_at: Millis
    last_signed_in_at: Millis | None


@dataclass(frozen=True, slots=True)
class Member:
    """A person as a workspace knows them."""

    person_id: str
    email: str
    name: str
    role: Role
    second_factor: bool
    joined_at: Millis
    last_signed_in_at: Millis | None


@dataclass(frozen=True, slots=True)
class Membership:
    """A workspace as a person knows it."""

    workspace: WorkspaceId
    name: str
    role: Role


_PERSON = [people.c[name] for name in Person.__slots__]
_MEMBER = [
    people.c.id.label("person_id"),
    people.c.email,
    people.c.name,
    memberships.c.role,
    people.c.totp_enabled_at.is_not(None).label("second_factor"),
    memberships.c.created_at.label("joined_at"),
    people.c.last_signed_in_at,
]


def find_by_email(connection: Connection, email: str) -> Person | None:
    """The person with that address, in lower case."""
    return _person(connection, people.c.email == email)


def find_by_id(connection: Connection, person_id: str) -> Person | None:
    """The person of that id."""
    return _person(connection, people.c.id == person_id)


def find_by_subject(connection: Connection, issuer: str, subject: str) -> Person | None:
    """Whom an identity provider calls ``subject``."""
    return _person(
        connection, and_(people.c.oidc_issuer == issuer, people.c.oidc_subject == subject)
    )


def _person(connection: Connection, condition: Any) -> Person | None:
    row = connection.execute(select(*_PERSON).where(condition)).mappings().first()
    return None if row is None else Person(**row)


def insert_person(
    connection: Connection, *, email: str, name: str, password_hash: str | None, now: Millis
) -> str:
    """Store somebody new and return their id."""
    person_id = new_id("per")
    connection.execute(
        insert(people).values(
            id=person_id, email=email, name=name, password_hash=password_hash, created_at=now
        )
    )
    return person_id


def update_person(connection: Connection, person_id: str, values: Mapping[str, Any]) -> None:
    """Change columns of a person."""
    connection.execute(update(people).where(people.c.id == person_id).values(**values))


def any_owner(connection: Connection) -> bool:
    """Whether some workspace has an owner: if not, the server waits to be set up."""
    query = select(exists().where(memberships.c.role == "owner"))
    return bool(connection.execute(query).scalar())


def memberships_of(connection: Connection, person_id: str) -> list[Membership]:
    """Where a person belongs, the workspace they joined first first."""
    rows = connection.execute(
        select(workspaces.c.id, workspaces.c.name, memberships.c.role)
        .join(workspaces, workspaces.c.id == memberships.c.workspace_id)
        .where(memberships.c.person_id == person_id, workspaces.c.deleted_at.is_(None))
        .order_by(memberships.c.created_at, workspaces.c.id)
    )
    return [Membership(WorkspaceId(row.id), row.name, row.role) for row in rows]


def list_members(
    connection: Connection, workspace: WorkspaceId, *, offset: int, limit: int
) -> tuple[list[Member], int]:
    """A page of who belongs to a workspace, by name, and how many do."""
    of_workspace = memberships.c.workspace_id == workspace
    rows = connection.execute(
        select(*_MEMBER)
        .join(memberships, memberships.c.person_id == people.c.id)
        .where(of_workspace)
        .order_by(func.lower(people.c.name), people.c.id)
        .offset(offset)
        .limit(limit)
    ).mappings()
    total = connection.execute(select(func.count()).select_from(memberships).where(of_workspace))
    return [Member(**row) for row in rows], total.scalar_one()


def find_member(connection: Connection, workspace: WorkspaceId, person_id: str) -> Member | None:
    """Somebody in a workspace."""
    row = (
        connection.execute(
            select(*_MEMBER)
            .join(memberships, memberships.c.person_id == people.c.id)
            .where(memberships.c.workspace_id == workspace, people.c.id == person_id)
        )
        .mappings()
        .first()
    )
    return None if row is None else Member(**row)


def count_owners(connection: Connection, workspace: WorkspaceId) -> int:
    """How many owners a workspace has."""
    query = select(func.count()).where(
        memberships.c.workspace_id == workspace, memberships.c.role == "owner"
    )
    return connection.execute(query).scalar_one()


def add_member(
    connection: Connection, workspace: WorkspaceId, person_id: str, role: Role, *, now: Millis
) -> None:
    """Have a person belong to a workspace; who does already gets the role."""
    if find_member(connection, workspace, person_id) is not None:
        set_role(connection, workspace, person_id, role)
        return
    connection.execute(
        insert(memberships).values(
            workspace_id=workspace, person_id=person_id, role=role, created_at=now
        )
    )


def set_role(connection: Connection, workspace: WorkspaceId, person_id: str, role: Role) -> None:
    """Change a role, and end the sessions in which the person had the one before."""
    connection.execute(
        update(memberships)
        .where(memberships.c.workspace_id == workspace, memberships.c.person_id == person_id)
        .values(role=role)
    )
    connection.execute(
        delete(sessions).where(
            sessions.c.workspace_id == workspace, sessions.c.person_id == person_id
        )
    )


def remove_member(connection: Connection, workspace: WorkspaceId, person_id: str) -> None:
    """Take a person out of a workspace, sessions included; one who then belongs nowhere goes."""
    connection.execute(
        delete(memberships).where(
            memberships.c.workspace_id == workspace, memberships.c.person_id == person_id
        )
    )
    delete_who_belong_nowhere(connection)


def delete_who_belong_nowhere(connection: Connection) -> None:
    """Forget the people who are in no workspace any more."""
    belongs = exists().where(memberships.c.person_id == people.c.id)
    connection.execute(delete(people).where(~belongs))
