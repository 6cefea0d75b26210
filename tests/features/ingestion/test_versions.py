"""Several versions of one document on their way at once: the one that was sent last is kept."""

import asyncio

import httpx2
import pytest
from sqlalchemy import select

from cevvo.domain.documents import ParsedDocument
from cevvo.domain.time import Clock, Millis, now
from cevvo.engine.indexing.pipeline import IndexingPipeline, SplitDocument
from cevvo.foundation.db.tables import jobs
from ingestion_room import Room, ended, upload

FIRST, SECOND = b"Version one of this file.", b"Version two of this file."
_CAME = select(jobs.c.payload["key"].as_string(), jobs.c.created_at)
SUPERSEDED = ["A newer version was stored meanwhile; it is kept."]


async def kept(client: httpx2.AsyncClient, source_id: str) -> tuple[str, bytes]:
    """Text and original of a source's only document."""
    documents = f"/sources/{source_id}/documents"
    (document,) = (await client.get(documents)).json()["data"]
    text = (await client.get(f"{documents}/{document['id']}")).json()["text"]
    return text, (await client.get(f"{documents}/{document['id']}/original")).content


def hold(monkeypatch: pytest.MonkeyPatch, words: str) -> tuple[asyncio.Event, asyncio.Event]:
    """Hold up the document of these words once it is split: events of its arrival and release."""
    arrived, release = asyncio.Event(), asyncio.Event()
    split = IndexingPipeline.split

    async def slow(self: IndexingPipeline, parsed: ParsedDocument) -> SplitDocument:
        document = await split(self, parsed)
        if words in document.text:
            arrived.set()
            await release.wait()
        return document

    monkeypatch.setattr(IndexingPipeline, "split", slow)
    return arrived, release


@pytest.mark.parametrize("clock", [now, lambda: Millis(10**12)])  # one that stands still
def test_a_version_sent_again_after_another_is_the_last(room: Room, clock: Clock) -> None:
    room.clock = clock

    async def scenario() -> None:
        async with room.serving(work=False) as client:
            sent = [
                (await upload(client, content, "a.txt")).json()
                for content in (FIRST, SECOND, FIRST, FIRST)
            ]
        jobs = [answer["job_id"] for answer in sent]
        assert len(set(jobs)) == 3
        assert jobs[3] == jobs[2]
        async with room.serving() as client:
            for job_id in jobs:
                assert (await ended(client, job_id))["status"] == "completed"
            assert await kept(client, sent[0]["source_id"]) == (FIRST.decode(), FIRST)

    asyncio.run(scenario())


def test_a_version_found_stored_keeps_an_older_one_out(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, release = hold(monkeypatch, "two")

    async def scenario(client: httpx2.AsyncClient) -> None:
        first = (await upload(client, FIRST, "a.txt")).json()
        await ended(client, first["job_id"])
        older = (await upload(client, SECOND, "a.txt")).json()["job_id"]
        await arrived.wait()
        again = (await upload(client, FIRST, "a.txt")).json()["job_id"]
        await ended(client, again)
        release.set()
        assert (await ended(client, older))["warnings"] == SUPERSEDED
        assert await kept(client, first["source_id"]) == (FIRST.decode(), FIRST)

    room.run(scenario)


@pytest.mark.parametrize("newer", [SECOND, FIRST + b"\n\n\n"])
def test_a_version_of_equal_text_does_not_put_back_its_bytes(
    room: Room, monkeypatch: pytest.MonkeyPatch, newer: bytes
) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        first = (await upload(client, FIRST, "a.txt")).json()
        await ended(client, first["job_id"])
        with monkeypatch.context() as patched:
            arrived, release = hold(patched, "one")
            older = (await upload(client, FIRST + b"  \n", "a.txt")).json()["job_id"]
            await arrived.wait()
        last = (await upload(client, newer, "a.txt")).json()["job_id"]
        assert (await ended(client, last))["warnings"] == []
        release.set()
        assert (await ended(client, older))["warnings"] == SUPERSEDED
        assert await kept(client, first["source_id"]) == (newer.decode().strip(), newer)

    room.run(scenario)


@pytest.mark.parametrize("deleted", [False, True])
def test_r28_a_version_is_kept_that_is_sent_once_a_wrong_clock_is_put_right(
    room: Room, deleted: bool
) -> None:
    ahead = 3_600_000
    room.clock = lambda: Millis(now() + ahead)

    async def scenario() -> None:
        nonlocal ahead
        async with room.serving() as client:
            for content in (b"Version zero of this file.", FIRST):
                first = (await upload(client, content, "a.txt")).json()
                await ended(client, first["job_id"])
            ahead = 0
            if deleted:
                documents = f"/sources/{first['source_id']}/documents"
                (document,) = (await client.get(documents)).json()["data"]
                assert (await client.delete(f"{documents}/{document['id']}")).status_code == 200
            for content in (SECOND, b"Version three of this file.", SECOND):
                job_id = (await upload(client, content, "a.txt")).json()["job_id"]
                assert (await ended(client, job_id))["warnings"] == []
                assert await kept(client, first["source_id"]) == (content.decode(), content)

    asyncio.run(scenario())


def test_a_wrong_clock_moves_no_other_document(room: Room) -> None:
    ahead = 3_600_000
    room.clock = lambda: Millis(now() + ahead)

    async def scenario() -> None:
        nonlocal ahead
        async with room.serving() as client:
            first = (await upload(client, FIRST, "a.txt")).json()
            await ended(client, first["job_id"])
            ahead = 0
            other = (await upload(client, FIRST, "b.txt")).json()
            assert other["source_id"] == first["source_id"]
            await ended(client, other["job_id"])

    asyncio.run(scenario())
    came = room.db.read_now(lambda c: {row[0]: row[1] for row in c.execute(_CAME)})
    assert came["a.txt"] - came["b.txt"] > 3_500_000
