"""How long conversations are kept, and letting go of those that are older."""

from collections.abc import Mapping

from sqlalchemy import Connection, select, update

from cevvo.domain.access import Actor
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, Millis
from cevvo.features.conversations.repository import delete_conversation
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import conversations, workspaces
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

_DAY = 86_400_000
_SLICE = 50  # threads deleted in one transaction
_THE_SERVER = Actor("server", None)


class RetentionService:
    """The retention of each workspace, in days after a conversation's last message."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def days(self, workspace: WorkspaceId) -> int | None:
        """How long conversations are kept; None: until somebody deletes them."""
        query = select(workspaces.c.retention_days).where(workspaces.c.id == workspace)
        return await self._db.read(lambda c: c.execute(query).scalar())

    async def change(self, workspace: WorkspaceId, days: int | None, *, by: Actor) -> None:
        """Keep them so long from now on; what is older goes within the hour."""
        now, detail = self._clock(), {"conversation_days": days}

        def write(connection: Connection) -> None:
            changed = update(workspaces).where(workspaces.c.id == workspace)
            connection.execute(changed.values(retention_days=days))
            append(connection, workspace, by, "retention.changed", now=now, detail=detail)

        await self._db.write(write)

    async def sweep(self) -> None:
        """Delete what is too old, of every workspace, as if by hand: counters stay, words do not.

        It may stop anywhere and start again. The audit log keeps how many there were.
        """
        for workspace, days in (await self._db.read(_kept_for)).items():
            before = Millis(self._clock() - days * _DAY)
            while await self._sweep_some(workspace, before):
                pass

    async def _sweep_some(self, workspace: WorkspaceId, before: Millis) -> int:
        now = self._clock()

        def write(connection: Connection) -> int:
            old = _older(connection, workspace, before)
            for conversation_id in old:
                delete_conversation(connection, workspace, conversation_id)
            if old:
                append(
                    connection,
                    workspace,
                    _THE_SERVER,
                    "conversations.expired",
                    now=now,
                    detail={"conversations": len(old)},
                )
            return len(old)

        deleted = await self._db.write(write)
        if deleted:
            log.info("conversations_expired", workspace_id=workspace, conversations=deleted)
        return deleted


def _kept_for(connection: Connection) -> Mapping[WorkspaceId, int]:
    query = select(workspaces.c.id, workspaces.c.retention_days).where(
        workspaces.c.retention_days.is_not(None), workspaces.c.deleted_at.is_(None)
    )
    return {WorkspaceId(row[0]): row[1] for row in connection.execute(query)}


def _older(connection: Connection, workspace: WorkspaceId, before: Millis) -> list[str]:
    query = select(conversations.c.id).where(
        conversations.c.workspace_id == workspace, conversations.c.updated_at < before
    )
    oldest = query.order_by(conversations.c.updated_at, conversations.c.id).limit(_SLICE)
    return list(connection.execute(oldest).scalars())
