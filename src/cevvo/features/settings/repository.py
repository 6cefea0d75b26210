"""Settings as they are stored: one JSON object for each workspace that has changed any."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from cevvo.domain.answer_settings import AnswerSettings, RefusedTopic
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import workspace_settings

_DEFAULTS = AnswerSettings()


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """``updated_at`` is None as long as nobody has changed any. No two versions share one."""

    answers: AnswerSettings
    updated_at: Millis | None


def read_settings(connection: Connection, workspace: WorkspaceId) -> StoredSettings:
    """The settings of a workspace, the defaults where it has none."""
    row = connection.execute(
        select(workspace_settings.c.answering, workspace_settings.c.updated_at).where(
            workspace_settings.c.workspace_id == workspace
        )
    ).first()
    if row is None:
        return StoredSettings(_DEFAULTS, None)
    return StoredSettings(_changed(_DEFAULTS, row.answering), Millis(row.updated_at))


def change_settings(
    connection: Connection, workspace: WorkspaceId, changes: Mapping[str, Any], now: Millis
) -> StoredSettings:
    """Merge ``changes`` in; what a change holds None for goes back to its default."""
    before = read_settings(connection, workspace)
    at = now if before.updated_at is None else Millis(max(now, before.updated_at + 1))
    after = StoredSettings(_changed(before.answers, changes), at)
    values = {"answering": asdict(after.answers), "updated_at": at}
    if before.updated_at is None:
        connection.execute(insert(workspace_settings).values(workspace_id=workspace, **values))
    else:
        connection.execute(
            update(workspace_settings)
            .where(workspace_settings.c.workspace_id == workspace)
            .values(**values)
        )
    return after


def _changed(settings: AnswerSettings, changes: Mapping[str, Any]) -> AnswerSettings:
    """``settings`` with changes in the form of JSON."""
    values = {name: _value(settings, name, value) for name, value in changes.items()}
    return replace(settings, **values)


def _value(settings: AnswerSettings, name: str, value: Any) -> Any:
    if value is None:
        return getattr(_DEFAULTS, name)
    match name:
        case "refuse":
            return tuple(RefusedTopic(**each) for each in value)
        case "synonyms":
            return tuple(tuple(group) for group in value)
        case "handover":
            rules = {
                each: getattr(_DEFAULTS.handover, each) if said is None else said
                for each, said in value.items()
            }
            return replace(settings.handover, **rules)
    return value
