"""The server's worker, killed at a stage: ``staged_process.py DATA_DIR``.

Reads names of stages, one a line. For each, a process is forked off that works until it comes to
that stage and then kills itself, or until all jobs have ended; the answer is a line with what
became of it: the negative number of the signal, or 0. What takes long is imported only once.
"""

import asyncio
import inspect
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.foundation.db.sqlite import SqliteDatabase
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs import queue
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.search.embedded import EmbeddedSearchIndex
from ingestion_room import Room

STAGES: dict[str, tuple[Any, str, str]] = {  # where to die: before or after which call
    "claimed": (IndexingPipeline, "parse", "before"),
    "parsed": (IndexingPipeline, "parse", "after"),
    "split": (IndexingPipeline, "split", "after"),
    "embedding": (MiniLmEmbedder, "embed_passages", "after"),  # of the first passages
    "embedded": (IndexingPipeline, "embed", "after"),
    "storing": (EmbeddedSearchIndex, "add", "after"),  # in the transaction
    "stored": (queue, "complete", "before"),  # committed
    "ending": (queue, "complete", "after"),  # in the transaction
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    """``function``, with the end of this process before or after it."""

    async def later(*args: Any, **options: Any) -> None:
        if when == "after":
            await function(*args, **options)
        die()

    def now(*args: Any, **options: Any) -> None:
        if when == "after":
            function(*args, **options)
        die()

    return later if inspect.iscoroutinefunction(function) else now


async def work(data_dir: Path) -> None:
    """Run jobs until none is left."""
    db = SqliteDatabase(data_dir)
    unfinished = select(func.count()).where(jobs.c.status.in_(queue.LIVE))
    async with Room(db, MiniLmEmbedder(threads=1), concurrency=1).serving():
        while await db.read(lambda c: c.execute(unfinished).scalar()):  # noqa: ASYNC110 - in the database
            await asyncio.sleep(0.02)
    db.close()


def main() -> None:
    for line in sys.stdin:
        stage = line.strip()
        child = os.fork()
        if child == 0:
            if stage in STAGES:
                owner, name, when = STAGES[stage]
                setattr(owner, name, deadly(getattr(owner, name), when))
            asyncio.run(work(Path(sys.argv[1])))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
