"""Reads and writes: together, apart, refused, and after a power cord is pulled."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from cevvo.errors import NotFound, StorageFull, Unavailable
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import workspaces
from stores import only_on_sqlite


def add(connection: Connection, name: str) -> str:
    connection.execute(insert(workspaces).values(id=name, name="x" * 10, created_at=0))
    return name


def adding(name: str) -> Callable[[Connection], str]:
    return lambda connection: add(connection, name)


def names(db: Database) -> set[str]:
    return db.read_now(lambda c: set(c.execute(select(workspaces.c.id)).scalars()))


def commits(db: Database) -> list[int]:
    """Grows by one with each commit from now on."""
    seen: list[int] = []
    event.listen(db.engine, "commit", lambda _connection: seen.append(1))
    return seen


def blocked_writer(db: Database) -> threading.Event:
    """Keeps the writer busy until the event is set, so that what comes next queues up."""
    go_on, busy = threading.Event(), threading.Event()

    def wait(_connection: Connection) -> None:
        busy.set()
        assert go_on.wait(10)

    threading.Thread(target=db.write_now, args=(wait,)).start()
    assert busy.wait(10)
    return go_on


def test_what_was_written_is_read(db: Database) -> None:
    async def scenario() -> int:
        assert await db.write(lambda c: add(c, "a")) == "a"
        return await db.read(
            lambda c: c.execute(select(func.count()).select_from(workspaces)).scalar_one()
        )

    assert asyncio.run(scenario()) == 1


@only_on_sqlite("one thread writes")
def test_writes_that_wait_are_committed_together(db: Database) -> None:
    seen = commits(db)

    async def scenario() -> list[str]:
        go_on = await asyncio.to_thread(blocked_writer, db)
        writes = [asyncio.create_task(db.write(adding(str(n)))) for n in range(50)]
        await asyncio.sleep(0)
        go_on.set()
        return await asyncio.gather(*writes)

    assert asyncio.run(scenario()) == [str(number) for number in range(50)]
    assert len(seen) == 2  # the one that kept the writer busy, and the fifty
    assert len(names(db)) == 50


@only_on_sqlite("one writer, in the order asked")
def test_one_that_fails_takes_nobody_with_it(db: Database) -> None:
    def half_done(connection: Connection) -> None:
        add(connection, "half")
        raise NotFound("Not there.")

    def clash(connection: Connection) -> None:
        add(connection, "clash")
        add(connection, "first")

    async def scenario() -> list[object]:
        go_on = await asyncio.to_thread(blocked_writer, db)
        writes = [
            db.write(lambda c: add(c, "first")),
            db.write(half_done),
            db.write(clash),
            db.write(lambda c: add(c, "last")),
        ]
        tasks = [asyncio.ensure_future(write) for write in writes]
        await asyncio.sleep(0)
        go_on.set()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    first, half, clashed, last = asyncio.run(scenario())
    assert (first, last) == ("first", "last")
    assert isinstance(half, NotFound)
    assert isinstance(clashed, IntegrityError)
    assert names(db) == {"first", "last"}


def test_errors_do_not_quote_what_users_wrote(db: Database) -> None:
    db.write_now(lambda c: add(c, "the user's words"))
    with pytest.raises(IntegrityError) as caught:
        db.write_now(lambda c: add(c, "the user's words"))
    assert "the user's words" not in str(caught.value)


@only_on_sqlite("one writer, for whom others wait")
def test_a_write_whose_caller_gave_up_is_not_done(db: Database) -> None:
    async def scenario() -> None:
        go_on = await asyncio.to_thread(blocked_writer, db)
        given_up = asyncio.create_task(db.write(lambda c: add(c, "given-up")))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await db.write(lambda c: add(c, "after"))

    asyncio.run(scenario())
    assert names(db) == {"after"}


def test_a_read_cannot_write(db: Database) -> None:
    with pytest.raises((OperationalError, Unavailable), match=r"readonly|cannot write"):
        db.read_now(lambda c: add(c, "a"))
    assert names(db) == set()


def test_a_read_sees_one_moment(db: Database) -> None:
    def twice(connection: Connection) -> tuple[int, int]:
        count = select(func.count()).select_from(workspaces)
        before = connection.execute(count).scalar_one()
        db.write_now(lambda c: add(c, "meanwhile"))
        return before, connection.execute(count).scalar_one()

    assert db.read_now(twice) == (0, 0)
    assert names(db) == {"meanwhile"}


def test_reads_do_not_wait_for_a_write(db: Database) -> None:
    go_on = blocked_writer(db)
    assert names(db) == set()
    go_on.set()


@only_on_sqlite("pragmas stand for the disk")
def test_r3_a_full_disk_is_told_and_got_over(db: Database) -> None:
    def too_much(connection: Connection) -> None:
        connection.execute(insert(workspaces).values(id="big", name="x" * 9_000_000, created_at=0))

    db.write_now(lambda c: add(c, "before"))
    db.write_now(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000"))
    with pytest.raises(StorageFull):
        db.write_now(too_much)
    assert names(db) == {"before"}
    db.write_now(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000000"))
    db.write_now(lambda c: add(c, "after"))
    assert names(db) == {"before", "after"}


@only_on_sqlite("pragmas stand for the disk")
def test_r3_a_full_disk_in_a_group_loses_nothing_that_was_acknowledged(db: Database) -> None:
    def too_much(connection: Connection) -> None:
        connection.execute(insert(workspaces).values(id="big", name="x" * 9_000_000, created_at=0))

    async def scenario() -> list[object]:
        await db.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000"))
        go_on = await asyncio.to_thread(blocked_writer, db)
        small = [db.write(adding(str(n))) for n in range(5)]
        tasks = [
            asyncio.ensure_future(each) for each in (*small[:3], db.write(too_much), *small[3:])
        ]
        await asyncio.sleep(0)
        go_on.set()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    outcomes = asyncio.run(scenario())
    assert isinstance(outcomes[3], StorageFull)
    acknowledged = {outcome for outcome in outcomes if isinstance(outcome, str)}
    assert acknowledged <= names(db)


@only_on_sqlite("a file")
def test_r5_a_data_directory_that_became_read_only_is_told(db: Database) -> None:
    db.write_now(lambda c: c.exec_driver_sql("PRAGMA query_only = ON"))
    with pytest.raises(Unavailable, match="cannot write"):
        db.write_now(lambda c: add(c, "a"))
    assert names(db) == set()


@only_on_sqlite("its log goes when it is closed")
def test_closing_finishes_what_is_queued_and_refuses_the_rest(db: Database) -> None:
    async def scenario() -> list[str]:
        go_on = await asyncio.to_thread(blocked_writer, db)
        writes = [asyncio.create_task(db.write(adding(str(n)))) for n in range(9)]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.to_thread(db.close)
        return await asyncio.gather(*writes)

    assert len(asyncio.run(scenario())) == 9
    db.close()  # once more does no harm
    with pytest.raises(Unavailable):
        db.write_now(lambda c: add(c, "late"))
    with pytest.raises(Unavailable):
        names(db)
    assert not (db.data_dir / "cevvo.db-wal").exists()


WRITER = """
import sys
from pathlib import Path
from sqlalchemy import insert
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.sqlite import SqliteDatabase
from cevvo.foundation.db.tables import workspaces
db = SqliteDatabase(Path(sys.argv[1]))
number = 0
while True:
    row = insert(workspaces).values(id=f"{sys.argv[2]}-{number}", name="", created_at=0)
    db.write_now(lambda c: c.execute(row))
    print(number, flush=True)
    number += 1
"""


@only_on_sqlite("the file is its own; of Postgres see test_r39")
def test_r1_nothing_acknowledged_is_lost_to_kill_9(db: Database, tmp_path: Path) -> None:
    db.close()
    acknowledged: set[str] = set()
    for trial in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(trial)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        for line in writer.stdout:
            acknowledged.add(f"{trial}-{int(line)}")
            if int(line) == 20:
                os.kill(writer.pid, signal.SIGKILL)
                break
        acknowledged |= {f"{trial}-{int(line)}" for line in writer.stdout if line.endswith("\n")}
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL
    reopened = open_database(tmp_path)
    try:
        assert acknowledged <= names(reopened)
        check = reopened.read_now(lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar())
        assert check == "ok"
    finally:
        reopened.close()
