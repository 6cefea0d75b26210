"""What the documents say in two ways."""

from cevvo.domain.ids import WorkspaceId
from cevvo.features.conflicts import repository
from cevvo.features.conflicts.repository import FoundConflict
from cevvo.foundation.db.database import Database


class ConflictsService:
    """Lists the conflicts that questions have brought up."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_conflicts(
        self, workspace: WorkspaceId, *, offset: int, limit: int
    ) -> tuple[list[FoundConflict], int]:
        """A page of those that still stand, the newest first, and how many there are."""
        return await self._db.read(
            lambda c: repository.list_conflicts(c, workspace, offset=offset, limit=limit)
        )
