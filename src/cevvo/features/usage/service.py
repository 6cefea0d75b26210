"""What language models took, for whoever pays."""

from collections.abc import Sequence
from dataclasses import dataclass

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import Period, PeriodName
from cevvo.domain.time import Clock
from cevvo.features.usage.repository import Entry, entries
from cevvo.foundation.access.refusals import Refused, refused
from cevvo.foundation.db.database import Database

_DAY = 86_400_000  # milliseconds


@dataclass(frozen=True, slots=True)
class UsageReport:
    """All that was taken, and refused, on the days of UTC that a period touches, newest first."""

    period: PeriodName
    entries: Sequence[Entry]
    refused: Sequence[Refused]


class UsageService:
    """The usage of a workspace."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def report(self, workspace: WorkspaceId, name: PeriodName) -> UsageReport:
        """What was taken in the period that ends now."""
        period = Period.ending(name, self._clock())
        first, last = period.start // _DAY, period.end // _DAY
        return await self._db.read(
            lambda c: UsageReport(
                name,
                entries(c, workspace, first, last),
                refused(c, workspace, first, last),
            )
        )
