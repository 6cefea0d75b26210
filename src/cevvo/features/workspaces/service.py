"""The workspace that everything belongs to."""

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.features.workspaces.repository import ensure_default
from cevvo.foundation.db.database import Database


class WorkspacesService:
    """The workspaces of this server."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def default(self) -> WorkspaceId:
        """The oldest workspace, made when there is none yet."""
        now = self._clock()
        return await self._db.write(lambda c: ensure_default(c, now))
