"""The queue's rules, one at a time, on a real database."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import claiming, queue
from cevvo.foundation.jobs.queue import Job, Lease, LeaseLost

T0 = Millis(1_000_000)


def add(db: Database, workspace: WorkspaceId, **options: Any) -> str:
    values: dict[str, Any] = {"kind": "text", "payload": {}, "source_id": None, "now": T0}
    return db.write_now(lambda c: queue.enqueue(c, workspace, **(values | options)))


def take(db: Database, now: int = T0, token: str = "t", **options: Any) -> Job | None:
    """Claim one as a worker does: those of dead workers go back into the queue before."""
    values: dict[str, Any] = {"workspace_limit": 9}

    def claim(connection: Connection) -> Job | None:
        claiming.requeue_orphans(connection, now=Millis(now), held=())
        return claiming.claim(connection, token, now=Millis(now), **(values | options))

    return db.write_now(claim)


def look(db: Database, workspace: WorkspaceId, job_id: str) -> Job:
    job = db.read_now(lambda c: queue.get(c, workspace, job_id))
    assert job is not None
    return job


def test_a_claimed_job_is_taken_once_and_keeps_its_first_start(
    db: Database, workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace, payload={"n": 1})
    job = take(db)
    assert job is not None
    assert (job.id, job.status, job.attempts, job.payload) == (job_id, "processing", 1, {"n": 1})
    assert take(db) is None
    later = T0 + queue.LEASE + 1
    again = take(db, later, "u")
    assert again is not None
    assert (again.attempts, again.started_at) == (2, T0)


def test_only_the_newest_lease_may_write(db: Database, workspace: WorkspaceId) -> None:
    job_id = add(db, workspace)
    take(db, T0, "old")
    take(db, T0 + queue.LEASE + 1, "new")
    old, new = Lease(job_id, "old"), Lease(job_id, "new")
    for write in (
        lambda c: queue.assert_lease(c, old),
        lambda c: queue.heartbeat(c, old, now=T0),
        lambda c: queue.report(c, old, processed=1, total=1, progress=1),
        lambda c: queue.warn(c, old, ["x"]),
        lambda c: queue.complete(c, old, now=T0),
        lambda c: queue.fail(c, old, code="internal", message="x", now=T0),
        lambda c: queue.retry(c, old, code="internal", message="x", now=T0, delay=0),
        lambda c: queue.release(c, old, now=T0),
    ):
        with pytest.raises(LeaseLost):
            db.write_now(write)
    db.write_now(lambda c: queue.complete(c, new, now=T0))
    done = look(db, workspace, job_id)
    assert (done.status, done.progress, done.warnings) == ("completed", 1.0, ())


def test_a_heartbeat_keeps_the_job(db: Database, workspace: WorkspaceId) -> None:
    job_id = add(db, workspace)
    take(db)
    later = Millis(T0 + queue.LEASE)
    db.write_now(lambda c: queue.heartbeat(c, Lease(job_id, "t"), now=later))
    assert take(db, T0 + queue.LEASE + 1, "u") is None


def test_priority_then_age_and_fairness_between_workspaces(
    db: Database, workspace: WorkspaceId, other_workspace: WorkspaceId
) -> None:
    long = add(db, workspace, priority=10)
    first = add(db, workspace, now=Millis(T0 + 1))
    second = add(db, workspace, now=Millis(T0 + 2))
    theirs = add(db, other_workspace, priority=10, now=Millis(T0 + 3))
    order = [take(db, T0 + 10) for _ in range(4)]
    assert [job and job.id for job in order] == [first, theirs, second, long]


def test_a_place_can_be_kept_from_long_jobs(db: Database, workspace: WorkspaceId) -> None:
    add(db, workspace, priority=10)
    assert take(db, below_priority=10) is None
    assert take(db) is not None


def test_a_workspace_has_so_many_places_and_one_of_them_not_for_long_jobs(
    db: Database, workspace: WorkspaceId, other_workspace: WorkspaceId
) -> None:
    long = [add(db, workspace, priority=queue.LONG, now=Millis(T0 + n)) for n in range(3)]
    take_one = partial(take, db, T0 + 10, workspace_limit=3)
    assert {job and job.id for job in (take_one(), take_one())} == set(long[:2])
    assert take_one() is None
    small = add(db, workspace)
    assert (job := take_one()) is not None
    assert job.id == small
    add(db, workspace)
    assert take_one() is None
    theirs = add(db, other_workspace, priority=queue.LONG, now=Millis(T0 + 9))
    assert (job := take_one()) is not None
    assert job.id == theirs
    db.write_now(lambda c: queue.complete(c, Lease(long[0], "t"), now=T0))
    assert take_one() is not None


def test_places_of_dead_workers_are_free(db: Database, workspace: WorkspaceId) -> None:
    ids = {add(db, workspace) for _ in range(3)}
    assert {job and job.id for job in (take(db, workspace_limit=3) for _ in ids)} == ids
    again = [take(db, T0 + queue.LEASE + 1, workspace_limit=3) for _ in ids]
    assert {job and job.id for job in again} == ids


def test_one_unfinished_job_per_subject(db: Database, workspace: WorkspaceId) -> None:
    first = add(db, workspace, subject="crawl:src_1")
    assert add(db, workspace, subject="crawl:src_1") == first
    take(db)
    assert add(db, workspace, subject="crawl:src_1") == first
    db.write_now(lambda c: queue.complete(c, Lease(first, "t"), now=T0))
    assert add(db, workspace, subject="crawl:src_1") != first


def test_a_transient_failure_waits_and_at_last_fails_with_its_reason(
    db: Database, workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace, max_attempts=2)

    def fail_once(now: int) -> Job:
        assert take(db, now) is not None
        return db.write_now(
            lambda c: queue.retry(
                c, Lease(job_id, "t"), code="unreachable", message="No answer.", now=Millis(now),
                delay=4_000,
            )
        )  # fmt: skip

    waiting = fail_once(T0)
    assert (waiting.status, waiting.error_code, waiting.error_message, waiting.completed_at) == (
        "queued",
        "unreachable",
        "No answer.",
        None,
    )
    assert waiting.next_attempt_at == T0 + 4_000
    assert take(db, T0 + 3_999) is None
    failed = fail_once(T0 + 4_000)
    assert (failed.status, failed.error_code, failed.error_message, failed.completed_at) == (
        "failed",
        "unreachable",
        "No answer.",
        T0 + 4_000,
    )


def test_r7_a_job_that_kills_its_worker_three_times_fails_with_a_reason(
    db: Database, workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace)
    now = int(T0)
    for attempt in (1, 2, 3):
        job = take(db, now, f"t{attempt}")
        assert job is not None
        assert job.attempts == attempt
        now += queue.LEASE + 1
        [job] = db.write_now(lambda c: claiming.requeue_orphans(c, now=Millis(now), held=()))  # noqa: B023 - run here
        if attempt < 3:
            assert (job.status, job.error_code) == ("queued", "interrupted")
            now += claiming.SETTLED
    assert take(db, now) is None
    failed = look(db, workspace, job_id)
    assert (failed.status, failed.error_code, failed.completed_at) == ("failed", "internal", now)
    assert "stopped" in str(failed.error_message)


def test_r1_the_last_attempt_of_an_interrupted_job_is_a_settled_workers(
    db: Database, workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace)
    for n in range(2):  # the second attempt follows at once
        assert take(db, T0 + n * (queue.LEASE + 1), settled=False) is not None
    now = Millis(T0 + 2 * (queue.LEASE + 1))
    for _ in range(30):  # workers that are killed before they have lived long enough
        assert take(db, now, settled=False) is None
        now = Millis(now + claiming.SETTLED)
    assert look(db, workspace, job_id).attempts == 2
    last = take(db, now)
    assert last is not None
    assert (last.id, last.attempts) == (job_id, 3)


def test_r7_last_attempts_are_made_one_by_one(db: Database, workspace: WorkspaceId) -> None:
    """Jobs beside one that kills its workers are not given up with it."""
    beside, deadly, late = (add(db, workspace, now=Millis(T0 + n)) for n in range(3))
    now = int(T0 + 10)
    for _ in range(2):
        assert {job and job.id for job in (take(db, now), take(db, now))} == {beside, deadly}
        now += queue.LEASE + 1
    first = take(db, now)
    assert first is not None
    assert first.id == late
    now += claiming.SETTLED
    assert [job and job.id for job in (take(db, now), take(db, now))] == [beside, None]
    db.write_now(lambda c: queue.complete(c, Lease(beside, "t"), now=Millis(now)))
    assert [job and job.id for job in (take(db, now), take(db, now))] == [deadly, None]
    further = partial(queue.report, processed=1, total=9, progress=0.1)
    add(db, workspace, now=Millis(T0 + 20))
    assert take(db, now) is not None
    db.write_now(lambda c: further(c, Lease(deadly, "t")))  # it was not the one, then
    assert look(db, workspace, deadly).attempts == 1


def test_a_job_that_gets_further_each_time_is_not_given_up(
    db: Database, workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace)
    now = int(T0)
    for page in range(1, 9):
        job = take(db, now, f"t{page}")
        assert job is not None
        further = partial(queue.report, processed=page, total=9, progress=page / 9)
        db.write_now(partial(further, lease=Lease(job_id, f"t{page}")))
        now += queue.LEASE + 1
    assert look(db, workspace, job_id).attempts == 1


def test_whether_a_failure_would_be_the_last(db: Database, workspace: WorkspaceId) -> None:
    lease = Lease(add(db, workspace, max_attempts=2), "t")
    take(db)
    assert db.read_now(lambda c: queue.may_be_tried_again(c, lease))
    again = partial(queue.retry, code="unreachable", message="No answer.", delay=0, now=T0)
    db.write_now(partial(again, lease=lease))
    take(db)
    assert not db.read_now(lambda c: queue.may_be_tried_again(c, lease))
    db.write_now(lambda c: queue.report(c, lease, processed=1, total=2, progress=0.5))
    assert db.read_now(lambda c: queue.may_be_tried_again(c, lease)), "it got further"


def test_a_released_job_is_due_at_once_and_lost_no_attempt(
    db: Database, workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace)
    take(db)
    db.write_now(lambda c: queue.release(c, Lease(job_id, "t"), now=T0))
    again = take(db)
    assert again is not None
    assert again.attempts == 1


def test_the_last_reason_shows_until_the_job_is_completed(
    db: Database, workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace)
    lease = Lease(job_id, "t")
    take(db)
    why = {"code": "unreachable", "message": "No answer."}
    db.write_now(lambda c: queue.retry(c, lease, now=T0, delay=10, **why))
    again = take(db, T0 + 10)
    assert again is not None
    assert (again.error_message, again.attempts, again.next_attempt_at) == ("No answer.", 2, None)
    done = db.write_now(lambda c: queue.complete(c, lease, now=T0))
    assert (done.error_code, done.error_message) == (None, None)


def test_a_cancelled_job_is_void_at_once_and_its_subject_free(
    db: Database, workspace: WorkspaceId, other_workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace, subject="crawl:src_1")
    take(db)
    lease = Lease(job_id, "t")
    assert db.read_now(lambda c: queue.still_held(c, [lease])) == {lease}
    assert db.write_now(lambda c: queue.cancel(c, other_workspace, job_id, now=T0)) is None
    cancelled = db.write_now(lambda c: queue.cancel(c, workspace, job_id, now=Millis(T0 + 5)))
    assert cancelled is not None
    assert (cancelled.status, cancelled.completed_at) == ("cancelled", T0 + 5)
    assert db.read_now(lambda c: queue.still_held(c, [lease])) == set()
    with pytest.raises(LeaseLost):
        db.write_now(lambda c: queue.complete(c, lease, now=T0))
    assert db.write_now(lambda c: queue.cancel(c, workspace, job_id, now=T0)) is None
    assert take(db, T0 + queue.LEASE + 1) is None
    assert add(db, workspace, subject="crawl:src_1") != job_id


def test_the_time_left_is_told_from_the_pace_of_this_run(
    db: Database, workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace)
    lease = Lease(job_id, "t")
    take(db, T0)

    def reported(progress: float) -> Job:
        done = int(progress * 1000)
        db.write_now(
            lambda c: queue.report(c, lease, processed=done, total=None, progress=progress)
        )
        return look(db, workspace, job_id)

    assert reported(0.01).seconds_left(Millis(T0 + 60_000)) is None  # too little done
    assert reported(0.2).seconds_left(Millis(T0 + 1_999)) is None  # too early
    assert reported(0.2).seconds_left(Millis(T0 + 10_000)) == 40
    take(db, T0 + queue.LEASE + 1)  # taken over: the pause is no work
    resumed = T0 + queue.LEASE + 1
    assert reported(0.2).seconds_left(Millis(resumed + 50_000)) is None
    assert reported(0.5).seconds_left(Millis(resumed + 30_000)) == 50
    # A crawl finds more pages: what was known of its end is worth nothing.
    assert reported(0.3).seconds_left(Millis(resumed + 60_000)) is None
    db.write_now(lambda c: queue.heartbeat(c, lease, now=Millis(resumed + 60_000)))
    assert reported(0.4).seconds_left(Millis(resumed + 70_000)) == 60
    db.write_now(lambda c: queue.complete(c, lease, now=T0))
    assert look(db, workspace, job_id).seconds_left(Millis(resumed + 80_000)) is None


def test_r28_a_clock_put_back_does_not_hold_up_the_queue(
    db: Database, workspace: WorkspaceId
) -> None:
    add(db, workspace, now=Millis(T0 + 3_600_000))
    assert db.read_now(lambda c: claiming.any_due(c, T0))
    assert take(db, T0) is not None


def test_r28_a_lease_from_before_the_clock_was_put_back_is_over(
    db: Database, workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace)
    take(db, T0 + 3_600_000, "dead")
    assert db.read_now(lambda c: claiming.any_due(c, T0))
    again = take(db, T0, "u")
    assert again is not None
    assert again.id == job_id
    assert take(db, T0 + queue.LEASE - 1, "v") is None


def test_warnings_are_kept_once_and_bounded(db: Database, workspace: WorkspaceId) -> None:
    job_id = add(db, workspace)
    take(db)
    lease = Lease(job_id, "t")
    db.write_now(lambda c: queue.warn(c, lease, ["a", "b"]))
    db.write_now(lambda c: queue.warn(c, lease, ["b", *map(str, range(100))]))
    warnings = look(db, workspace, job_id).warnings
    assert warnings[:3] == ("a", "b", "0")
    assert len(warnings) == queue.MAX_WARNINGS


def test_a_job_of_another_workspace_is_not_there(
    db: Database, workspace: WorkspaceId, other_workspace: WorkspaceId
) -> None:
    job_id = add(db, workspace)
    assert db.read_now(lambda c: queue.get(c, other_workspace, job_id)) is None
