"""What workers hear of other processes on the same Postgres: their own looks are minutes apart."""

import asyncio

import pytest
from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis, now
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import queue, worker
from cevvo.foundation.jobs.queue import Job
from cevvo.foundation.jobs.worker import JobContext, Worker
from stores import ON_POSTGRES

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="one process holds a SQLite file")


@pytest.fixture(autouse=True)
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL", 600)
    monkeypatch.setattr(worker, "HEARTBEAT", 600)


def test_a_job_that_another_process_queues_starts_and_stops_when_that_cancels_it(
    db: Database, workspace: WorkspaceId
) -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    async def handler(job: Job, context: JobContext) -> None:
        started.set()
        try:
            await asyncio.sleep(600)
        finally:
            stopped.set()

    async def run() -> None:
        working = Worker(db, {"work": handler}, concurrency=2, workspace_limit=3, sole=False)
        await working.start()
        try:
            job_id = await db.write(
                lambda c: queue.enqueue(
                    c, workspace, kind="work", payload={}, source_id=None, now=now()
                )
            )
            async with asyncio.timeout(60):
                await started.wait()
                await db.write(lambda c: queue.cancel(c, workspace, job_id, now=now()))
                await stopped.wait()
        finally:
            await working.stop(grace=0.1)

    asyncio.run(run())


@pytest.mark.parametrize("ahead", [-45_000, 45_000])
def test_workers_whose_clocks_differ_leave_each_others_jobs(
    db: Database, workspace: WorkspaceId, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    monkeypatch.setattr(worker, "POLL", 0.05)
    started: list[str] = []
    finish = asyncio.Event()

    async def handler(job: Job, context: JobContext) -> None:
        started.append(job.id)
        await finish.wait()

    async def run() -> None:
        clocks = (now, lambda: Millis(now() + ahead))
        workers = [
            Worker(db, {"work": handler}, concurrency=1, workspace_limit=3, clock=clock, sole=False)
            for clock in clocks
        ]
        job_id = await db.write(
            lambda c: queue.enqueue(
                c, workspace, kind="work", payload={}, source_id=None, now=now()
            )
        )
        try:
            for each in workers:
                await each.start()
            await asyncio.sleep(1)  # both have looked, many times
            finish.set()
            async with asyncio.timeout(60):
                while (await look(db, workspace, job_id)).status != "completed":  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        finally:
            for each in workers:
                await each.stop(grace=0.1)
        assert started == [job_id]

    asyncio.run(run())


async def look(db: Database, workspace: WorkspaceId, job_id: str) -> Job:
    job = await db.read(lambda c: queue.get(c, workspace, job_id))
    assert job is not None
    return job


def test_a_worker_whose_connection_was_cut_hears_again(
    db: Database, workspace: WorkspaceId
) -> None:
    done: list[str] = []

    async def handler(job: Job, context: JobContext) -> None:
        done.append(job.id)

    async def run() -> None:
        working = Worker(db, {"work": handler}, concurrency=1, workspace_limit=3, sole=False)
        await working.start()
        try:
            async with asyncio.timeout(60):
                while not await db.write(_cut_listeners):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                await db.write(
                    lambda c: queue.enqueue(
                        c, workspace, kind="work", payload={}, source_id=None, now=now()
                    )
                )
                while not done:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        finally:
            await working.stop(grace=0.1)

    asyncio.run(run())


def _cut_listeners(connection: Connection) -> int:
    cut = connection.exec_driver_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query = 'LISTEN cevvo_jobs'"
    )
    return len(cut.all())
