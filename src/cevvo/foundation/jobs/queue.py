"""The durable job queue: rows of ``jobs``, each run by whoever holds its lease.

A worker takes a job with one ``UPDATE … RETURNING`` (see ``claiming``), which writes a fresh lease
token into the row. Whatever the worker then writes about the job, or because of it, first checks
that token in the same transaction (a fencing token: Kleppmann, "How to do distributed locking",
2016), so that a worker which was paused, cut off or overtaken can do no harm.

What workers write about jobs they write in ``locking`` transactions: the rows are few, and many
look at all of them. Claims and ends, which depend on other jobs, take turns.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    select,
    update,
)

from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs.job import LIVE as LIVE
from cevvo.foundation.jobs.job import Job as Job
from cevvo.foundation.jobs.job import job_of
from cevvo.foundation.jobs.signals import tell, tell_change

LEASE = 30_000
"""Milliseconds that a worker may be silent before its job is taken over."""
MAX_DELAY = 300_000
"""Longest wait before a retry, in milliseconds, unless the other side asked for a longer one …"""
LONGEST_WAIT = 3_600_000
"""… which is granted up to this: a job that would wait longer fails instead."""
LONG = 10
"""Priority from which a job counts as long: a worker keeps one of its places from those."""
MAX_WARNINGS = 50

RELEASED = {"lease": None, "lease_until": None}
"""Of a job that nobody works on."""


# What every job needs is put together once: that takes five times as long as running it.
_HELD = and_(
    jobs.c.id == bindparam("job_id"),
    jobs.c.lease == bindparam("token"),
    jobs.c.status == "processing",
)
_LOCK = select(jobs.c.id).where(_HELD).with_for_update(key_share=True)
_UPDATE_HELD = update(jobs).where(_HELD)
_REPORT = _UPDATE_HELD.values(
    documents_processed=bindparam("processed"),
    documents_total=bindparam("total"),
    progress=bindparam("share"),
    attempts=case((jobs.c.documents_processed < bindparam("processed"), 1), else_=jobs.c.attempts),
    claimed_at=case((jobs.c.progress <= bindparam("share"), jobs.c.claimed_at)),
    claimed_progress=case((jobs.c.progress <= bindparam("share"), jobs.c.claimed_progress)),
)
_COMPLETE = _UPDATE_HELD.values(
    **RELEASED,
    status="completed",
    progress=1.0,
    completed_at=bindparam("now"),
    error_code=None,
    error_message=None,
).returning(*jobs.c)
LIVE_WITH_SUBJECT = and_(
    jobs.c.workspace_id == bindparam("workspace"),
    jobs.c.subject == bindparam("subject"),
    # Written out, as uq_jobs_live_subject has it: SQLite would else look through the workspace's.
    jobs.c.status.in_(bindparam("live", LIVE, expanding=True, literal_execute=True)),
)
"""Of the unfinished job about that."""
_LIVE_WITH_SUBJECT = select(jobs).where(LIVE_WITH_SUBJECT)
_INSERT = insert(jobs)
_USED_UP = jobs.c.attempts >= jobs.c.max_attempts


class LeaseLost(Exception):
    """The job was cancelled, deleted or taken over: nothing more may be written because of it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write about one job. ``token`` is fresh with every claim."""

    job_id: str
    token: str


def enqueue(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    kind: str,
    payload: Mapping[str, Any],
    source_id: str | None,
    now: Millis,
    subject: str | None = None,
    priority: int = 0,
    max_attempts: int = 3,
) -> str:
    """Put a job into the queue and return its id.

    ``subject`` names what the job is about, and holds an id, for no other workspace may have the
    same: while an unfinished job with it exists, that job's id is returned and nothing is added.
    Lower ``priority`` first.
    """
    if subject is not None:
        existing = live_with_subject(connection, workspace, subject)
        if existing is not None:
            return existing.id
    job_id = new_id("job")
    connection.execute(
        _INSERT,
        {
            "id": job_id,
            "workspace_id": workspace,
            "source_id": source_id,
            "kind": kind,
            "payload": dict(payload),
            "status": "queued",
            "subject": subject,
            "priority": priority,
            "attempts": 0,
            "max_attempts": max_attempts,
            "run_at": now,
            "progress": 0.0,
            "documents_processed": 0,
            "warnings": [],
            "created_at": now,
        },
    )
    tell(connection, "queued")
    return job_id


def live_with_subject(connection: Connection, workspace: WorkspaceId, subject: str) -> Job | None:
    """The unfinished job about that, None when there is none."""
    about = {"workspace": workspace, "subject": subject}
    found = connection.execute(_LIVE_WITH_SUBJECT, about).mappings()
    return next((job_of(row) for row in found), None)


def get(connection: Connection, workspace: WorkspaceId, job_id: str) -> Job | None:
    """The job, None when this workspace has none of that id."""
    row = connection.execute(
        select(jobs).where(jobs.c.workspace_id == workspace, jobs.c.id == job_id)
    ).mappings()
    return next((job_of(found) for found in row), None)


def still_held(connection: Connection, leases: Collection[Lease]) -> set[Lease]:
    """Those of the leases that are still held."""
    held = select(jobs.c.id, jobs.c.lease).where(
        jobs.c.id.in_([lease.job_id for lease in leases]), jobs.c.status == "processing"
    )
    return set(leases) & {Lease(job_id, token) for job_id, token in connection.execute(held)}


def assert_lease(connection: Connection, lease: Lease) -> None:
    """Raises LeaseLost unless ``lease`` is still held: call it first in a job's transactions.

    Until such a transaction is committed nobody can take the job over.
    """
    if connection.execute(_LOCK, _named(lease)).first() is None:
        raise LeaseLost(lease.job_id)


def _named(lease: Lease) -> dict[str, Any]:
    return {"job_id": lease.job_id, "token": lease.token}


def _write(connection: Connection, lease: Lease, values: Mapping[str, Any]) -> Job:
    return _end(connection, lease, _UPDATE_HELD.values(**values).returning(*jobs.c))


def _end(connection: Connection, lease: Lease, writing: Update, **given: Any) -> Job:
    for row in connection.execute(writing, _named(lease) | given).mappings():
        tell_change(connection)
        return job_of(row)
    raise LeaseLost(lease.job_id)


def heartbeat(connection: Connection, lease: Lease, *, now: Millis) -> None:
    """Extend the lease. Raises LeaseLost."""
    counted = {
        "claimed_at": func.coalesce(jobs.c.claimed_at, now),
        "claimed_progress": func.coalesce(jobs.c.claimed_progress, jobs.c.progress),
    }
    _write(connection, lease, {"lease_until": now + LEASE} | counted)


def report(
    connection: Connection, lease: Lease, *, processed: int, total: int | None, progress: float
) -> None:
    """Record how far the job is (units, and 0..1 of the whole). Raises LeaseLost.

    Progress that falls shows that there is more to do than was known: the pace is then counted anew
    from the next heartbeat.
    """
    share = min(max(progress, 0.0), 1.0)
    found = {"processed": processed, "total": total, "share": share}
    if connection.execute(_REPORT, _named(lease) | found).rowcount == 0:
        raise LeaseLost(lease.job_id)
    tell_change(connection)


def warn(connection: Connection, lease: Lease, messages: Collection[str]) -> None:
    """Add to the job's warnings; repeated ones and those after the fiftieth are dropped.

    Raises LeaseLost.
    """
    assert_lease(connection, lease)
    held = select(jobs.c.warnings).where(_HELD)
    warnings = connection.execute(held, _named(lease)).scalar() or []
    merged = list(dict.fromkeys([*warnings, *messages]))[:MAX_WARNINGS]
    _write(connection, lease, {"warnings": merged})


def complete(connection: Connection, lease: Lease, *, now: Millis) -> Job:
    """The job is done, and what went wrong before is forgotten. Raises LeaseLost."""
    return _end(connection, lease, _COMPLETE, now=now)


def fail(connection: Connection, lease: Lease, *, code: str, message: str, now: Millis) -> Job:
    """The job failed for good. Raises LeaseLost."""
    failed = {"status": "failed", "completed_at": now}
    return _write(
        connection, lease, RELEASED | failed | {"error_code": code, "error_message": message}
    )


def retry(
    connection: Connection, lease: Lease, *, code: str, message: str, now: Millis, delay: int
) -> Job:
    """Queue the job again after ``delay`` milliseconds, or fail it when its attempts are used up.

    Raises LeaseLost.
    """
    return _write(
        connection,
        lease,
        RELEASED
        | {
            "status": case((_USED_UP, "failed"), else_="queued"),
            "completed_at": case((_USED_UP, now)),
            "run_at": now + min(delay, LONGEST_WAIT),
            "error_code": code,
            "error_message": message,
        },
    )


def may_be_tried_again(connection: Connection, lease: Lease) -> bool:
    """Whether ``retry`` would queue the job again: it has attempts left, by what it has reported
    since it was claimed."""
    query = select(~_USED_UP).where(jobs.c.id == lease.job_id)
    return bool(connection.execute(query).scalar_one())


def release(connection: Connection, lease: Lease, *, now: Millis) -> Job:
    """Give the job back unfinished; this attempt does not count. Raises LeaseLost."""
    back = {"status": "queued", "run_at": now, "attempts": jobs.c.attempts - 1}
    return _write(connection, lease, RELEASED | back)


def cancel(
    connection: Connection, workspace: WorkspaceId, job_id: str, *, now: Millis
) -> Job | None:
    """Cancel a job; None when the workspace has no unfinished one of that id.

    Its lease is void at once: whoever runs it can write nothing more.
    """
    cancelled = connection.execute(
        update(jobs)
        .where(jobs.c.workspace_id == workspace, jobs.c.id == job_id, jobs.c.status.in_(LIVE))
        .values(status="cancelled", completed_at=now, **RELEASED)
        .returning(*jobs.c)
    ).mappings()
    tell(connection, "ended")
    return next((job_of(row) for row in cancelled), None)


def cancel_in_workspace(connection: Connection, workspace: WorkspaceId, *, now: Millis) -> None:
    """Cancel the unfinished jobs of a workspace that is being deleted."""
    _cancel(connection, jobs.c.workspace_id == workspace, now)


def cancel_for_source(
    connection: Connection, workspace: WorkspaceId, source_id: str, *, now: Millis
) -> None:
    """Cancel the unfinished jobs of a source that is being deleted."""
    of_source = and_(jobs.c.workspace_id == workspace, jobs.c.source_id == source_id)
    _cancel(connection, of_source, now)


def _cancel(connection: Connection, which: ColumnElement[bool], now: Millis) -> None:
    connection.execute(
        update(jobs)
        .where(which, jobs.c.status.in_(LIVE))
        .values(status="cancelled", completed_at=now, **RELEASED)
    )
    tell(connection, "ended")


def outlive_source(connection: Connection, workspace: WorkspaceId, source_id: str) -> None:
    """Have a source's cancelled jobs let go of it and of what they were about.

    Call before it is deleted: who waits for one of them still reads how it ended.
    """
    connection.execute(
        update(jobs)
        .where(jobs.c.workspace_id == workspace, jobs.c.source_id == source_id)
        .where(jobs.c.status == "cancelled")
        .values(source_id=None, payload={})
    )
