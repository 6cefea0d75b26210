"""The worker on a real database: outcomes, retries, cancellation, stopping, recovery."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

import pytest
from sqlalchemy import Connection, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import now
from cevvo.errors import Permanent, StorageFull, Transient
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs import claiming, queue, worker
from cevvo.foundation.jobs.queue import Job
from cevvo.foundation.jobs.worker import JobContext, JobHandler, Worker, backoff


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules in hundredths of the time."""
    monkeypatch.setattr(worker, "HEARTBEAT", 0.05)
    monkeypatch.setattr(worker, "POLL", 0.02)
    monkeypatch.setattr(worker, "_FIRST_DELAY", 10)


class Room:
    """A worker with one handler, and what happened."""

    def __init__(self, db: Database, workspace: WorkspaceId, handler: JobHandler, **options: int):
        self.db, self.workspace = db, workspace
        self.seen: list[tuple[str, str]] = []
        self.worker = Worker(
            db,
            {"work": handler},
            concurrency=options.get("concurrency", 1),
            workspace_limit=options.get("workspace_limit", 3),
            observe=self._observe,
            chance=Random(1),
        )

    def _observe(self, connection: Connection, job: Job) -> None:
        connection.exec_driver_sql("SELECT 1")
        self.seen.append((job.id, job.status))

    async def add(self, workspace: WorkspaceId | None = None, **options: object) -> str:
        values: dict[str, object] = {"kind": "work", "payload": {}, "source_id": None, "now": now()}
        job_id = await self.db.write(
            lambda c: queue.enqueue(c, workspace or self.workspace, **(values | options))  # type: ignore[arg-type]
        )
        self.worker.notify()
        return job_id

    async def ended(self, job_id: str) -> Job:
        return await self.when(job_id, lambda job: job.completed_at is not None)

    async def when(self, job_id: str, holds: Callable[[Job], bool]) -> Job:
        end = time.monotonic() + 10
        while True:
            job = await self.db.read(lambda c: queue.get(c, self.workspace, job_id))
            assert job is not None
            if holds(job):
                return job
            assert time.monotonic() < end, job
            await asyncio.sleep(0.01)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - noted by handlers
            await asyncio.sleep(0.01)


def run(room: Room, scenario: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await room.worker.start()
        try:
            await scenario()
        finally:
            await room.worker.stop(grace=0.1)

    asyncio.run(whole())


def test_a_job_runs_to_its_end(db: Database, workspace: WorkspaceId) -> None:
    async def handler(job: Job, context: JobContext) -> None:
        await context.progress(1, 4, 0.25)
        await context.warn("one page was empty")
        await context.progress(4, 4, 0.9)

    room = Room(db, workspace, handler)

    async def scenario() -> None:
        job = await room.ended(await room.add())
        assert (job.status, job.documents_processed, job.documents_total) == ("completed", 4, 4)
        assert (job.progress, job.warnings) == (1.0, ("one page was empty",))
        assert room.seen == [(job.id, "processing"), (job.id, "completed")]

    run(room, scenario)


@pytest.mark.parametrize(
    ("error", "tries", "code", "words"),
    [
        (Permanent("The file is locked.", reason="encrypted"), 1, "encrypted", "is locked"),
        (Transient("No answer.", reason="unreachable"), 3, "unreachable", "No answer."),
        (StorageFull("The disk is full."), 3, "storage_full", "The disk is full."),
        (ZeroDivisionError("secret/path"), 3, "internal", "internal error"),
    ],
)
def test_how_a_failure_ends(
    db: Database,
    workspace: WorkspaceId,
    error: Exception,
    tries: int,
    code: str,
    words: str,
) -> None:
    calls = 0

    async def handler(job: Job, context: JobContext) -> None:
        nonlocal calls
        calls += 1
        raise error

    room = Room(db, workspace, handler)

    async def scenario() -> None:
        job = await room.ended(await room.add())
        assert (job.status, job.error_code, calls) == ("failed", code, tries)
        assert words in str(job.error_message)
        assert "secret" not in str(job.error_message)

    run(room, scenario)


def test_a_transient_failure_may_still_succeed(db: Database, workspace: WorkspaceId) -> None:
    calls = 0

    async def handler(job: Job, context: JobContext) -> None:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise Transient("No answer.", reason="unreachable")

    room = Room(db, workspace, handler)

    async def scenario() -> None:
        job = await room.ended(await room.add())
        assert (job.status, job.error_code, calls) == ("completed", None, 3)

    run(room, scenario)


def test_an_unknown_kind_fails_and_the_queue_goes_on(db: Database, workspace: WorkspaceId) -> None:
    async def handler(job: Job, context: JobContext) -> None:
        await asyncio.sleep(0)

    room = Room(db, workspace, handler)

    async def scenario() -> None:
        strange, normal = await room.add(kind="strange"), await room.add()
        assert (await room.ended(strange)).status == "failed"
        assert (await room.ended(normal)).status == "completed"

    run(room, scenario)


def test_a_cancelled_job_stops_and_writes_nothing(db: Database, workspace: WorkspaceId) -> None:
    stopped = asyncio.Event()

    async def handler(job: Job, context: JobContext) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    room = Room(db, workspace, handler)

    async def scenario() -> None:
        job_id = await room.add()
        await room.when(job_id, lambda job: job.status == "processing")
        await db.write(
            lambda c: c.execute(update(jobs).values(status="cancelled", completed_at=now()))
        )
        await asyncio.wait_for(stopped.wait(), 5)
        await asyncio.sleep(0.1)
        assert (await room.ended(job_id)).status == "cancelled"
        assert room.seen == [(job_id, "processing")]

    run(room, scenario)


def test_recheck_stops_a_cancelled_job_at_once_and_no_other(
    db: Database, workspace: WorkspaceId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "HEARTBEAT", 3600)
    running: set[str] = set()
    go = asyncio.Event()

    async def handler(job: Job, context: JobContext) -> None:
        running.add(job.id)
        try:
            await go.wait()
        finally:
            running.discard(job.id)

    room = Room(db, workspace, handler, concurrency=2)

    async def scenario() -> None:
        doomed, other = await room.add(), await room.add()
        await until(lambda: len(running) == 2)
        await room.worker.recheck()
        await asyncio.sleep(0.05)
        assert running == {doomed, other}
        await db.write(lambda c: queue.cancel(c, workspace, doomed, now=now()))
        await room.worker.recheck()
        await until(lambda: running == {other})
        third = await room.add()  # the place is free again
        await until(lambda: running == {other, third})
        go.set()
        assert (await room.ended(other)).status == "completed"
        assert (await room.ended(doomed)).status == "cancelled"

    run(room, scenario)


def test_two_hundred_crawls_do_not_delay_another_workspace(
    db: Database, workspace: WorkspaceId, other_workspace: WorkspaceId
) -> None:
    running: list[Job] = []
    go = asyncio.Event()

    async def handler(job: Job, context: JobContext) -> None:
        running.append(job)
        if job.payload["long"]:
            await go.wait()

    room = Room(db, workspace, handler, concurrency=4, workspace_limit=3)

    async def scenario() -> None:
        long, small = {"long": True}, {"long": False}
        await asyncio.gather(*(room.add(payload=long, priority=queue.LONG) for _ in range(200)))
        await until(lambda: len(running) == 2)
        for each in (other_workspace, workspace):  # nor their own small ones
            upload = await room.add(each, payload=small)
            await until(lambda: running[-1].id == upload)  # noqa: B023
        crawl = await room.add(other_workspace, payload=long, priority=queue.LONG)
        await until(lambda: running[-1].id == crawl)
        assert [job.workspace for job in running if job.payload["long"]] == [
            workspace,
            workspace,
            other_workspace,
        ]

    run(room, scenario)


@pytest.mark.parametrize(
    ("asked", "status", "earliest"), [(100.0, "queued", 100_000), (1e9, "failed", None)]
)
def test_a_retry_after_is_obeyed_or_the_job_given_up(
    db: Database, workspace: WorkspaceId, asked: float, status: str, earliest: int | None
) -> None:
    async def handler(job: Job, context: JobContext) -> None:
        raise Transient("Too many requests.", reason="http_error", retry_after=asked)

    room = Room(db, workspace, handler)

    async def scenario() -> None:
        started = now()
        job = await room.when(await room.add(), lambda job: job.error_code is not None)
        assert (job.status, job.attempts, job.error_code) == (status, 1, "http_error")
        if earliest is not None:
            assert job.next_attempt_at is not None
            assert started + earliest <= job.next_attempt_at <= now() + earliest
        else:
            assert "for more than an hour" in str(job.error_message)

    run(room, scenario)


def test_r19_stopping_gives_running_jobs_back(db: Database, workspace: WorkspaceId) -> None:
    async def handler(job: Job, context: JobContext) -> None:
        await asyncio.sleep(60)

    room = Room(db, workspace, handler)
    ids: list[str] = []

    async def scenario() -> None:
        ids.append(await room.add())
        await room.when(ids[0], lambda job: job.status == "processing")

    began = time.monotonic()
    run(room, scenario)
    assert time.monotonic() - began < 5
    job = db.read_now(lambda c: queue.get(c, workspace, ids[0]))
    assert job is not None
    assert (job.status, job.attempts) == ("queued", 0)


def test_orphans_of_a_dead_server_are_taken_over_at_once(
    db: Database, workspace: WorkspaceId
) -> None:
    async def handler(job: Job, context: JobContext) -> None:
        await asyncio.sleep(0)

    job_id = db.write_now(
        lambda c: queue.enqueue(c, workspace, kind="work", payload={}, source_id=None, now=now())
    )
    db.write_now(lambda c: claiming.claim(c, "of the dead", now=now(), workspace_limit=3))
    room = Room(db, workspace, handler)

    async def scenario() -> None:
        job = await asyncio.wait_for(room.ended(job_id), 5)
        assert (job.status, job.attempts) == ("completed", 2)

    run(room, scenario)


def test_several_jobs_run_beside_each_other_and_long_ones_leave_a_place(
    db: Database, workspace: WorkspaceId
) -> None:
    running: set[str] = set()
    go = asyncio.Event()

    async def handler(job: Job, context: JobContext) -> None:
        running.add(job.id)
        await go.wait()

    room = Room(db, workspace, handler, concurrency=2)

    async def scenario() -> None:
        crawls = [await room.add(priority=queue.LONG)]
        await until(lambda: crawls[0] in running)
        crawls.append(await room.add(priority=queue.LONG))
        upload = await room.add()
        await until(lambda: upload in running)
        assert running == {crawls[0], upload}
        go.set()
        for job_id in (*crawls, upload):
            assert (await room.ended(job_id)).status == "completed"

    run(room, scenario)


def test_backoff_doubles_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    chance = Random(7)
    for attempt, middle in ((1, 2_000), (2, 4_000), (5, 32_000), (50, queue.MAX_DELAY)):
        waits = [backoff(attempt, chance) for _ in range(200)]
        assert middle * 0.75 <= min(waits) < middle * 0.8
        assert middle * 1.2 < max(waits) <= middle * 1.25
