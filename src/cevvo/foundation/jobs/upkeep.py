"""Work that a workspace needs from time to time: queued when it is due, never twice at once."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, Millis
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.job import Job


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Jobs of one kind, of which at most one waits or runs in a workspace.

    ``is_due`` is asked of each of ``workspaces``, which are those that can have need of it.
    """

    kind: str
    workspaces: Callable[[Connection], list[WorkspaceId]]
    is_due: Callable[[Connection, WorkspaceId], bool]

    def follow_job(self, connection: Connection, job: Job) -> None:
        """A worker's observer: when a job has ended, something may have become due. The end of one
        of this kind counts, too: more may have come while it ran; but not if it failed, as the next
        one would at once. ``enqueue_due`` has it tried again."""
        if job.kind == self.kind and job.status == "failed":
            return
        if job.completed_at is not None and self.is_due(connection, job.workspace):
            self.enqueue(connection, job.workspace, now=job.completed_at)

    async def enqueue_due(self, db: Database, clock: Clock) -> bool:
        """Queue what is due in all workspaces, whatever made it so. Whether anything was."""
        due = await db.read(lambda c: [each for each in self.workspaces(c) if self.is_due(c, each)])
        if due:
            now = clock()
            await db.write(lambda c: [self.enqueue(c, each, now=now) for each in due])
        return bool(due)

    def enqueue(self, connection: Connection, workspace: WorkspaceId, *, now: Millis) -> str:
        """Queue the job of a workspace, unless it is there, and return its id."""
        return queue.enqueue(
            connection,
            workspace,
            kind=self.kind,
            payload={},
            source_id=None,
            subject=f"{self.kind}:{workspace}",
            priority=queue.LONG,
            now=now,
        )
