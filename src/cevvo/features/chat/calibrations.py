"""How sure an answer must be in each workspace: by its ratings, and by what its owner accepts."""

import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection, select

from cevvo.domain.answer_settings import AnswerSettings
from cevvo.domain.ids import WorkspaceId
from cevvo.engine.answering.calibration import (
    Calibration,
    Signals,
    recalibrated,
    threshold_for,
)
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import turns

_HELD_SECONDS = 300.0
_HELD = 10_000  # workspaces
_OBSERVATIONS = 1000  # newest ratings that count


class Calibrations:
    """Each workspace's calibration, fitted anew every five minutes at most."""

    def __init__(self, db: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._monotonic = monotonic
        self._held: dict[WorkspaceId, tuple[float, Calibration]] = {}

    async def of(self, workspace: WorkspaceId, settings: AnswerSettings) -> Calibration:
        """What holds for an answer that is begun now."""
        now = self._monotonic()
        held = self._held.get(workspace)
        if held is None or now - held[0] >= _HELD_SECONDS:
            rated = await self._db.read(lambda c: _observations(c, workspace))
            if len(self._held) >= _HELD:
                self._held.clear()
            held = self._held[workspace] = now, recalibrated(rated)
        if settings.max_wrong_rate is None:
            return held[1]
        return replace(held[1], least_confidence=threshold_for(settings.max_wrong_rate))


def _observations(connection: Connection, workspace: WorkspaceId) -> list[tuple[Signals, bool]]:
    """The answers that people have rated, and whether they were right; the newest first."""
    rows = connection.execute(
        select(turns.c.signals, turns.c.rating)
        .where(
            turns.c.workspace_id == workspace,
            turns.c.rating.is_not(None),
            turns.c.answered,
            turns.c.is_test.is_(False),
        )
        .order_by(turns.c.asked_at.desc())
        .limit(_OBSERVATIONS)
    )
    rated = ((Signals.from_dict(row.signals or {}), row.rating == "positive") for row in rows)
    return [(signals, right) for signals, right in rated if signals is not None]
