"""Reading the audit log, and taking it away as a table, which is noted in it too."""

from sqlalchemy import Connection

from cevvo.domain.access import Actor
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.features.audit_log import repository
from cevvo.features.audit_log.repository import AuditFilter, Entry
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database


class AuditLogService:
    """What was done in a workspace."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def page(
        self, workspace: WorkspaceId, wanted: AuditFilter, *, offset: int, limit: int
    ) -> tuple[list[Entry], int]:
        """Entries, the newest first, and how many there are in all."""
        return await self._db.read(
            lambda c: repository.list_entries(c, workspace, wanted, offset=offset, limit=limit)
        )

    async def export(
        self, workspace: WorkspaceId, wanted: AuditFilter, *, by: Actor
    ) -> list[Entry]:
        """All such entries, the newest first, without the one that this adds."""

        def note(connection: Connection) -> None:
            now = self._clock()
            append(connection, workspace, by, "audit_log.exported", now=now)

        found, _ = await self._db.read(
            lambda c: repository.list_entries(c, workspace, wanted, offset=0, limit=None)
        )
        await self._db.write(note)
        return found
