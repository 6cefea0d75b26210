"""R6–R9: workers that are killed with SIGKILL, and several on one database."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import func, select, update

from cevvo.domain.time import now
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import crawl_pages, jobs
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job
from ingestion_room import WORKSPACE, Room, Site, db, embedder, ended, migrated, room, site

__all__ = ["db", "embedder", "migrated", "room", "site"]
TESTS = Path(__file__).parents[1]
DEADLINE = 180


@contextmanager
def worker(db: Database, mode: str | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker process on this database (the server's without a mode), killed at the end."""
    script = "ingest_process.py" if mode is None else "worker_process.py"
    command = [sys.executable, str(Path(__file__).with_name(script)), str(db.data_dir)]
    process = subprocess.Popen(
        [*command, mode] if mode else command, env=os.environ | {"PYTHONPATH": str(TESTS)}
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], Any], process: "subprocess.Popen[bytes] | None" = None) -> None:
    end = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        assert process is None or process.poll() is None, "the worker ended by itself"
        time.sleep(0.002)


def look(db: Database, job_id: str) -> Job:
    job = db.read_now(lambda c: queue.get(c, WORKSPACE, job_id))
    assert job is not None
    return job


def visited(db: Database) -> int:
    return db.read_now(lambda c: c.execute(select(func.count(crawl_pages.c.verdict))).scalar_one())


def accept(room: Room, path: str, **request: Any) -> str:
    """Send a request while no worker runs; the id of the job that it queued."""
    ids: list[str] = []

    async def scenario(client: httpx2.AsyncClient) -> None:
        response = await client.post(path, **request)
        assert response.is_success, response.text
        ids.append(response.json()["job_id"])

    room.run(scenario, work=False)
    return ids[0]


def handbook(chapters: int) -> bytes:
    words = ["pump", "valve", "motor", "sensor", "filter", "heater", "switch"]
    return "\n\n".join(
        f"## Chapter {n}\n\n"
        + " ".join(f"The {words[(n + k) % 7]} number {n * k} is checked by hand." for k in range(9))
        for n in range(chapters)
    ).encode()


STAGES = ("claimed", "parsed", "split", "embedding", "embedded", "storing", "stored", "ending")


def test_r6_an_upload_survives_kills_at_every_stage(room: Room) -> None:
    file = {"file": ("handbook.md", handbook(20))}
    job_id = accept(room, "/ingest/upload", files=file)
    # More often than a job is tried without getting further (R7): each stage is to have its turn.
    room.db.write_now(lambda c: c.execute(update(jobs).values(max_attempts=99)))
    command = [sys.executable, str(Path(__file__).with_name("staged_process.py"))]
    with subprocess.Popen(
        [*command, str(room.db.data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for stage in (*STAGES, "none"):
            assert look(room.db, job_id).completed_at is None
            process.stdin.write(f"{stage}\n")
            process.stdin.flush()
            status = 0 if stage == "none" else -signal.SIGKILL
            assert (stage, process.stdout.readline()) == (stage, f"{status}\n")
            left = asyncio.run(room.stored())
            assert left["chunks"] == left["embeddings"] == left["terms"], (stage, left)
            assert left["documents"] == (0 if stage in STAGES[:6] else 1), (stage, left)
    job = look(room.db, job_id)
    assert (job.status, job.documents_processed) == ("completed", 20)
    survived: dict[str, int] = {}
    clean: dict[str, int] = {}

    async def count(client: httpx2.AsyncClient) -> None:
        survived.update(await room.stored())
        source = (await client.get("/sources")).json()["data"][0]
        assert (source["status"], source["document_count"]) == ("synced", 20)
        await client.delete(f"/sources/{source['id']}")
        again = (await client.post("/ingest/upload", files=file)).json()["job_id"]
        await ended(client, again)
        clean.update(await room.stored())

    room.run(count)
    assert survived == clean
    assert survived["chunks"] == survived["embeddings"] == survived["terms"] >= 20


def test_r9_a_killed_crawl_goes_on_from_its_ledger(room: Room, site: Site) -> None:
    more = {0: ["/early"], 45: ["/late"]}
    for n in range(100):
        links = [f"/p{k}" for k in (2 * n + 1, 2 * n + 2) if k < 100] + more.get(n, [])
        path = "/" if n == 0 else f"/p{n}"
        site.put(path, f"Page {n}", f"Fact number {n} is kept on this page.", *links)
    for path in ("/early", "/late"):  # copies, one found before the kill and one after
        site.put(path, "Copy", "The same words twice.")
    pages, taken = 102, 101
    body = {"name": "Docs", "type": "website", "url": site.url}
    job_id = accept(room, "/sources", json=body)
    with worker(room.db) as process:
        wait_until(lambda: visited(room.db) >= 37, process)
    assert visited(room.db) < pages
    with worker(room.db) as process:
        wait_until(lambda: look(room.db, job_id).completed_at is not None, process)

    job = look(room.db, job_id)
    assert (job.status, job.documents_processed) == ("completed", taken)
    asked = {path: times for path, times in site.requests.items() if path in site.pages}
    assert len(asked) == pages
    assert max(asked.values()) <= 2
    assert sum(times == 2 for times in asked.values()) <= 1  # the one that was being fetched
    counts = room.db.read_now(
        lambda c: c.exec_driver_sql(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM chunks),"
            " (SELECT count(*) FROM embeddings), (SELECT count(*) FROM chunk_terms)"
        ).one()
    )
    assert tuple(counts) == (taken,) * 4


def test_r7_a_job_that_kills_its_worker_is_given_up_and_the_queue_goes_on(db: Database) -> None:
    def add(poisonous: bool) -> str:
        return db.write_now(
            lambda c: queue.enqueue(
                c,
                WORKSPACE,
                kind="work",
                payload={"poisonous": poisonous},
                source_id=None,
                now=now(),
            )
        )

    beside, bad, also_beside, behind = add(False), add(True), add(False), add(False)
    for _ in range(3):
        with worker(db, "poison") as process:
            assert process.wait(DEADLINE) < 0
    with worker(db, "poison") as process:
        good = (beside, also_beside, behind)
        wait_until(lambda: all(look(db, job).completed_at for job in good), process)
    failed = look(db, bad)
    assert (failed.status, failed.attempts, failed.error_code) == ("failed", 3, "internal")
    assert failed.error_message
    assert [look(db, job).status for job in good] == ["completed"] * 3


def test_r8_two_workers_run_each_of_200_jobs_once(db: Database) -> None:
    def add(connection: Any) -> list[str]:
        return [
            queue.enqueue(connection, WORKSPACE, kind="note", payload={}, source_id=None, now=now())
            for _ in range(200)
        ]

    def unfinished() -> int:
        left = select(func.count()).where(jobs.c.status != "completed")
        return db.read_now(lambda c: c.execute(left).scalar_one())

    with worker(db, "note") as one, worker(db, "note") as two:
        notes = [db.data_dir / f"notes.{process.pid}" for process in (one, two)]
        wait_until(lambda: all(note.exists() for note in notes), one)
        ids = db.write_now(add)
        wait_until(lambda: unfinished() == 0, one)
        assert two.poll() is None
    first, second = (note.read_text().split() for note in notes)
    assert Counter(first + second) == Counter(ids)
    assert first
    assert second
