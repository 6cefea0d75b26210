"""The worker: claims jobs from the queue and runs their handlers in this process."""

import asyncio
import math
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from time import monotonic, perf_counter

from sqlalchemy import Connection

from cevvo.domain import time
from cevvo.domain.ids import WorkspaceId
from cevvo.errors import Permanent, ProviderError, Transient, Unavailable
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import claiming, queue
from cevvo.foundation.jobs.queue import Job, Lease, LeaseLost
from cevvo.foundation.jobs.signals import Listener, Signal
from cevvo.foundation.telemetry import metrics
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

HEARTBEAT = 5.0
"""Seconds between heartbeats: by then at the latest, a job that another process cancelled stops."""
POLL = 2.0
"""Seconds between looks at the queue when nobody called ``notify`` (retries, other processes)."""
_FIRST_DELAY = 2_000
_LATER = " The site asks not to be tried again for more than an hour."
_INTERNAL = "An internal error stopped this job; the server's log has the details."


class JobContext:
    """What a handler may do about its job. ``lease`` fences the transactions of its own.

    A handler's transactions begin with ``queue.assert_lease(connection, context.lease)``.
    """

    def __init__(self, db: Database, lease: Lease) -> None:
        self._db = db
        self.lease = lease

    async def progress(self, processed: int, total: int | None, share: float) -> None:
        """Report units done, units in all (None: not known yet) and 0..1 of the work."""
        await self._db.write(
            lambda c: queue.report(c, self.lease, processed=processed, total=total, progress=share),
            locking=True,
        )

    async def warn(self, *messages: str) -> None:
        """Tell the job's owner what was left out or looked wrong, without failing."""
        if messages:
            await self._db.write(lambda c: queue.warn(c, self.lease, messages), locking=True)


JobHandler = Callable[[Job, JobContext], Awaitable[None]]
"""Does a job. Raises Permanent or Transient with a reason; anything else counts as Transient.

It may be cancelled at any await and run again: what it did before must be found done, or be done
again without harm.
"""
Observer = Callable[[Connection, Job], None]
"""Called in the transaction of every change of a job's status that the worker makes."""


def backoff(attempt: int, chance: Random) -> int:
    """Milliseconds to wait after the ``attempt``-th failure: 2 s, doubling, ± 25 %."""
    doubled: float = _FIRST_DELAY * 2 ** min(attempt - 1, 16)
    return int(min(doubled, queue.MAX_DELAY) * chance.uniform(0.75, 1.25))


class Worker:
    """Runs up to ``concurrency`` jobs at a time on the running event loop.

    At most ``workspace_limit`` of them are one workspace's, see ``claiming.claim``. ``sole`` says
    that no other worker uses this database (the lock on the data directory sees to it): then every
    lease found at the start is an orphan's and is taken over at once. Others reckon with the clock
    of the database that they share, not with ``clock``.
    """

    def __init__(
        self,
        db: Database,
        handlers: Mapping[str, JobHandler],
        *,
        concurrency: int,
        workspace_limit: int,
        clock: time.Clock = time.now,
        observe: Observer = lambda _connection, _job: None,
        sole: bool = True,
        chance: Random | None = None,
    ) -> None:
        self._db = db
        self._handlers = handlers
        self._concurrency = concurrency
        self._workspace_limit = workspace_limit
        self._clock = clock
        self._observe = observe
        self._sole = sole
        self._chance = chance or Random()  # noqa: S311 - spreads retries, guards nothing
        self._wake = asyncio.Event()
        self._claiming = asyncio.Lock()  # all look when one job comes: only one should write
        self._stopping = False
        self._settled_at = math.inf
        self._runners: list[asyncio.Task[None]] = []
        self._handling: dict[Lease, asyncio.Task[None]] = {}
        self._running: Counter[WorkspaceId] = Counter()
        self._listener: Listener | None = None
        self._rechecking: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to take jobs. Call once, before the server answers requests."""
        self._settled_at = monotonic() + claiming.SETTLED / 1000
        if self._sole:
            await self._db.write(claiming.free_orphans)
        self._runners = [
            asyncio.create_task(self._run(None if i or self._concurrency == 1 else queue.LONG))
            for i in range(self._concurrency)
        ]
        if self._db.is_shared:
            self._listener = Listener(self._db.engine, self._heard, working=True)

    def notify(self) -> None:
        """Look at the queue now. Call on the event loop after the enqueueing transaction.

        The workers of other processes know by that transaction itself.
        """
        self._wake.set()

    async def recheck(self) -> None:
        """Stop the handlers of jobs that were cancelled or deleted. Call after such a write."""
        leases = list(self._handling)
        if not leases:
            return
        held = await self._db.read(lambda c: queue.still_held(c, leases))
        for lease in set(leases) - held:
            if lease in self._handling:
                self._handling[lease].cancel()

    async def stop(self, grace: float = 5.0) -> None:
        """Take no more jobs; those running get ``grace`` seconds, then go back into the queue."""
        self._stopping = True
        self._wake.set()
        if self._runners:
            await asyncio.wait(self._runners, timeout=grace)
        for handling in self._handling.values():
            handling.cancel()
        await asyncio.gather(*self._runners)
        if self._listener is not None:
            listener, self._listener = self._listener, None
            await listener.stop()

    async def _run(self, below_priority: int | None) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                async with self._claiming:
                    claimed = await self._claim(below_priority)
            except Exception as error:
                log.error("no_job_claimed", exc_info=error)
                claimed = None
            if claimed is not None:
                await self._execute(*claimed)
            elif not self._stopping:
                await self._sleep()

    def _heard(self, signal: Signal) -> None:
        if signal == "queued":
            self.notify()
            return
        rechecking = asyncio.create_task(self.recheck())
        self._rechecking.add(rechecking)
        rechecking.add_done_callback(self._rechecked)

    def _rechecked(self, rechecking: asyncio.Task[None]) -> None:
        self._rechecking.discard(rechecking)
        if not rechecking.cancelled() and (error := rechecking.exception()) is not None:
            log.warning("jobs_not_rechecked", exc_info=error)  # the next heartbeat finds the same

    async def _sleep(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), POLL)
        except TimeoutError:
            return

    async def _claim(self, below_priority: int | None) -> tuple[Job, Lease] | None:
        token = secrets.token_hex(16)
        held = frozenset(lease.job_id for lease in self._handling)

        def take(connection: Connection) -> Job | None:
            claiming.take_turn(connection)
            now = self._now(connection)
            for job in claiming.requeue_orphans(connection, now=now, held=held):
                self._observe(connection, job)
            taken = claiming.claim(
                connection,
                token,
                now=now,
                workspace_limit=self._workspace_limit,
                below_priority=below_priority,
                held=held,
                settled=monotonic() >= self._settled_at,
            )
            if taken is not None:
                self._observe(connection, taken)
            return taken

        full = [w for w, jobs in self._running.items() if jobs >= self._workspace_limit]
        if not await self._db.read(lambda c: claiming.any_due(c, self._now(c), full)):
            return None
        job = await self._db.write(take, locking=True)
        return None if job is None else (job, Lease(job.id, token))

    def _now(self, connection: Connection) -> time.Millis:
        alone = self._sole or not self._db.is_shared
        return self._clock() if alone else claiming.shared_now(connection)

    async def _execute(self, job: Job, lease: Lease) -> None:
        handling = asyncio.ensure_future(self._handle(job, lease))
        beating = asyncio.create_task(self._beat(lease, handling))
        started = perf_counter()
        self._handling[lease] = handling
        self._running[job.workspace] += 1
        if self._stopping:
            handling.cancel()
        try:
            await asyncio.wait({handling})
            await self._settle(job, lease, handling)
            metrics.JOB_SECONDS.labels(job.kind).observe(perf_counter() - started)
        finally:
            handling.cancel()
            beating.cancel()
            self._handling.pop(lease, None)
            self._running[job.workspace] -= 1

    async def _handle(self, job: Job, lease: Lease) -> None:
        handler = self._handlers.get(job.kind)
        if handler is None:
            raise Permanent(f"This server cannot run {job.kind!r} jobs.", reason="internal")
        await handler(job, JobContext(self._db, lease))

    async def _beat(self, lease: Lease, handling: asyncio.Future[None]) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            try:
                await self._db.write(
                    lambda c: queue.heartbeat(c, lease, now=self._now(c)), locking=True
                )
            except LeaseLost:
                handling.cancel()
                return
            except Exception as error:  # the disk may be full for a while: the lease may hold on
                log.warning("no_heartbeat", job_id=lease.job_id, exc_info=error)

    async def _settle(self, job: Job, lease: Lease, handling: asyncio.Future[None]) -> None:
        """Record how the handler ended, in one transaction with what the observer makes of it."""

        def write(connection: Connection) -> Job:
            claiming.take_turn(connection)
            ended = self._conclude(connection, job, lease, handling)
            self._observe(connection, ended)
            return ended

        try:
            ended = await self._db.write(write, locking=True)
            outcome = "again" if ended.status == "queued" else ended.status
            metrics.JOBS_ENDED.labels(job.kind, outcome).inc()
        except LeaseLost:
            metrics.JOBS_ENDED.labels(job.kind, "cancelled").inc()
            log.info("job_cancelled_or_taken_over", job_id=job.id)
        except Exception as error:
            log.error("job_end_not_recorded", job_id=job.id, exc_info=error)

    def _conclude(
        self, connection: Connection, job: Job, lease: Lease, handling: asyncio.Future[None]
    ) -> Job:
        now = self._now(connection)
        if handling.cancelled():
            return queue.release(connection, lease, now=now)
        error = handling.exception()
        if error is None:
            return queue.complete(connection, lease, now=now)
        if isinstance(error, LeaseLost):
            raise error
        if isinstance(error, Permanent):
            return queue.fail(connection, lease, code=error.reason, message=error.message, now=now)
        code, message, delay = "internal", _INTERNAL, backoff(job.attempts, self._chance)
        if isinstance(error, Transient):
            code, message = error.reason, error.message
            asked = (error.retry_after or 0) * 1000
            if asked > queue.LONGEST_WAIT:
                return queue.fail(connection, lease, code=code, message=message + _LATER, now=now)
            delay = max(delay, int(asked))
        elif isinstance(error, Unavailable | ProviderError):
            code, message = error.code, error.message
        else:
            log.error("job_broke", job_id=job.id, kind=job.kind, exc_info=error)
        return queue.retry(connection, lease, code=code, message=message, now=now, delay=delay)
