"""Workspaces: whose everything is. One is enough until there are several tenants."""

from sqlalchemy import Connection, insert, select

from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import workspaces

_NAME = "Default"


def ensure_default(connection: Connection, now: Millis) -> WorkspaceId:
    """The oldest workspace; made when there is none yet. To be run as a write."""
    found = connection.execute(
        select(workspaces.c.id).order_by(workspaces.c.created_at, workspaces.c.id).limit(1)
    ).scalar()
    if found is not None:
        return WorkspaceId(found)
    workspace = WorkspaceId(new_id("wsp"))
    connection.execute(insert(workspaces).values(id=workspace, name=_NAME, created_at=now))
    return workspace
