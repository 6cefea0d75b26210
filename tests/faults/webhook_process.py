"""The schedule and the worker for webhooks in a process of their own: ``webhook_process.py DIR``.

It may reach loopback, seals with the key of ``webhook_room.py`` and runs until it is killed.
"""

import asyncio
import sys
from pathlib import Path

from cevvo.domain.time import now
from cevvo.features.webhooks.delivering import Sender
from cevvo.features.webhooks.tasks import WebhookTasks
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.sqlite import SqliteDatabase
from cevvo.foundation.jobs.schedule import every
from cevvo.foundation.jobs.worker import Worker
from cevvo.foundation.secrets import Secrets
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.posting import HttpPoster


async def run(db: Database) -> None:
    poster = HttpPoster(AddressRules(("127.0.0.0/8",)))
    tasks = WebhookTasks(db, Sender(poster, Secrets(b"k" * 32), now), now)
    worker = Worker(db, tasks.handlers, concurrency=1, workspace_limit=1)
    await worker.start()
    await every(0.1, lambda: tasks.enqueue_due(worker.notify))


if __name__ == "__main__":
    asyncio.run(run(SqliteDatabase(Path(sys.argv[1]))))
