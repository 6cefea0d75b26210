"""Jobs as records: pages of them, and which go when they are old."""

from typing import Any

from sqlalchemy import select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import jobs, sources
from cevvo.foundation.jobs import queue, records

DAY = 24 * 3_600_000


def add(db: Database, workspace: WorkspaceId, now: int, *, end: bool = True, **more: Any) -> str:
    """A job that came in then and, unless told otherwise, was cancelled then."""
    values: dict[str, Any] = {"kind": "crawl", "payload": {}, "source_id": None} | more

    def write(c: Any) -> str:
        job_id = queue.enqueue(c, workspace, now=Millis(now), **values)
        if end:
            queue.cancel(c, workspace, job_id, now=Millis(now))
        return job_id

    return db.write_now(write)


def add_source(db: Database, workspace: WorkspaceId, source_id: str) -> None:
    values = {"name": "S", "type": "website", "status": "synced", "auto_sync": False}
    values |= {"sync_interval_hours": 24, "created_at": 0, "updated_at": 0}
    row = values | {"id": source_id, "workspace_id": workspace}
    db.write_now(lambda c: c.execute(sources.insert().values(row)))


def test_pages_of_jobs_newest_first(
    db: Database, workspace: WorkspaceId, other_workspace: WorkspaceId
) -> None:
    add_source(db, workspace, "src_1")
    ids = [add(db, workspace, n, source_id="src_1") for n in range(3)]
    waiting = add(db, workspace, 9, end=False, kind="text")
    add(db, other_workspace, 5)

    def listed(**filters: Any) -> tuple[list[str], int]:
        places = {"offset": 0, "limit": 10} | filters
        found, total = db.read_now(lambda c: records.list_jobs(c, workspace, **places))
        return [job.id for job in found], total

    assert listed() == ([waiting, *ids[::-1]], 4)
    assert listed(offset=1, limit=2) == ([ids[2], ids[1]], 4)
    assert listed(offset=9) == ([], 4)
    assert listed(statuses=queue.LIVE) == ([waiting], 1)
    assert listed(kinds=("crawl", "url"), statuses=("cancelled",)) == (ids[::-1], 3)
    assert listed(source_id="src_1", kinds=("text",)) == ([], 0)


def test_old_jobs_go_but_not_the_newest_of_a_source(
    db: Database, workspace: WorkspaceId, other_workspace: WorkspaceId
) -> None:
    for workspace_, source_id in ((workspace, "src_1"), (other_workspace, "src_2")):
        add_source(db, workspace_, source_id)
    gone = [add(db, workspace, n, source_id="src_1") for n in range(15)]
    gone += [add(db, workspace, 99), add(db, other_workspace, 50, source_id="src_2")]
    kept = [
        add(db, workspace, 100, source_id="src_1"),  # the newest crawl of its source
        add(db, workspace, 0, source_id="src_1", kind="url"),  # the newest of its kind
        add(db, other_workspace, 2 * DAY, source_id="src_2"),  # young
        add(db, workspace, 0, end=False),  # unfinished
    ]
    old = db.read_now(lambda c: records.old_jobs(c, ended_before=Millis(DAY)))
    assert sorted(old) == sorted(gone)
    db.write_now(lambda c: records.drop(c, old))
    assert set(db.read_now(lambda c: c.execute(select(jobs.c.id)).scalars().all())) == set(kept)
