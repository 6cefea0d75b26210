"""The background work of webhooks: a job for each webhook that something is due for."""

from collections.abc import Callable, Mapping
from functools import partial
from random import Random

from sqlalchemy import Connection, delete

from cevvo.domain.time import Clock, Millis
from cevvo.features.webhooks import deliveries, repository
from cevvo.features.webhooks.deliveries import Delivery
from cevvo.features.webhooks.delivering import DAY, LONGEST_WAIT, Outcome, Sender, record
from cevvo.features.webhooks.repository import Webhook
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job, Lease
from cevvo.foundation.jobs.worker import JobContext, JobHandler

KIND = "webhook"
KEPT = 30 * DAY
"""Milliseconds that a delivery is kept, whatever came of it."""
_IN_A_ROW = 50  # deliveries of one job: then others may have its place


class WebhookTasks:
    """Sends what is due. Call ``enqueue_due`` every few seconds and ``sweep`` now and then."""

    def __init__(
        self, db: Database, sender: Sender, clock: Clock, *, chance: Random | None = None
    ) -> None:
        self._db = db
        self._sender = sender
        self._clock = clock
        self._chance = chance or Random()  # noqa: S311 - spreads retries, guards nothing

    @property
    def handlers(self) -> Mapping[str, JobHandler]:
        """For the worker."""
        return {KIND: self._deliver}

    async def enqueue_due(self, notify: Callable[[], None]) -> None:
        """Make a job for each webhook that something is due for, one at a time for each.

        ``notify`` wakes the worker.
        """
        now = self._clock()
        due = await self._db.read(
            lambda c: deliveries.webhooks_due(c, now=now, longest=LONGEST_WAIT)
        )
        if not due:
            return

        def write(connection: Connection) -> None:
            for workspace, webhook_id in due:
                queue.enqueue(
                    connection,
                    workspace,
                    kind=KIND,
                    payload={"webhook_id": webhook_id},
                    source_id=None,
                    now=now,
                    subject=webhook_id,
                )

        await self._db.write(write)
        notify()

    async def _deliver(self, job: Job, context: JobContext) -> None:
        """Send what is due, the oldest first, until something fails: an endpoint that is down
        makes nobody else wait for long."""
        webhook_id = str(job.payload["webhook_id"])
        for _ in range(_IN_A_ROW):
            found = await self._db.read(partial(self._next, job=job, webhook_id=webhook_id))
            if found is None:
                return
            webhook, delivery = found
            outcome = await self._sender.send(webhook, delivery)
            write = partial(self._record, job=job, lease=context.lease)
            await self._db.write(partial(write, delivery=delivery, outcome=outcome))
            if outcome.error is not None:
                return

    def _next(
        self, connection: Connection, *, job: Job, webhook_id: str
    ) -> tuple[Webhook, Delivery] | None:
        webhook = repository.get_webhook(connection, job.workspace, webhook_id)
        delivery = deliveries.next_due(
            connection, job.workspace, webhook_id, now=self._clock(), longest=LONGEST_WAIT
        )
        return None if webhook is None or delivery is None else (webhook, delivery)

    def _record(
        self,
        connection: Connection,
        *,
        job: Job,
        lease: Lease,
        delivery: Delivery,
        outcome: Outcome,
    ) -> None:
        queue.assert_lease(connection, lease)
        record(connection, job.workspace, delivery, outcome, self._chance, now=self._clock())

    async def sweep(self) -> None:
        """Forget old deliveries, and the jobs that have ended: their deliveries say it all."""
        before = Millis(self._clock() - KEPT)

        def write(connection: Connection) -> None:
            deliveries.forget(connection, before=before)
            ended = jobs.c.status.not_in(queue.LIVE)
            connection.execute(delete(jobs).where(jobs.c.kind == KIND, ended))

        await self._db.write(write)
