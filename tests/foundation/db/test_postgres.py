"""The database on Postgres: as serial as SQLite, and there again when Postgres is."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.errors import NotFound, Unavailable
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import index_log, jobs, workspaces
from cevvo.foundation.jobs import claiming, queue
from postgres_server import PostgresServer, postgres_is_installed, the_server
from stores import clean, empty_postgres

if not postgres_is_installed():
    pytest.skip("no Postgres here: uv sync --group postgres", allow_module_level=True)

WORKSPACE = WorkspaceId("ws_a")


@pytest.fixture(scope="module")
def server() -> PostgresServer:
    return the_server()


@pytest.fixture
def name(server: PostgresServer) -> Iterator[str]:
    """A migrated database with one workspace, whose ``retention_days`` is 0."""
    name = empty_postgres()
    server.execute(
        "INSERT INTO workspaces (id, name, created_at, retention_days) VALUES ('ws_a', 'A', 0, 0)",
        name,
    )
    yield name
    clean(name)


@pytest.fixture
def db(server: PostgresServer, name: str, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path, server.url(name), connections=6)
    yield opened
    opened.close()


def counted(db: Database) -> int:
    query = select(workspaces.c.retention_days).where(workspaces.c.id == WORKSPACE)
    found: int = db.read_now(lambda c: c.execute(query).scalar_one())
    return found


def count_up(connection: Connection) -> None:
    """Reads, thinks, writes: what two at once get wrong where they are not kept apart."""
    now = connection.execute(select(workspaces.c.retention_days)).scalar_one()
    connection.execute(update(workspaces).values(retention_days=now + 1))


def added(name: str) -> Callable[[Connection], object]:
    return lambda c: c.execute(insert(workspaces).values(id=name, name=name, created_at=0))


def in_step(parties: int) -> Callable[[], None]:
    """Called by so many threads, it lets all of them go on together; each waits only once."""
    barrier, seen = threading.Barrier(parties), threading.local()

    def wait() -> None:
        if not getattr(seen, "once", False):
            seen.once = True
            barrier.wait(20)

    return wait


def test_what_is_read_then_written_is_never_lost(db: Database) -> None:
    async def scenario() -> None:
        await asyncio.gather(*(db.write(count_up) for _ in range(60)))

    asyncio.run(scenario())
    assert counted(db) == 60


def test_a_write_that_loses_to_others_again_and_again_is_done_at_last(db: Database) -> None:
    calls = 0

    def outrun(connection: Connection) -> None:
        nonlocal calls
        calls += 1
        now = connection.execute(select(workspaces.c.retention_days)).scalar_one()
        if calls <= 20:  # somebody else is quicker
            with db.engine.begin() as other:
                other.execute(update(workspaces).values(retention_days=now + 1))
        connection.execute(update(workspaces).values(retention_days=now + 1))

    db.write_now(outrun)
    assert (calls, counted(db)) == (21, 21)


def test_a_check_holds_until_its_row_is_written(db: Database) -> None:
    """Both look before either writes: nothing but the order of transactions keeps them apart."""
    wait = in_step(2)

    def one_of_a_name(connection: Connection) -> bool:
        count = select(func.count()).where(workspaces.c.name == "unique")
        there: int = connection.execute(count).scalar_one()
        wait()
        if there == 0:
            row = {"id": f"ws_{threading.get_ident()}", "name": "unique", "created_at": 0}
            connection.execute(insert(workspaces), row)
        return there == 0

    with ThreadPoolExecutor(2) as both:
        made = [both.submit(db.write_now, one_of_a_name) for _ in range(2)]
    assert sorted(each.result() for each in made) == [False, True]


def test_who_comes_second_with_a_key_finds_it_there(db: Database) -> None:
    wait = in_step(2)

    def once(connection: Connection) -> str:
        known = select(workspaces.c.id).where(workspaces.c.id == "ws_key")
        there = connection.execute(known).first()
        wait()
        if there is not None:
            raise NotFound("Somebody has it.")
        added("ws_key")(connection)
        return "mine"

    with ThreadPoolExecutor(2) as both:
        tries = [both.submit(db.write_now, once) for _ in range(2)]
    errors = [each.exception() for each in tries]
    assert sorted(type(error).__name__ for error in errors) == ["NoneType", "NotFound"]


def test_a_row_that_can_never_be_stored_is_told_without_its_words(db: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        db.write_now(added("ws_a"))
    assert "ws_a" not in str(caught.value)
    assert "pk_workspaces" in str(caught.value)


def test_a_read_cannot_write(db: Database) -> None:
    with pytest.raises(Unavailable, match="cannot write"):
        db.read_now(added("x"))


def test_what_takes_too_long_is_given_up(db: Database) -> None:
    def slow(connection: Connection) -> None:
        connection.execute(text("SET LOCAL statement_timeout = 20"))
        connection.execute(text("SELECT pg_sleep(30)"))

    with pytest.raises(Unavailable, match="too long"):
        db.read_now(slow)
    assert counted(db) == 0


def out_of_memory(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(n) FROM generate_series(1, 1000000) n"))


def test_where_postgres_has_no_room_for_locks_it_says_what_to_raise(db: Database) -> None:
    with pytest.raises(Unavailable, match=r"out of memory\. .*max_locks_per_transaction"):
        db.write_now(out_of_memory)


def test_it_goes_on_when_postgres_has_room_for_locks_again(db: Database) -> None:
    tries: list[int] = []

    def crowded_at_first(connection: Connection) -> None:
        tries.append(1)
        if len(tries) < 4:
            out_of_memory(connection)
        count_up(connection)

    db.write_now(crowded_at_first)
    assert (len(tries), counted(db)) == (4, 1)


def test_r39_more_at_once_than_connections_wait_their_turn(db: Database) -> None:
    async def scenario() -> int:
        waiting = (db.read(lambda c: c.execute(text("SELECT 1")).scalar_one()) for _ in range(100))
        return sum(await asyncio.gather(*waiting))

    assert asyncio.run(scenario()) == 100


def test_nul_is_stored_as_a_mark_of_one_character(db: Database) -> None:
    db.write_now(lambda c: c.execute(update(workspaces).values(name="a\0b")))
    assert db.read_now(lambda c: c.execute(select(workspaces.c.name)).scalar_one()) == "a\ufffdb"


def test_sums_are_whole_numbers(db: Database) -> None:
    query = select(func.sum(workspaces.c.created_at), func.avg(workspaces.c.created_at))
    total, mean = db.read_now(lambda c: c.execute(query).one())
    assert (type(total), type(mean)) == (int, float)


def test_the_index_log_is_in_the_order_of_commits(db: Database) -> None:
    """A number is given out only when all lower ones of the workspace are there to be read."""
    first_wrote, second_began = threading.Event(), threading.Event()

    def log(connection: Connection) -> int:
        row = insert(index_log).values(workspace_id=WORKSPACE, document_id="doc")
        seq: int = connection.execute(row.returning(index_log.c.seq)).scalar_one()
        return seq

    def first(connection: Connection) -> int:
        seq = log(connection)
        first_wrote.set()
        assert second_began.wait(20)
        while not waiting(db):  # until the second one stands before the lock
            pass
        return seq

    def second(connection: Connection) -> int:
        assert first_wrote.wait(20)
        second_began.set()
        seq = log(connection)
        seen = connection.execute(select(func.count()).select_from(index_log)).scalar_one()
        assert seen in (1, 2)
        return seq

    with ThreadPoolExecutor(2) as both:
        numbers = [both.submit(db.write_now, each) for each in (first, second)]
    assert numbers[0].result() < numbers[1].result()


def waiting(db: Database) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool(db.read_now(lambda c: c.execute(text(query)).scalar_one()))


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET action = ''", "DELETE FROM audit_log"])
def test_the_audit_log_only_grows(db: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="only grows"):
        db.write_now(lambda c: c.execute(text(statement)))


def test_r8_each_job_is_claimed_once_by_workers_of_several_servers(
    server: PostgresServer, name: str, db: Database, tmp_path: Path
) -> None:
    def fill(connection: Connection) -> None:
        for _ in range(60):
            queue.enqueue(
                connection, WORKSPACE, kind="k", payload={}, source_id=None, now=Millis(0)
            )

    db.write_now(fill)
    others = open_database(tmp_path, server.url(name), connections=4)
    claimed: list[str] = []
    running: list[int] = []

    def jobs_that(db: Database, status: str) -> int:
        query = select(func.count()).where(jobs.c.status == status)
        return db.read_now(lambda c: c.execute(query).scalar_one())

    def work(mine: Database, token: str) -> None:
        def claim(connection: Connection) -> queue.Job | None:
            claiming.take_turn(connection)
            return claiming.claim(connection, token, now=Millis(1), workspace_limit=3)

        def complete(job: queue.Job, connection: Connection) -> None:
            claiming.take_turn(connection)
            queue.complete(connection, queue.Lease(job.id, token), now=Millis(2))

        while jobs_that(mine, "queued"):
            job = mine.submit_write(claim, locking=True).result()  # as a worker does
            if job is not None:
                running.append(jobs_that(mine, "processing"))
                claimed.append(job.id)
                mine.submit_write(partial(complete, job), locking=True).result()

    try:
        with ThreadPoolExecutor(6) as workers:
            each = [
                workers.submit(work, (db, others)[number % 2], str(number)) for number in range(6)
            ]
        for one in each:
            one.result()
    finally:
        others.close()
    assert len(claimed) == len(set(claimed)) == 60
    assert max(running) <= 3


def test_r39_postgres_restarts_under_writes(server: PostgresServer, db: Database) -> None:
    """What was acknowledged is there, nothing is there half, and it goes on without a restart."""
    acknowledged: set[str] = set()
    refused: list[str] = []
    enough, stop = threading.Event(), threading.Event()

    def pair(connection: Connection, name: str) -> None:
        added(f"{name}-1")(connection)
        added(f"{name}-2")(connection)

    def write(thread: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            name = f"ws_{thread}-{number}"
            try:
                db.write_now(partial(pair, name=name))
            except Unavailable:
                refused.append(name)
                continue
            acknowledged.add(name)
            if len(acknowledged) > 20:
                enough.set()

    with ThreadPoolExecutor(3) as writers:
        ended = [writers.submit(write, thread) for thread in range(3)]
        try:
            for end in (server.stop, server.kill):
                assert enough.wait(30)
                end()
                with pytest.raises(Unavailable, match="reach its database"):
                    counted(db)
                server.start()
                before = len(acknowledged)
                assert counted(db) == 0
                enough.clear()
                while len(acknowledged) < before + 20:
                    assert not all(each.done() for each in ended)
        finally:
            stop.set()
    for each in ended:
        each.result()
    stored = db.read_now(lambda c: set(c.execute(select(workspaces.c.id)).scalars()))
    assert {f"{name}-{half}" for name in acknowledged for half in (1, 2)} <= stored
    for name in refused:
        assert ({f"{name}-1", f"{name}-2"} & stored) in (set(), {f"{name}-1", f"{name}-2"})
