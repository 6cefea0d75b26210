"""The durable job queue: rows of ``jobs``, each run by whoever holds its lease.

A worker claims a job with one ``UPDATE … RETURNING``, which writes a fresh lease token into the
row. Whatever the worker then writes about the job, or because of it, first checks that token in
the same transaction (a fencing token: Kleppmann, "How to do distributed locking", 2016), so that a
worker which was paused, cut off or overtaken can do no harm.

What workers write about jobs they write in ``locking`` transactions: the rows are few, and many
look at all of them. Claims and ends, which depend on other jobs, take turns.

``attempts`` counts the claims since the job last got anywhere: a long crawl that is interrupted
again and again but goes on each time is not given up, a job that kills its worker is. Whether it
was the job that killed a worker, or somebody else, one death does not tell. So the last attempt of
a job that was interrupted before is made by a worker that has lived for a while, and with no other
such job beside it. Whoever kills worker after worker as soon as it is up costs a job two attempts
at most, and so does a job beside which another one kills its workers.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.foundation.db.advisory_locks import CLAIMING
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs.job import LIVE as LIVE
from cevvo.foundation.jobs.job import Job as Job
from cevvo.foundation.jobs.job import job_of
from cevvo.foundation.jobs.signals import tell

LEASE = 30_000
"""Milliseconds that a worker may be silent before its job is taken over."""
MAX_DELAY = 300_000
"""Longest wait before a retry, in milliseconds, unless the other side asked for a longer one …"""
LONGEST_WAIT = 3_600_000
"""… which is granted up to this: a job that would wait longer fails instead."""
LONG = 10
"""Priority from which a job counts as long: a worker keeps one of its places from those."""
MAX_WARNINGS = 50
INTERRUPTED = "interrupted"
"""``error_code`` of a job whose worker died during its last attempt."""
SETTLED = 10_000
"""Milliseconds that a worker has to live before it makes the last attempt of such a job."""

_RELEASED = {"lease": None, "lease_until": None}
_STOPPED = "The server stopped while this job ran."
_KILLED = (
    "The server was stopped by this job, or during it, each time it was tried. Try again; if it "
    "happens again, the document may be at fault."
)


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
        live = select(jobs.c.id).where(
            jobs.c.workspace_id == workspace,
            jobs.c.subject == subject,
            jobs.c.status.in_(LIVE),
        )
        existing: str | None = connection.execute(live).scalar()
        if existing is not None:
            return existing
    job_id = new_id("job")
    connection.execute(
        insert(jobs).values(
            id=job_id,
            workspace_id=workspace,
            source_id=source_id,
            kind=kind,
            payload=dict(payload),
            status="queued",
            subject=subject,
            priority=priority,
            attempts=0,
            max_attempts=max_attempts,
            run_at=now,
            progress=0.0,
            documents_processed=0,
            warnings=[],
            created_at=now,
        )
    )
    tell(connection, "queued")
    return job_id


def get(connection: Connection, workspace: WorkspaceId, job_id: str) -> Job | None:
    """The job, None when this workspace has none of that id."""
    row = connection.execute(
        select(jobs).where(jobs.c.workspace_id == workspace, jobs.c.id == job_id)
    ).mappings()
    return next((job_of(found) for found in row), None)


def _due(now: Millis) -> ColumnElement[bool]:
    """Waiting, and its time has come.

    Only what failed or was interrupted waits for a time. One further ahead than any delay was set
    before the clock was put back: that is due too.
    """
    return and_(
        jobs.c.status == "queued",
        or_(
            jobs.c.error_code.is_(None),
            jobs.c.run_at <= now,
            jobs.c.run_at > now + LONGEST_WAIT,
        ),
    )


def _orphaned(now: Millis, held: Collection[str] = ()) -> ColumnElement[bool]:
    """Its worker has gone silent, and is not the one that runs those in ``held``."""
    return and_(jobs.c.status == "processing", jobs.c.lease_until < now, jobs.c.id.not_in(held))


def any_due(connection: Connection, now: Millis) -> bool:
    """Whether a claim may find something: the cheap question to ask before writing."""
    due = or_(_due(now), _orphaned(now))
    query = select(jobs.c.id).where(jobs.c.status.in_(LIVE), due).limit(1)
    return connection.execute(query).first() is not None


def take_turn(connection: Connection) -> None:
    """Wait until no other worker of this database is claiming or ending a job; until the commit."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(CLAIMING)))


def claim(
    connection: Connection,
    token: str,
    *,
    now: Millis,
    workspace_limit: int,
    below_priority: int | None = None,
    held: Collection[str] = (),
    settled: bool = True,
) -> Job | None:
    """Take the best due job under ``token``, or None.

    A workspace has at most ``workspace_limit`` jobs running at a time, whoever runs them, and long
    ones among them one less, so that its own small jobs need not wait for its crawls. First come
    the workspaces with the fewest running jobs, then by priority, then by age. Jobs in ``held``
    (run by this very worker, whoever else took them for dead) are left alone. ``settled``: it has
    lived for SETTLED milliseconds, and may make the last attempt of an interrupted job if no other
    such attempt runs.
    """
    running, long_running = _places_taken(connection, now)
    full = [workspace for workspace, taken in running.items() if taken >= workspace_limit]
    long_limit = max(workspace_limit - 1, 1)
    full_of_long = [w for w, taken in long_running.items() if taken >= long_limit]
    running_beside = case(running, value=jobs.c.workspace_id, else_=0) if running else literal(0)
    best = (
        select(jobs.c.id)
        .where(_due(now), jobs.c.id.not_in(held), jobs.c.workspace_id.not_in(full))
        .where(or_(jobs.c.priority < LONG, jobs.c.workspace_id.not_in(full_of_long)))
        .order_by(running_beside, jobs.c.priority, jobs.c.run_at, jobs.c.created_at)
        .limit(1)
    )
    if below_priority is not None:
        best = best.where(jobs.c.priority < below_priority)
    if not settled or _last_attempt_runs(connection, now):
        last = jobs.c.attempts >= jobs.c.max_attempts - 1
        best = best.where(or_(jobs.c.error_code.is_distinct_from(INTERRUPTED), not_(last)))
    best = best.with_for_update(skip_locked=True)  # none that is just being cancelled
    tell(connection, "changed")  # one that was taken here, or put back just before
    taken = connection.execute(
        update(jobs)
        .where(jobs.c.id == best.scalar_subquery())
        .values(
            status="processing",
            lease=token,
            lease_until=now + LEASE,
            attempts=jobs.c.attempts + 1,
            started_at=func.coalesce(jobs.c.started_at, now),
            claimed_at=now,
            claimed_progress=jobs.c.progress,
        )
        .returning(*jobs.c)
    ).mappings()
    return next((job_of(row) for row in taken), None)


def _places_taken(connection: Connection, now: Millis) -> tuple[dict[str, int], dict[str, int]]:
    """Jobs that live workers run, and the long ones among them, by workspace."""
    count = (
        select(jobs.c.workspace_id, func.count(), func.count(case((jobs.c.priority >= LONG, 1))))
        .where(jobs.c.status == "processing", jobs.c.lease_until >= now)
        .group_by(jobs.c.workspace_id)
    )
    rows = connection.execute(count).all()
    return {w: taken for w, taken, _ in rows}, {w: long for w, _, long in rows}


def _last_attempt_runs(connection: Connection, now: Millis) -> bool:
    """Whether an interrupted job runs for the last time, and has not got any further yet."""
    query = (
        select(jobs.c.id)
        .where(jobs.c.status == "processing", jobs.c.lease_until >= now)
        .where(jobs.c.error_code == INTERRUPTED, jobs.c.attempts >= jobs.c.max_attempts)
        .limit(1)
    )
    return connection.execute(query).first() is not None


def requeue_orphans(connection: Connection, *, now: Millis, held: Collection[str]) -> list[Job]:
    """Put the jobs whose workers died back into the queue, or fail those that had their attempts.

    Jobs in ``held`` (run by this very worker, whatever the clock says) are left alone.
    """
    used_up = jobs.c.attempts >= jobs.c.max_attempts
    last_is_left = jobs.c.attempts == jobs.c.max_attempts - 1
    ended = connection.execute(
        update(jobs)
        .where(_orphaned(now, held))
        .values(
            status=case((used_up, "failed"), else_="queued"),
            completed_at=case((used_up, now)),
            run_at=case((last_is_left, now + SETTLED), else_=jobs.c.run_at),
            error_code=case((used_up, "internal"), else_=INTERRUPTED),
            error_message=case((used_up, _KILLED), else_=_STOPPED),
            **_RELEASED,
        )
        .returning(*jobs.c)
    ).mappings()
    return [job_of(row) for row in ended]


def free_orphans(connection: Connection) -> None:
    """End every lease at once. Only for the one who knows that no worker lives."""
    connection.execute(update(jobs).where(jobs.c.status == "processing").values(lease_until=0))


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(
        jobs.c.id == lease.job_id, jobs.c.lease == lease.token, jobs.c.status == "processing"
    )


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
    locked = select(jobs.c.id).where(_held(lease)).with_for_update(key_share=True)
    if connection.execute(locked).first() is None:
        raise LeaseLost(lease.job_id)


def _write(connection: Connection, lease: Lease, values: Mapping[str, Any]) -> Job:
    written = connection.execute(
        update(jobs).where(_held(lease)).values(**values).returning(*jobs.c)
    ).mappings()
    for row in written:
        tell(connection, "changed")
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
    got_further = jobs.c.documents_processed < processed
    not_less = jobs.c.progress <= share
    _write(
        connection,
        lease,
        {
            "documents_processed": processed,
            "documents_total": total,
            "progress": share,
            "attempts": case((got_further, 1), else_=jobs.c.attempts),
            "claimed_at": case((not_less, jobs.c.claimed_at)),
            "claimed_progress": case((not_less, jobs.c.claimed_progress)),
        },
    )


def warn(connection: Connection, lease: Lease, messages: Collection[str]) -> None:
    """Add to the job's warnings; repeated ones and those after the fiftieth are dropped.

    Raises LeaseLost.
    """
    assert_lease(connection, lease)
    warnings = connection.execute(select(jobs.c.warnings).where(_held(lease))).scalar() or []
    merged = list(dict.fromkeys([*warnings, *messages]))[:MAX_WARNINGS]
    _write(connection, lease, {"warnings": merged})


def complete(connection: Connection, lease: Lease, *, now: Millis) -> Job:
    """The job is done, and what went wrong before is forgotten. Raises LeaseLost."""
    done = {"status": "completed", "progress": 1.0, "completed_at": now}
    return _write(connection, lease, _RELEASED | done | {"error_code": None, "error_message": None})


def fail(connection: Connection, lease: Lease, *, code: str, message: str, now: Millis) -> Job:
    """The job failed for good. Raises LeaseLost."""
    failed = {"status": "failed", "completed_at": now}
    return _write(
        connection, lease, _RELEASED | failed | {"error_code": code, "error_message": message}
    )


def retry(
    connection: Connection, lease: Lease, *, code: str, message: str, now: Millis, delay: int
) -> Job:
    """Queue the job again after ``delay`` milliseconds, or fail it when its attempts are used up.

    Raises LeaseLost.
    """
    used_up = jobs.c.attempts >= jobs.c.max_attempts
    return _write(
        connection,
        lease,
        _RELEASED
        | {
            "status": case((used_up, "failed"), else_="queued"),
            "completed_at": case((used_up, now)),
            "run_at": now + min(delay, LONGEST_WAIT),
            "error_code": code,
            "error_message": message,
        },
    )


def release(connection: Connection, lease: Lease, *, now: Millis) -> Job:
    """Give the job back unfinished; this attempt does not count. Raises LeaseLost."""
    back = {"status": "queued", "run_at": now, "attempts": jobs.c.attempts - 1}
    return _write(connection, lease, _RELEASED | back)


def cancel(
    connection: Connection, workspace: WorkspaceId, job_id: str, *, now: Millis
) -> Job | None:
    """Cancel a job; None when the workspace has no unfinished one of that id.

    Its lease is void at once: whoever runs it can write nothing more.
    """
    cancelled = connection.execute(
        update(jobs)
        .where(jobs.c.workspace_id == workspace, jobs.c.id == job_id, jobs.c.status.in_(LIVE))
        .values(status="cancelled", completed_at=now, **_RELEASED)
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
        .values(status="cancelled", completed_at=now, **_RELEASED)
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
