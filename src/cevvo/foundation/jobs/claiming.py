"""How workers take jobs: the best one that may run now, and those of workers that are gone.

``attempts`` counts the claims since the job last got anywhere: a long crawl that is interrupted
again and again but goes on each time is not given up, a job that kills its worker is. Whether it
was the job that killed a worker, or somebody else, one death does not tell. So the last attempt of
a job that was interrupted before is made by a worker that has lived for a while, and with no other
such job beside it. Whoever kills worker after worker as soon as it is up costs a job two attempts
at most, and so does a job beside which another one kills its workers.
"""

from collections.abc import Collection

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)

from cevvo.domain.time import Millis
from cevvo.foundation.db.advisory_locks import CLAIMING
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs.job import LIVE, Job, job_of
from cevvo.foundation.jobs.queue import LEASE, LONG, LONGEST_WAIT, RELEASED
from cevvo.foundation.jobs.signals import tell_change

INTERRUPTED = "interrupted"
"""``error_code`` of a job whose worker died during its last attempt."""
SETTLED = 10_000
"""Milliseconds that a worker has to live before it makes the last attempt of such a job."""
_STOPPED = "The server stopped while this job ran."
_KILLED = (
    "The server was stopped by this job, or during it, each time it was tried. Try again; if it "
    "happens again, the document may be at fault."
)


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
    tell_change(connection)  # one that is taken here, or was put back just before
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
            **RELEASED,
        )
        .returning(*jobs.c)
    ).mappings()
    return [job_of(row) for row in ended]


def free_orphans(connection: Connection) -> None:
    """End every lease at once. Only for the one who knows that no worker lives."""
    connection.execute(update(jobs).where(jobs.c.status == "processing").values(lease_until=0))
