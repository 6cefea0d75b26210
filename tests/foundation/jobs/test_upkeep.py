"""Work that is queued when it is due."""

import asyncio

import pytest
from sqlalchemy import func, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import now
from cevvo.errors import Permanent
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job
from cevvo.foundation.jobs.upkeep import Upkeep
from cevvo.foundation.jobs.worker import JobContext, Worker

_ENOUGH = 5


@pytest.mark.parametrize(("fails", "ran"), [(True, 1), (False, _ENOUGH)])
def test_what_stays_due_is_not_tried_again_at_once_when_it_failed(
    db: Database, workspace: WorkspaceId, fails: bool, ran: int
) -> None:
    """Done, it is due again as long as there is more; failed, when it is looked at next."""
    runs = 0
    upkeep = Upkeep("tend", lambda _: [workspace], lambda _connection, _workspace: runs < _ENOUGH)

    async def tend(_job: Job, _context: JobContext) -> None:
        nonlocal runs
        runs += 1
        if fails:
            raise Permanent("It never works.", reason="internal")

    async def scenario() -> int:
        worker = Worker(
            db, {"tend": tend}, concurrency=1, workspace_limit=3, observe=upkeep.follow_job
        )
        assert await upkeep.enqueue_due(db, now)
        await worker.start()
        live = select(func.count()).where(jobs.c.status.in_(queue.LIVE))
        while await db.read(lambda c: c.execute(live).scalar_one()):  # noqa: ASYNC110 - a table
            await asyncio.sleep(0.01)
        await worker.stop()
        assert await upkeep.enqueue_due(db, now) is fails
        return runs

    assert asyncio.run(scenario()) == ran
