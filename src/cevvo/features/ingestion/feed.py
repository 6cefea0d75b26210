"""Jobs as they change, for those who watch."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import get_args

from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, Millis
from cevvo.features.ingestion.service import JobKind, JobView
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import records
from cevvo.foundation.jobs.changes import Changes
from cevvo.foundation.jobs.job import Job

MOST = 100
"""Jobs that are watched at a time: those that run, those that are next, and the newest."""
_KEPT = 5 * MOST  # that are remembered to have been told of
_LATE = 60_000  # milliseconds by which the clocks of servers on one database may differ
_KINDS = get_args(JobKind)


class JobFeed:
    """Tells of a workspace's ingestion jobs, without their ledgers."""

    def __init__(self, db: Database, changes: Changes, clock: Clock) -> None:
        self._db = db
        self._changes = changes
        self._clock = clock

    async def follow(self, workspace: WorkspaceId) -> AsyncGenerator[list[JobView]]:
        """The unfinished jobs first, at most MOST; then, whenever some changed, those.

        Ends when the server stops. What changes again within ``changes.PAUSE`` is told once.
        """
        known: dict[str, Job] | None = None

        def busy() -> bool:
            return any(job.completed_at is None for job in (known or {}).values())

        async with aclosing(self._changes.follow(busy)) as changes:
            async for _ in changes:
                look = partial(
                    _look,
                    workspace=workspace,
                    known=known or {},
                    since=Millis(self._clock() - _LATE),
                )
                found = await self._db.read(look)
                told = _changed(found, known)
                if told or known is None:
                    yield [JobView(job, job.seconds_left(self._clock())) for job in told]
                known = {job.id: job for job in found[:_KEPT]}

    async def stop(self) -> None:
        """End all that is followed."""
        await self._changes.stop()


def _look(
    connection: Connection, workspace: WorkspaceId, known: Mapping[str, Job], since: Millis
) -> list[Job]:
    """What is watched now; what runs comes first, then what may still run, the newest first."""
    unfinished = records.list_unfinished(connection, workspace, _KINDS, MOST)
    newest = records.list_queued_since(connection, workspace, _KINDS, since, MOST)
    found = {job.id: job for job in (*unfinished, *newest)}
    rest = [job.id for job in known.values() if job.completed_at is None and job.id not in found]
    if rest:
        found |= {job.id: job for job in records.list_named(connection, workspace, rest)}
    return sorted(found.values(), key=_by_interest)


def _changed(found: Iterable[Job], known: Mapping[str, Job] | None) -> list[Job]:
    """Those that are to be told of, oldest first; None: nothing was told before."""
    if known is None:
        changed = [job for job in found if job.completed_at is None]
    else:
        changed = [job for job in found if known.get(job.id) != job]
    return sorted(changed, key=lambda job: (job.created_at, job.id))


def _by_interest(job: Job) -> tuple[bool, bool, int]:
    return job.completed_at is not None, job.status != "processing", -job.created_at
