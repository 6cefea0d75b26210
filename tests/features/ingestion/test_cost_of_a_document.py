"""What a document costs from its arrival to its last row: steady where times are not.

The bounds are generous: who needs more had better know why.
"""

import asyncio
import gc
import sys
from collections.abc import Callable
from statistics import median
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection

from asked_statements import statements
from cevvo.domain.time import Millis
from cevvo.features.ingestion.repository import origin_of, store_document
from cevvo.features.sources.repository import create_source, enqueue_content
from cevvo.features.sources.status import refresh_status
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import claiming, queue
from cevvo.foundation.jobs.queue import Lease
from cevvo.providers.search.configured import search_index
from ingestion_room import WORKSPACE, Room
from search_library import DIMENSIONS, MODEL, indexed_document
from stores import only_on_sqlite

STATEMENTS = 55  # 40 were counted, with the savepoints of writes that come together
KEPT_BLOCKS = 200  # 25
_WAITING = "SELECT count(*) FROM jobs WHERE status IN ('queued', 'processing')"


async def take_in(room: Room, client: httpx2.AsyncClient, names: list[str]) -> None:
    """Send a short text of each name, and wait until all are searchable."""
    for name in names:
        body = {"title": name, "content": f"The depot {name} opens at nine o'clock."}
        assert (await client.post("/ingest/text", json=body)).status_code == 202
    while await room.db.read(lambda c: c.exec_driver_sql(_WAITING).scalar()):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def test_a_document_takes_no_more_statements_however_many_come_or_are_there(room: Room) -> None:
    counted = []

    async def scenario() -> None:
        async with room.serving() as client:
            await take_in(room, client, ["first"])  # what is read once
            for more in (6, 24):
                with statements(besides=_WAITING) as asked:
                    await take_in(room, client, [f"{more} {n}" for n in range(more)])
                counted.append(len(asked) / more)

    asyncio.run(scenario())
    done_again = 15 if room.db.is_shared else 0  # what met another write on Postgres
    assert counted[0] <= STATEMENTS + done_again
    assert counted[1] <= counted[0] + 5 + done_again


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="counts CPython's blocks")
def test_a_document_leaves_little_behind_in_memory(room: Room) -> None:
    kept = 0.0

    async def scenario() -> None:
        nonlocal kept
        async with room.serving() as client:
            await take_in(room, client, [f"before {n}" for n in range(10)])
            gc.collect()
            before = sys.getallocatedblocks()
            await take_in(room, client, [f"then {n}" for n in range(20)])
            gc.collect()
            kept = (sys.getallocatedblocks() - before) / 20

    asyncio.run(scenario())
    assert kept < KEPT_BLOCKS


class Shelf:
    """A source into which jobs store documents, without anything around them."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.index = search_index(db, MODEL, DIMENSIONS)
        self.now = 0
        self.source = db.write_now(
            lambda c: create_source(c, WORKSPACE, name="shelf", type="text", now=Millis(0))
        )

    def queue(self, *names: str) -> int:
        """A job for each document, in this order. The steps that they took."""

        def write(connection: Connection) -> None:
            for name in names:
                self.now += 1
                enqueue_content(
                    connection,
                    WORKSPACE,
                    self.source,
                    kind="text",
                    key=name,
                    blob_hash=str(self.now),
                    media_type="text/plain",
                    url=None,
                    now=Millis(self.now),
                )

        return steps_of(self.db, write)

    def store_next(self) -> int:
        """Run the first job. The steps that storing its document and its end took."""
        now = Millis(self.now)
        job = self.db.write_now(lambda c: claiming.claim(c, "token", now=now, workspace_limit=2))
        assert job is not None
        lease, origin = Lease(job.id, "token"), origin_of(job)
        words = f"{origin.key} {origin.blob_hash}"
        document = indexed_document(words, f"About {words}.", f"More about {words}.")

        def write(connection: Connection) -> None:
            store_document(connection, lease, job, self.index, origin, document, now=now)
            queue.complete(connection, lease, now=now)
            refresh_status(connection, WORKSPACE, self.source)

        return steps_of(self.db, write)


def steps_of(db: Database, write: Callable[[Connection], object]) -> int:
    """Instructions of SQLite's virtual machine that ``write`` takes, in tens.

    Now and then one also merges parts of the full-text index, and takes some more.
    """
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    def counting(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, 10)
        try:
            write(connection)
        finally:
            driver.set_progress_handler(None, 0)

    db.write_now(counting)
    return counted


@only_on_sqlite("instructions of its virtual machine")
def test_a_document_takes_no_more_work_of_the_database_however_many_wait_or_are_there(
    db: Database,
) -> None:
    shelf = Shelf(db)
    some = [f"some {n}" for n in range(7)]
    shelf.queue(*some)
    for _ in some:
        shelf.store_next()
    steps = []
    for waiting in (40, 160):
        new = [f"{waiting} {n}" for n in range(7)]
        shelf.queue(*new, *some, *(f"{waiting} waits {n}" for n in range(waiting)))
        steps.append([median(shelf.store_next() for _ in each) for each in (new, some)])
        for _ in range(waiting):
            shelf.store_next()
    (added, replaced), (added_later, replaced_later) = steps
    assert added_later <= added * 1.2
    assert replaced_later <= replaced * 1.2


@only_on_sqlite("instructions of its virtual machine")
def test_a_version_is_queued_with_no_more_work_however_many_are_stored(db: Database) -> None:
    shelf = Shelf(db)
    steps = []
    for stored in (40, 160):
        names = [f"{stored} {n}" for n in range(stored)]
        shelf.queue(*names)
        for _ in names:
            shelf.store_next()
        steps.append(shelf.queue(names[0]))
    assert steps[1] <= steps[0] * 1.2
