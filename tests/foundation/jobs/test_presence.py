"""Whether somebody works on jobs, as the database itself knows it."""

import asyncio
import time

from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs.presence import count_workers
from cevvo.foundation.jobs.worker import Worker
from stores import ON_POSTGRES


async def until(db: Database, count: int) -> None:
    end = time.monotonic() + 30
    while await db.read(count_workers) != count:
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def test_workers_are_there_while_they_run(db: Database) -> None:
    async def run() -> None:
        if not ON_POSTGRES:  # who has the file works on its jobs
            await until(db, 1)
            return
        await until(db, 0)
        workers = [Worker(db, {}, concurrency=1, workspace_limit=1, sole=False) for _ in range(2)]
        for number, worker in enumerate(workers):
            await worker.start()
            await until(db, number + 1)
        await workers[0].stop()
        await until(db, 1)
        await workers[1].stop()
        await until(db, 0)

    asyncio.run(run())
