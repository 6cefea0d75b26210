"""The status of a source, which follows from its jobs and documents.

``refresh_status`` works it out and is called in every transaction that changes one of these: so it
is never behind.
"""

from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, exists, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import documents, jobs, sources

SourceStatus = Literal["pending", "syncing", "synced", "failed", "paused"]


def _has_job(status: str) -> ColumnElement[bool]:
    # Else SQLite looks through all jobs of the workspace for one.
    hint = "INDEXED BY ix_jobs_source_id_status_created_at"
    some = select(jobs.c.id).with_hint(jobs, hint, "sqlite")
    return exists(some.where(*_jobs_of_source(status)))


def _last_job(status: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of the newest job of the source with this status."""
    newest = select(column).where(*_jobs_of_source(status)).order_by(jobs.c.created_at.desc())
    return newest.limit(1).scalar_subquery()


def _jobs_of_source(status: str) -> tuple[ColumnElement[bool], ...]:
    return (
        jobs.c.workspace_id == sources.c.workspace_id,
        jobs.c.source_id == sources.c.id,
        jobs.c.status == status,
    )


# Put together once: that takes ten times as long as running it, three times a document.
_THIS = and_(sources.c.workspace_id == bindparam("workspace"), sources.c.id == bindparam("source"))
_UPDATE = update(sources).where(_THIS)
_LOCK = select(sources.c.id).where(_THIS).with_for_update()
_OWN_STATE = select(
    sources.c.status,
    sources.c.error,
    sources.c.sync_error,
    sources.c.last_synced_at,
    _has_job("processing").label("works"),
    _has_job("queued").label("waits"),
    _last_job("completed", jobs.c.completed_at).label("completed_at"),
    _last_job("failed", jobs.c.completed_at).label("failed_at"),
    _last_job("failed", jobs.c.error_message).label("failure"),
    exists()
    .where(
        documents.c.workspace_id == sources.c.workspace_id,
        documents.c.source_id == sources.c.id,
    )
    .label("has_content"),
).where(_THIS)


def refresh_status(connection: Connection, workspace: WorkspaceId, source_id: str) -> None:
    """Set status, errors and last sync from the source's jobs and documents."""
    this = {"workspace": workspace, "source": source_id}
    if connection.dialect.name == "postgresql":  # one after the other
        connection.execute(_LOCK, this)
    own = connection.execute(_OWN_STATE, this).first()
    if own is None:
        return
    failed = own.failed_at is not None and own.failed_at >= (own.completed_at or 0)
    reason: str | None = own.failure if failed else None
    status = _status(own, failed=reason is not None)
    found = {
        "status": status,
        "error": reason if status == "failed" else None,
        "sync_error": reason if own.has_content else None,
        "last_synced_at": own.last_synced_at if own.completed_at is None else own.completed_at,
    }
    if found != {name: own._mapping[name] for name in found}:
        connection.execute(_UPDATE, this | found)


def _status(own: Row[Any], *, failed: bool) -> SourceStatus:
    if own.works or (own.waits and own.has_content):
        return "syncing"
    if own.waits:
        return "pending"
    if own.has_content:
        return "synced"
    return "failed" if failed else "pending"
