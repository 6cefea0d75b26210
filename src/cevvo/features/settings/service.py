"""Reading and changing a workspace's settings.

They are asked for with every question and hardly ever change, so each process holds them for a
second: a change made through another process takes effect after that, one made here at once.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from cevvo.domain.access import Actor
from cevvo.domain.answer_settings import AnswerSettings
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import InvalidRequest
from cevvo.features.settings import repository
from cevvo.features.settings.repository import StoredSettings
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database

_HELD_SECONDS = 1.0
_HELD = 10_000  # workspaces


class SettingsService:
    """The settings of every workspace. ``priced``: the operator has said what models cost."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        priced: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._clock = clock
        self._priced = priced
        self._monotonic = monotonic
        self._held: dict[WorkspaceId, tuple[float, StoredSettings]] = {}

    async def answers(self, workspace: WorkspaceId) -> AnswerSettings:
        """What holds for an answer that is begun now; read at most once a second."""
        held = self._held.get(workspace)
        if held is not None and self._monotonic() - held[0] < _HELD_SECONDS:
            return held[1].answers
        return (await self.stored(workspace)).answers

    async def stored(self, workspace: WorkspaceId) -> StoredSettings:
        """The settings, and when they were changed."""
        at = self._monotonic()
        return self._hold(
            workspace, at, await self._db.read(lambda c: repository.read_settings(c, workspace))
        )

    async def change(
        self, workspace: WorkspaceId, changes: Mapping[str, Any], *, by: Actor
    ) -> StoredSettings:
        """Merge ``changes`` (by field, as JSON; None is the default) into the settings.

        Raises InvalidRequest for a budget of money where nobody has said what models cost.
        """
        if changes.get("cost_per_day") is not None and not self._priced:
            raise InvalidRequest(
                "A budget of money needs prices, and this server has none: its operator sets them "
                "with CEVVO_MODEL_PRICES. `tokens_per_day` works without.",
                param="cost_per_day",
            )
        now, at = self._clock(), self._monotonic()

        def write(connection: Connection) -> StoredSettings:
            detail = {"fields": sorted(changes)}
            append(connection, workspace, by, "settings.changed", now=now, detail=detail)
            return repository.change_settings(connection, workspace, changes, now)

        return self._hold(workspace, at, await self._db.write(write))

    def _hold(self, workspace: WorkspaceId, at: float, read: StoredSettings) -> StoredSettings:
        """A read that began before a change and ends after it is not held."""
        held = self._held.get(workspace)
        if held is None or (held[1].updated_at or 0) <= (read.updated_at or 0):
            if len(self._held) >= _HELD:
                self._held.clear()
            self._held[workspace] = (at, read)
        return read
