"""Which workspace is exported, and which one an export is put into."""

from sqlalchemy import Connection, Table, exists, insert, select

from cevvo.domain.ids import WorkspaceId
from cevvo.errors import InvalidRequest
from cevvo.features.transfers.exporting import Manifest
from cevvo.features.workspaces import repository
from cevvo.features.workspaces.repository import Workspace
from cevvo.foundation.db.tables import conversations, sources, workspaces


def to_export(connection: Connection, wanted: str | None) -> WorkspaceId:
    """The workspace with that id or name; without either the only one.

    Raises InvalidRequest, with the choice there is, where that is none or several.
    """
    return _named(connection, wanted) or _only(repository.list_all(connection), wanted)


def to_import_into(connection: Connection, manifest: Manifest, wanted: str | None) -> WorkspaceId:
    """The workspace with that id or name. Without either: the one that was exported, if it is
    here; one like it, made now, if there is none at all; the only one, if it is empty.

    Raises InvalidRequest, with the choice there is, where none of this holds.
    """
    exported, here = manifest.workspace, repository.list_all(connection)
    named = _named(connection, wanted or exported["id"])
    if named is not None:
        return named
    if not here and wanted is None:
        connection.execute(insert(workspaces).values(**exported))
        return WorkspaceId(exported["id"])
    if len(here) == 1 and wanted is None and not is_empty(connection, here[0].id):
        raise InvalidRequest(
            f"The workspace {here[0].name!r} is not empty. Make another one in the dashboard and "
            f"name it, or add to this one: --workspace {here[0].id}"
        )
    return _only(here, wanted)


def _named(connection: Connection, wanted: str | None) -> WorkspaceId | None:
    if wanted is None:
        return None
    here = repository.list_all(connection)
    named = [each.id for each in here if wanted == each.id] or [
        each.id for each in here if wanted == each.name
    ]
    return named[0] if len(named) == 1 else None


def _only(here: list[Workspace], wanted: str | None) -> WorkspaceId:
    if len(here) == 1 and wanted is None:
        return here[0].id
    choice = ", ".join(f"{each.id} ({each.name})" for each in here) or "there is none"
    said = "Which workspace?" if wanted is None else f"There is no one workspace {wanted!r}."
    raise InvalidRequest(f"{said} Name one with --workspace: {choice}.")


def is_empty(connection: Connection, workspace: WorkspaceId) -> bool:
    """Whether a workspace has no source and no conversation."""

    def has(table: Table) -> bool:
        found = select(exists().where(table.c.workspace_id == workspace))
        return bool(connection.execute(found).scalar_one())

    return not (has(sources) or has(conversations))
