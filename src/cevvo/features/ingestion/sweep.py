"""Throwing away what nothing refers to any more: stored files, old jobs, fetched pages."""

import asyncio
from functools import partial

from sqlalchemy import Connection, delete, select

from cevvo.domain.time import Clock, Millis
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import crawl_responses, documents, jobs
from cevvo.foundation.jobs import queue, records
from cevvo.foundation.telemetry.logging import get_logger
from cevvo.providers.blobs.files import BlobStore

log = get_logger(__name__)

KEPT_BLOB = 3_600_000
"""Milliseconds that a file without a document or job is kept: it may be an upload's under way."""
KEPT_JOB = 30 * 24 * 3_600_000
"""Milliseconds that an ended job is kept, unless it is its source's newest."""

_DROPPED_AT_ONCE = 10


async def sweep(db: Database, blobs: BlobStore, clock: Clock) -> None:
    """Delete them, of every workspace: for the schedule. It may stop anywhere and start again.

    A file is looked for in the database after it was found old, and is deleted only if it is still
    as old then. Whoever comes to refer to it stores its content first, which makes it young.
    """
    now = clock()
    await _drop_old_jobs(db, Millis(now - KEPT_JOB))
    await db.write(_forget_fetched)
    before = Millis(now - KEPT_BLOB)
    old = await asyncio.to_thread(blobs.stored_before, before)
    orphans = old - await db.read(referred_to)
    deleted = await asyncio.to_thread(blobs.delete, orphans, stored_before=before)
    if deleted:
        log.info("orphans_deleted", files=deleted)


async def _drop_old_jobs(db: Database, ended_before: Millis) -> None:
    old = await db.read(lambda c: records.old_jobs(c, ended_before=ended_before))
    for start in range(0, len(old), _DROPPED_AT_ONCE):
        await db.write(partial(records.drop, job_ids=old[start : start + _DROPPED_AT_ONCE]))


def referred_to(connection: Connection) -> set[str | None]:
    """Hashes of the files of documents and of unfinished jobs, in one snapshot."""
    originals = select(documents.c.blob_hash).where(documents.c.blob_hash.is_not(None)).distinct()
    payloads = select(jobs.c.payload).where(jobs.c.status.in_(queue.LIVE))
    waiting = {payload.get("blob") for payload in connection.execute(payloads).scalars()}
    return waiting.union(connection.execute(originals).scalars())


def _forget_fetched(connection: Connection) -> None:
    """Drop the pages that a crawl had fetched and not judged when it was ended."""
    live = select(jobs.c.id).where(jobs.c.status.in_(queue.LIVE))
    connection.execute(delete(crawl_responses).where(crawl_responses.c.job_id.not_in(live)))
