"""Jobs as records: listed, and dropped when they are old; in the caller's transaction."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs.job import LIVE, Job, Status, job_of

# Put together once, as it is asked with every upload.
_UNFINISHED = select(func.count()).select_from(
    select(jobs.c.id)
    .where(jobs.c.workspace_id == bindparam("workspace"), jobs.c.status.in_(LIVE))
    .limit(bindparam("most"))
    .subquery()
)


def count_unfinished(connection: Connection, workspace: WorkspaceId, most: int) -> int:
    """How many jobs of the workspace wait or run; ``most`` stands for more."""
    count: int = connection.execute(
        _UNFINISHED, {"workspace": workspace, "most": most}
    ).scalar_one()
    return count


def count_live(connection: Connection) -> list[tuple[str, Status, int]]:
    """How many jobs of each kind wait and run, in all workspaces."""
    rows = connection.execute(
        select(jobs.c.kind, jobs.c.status, func.count())
        .where(jobs.c.status.in_(LIVE))
        .group_by(jobs.c.kind, jobs.c.status)
    )
    return [(kind, status, count) for kind, status, count in rows]


def oldest_due(connection: Connection, now: Millis) -> Millis | None:
    """Since when the job that has been due for longest has been so; None where none is."""
    oldest: Millis | None = connection.execute(
        select(func.min(jobs.c.run_at)).where(jobs.c.status == "queued", jobs.c.run_at <= now)
    ).scalar_one()
    return oldest


def list_jobs(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    statuses: tuple[Status, ...] | None = None,
    source_id: str | None = None,
    kinds: Collection[str] | None = None,
    offset: int,
    limit: int,
) -> tuple[list[Job], int]:
    """A page of the workspace's jobs that fit, newest first, and how many fit."""
    fitting: list[ColumnElement[bool]] = [jobs.c.workspace_id == workspace]
    if statuses is not None:
        fitting.append(jobs.c.status.in_(statuses))
    if source_id is not None:
        fitting.append(jobs.c.source_id == source_id)
    if kinds is not None:
        fitting.append(jobs.c.kind.in_(kinds))
    total = connection.execute(select(func.count()).select_from(jobs).where(*fitting)).scalar_one()
    rows = connection.execute(
        select(jobs)
        .where(*fitting)
        .order_by(jobs.c.created_at.desc(), jobs.c.id)
        .offset(offset)
        .limit(limit)
    ).mappings()
    return [job_of(row) for row in rows], total


def list_unfinished(
    connection: Connection, workspace: WorkspaceId, kinds: Collection[str], most: int
) -> list[Job]:
    """The workspace's jobs that run, then those that are next."""
    rows = connection.execute(
        select(jobs)
        .where(jobs.c.workspace_id == workspace, jobs.c.kind.in_(kinds), jobs.c.status.in_(LIVE))
        .order_by((jobs.c.status == "processing").desc(), jobs.c.priority, jobs.c.created_at)
        .limit(most)
    ).mappings()
    return [job_of(row) for row in rows]


def list_queued_since(
    connection: Connection,
    workspace: WorkspaceId,
    kinds: Collection[str],
    since: Millis,
    most: int,
) -> list[Job]:
    """The workspace's newest jobs, of those that were queued since then."""
    rows = connection.execute(
        select(jobs)
        .where(jobs.c.workspace_id == workspace, jobs.c.kind.in_(kinds))
        .where(jobs.c.created_at >= since)
        .order_by(jobs.c.created_at.desc())
        .limit(most)
    ).mappings()
    return [job_of(row) for row in rows]


def list_named(connection: Connection, workspace: WorkspaceId, ids: Collection[str]) -> list[Job]:
    """Those of the workspace's jobs."""
    rows = connection.execute(
        select(jobs).where(jobs.c.workspace_id == workspace, jobs.c.id.in_(ids))
    ).mappings()
    return [job_of(row) for row in rows]


def old_jobs(connection: Connection, *, ended_before: Millis) -> list[str]:
    """Jobs that ended before then, of every workspace; ``drop`` may have them.

    A source keeps the newest job of each kind, whatever its age: its last crawl with the ledger
    stays to be looked at.
    """
    newer = jobs.alias()
    has_newer = (
        select(newer.c.id)
        .where(newer.c.source_id == jobs.c.source_id, newer.c.kind == jobs.c.kind)
        .where(newer.c.created_at > jobs.c.created_at)
        .exists()
    )
    query = (
        select(jobs.c.id)
        .where(jobs.c.status.not_in(LIVE), jobs.c.completed_at < ended_before)
        .where(jobs.c.source_id.is_(None) | has_newer)
    )
    return list(connection.execute(query).scalars())


def drop(connection: Connection, job_ids: Sequence[str]) -> None:
    """Delete jobs with their ledgers, which may be tens of thousands of rows: take a few."""
    connection.execute(delete(jobs).where(jobs.c.id.in_(job_ids)))
