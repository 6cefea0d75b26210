"""Jobs as they change: what is told, to whom, and what it costs when nothing happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import now
from cevvo.features.ingestion import feed as feeds
from cevvo.features.ingestion.feed import JobFeed
from cevvo.features.ingestion.service import JobView
from cevvo.foundation.jobs import changes, claiming, queue
from cevvo.foundation.jobs.changes import Changes
from ingestion_room import OTHER, WORKSPACE, Room
from stores import only_on_sqlite


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "PAUSE", 0.01)


@asynccontextmanager
async def following(room: Room, workspace: WorkspaceId = WORKSPACE) -> AsyncIterator["Told"]:
    feed = JobFeed(room.db, Changes(room.db), now)
    try:
        async with aclosing(feed.follow(workspace)) as followed:
            yield Told(feed, aiter(followed))
    finally:
        await feed.stop()


class Told:
    def __init__(self, feed: JobFeed, followed: AsyncIterator[list[JobView]]) -> None:
        self.feed = feed
        self._followed = followed

    async def next(self) -> list[JobView]:
        async with asyncio.timeout(20):
            return await anext(self._followed)

    async def statuses(self, job_id: str) -> list[str]:
        """The job's, one after the other, until it has ended."""
        seen: list[str] = []
        while not seen or seen[-1] in ("queued", "processing"):
            seen += [view.job.status for view in await self.next() if view.job.id == job_id]
        return seen


def put(room: Room, name: str, workspace: WorkspaceId = WORKSPACE, kind: str = "text") -> str:
    def write(connection: Connection) -> str:
        return queue.enqueue(
            connection, workspace, kind=kind, payload={"name": name}, source_id=None, now=now()
        )

    return room.db.write_now(write)


def test_a_job_is_told_of_from_its_beginning_to_its_end(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        async with following(room) as told, following(room, OTHER) as theirs:
            assert (await told.next(), await theirs.next()) == ([], [])
            body = {"title": "Pets", "content": "# Pets\n\nPets are welcome."}
            job_id = (await client.post("/ingest/text", json=body)).json()["job_id"]
            assert (await told.statuses(job_id))[-1] == "completed"
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await theirs._followed.__anext__()

    room.run(scenario)


def test_unfinished_jobs_come_first_and_ended_ones_never(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        ended, waiting = await asyncio.to_thread(lambda: (put(room, "a"), put(room, "b")))
        await client.post(f"/ingest/jobs/{ended}/cancel")
        await asyncio.to_thread(put, room, "c", OTHER)
        await asyncio.to_thread(put, room, "d", WORKSPACE, "webhook")  # no ingestion job
        async with following(room) as told:
            assert [view.job.id for view in await told.next()] == [waiting]
            await client.post(f"/ingest/jobs/{waiting}/cancel")
            assert await told.statuses(waiting) == ["cancelled"]

    room.run(scenario, work=False)


def test_what_runs_is_told_of_before_all_that_wait(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST", 2)

    async def scenario(client: httpx2.AsyncClient) -> None:
        ids = await asyncio.to_thread(lambda: [put(room, str(n)) for n in range(9)])
        job = await room.db.write(
            lambda c: claiming.claim(c, "token", now=now(), workspace_limit=3), locking=True
        )
        assert job is not None
        async with following(room) as told:
            first = [view.job.id for view in await told.next()]
            assert job.id in first
            assert len(first) < len(ids)
            lease = queue.Lease(job.id, "token")
            await room.db.write(
                lambda c: queue.report(c, lease, processed=1, total=4, progress=0.25)
            )
            [view] = await told.next()
            assert (view.job.id, view.job.progress) == (job.id, 0.25)

    room.run(scenario, work=False)


@only_on_sqlite("a new connection to Postgres counts as told")
def test_nothing_is_looked_for_while_nothing_happens(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    look = feeds._look

    def counted(*args: Any, **more: Any) -> Any:
        nonlocal looks
        looks += 1
        return look(*args, **more)

    monkeypatch.setattr(feeds, "_look", counted)

    async def scenario(client: httpx2.AsyncClient) -> None:
        async with following(room) as told:
            assert await told.next() == []
            waiting = asyncio.create_task(told.next())
            settled = 2 if room.db.is_shared else 1  # it looks once more when it has begun to hear
            while looks < settled:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            assert looks == settled
            job_id = await asyncio.to_thread(put, room, "a")
            assert [view.job.id for view in await waiting] == [job_id]
            assert looks == settled + 1

    room.run(scenario, work=False)


def test_all_that_is_followed_ends_when_the_server_stops(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        async with following(room) as told:
            assert await told.next() == []
            waiting = asyncio.create_task(told.next())
            await asyncio.sleep(0)
            await told.feed.stop()
            with pytest.raises(StopAsyncIteration):
                await waiting
            assert room.db.listeners == set()
        async with following(room) as late:
            assert await late.next() == []

    room.run(scenario, work=False)
