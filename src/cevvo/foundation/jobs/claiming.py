"""How workers take jobs: the best one that may run now, and those of workers that are gone.

``attempts`` counts the claims since the job last got anywhere: a long crawl that is interrupted
again and again but goes on each time is not given up, a job that kills its worker is. Whether it
was the job that killed a worker, or somebody else, one death does not tell. So the last attempt of
a job that was interrupted before is made by a worker that has lived for a while, and with no other
such job beside it. Whoever kills worker after worker as soon as it is up costs a job two attempts
at most, and so does a job beside which another one kills its workers.
"""

from collections.abc import Collection
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    Integer,
    Update,
    and_,
    bindparam,
    case,
    cast,
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


def _moment(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger)


def _any_of(name: str) -> BindParameter[str]:
    return bindparam(name, expanding=True)


# Put together once: that takes five times as long as running one.
_DUE = and_(
    jobs.c.status == "queued",
    or_(
        jobs.c.error_code.is_(None),
        jobs.c.run_at <= _moment("now"),
        jobs.c.run_at > _moment("now") + LONGEST_WAIT,
    ),
)
"""Waiting, and its time has come.

Only what failed or was interrupted waits for a time. One further ahead than any delay was set
before the clock was put back: that is due too.
"""
_OVER = or_(
    jobs.c.lease_until < _moment("now"),
    jobs.c.lease_until > _moment("now") + 2 * LEASE,  # as above
)
_SILENT = and_(jobs.c.status == "processing", _OVER)
_RUNNING = and_(jobs.c.status == "processing", not_(_OVER))
_SHARED_NOW = select(cast(func.extract("epoch", func.clock_timestamp()) * 1000, BigInteger))
_ANY_DUE = (
    select(jobs.c.id)
    .where(jobs.c.status.in_(LIVE))
    .where(or_(and_(_DUE, jobs.c.workspace_id.not_in(_any_of("full"))), _SILENT))
    .limit(1)
)
_USED_UP = jobs.c.attempts >= jobs.c.max_attempts
_PLACES_TAKEN = (
    select(
        jobs.c.workspace_id,
        func.count(),
        func.count(case((jobs.c.priority >= LONG, 1))),
        func.count(case((and_(jobs.c.error_code == INTERRUPTED, _USED_UP), 1))),
    )
    .where(_RUNNING)
    .group_by(jobs.c.workspace_id)
)
_REQUEUE = (
    update(jobs)
    .where(_SILENT, jobs.c.id.not_in(_any_of("held")))
    .values(
        status=case((_USED_UP, "failed"), else_="queued"),
        completed_at=case((_USED_UP, _moment("now"))),
        run_at=case(
            (jobs.c.attempts == jobs.c.max_attempts - 1, _moment("now") + SETTLED),
            else_=jobs.c.run_at,
        ),
        error_code=case((_USED_UP, "internal"), else_=INTERRUPTED),
        error_message=case((_USED_UP, _KILLED), else_=_STOPPED),
        **RELEASED,
    )
    .returning(*jobs.c)
)


def any_due(connection: Connection, now: Millis, full: Collection[str] = ()) -> bool:
    """Whether a claim may find something: the cheap question to ask before writing. ``full``:
    workspaces known to have as many running jobs as they may."""
    return connection.execute(_ANY_DUE, {"now": now, "full": list(full)}).first() is not None


def shared_now(connection: Connection) -> Millis:
    """The time by the clock of Postgres, which is the same for all who work on it: by one of their
    own, jobs of others would seem to be given up."""
    return Millis(connection.execute(_SHARED_NOW).scalar_one())


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
    places = connection.execute(_PLACES_TAKEN, {"now": now}).all()
    long_limit = max(workspace_limit - 1, 1)
    given: dict[str, object] = {
        "now": now,
        "token": token,
        "held": list(held),
        "full": [workspace for workspace, taken, _, _ in places if taken >= workspace_limit],
        "full_of_long": [workspace for workspace, _, long, _ in places if long >= long_limit],
    }
    for n, (workspace, taken, _, _) in enumerate(places):
        given |= {f"workspace_{n}": workspace, f"taken_{n}": taken}
    last_too = settled and not any(last for *_, last in places)
    claiming = _claiming(len(places), below_priority, last_too)
    tell_change(connection)  # one that is taken here, or was put back just before
    return next((job_of(row) for row in connection.execute(claiming, given).mappings()), None)


@lru_cache(100)
def _claiming(workspaces: int, below_priority: int | None, last_too: bool) -> Update:
    """The claim while jobs of so many workspaces run. ``last_too``: also the last attempt of an
    interrupted job."""
    taken = [
        (jobs.c.workspace_id == bindparam(f"workspace_{n}"), bindparam(f"taken_{n}", type_=Integer))
        for n in range(workspaces)
    ]
    best = (
        select(jobs.c.id)
        .where(_DUE, jobs.c.id.not_in(_any_of("held")))
        .where(jobs.c.workspace_id.not_in(_any_of("full")))
        .where(or_(jobs.c.priority < LONG, jobs.c.workspace_id.not_in(_any_of("full_of_long"))))
        .order_by(
            case(*taken, else_=0) if taken else literal(0),
            *(jobs.c.priority, jobs.c.run_at, jobs.c.created_at),
        )
        .limit(1)
    )
    if below_priority is not None:
        best = best.where(jobs.c.priority < below_priority)
    if not last_too:
        last = jobs.c.attempts >= jobs.c.max_attempts - 1
        best = best.where(or_(jobs.c.error_code.is_distinct_from(INTERRUPTED), not_(last)))
    best = best.with_for_update(skip_locked=True)  # none that is just being cancelled
    return (
        update(jobs)
        .where(jobs.c.id == best.scalar_subquery())
        .values(
            status="processing",
            lease=bindparam("token"),
            lease_until=_moment("now") + LEASE,
            attempts=jobs.c.attempts + 1,
            started_at=func.coalesce(jobs.c.started_at, _moment("now")),
            claimed_at=_moment("now"),
            claimed_progress=jobs.c.progress,
        )
        .returning(*jobs.c)
    )


def requeue_orphans(connection: Connection, *, now: Millis, held: Collection[str]) -> list[Job]:
    """Put the jobs whose workers died back into the queue, or fail those that had their attempts.

    Jobs in ``held`` (run by this very worker, whatever the clock says) are left alone.
    """
    ended = connection.execute(_REQUEUE, {"now": now, "held": list(held)}).mappings()
    return [job_of(row) for row in ended]


def free_orphans(connection: Connection) -> None:
    """End every lease at once. Only for the one who knows that no worker lives."""
    connection.execute(update(jobs).where(jobs.c.status == "processing").values(lease_until=0))
