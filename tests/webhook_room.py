"""A workspace with webhooks, real sending, and a clock that the test sets."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import select

from cevvo.domain.events import EventType
from cevvo.domain.ids import WorkspaceId
from cevvo.features.webhooks import deliveries
from cevvo.features.webhooks.deliveries import Delivery
from cevvo.features.webhooks.delivering import Sender
from cevvo.features.webhooks.repository import Webhook
from cevvo.features.webhooks.service import WebhooksService
from cevvo.features.webhooks.tasks import WebhookTasks
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs import claiming, queue
from cevvo.foundation.jobs.queue import Lease
from cevvo.foundation.jobs.worker import JobContext
from cevvo.foundation.secrets import Secrets
from cevvo.foundation.webhooks import emit
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.posting import HttpPoster
from http_api import OPERATOR, Clocks

T = TypeVar("T")


class Room:
    """Its methods run one after the other, in an event loop of its own; ``close`` it when done."""

    def __init__(self, db: Database, workspace: WorkspaceId, *, allow: str = "127.0.0.0/8") -> None:
        self.db = db
        self.workspace = workspace
        self.clocks = Clocks()
        self.rules = AddressRules((allow,) if allow else ())
        self.secrets = Secrets(b"k" * 32)
        self._runner = asyncio.Runner()
        self.poster = HttpPoster(self.rules)

    def close(self) -> None:
        self.run(self.poster.close())
        self._runner.close()

    def run(self, use: "Coroutine[Any, Any, T]") -> T:
        return self._runner.run(use)

    def sender(self) -> Sender:
        return Sender(self.poster, self.secrets, self.clocks.now)

    def service(self) -> WebhooksService:
        return WebhooksService(self.db, self.secrets, self.rules, self.sender(), self.clocks.now)

    def tasks(self) -> WebhookTasks:
        return WebhookTasks(self.db, self.sender(), self.clocks.now)

    def create(self, url: str, *events: EventType, text: bool = False) -> tuple[str, Webhook]:
        """A webhook, for failing sources unless said otherwise, and its secret."""
        asked = events or ("source.failed",)
        made = self.service().create(
            self.workspace, url=url, events=asked, include_text=text, by=OPERATOR
        )
        return self.run(made)

    def happen(self, type: EventType = "source.failed", **data: Any) -> None:
        """Something that webhooks are told of."""
        now = self.clocks.now()
        self.db.write_now(lambda c: emit(c, self.workspace, type, now=now, data=data))

    def deliver(self) -> int:
        """What the schedule and the worker do at this time; how many jobs that were."""

        async def deliver() -> int:
            tasks = self.tasks()
            await tasks.enqueue_due(lambda: None)
            count = 0
            while (job := self._claimed(f"lease {count}")) is not None:
                lease = Lease(job.id, f"lease {count}")
                await tasks.handlers[job.kind](job, JobContext(self.db, lease))
                self.db.write_now(partial(queue.complete, lease=lease, now=job.run_at))
                count += 1
            return count

        return self.run(deliver())

    def _claimed(self, token: str) -> queue.Job | None:
        now = self.clocks.now()
        return self.db.write_now(lambda c: claiming.claim(c, token, now=now, workspace_limit=9))

    def log(self, webhook_id: str) -> list[Delivery]:
        """The webhook's deliveries, the newest first."""
        return self.db.read_now(
            lambda c: deliveries.list_deliveries(c, self.workspace, webhook_id)[0]
        )

    def webhook(self, webhook_id: str) -> Webhook:
        return self.run(self.service().get(self.workspace, webhook_id))

    def jobs(self) -> list[str]:
        return self.db.read_now(lambda c: list(c.execute(select(jobs.c.status)).scalars()))
