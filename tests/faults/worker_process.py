"""A worker with simple handlers in a process of its own: ``worker_process.py DATA_DIR MODE [URL]``.

The database is the one in DATA_DIR, or the one of Postgres at URL.

``note`` appends the job's id to ``notes.<pid>`` in DATA_DIR and shares the database with other
workers. ``poison`` dies of every job whose payload says so. Runs until it is killed.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.sqlite import SqliteDatabase
from cevvo.foundation.jobs import claiming
from cevvo.foundation.jobs.queue import Job
from cevvo.foundation.jobs.worker import JobContext, Worker


async def note(db: Database) -> None:
    notes = (db.data_dir / f"notes.{os.getpid()}").open("a", buffering=1)

    async def handler(job: Job, context: JobContext) -> None:
        notes.write(f"{job.id}\n")
        await asyncio.sleep(0.03)  # long enough for both workers to come by
        await context.progress(1, 1, 1.0)

    await Worker(db, {"note": handler}, concurrency=4, workspace_limit=8, sole=False).start()
    await asyncio.Event().wait()


async def poison(db: Database) -> None:
    async def handler(job: Job, context: JobContext) -> None:
        await asyncio.sleep(0.1)  # the others have begun
        if job.payload["poisonous"]:
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(0.5)

    claiming.SETTLED = 300
    await Worker(db, {"work": handler}, concurrency=3, workspace_limit=3).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    run = {"note": note, "poison": poison}[sys.argv[2]]
    folder, url = Path(sys.argv[1]), sys.argv[3:]
    asyncio.run(run(open_database(folder, url[0]) if url else SqliteDatabase(folder)))
