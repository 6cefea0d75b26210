"""Reading and changing how a workspace appears to people outside."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from cevvo.domain.access import Actor
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.domain.widget_settings import WidgetSettings
from cevvo.errors import Conflict
from cevvo.features.widget import repository
from cevvo.features.widget.repository import StoredWidget
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database


class WidgetService:
    """The widget settings of every workspace."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def stored(self, workspace: WorkspaceId) -> StoredWidget:
        """The settings, and when they were changed."""
        return await self._db.read(lambda c: repository.read_widget(c, workspace))

    async def page(self, slug: str) -> tuple[WorkspaceId, WidgetSettings] | None:
        """The workspace whose ask page has that address, and its settings."""

        def read(connection: Connection) -> tuple[WorkspaceId, WidgetSettings] | None:
            workspace = repository.workspace_of_page(connection, slug)
            if workspace is None:
                return None
            return workspace, repository.read_widget(connection, workspace).settings

        return await self._db.read(read)

    async def change(
        self, workspace: WorkspaceId, changes: Mapping[str, Any], *, by: Actor
    ) -> StoredWidget:
        """Put ``changes`` (by field, as JSON; None is the default) into the settings.

        Raises Conflict where another workspace's ask page has the address.
        """
        now = self._clock()

        def write(connection: Connection) -> StoredWidget:
            slug = changes.get("ask_page")
            if slug is not None:
                owner = repository.workspace_of_page(connection, slug, closed=True)
                if owner not in (None, workspace):
                    raise Conflict(
                        "Another workspace's ask page has this address: choose another one.",
                        param="ask_page",
                    )
            detail = {"fields": [f"widget.{name}" for name in sorted(changes)]}
            append(connection, workspace, by, "settings.changed", now=now, detail=detail)
            return repository.change_widget(connection, workspace, changes, now)

        return await self._db.write(write)
