"""How often writes on Postgres have to be done again, and how many a second get through.

    python -m cevvo_evals.postgres_writes postgresql://user:password@host/empty_database

Each write records a turn, which the triggers count into the figures of its day: in one workspace
all of them meet in one row, in a workspace each they do not. ``again`` is calls beyond one for each
write that was committed.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, insert

from cevvo.domain.ids import new_id
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import turns, workspaces

_AT = 1_773_500_000_000


@dataclass
class Writes:
    """Calls of the function, and the seconds that each write took."""

    calls: int
    seconds: list[float]
    elapsed: float


def record(connection: Connection, workspace: str, calls: list[int]) -> None:
    """A turn, as chat stores it."""
    calls.append(1)
    row = {
        "id": new_id("turn"),
        "workspace_id": workspace,
        "conversation_id": new_id("thr"),
        "asked_at": _AT,
        "kind": "question",
        "answered": True,
        "rephrased": False,
        "escalated": False,
        "off_topic": False,
        "is_test": False,
        "returned": False,
    }
    connection.execute(insert(turns).values(row))


async def measure(db: Database, names: list[str], at_once: int, each: int) -> Writes:
    """So many writers, one after the other in each, over the workspaces in turn."""
    calls: list[int] = []
    seconds: list[float] = []

    async def writer(number: int) -> None:
        for _ in range(each):
            began = time.perf_counter()
            await db.write(partial(record, workspace=names[number % len(names)], calls=calls))
            seconds.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(writer(number) for number in range(at_once)))
    return Writes(len(calls), seconds, time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url", help="an empty database")
    parser.add_argument("--each", type=int, default=40, help="writes of each writer")
    given = parser.parse_args()
    table = Table("workspaces", "writers", "writes/s", "again", "median ms", "longest ms")
    with tempfile.TemporaryDirectory() as folder:
        db = open_database(Path(folder), given.url, connections=40)
        names = [new_id("wsp") for _ in range(20)]
        rows = [{"id": name, "name": name, "created_at": 0} for name in names]
        db.write_now(lambda c: c.execute(insert(workspaces), rows))
        for used in (names, names[:1]):
            for at_once in (1, 5, 20):
                done = asyncio.run(measure(db, used, at_once, given.each))
                count = len(done.seconds)
                table.add_row(
                    str(len(used)),
                    str(at_once),
                    f"{count / done.elapsed:.0f}",
                    f"{(done.calls - count) / count:.2f}",
                    f"{statistics.median(done.seconds) * 1000:.0f}",
                    f"{max(done.seconds) * 1000:.0f}",
                )
        db.close()
    Console().print(table)


if __name__ == "__main__":
    main()
