"""What nothing refers to any more goes; what something refers to stays, whenever that began."""

import asyncio
import hashlib
import os
import time
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, insert, select, update

from cevvo.domain.time import Millis, now
from cevvo.features.ingestion.sweep import KEPT_BLOB, KEPT_JOB, sweep
from cevvo.foundation.db.tables import crawl_responses, jobs
from cevvo.providers.blobs.files import BlobStore
from ingestion_room import WORKSPACE, Room, ended


def put(blobs: BlobStore, content: bytes, *, hours: float) -> str:
    """Store content that many hours ago."""
    digest = blobs.put(content)
    then = time.time() - hours * 3600
    os.utime(blobs.find(digest), (then, then))
    return digest


def files(room: Room) -> set[str]:
    return {path.name for path in (room.db.data_dir / "blobs").glob("*/*")}


async def send(client: httpx2.AsyncClient, name: str, content: bytes) -> dict[str, str]:
    accepted: dict[str, str] = (
        await client.post("/ingest/upload", files={"file": (name, content)})
    ).json()
    return accepted


def test_orphans_go_and_what_is_referred_to_stays(room: Room) -> None:
    kept: list[str] = []

    async def fill(client: httpx2.AsyncClient) -> None:
        done = await send(client, "a.txt", b"Of a document.")
        await ended(client, done["job_id"])
        await send(client, "b.txt", b"An older version.")
        newer = await send(client, "b.txt", b"A newer version.")
        await ended(client, newer["job_id"])

    async def queue_one(client: httpx2.AsyncClient) -> None:
        await send(client, "c.txt", b"Of a job that waits.")
        cancelled = await send(client, "d.txt", b"Of a cancelled job.")
        await client.post(f"/ingest/jobs/{cancelled['job_id']}/cancel")

    room.run(fill)
    room.run(queue_one, work=False)
    kept += [
        put(room.blobs, content, hours=2)
        for content in (b"Of a document.", b"A newer version.", b"Of a job that waits.")
    ]
    put(room.blobs, b"An older version.", hours=2)
    put(room.blobs, b"Of a cancelled job.", hours=2)
    put(room.blobs, b"Of no one.", hours=2)
    kept.append(put(room.blobs, b"Of an upload under way.", hours=0.9))
    remnant = room.blobs.find(kept[0]).with_name("tmp5x8qk2_a")  # of a put that was killed
    remnant.write_bytes(b"half")
    os.utime(remnant, (0, 0))
    young = remnant.with_name("tmp0j1b7c_d")
    young.write_bytes(b"half")

    for _ in range(2):  # once more changes nothing
        asyncio.run(sweep(room.db, room.blobs, now))
        assert files(room) == {*kept, young.name}


def test_content_stored_again_between_looking_and_deleting_stays(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    digest = put(blobs, b"words", hours=2)
    before = Millis(now() - KEPT_BLOB)
    found = blobs.stored_before(before)
    assert found == {digest}
    assert blobs.put(b"words") == digest
    assert blobs.delete(found, stored_before=before) == 0
    assert blobs.get(digest) == b"words"
    later = Millis(now() + KEPT_BLOB)
    assert blobs.delete(found, stored_before=later) == 1
    with pytest.raises(FileNotFoundError):
        blobs.find(digest)
    assert blobs.delete(found, stored_before=later) == 0


def test_r5_an_upload_that_cannot_be_written_is_told_as_such(room: Room) -> None:
    digest = hashlib.sha256(b"words").hexdigest()
    (room.db.data_dir / "blobs" / digest[:2]).touch()  # for root, too, no folder to write in

    async def scenario(client: httpx2.AsyncClient) -> None:
        refused = await client.post("/ingest/upload", files={"file": ("a.txt", b"words")})
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "unavailable"

    room.run(scenario)


def test_old_jobs_and_pages_that_were_never_judged_go(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        first = await send(client, "a.txt", b"One.")
        second = await send(client, "a.txt", b"Two.")
        for job in (first, second):
            await ended(client, job["job_id"])
        waiting = await client.post("/ingest/url", json={"url": "https://example.com/"})
        await client.post(f"/ingest/jobs/{waiting.json()['job_id']}/cancel")
        row = {"url": "u", "workspace_id": WORKSPACE, "head": {}, "body": b""}
        rows = [row | {"job_id": id} for id in (first["job_id"], waiting.json()["job_id"])]
        await room.db.write(lambda c: c.execute(insert(crawl_responses), rows))

        await sweep(room.db, room.blobs, now)
        count = select(func.count()).select_from(crawl_responses)
        assert await room.db.read(lambda c: c.execute(count).scalar()) == 0
        assert (await client.get("/ingest/jobs")).json()["meta"]["total"] == 3
        long_ago = now() - KEPT_JOB - 1
        await room.db.write(lambda c: c.execute(update(jobs).values(completed_at=long_ago)))
        await sweep(room.db, room.blobs, now)
        left = (await client.get("/ingest/jobs")).json()["data"]
        assert {job["job_id"] for job in left} == {second["job_id"], waiting.json()["job_id"]}

    room.run(scenario)
