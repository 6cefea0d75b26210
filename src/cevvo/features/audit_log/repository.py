"""Entries of the audit log, read back; in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from cevvo.domain.access import ActorKind
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import api_keys, audit_log, people


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was done. ``actor_name`` is what the API key or the person is called now."""

    id: str
    at: Millis
    action: str
    actor_kind: ActorKind
    actor_id: str | None
    actor_name: str | None
    target_id: str | None
    target_name: str | None
    detail: Mapping[str, Any] | None
    address: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: all conditions that are set must hold.

    ``action`` is one (``api_key.created``) or all of a kind of thing (``api_key``); ``actor`` the
    id of whoever did it; ``since`` counts in, ``until`` no more.
    """

    action: str | None = None
    actor: str | None = None
    since: Millis | None = None
    until: Millis | None = None


def list_entries(
    connection: Connection,
    workspace: WorkspaceId,
    wanted: AuditFilter,
    *,
    offset: int,
    limit: int | None,
) -> tuple[list[Entry], int]:
    """Entries, the newest first, and how many there are in all. ``limit`` None takes them all."""
    conditions = _conditions(workspace, wanted)
    total = connection.execute(
        select(func.count()).select_from(audit_log).where(*conditions)
    ).scalar_one()
    columns = [audit_log.c[name] for name in Entry.__dataclass_fields__ if name != "actor_name"]
    rows = connection.execute(
        select(*columns, func.coalesce(api_keys.c.name, people.c.name).label("actor_name"))
        .select_from(
            audit_log.outerjoin(api_keys, api_keys.c.id == audit_log.c.actor_id).outerjoin(
                people, people.c.id == audit_log.c.actor_id
            )
        )
        .where(*conditions)
        .order_by(audit_log.c.at.desc(), audit_log.c.seq.desc())
        .offset(offset)
        .limit(limit)
    ).mappings()
    return [Entry(**row) for row in rows], total


def _conditions(workspace: WorkspaceId, wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [audit_log.c.workspace_id == workspace]
    if wanted.action is not None:
        one = audit_log.c.action == wanted.action
        conditions.append(one | audit_log.c.action.startswith(f"{wanted.action}.", autoescape=True))
    if wanted.actor is not None:
        conditions.append(audit_log.c.actor_id == wanted.actor)
    if wanted.since is not None:
        conditions.append(audit_log.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(audit_log.c.at < wanted.until)
    return conditions
