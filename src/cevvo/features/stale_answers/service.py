"""What past answers rest on words that are no longer there."""

from collections.abc import Callable

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.features.stale_answers import repository
from cevvo.features.stale_answers.repository import StaleAnswer, Verdict
from cevvo.features.stale_answers.tasks import UPKEEP
from cevvo.foundation.db.database import Database


class StaleAnswersService:
    """Lists them. ``notify`` wakes the worker."""

    def __init__(self, db: Database, clock: Clock, notify: Callable[[], None]) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify

    async def list_stale(
        self, workspace: WorkspaceId, *, verdict: Verdict | None, offset: int, limit: int
    ) -> tuple[list[StaleAnswer], int]:
        """A page of them, those found last first, and how many there are."""
        return await self._db.read(
            lambda c: repository.list_stale(
                c, workspace, verdict=verdict, offset=offset, limit=limit
            )
        )

    async def enqueue_due(self) -> None:
        """Have answers looked at whose workspace's content has changed: for the schedule."""
        if await UPKEEP.enqueue_due(self._db, self._clock):
            self._notify()
