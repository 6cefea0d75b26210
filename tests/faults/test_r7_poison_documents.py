"""R7: a document that kills its parser fails its own job, with a reason, and the queue goes on."""

import asyncio
import contextlib
import os
import signal

import httpx2
import pytest

from cevvo.domain.time import Millis, now
from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.parsing import sandbox
from ingestion_room import Room, db, embedder, ended, migrated, room, upload
from parser_processes import parser_processes

__all__ = ["db", "embedder", "migrated", "room"]

# Each paragraph brings all these elements back, since none was closed: memory without end.
MEMORY = b"<p>" + b"".join(b"<b a=%d>" % n for n in range(2500)) + b"</p>" + b"<p>x" * 20_000
SLOW = b"<span>" * 2900 + b"<p>x" * 40_000  # seconds of work


def test_r7_a_parser_that_dies_of_its_document(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_CPU_SECONDS", 1)

    async def scenario(client: httpx2.AsyncClient) -> None:
        names = ("good.md", "memory.html", "slow.html", "last.md")
        contents = (b"# Good\n\nThe pump is red.", MEMORY, SLOW, b"# Last\n\nThe valve is blue.")
        jobs = [
            (await upload(client, content, name)).json()["job_id"]
            for name, content in zip(names, contents, strict=True)
        ]
        good, memory, slow, last = [await ended(client, job, 60) for job in jobs]
        assert (good["status"], last["status"]) == ("completed", "completed")
        for job in (memory, slow):  # no second attempt: it would end the same
            assert (job["status"], job["error"]["code"]) == ("failed", "too_complex")
            assert "split it" in job["error"]["message"]
        assert await room.found("Which colour has the valve?") == ["Last", "Good"]

    room.run(scenario)


def test_r7_a_parser_killed_from_outside_is_tried_three_times(
    db: Database, embedder: Embedder
) -> None:
    passed = 0  # milliseconds, so that no retry is waited for
    room = Room(db, embedder, clock=lambda: Millis(now() + passed))

    async def kill_parsers() -> None:
        nonlocal passed
        while True:
            for pid in parser_processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            passed += 10_000
            assert room.worker is not None
            room.worker.notify()
            await asyncio.sleep(0.02)

    async def scenario(client: httpx2.AsyncClient) -> None:
        killing = asyncio.create_task(kill_parsers())
        poison = (await upload(client, SLOW, "poison.html")).json()["job_id"]
        job = await ended(client, poison, 60)
        killing.cancel()
        assert (job["status"], job["error"]["code"]) == ("failed", "internal")
        assert job["error"]["message"]
        good = (await upload(client, b"# Good\n\nThe pump is red.", "good.md")).json()["job_id"]
        assert (await ended(client, good, 60))["status"] == "completed"

    room.run(scenario)
