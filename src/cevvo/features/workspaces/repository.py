"""Workspaces: whose everything is. One is enough until there are several tenants."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from cevvo.domain.access import Role
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import (
    api_keys,
    memberships,
    one_time_tokens,
    sources,
    webhooks,
    workspaces,
)
from cevvo.foundation.jobs.queue import cancel_in_workspace

_NAME = "Default"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace that is there to be used."""

    id: WorkspaceId
    name: str
    created_at: Millis


def ensure_default(connection: Connection, now: Millis) -> WorkspaceId:
    """The oldest workspace; made when there is none yet. To be run as a write."""
    found = list_all(connection)
    return found[0].id if found else insert_workspace(connection, _NAME, now=now)


def insert_workspace(connection: Connection, name: str, *, now: Millis) -> WorkspaceId:
    """Store a new workspace and return its id."""
    workspace = WorkspaceId(new_id("wsp"))
    connection.execute(insert(workspaces).values(id=workspace, name=name, created_at=now))
    return workspace


def list_all(connection: Connection) -> list[Workspace]:
    """All workspaces that are not being deleted, the oldest first."""
    w = workspaces.c
    query = select(w.id, w.name, w.created_at).where(w.deleted_at.is_(None))
    rows = connection.execute(query.order_by(w.created_at, w.id))
    return [Workspace(row.id, row.name, row.created_at) for row in rows]


def list_of_person(
    connection: Connection, person_id: str, *, offset: int, limit: int
) -> tuple[list[tuple[Workspace, Role]], int]:
    """A page of the workspaces that a person belongs to, by name, each with their role; and how
    many there are."""
    w, m = workspaces.c, memberships.c
    theirs = (m.person_id == person_id) & w.deleted_at.is_(None)
    joined = select(w.id, w.name, w.created_at, m.role).join(memberships, m.workspace_id == w.id)
    rows = connection.execute(
        joined.where(theirs).order_by(func.lower(w.name), w.id).offset(offset).limit(limit)
    )
    total = connection.execute(
        select(func.count()).select_from(workspaces.join(memberships)).where(theirs)
    )
    found = [(Workspace(row.id, row.name, row.created_at), row.role) for row in rows]
    return found, total.scalar_one()


def get(connection: Connection, workspace: WorkspaceId) -> Workspace | None:
    """The workspace of that id."""
    w = workspaces.c
    row = connection.execute(
        select(w.id, w.name, w.created_at).where(w.id == workspace, w.deleted_at.is_(None))
    ).first()
    return None if row is None else Workspace(row.id, row.name, row.created_at)


def name_of(connection: Connection, workspace: WorkspaceId) -> str:
    """What a workspace that there is is called."""
    query = select(workspaces.c.name).where(workspaces.c.id == workspace)
    name: str = connection.execute(query).scalar_one()
    return name


def rename(connection: Connection, workspace: WorkspaceId, name: str) -> None:
    """Call it something else."""
    connection.execute(update(workspaces).where(workspaces.c.id == workspace).values(name=name))


def close(connection: Connection, workspace: WorkspaceId, *, now: Millis) -> None:
    """Let nobody in any more, neither people nor keys, tell nobody of it, and cancel what is being
    worked on."""
    for table in (memberships, api_keys, one_time_tokens, webhooks):
        connection.execute(delete(table).where(table.c.workspace_id == workspace))
    cancel_in_workspace(connection, workspace, now=now)
    closed = update(workspaces).where(workspaces.c.id == workspace)
    connection.execute(closed.values(deleted_at=now))


def closed(connection: Connection) -> list[WorkspaceId]:
    """The workspaces that are being deleted."""
    query = select(workspaces.c.id).where(workspaces.c.deleted_at.is_not(None))
    return [WorkspaceId(found) for found in connection.execute(query).scalars()]


def next_source(connection: Connection, workspace: WorkspaceId) -> str | None:
    """Some source that a workspace still has."""
    query = select(sources.c.id).where(sources.c.workspace_id == workspace).limit(1)
    return connection.execute(query).scalar()


def delete_empty(connection: Connection, workspace: WorkspaceId) -> bool:
    """Delete a workspace with the rest of it; False while it has sources."""
    if next_source(connection, workspace) is not None:
        return False
    connection.execute(delete(workspaces).where(workspaces.c.id == workspace))
    return True
