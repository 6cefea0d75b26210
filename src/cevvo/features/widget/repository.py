"""Widget settings as they are stored: a row for each workspace that has changed any."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.domain.widget_settings import WidgetSettings
from cevvo.foundation.db.tables import ask_pages, widget_settings, workspaces

_DEFAULTS = WidgetSettings()


@dataclass(frozen=True, slots=True)
class StoredWidget:
    """``updated_at`` is None as long as nobody has changed any."""

    settings: WidgetSettings
    updated_at: Millis | None


def read_widget(connection: Connection, workspace: WorkspaceId) -> StoredWidget:
    """The settings of a workspace, the defaults where it has none."""
    row = connection.execute(
        select(widget_settings.c.look, widget_settings.c.updated_at, ask_pages.c.slug)
        .outerjoin(ask_pages, ask_pages.c.workspace_id == widget_settings.c.workspace_id)
        .where(widget_settings.c.workspace_id == workspace)
    ).first()
    if row is None:
        return StoredWidget(_DEFAULTS, None)
    given = {**row.look, "ask_page": row.slug}
    return StoredWidget(_changed(_DEFAULTS, given), Millis(row.updated_at))


def change_widget(
    connection: Connection, workspace: WorkspaceId, changes: Mapping[str, Any], now: Millis
) -> StoredWidget:
    """Put ``changes`` in; what a change holds None for goes back to its default."""
    before = read_widget(connection, workspace)
    after = StoredWidget(_changed(before.settings, changes), now)
    look = asdict(after.settings)
    slug = look.pop("ask_page")
    values = {"look": look, "updated_at": now}
    if before.updated_at is None:
        connection.execute(insert(widget_settings).values(workspace_id=workspace, **values))
    else:
        connection.execute(
            update(widget_settings)
            .where(widget_settings.c.workspace_id == workspace)
            .values(**values)
        )
    connection.execute(delete(ask_pages).where(ask_pages.c.workspace_id == workspace))
    if slug is not None:
        connection.execute(insert(ask_pages).values(workspace_id=workspace, slug=slug))
    return after


def workspace_of_page(
    connection: Connection, slug: str, *, closed: bool = False
) -> WorkspaceId | None:
    """The workspace whose ask page has that address; of whatever workspace: the address names it.

    ``closed``: also one that is being deleted, whose page nobody can open any more.
    """
    query = (
        select(ask_pages.c.workspace_id)
        .join(workspaces, workspaces.c.id == ask_pages.c.workspace_id)
        .where(ask_pages.c.slug == slug)
    )
    if not closed:
        query = query.where(workspaces.c.deleted_at.is_(None))
    found: str | None = connection.execute(query).scalar()
    return None if found is None else WorkspaceId(found)


def _changed(settings: WidgetSettings, changes: Mapping[str, Any]) -> WidgetSettings:
    values = {
        name: getattr(_DEFAULTS, name) if value is None else value
        for name, value in changes.items()
    }
    if "suggestions" in values:
        values["suggestions"] = tuple(values["suggestions"])
    return replace(settings, **values)
