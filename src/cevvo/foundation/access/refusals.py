"""Requests that were answered with 429, counted by API key and day."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, and_, select, text
from starlette.types import Message, Send

from cevvo.domain.access import Principal
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import CevvoError
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import api_keys, refused_requests
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

_DAY = 86_400_000  # milliseconds
_DELAY = 1.0  # seconds: a client that is refused a thousand times a second costs one write
# One statement, in the words that SQLite and PostgreSQL share: no two writers can both insert.
_ADD = text(
    "INSERT INTO refused_requests (workspace_id, day, key_id, requests) "
    "VALUES (:workspace_id, :day, :key_id, :requests) "
    "ON CONFLICT (workspace_id, day, key_id) DO UPDATE SET "
    "requests = refused_requests.requests + excluded.requests"
)


@dataclass(frozen=True, slots=True)
class Refused:
    """How many requests of a key were refused on a day (since 1970, UTC)."""

    day: int
    key_id: str
    key_name: str | None
    requests: int


def refused(
    connection: Connection, workspace: WorkspaceId, first_day: int, last_day: int
) -> Sequence[Refused]:
    """What was refused from the first to the last day, both included; the newest first."""
    row = refused_requests.c
    rows = connection.execute(
        select(row.day, row.key_id, api_keys.c.name, row.requests)
        .outerjoin(
            api_keys,
            and_(api_keys.c.id == row.key_id, api_keys.c.workspace_id == row.workspace_id),
        )
        .where(row.workspace_id == workspace, row.day.between(first_day, last_day))
        .order_by(row.day.desc(), row.requests.desc(), row.key_id)
    )
    return [Refused(*each) for each in rows]


def _add(connection: Connection, rows: Sequence[Mapping[str, str | int]]) -> None:
    connection.execute(_ADD, rows)


class Refusals:
    """Counts them, and writes what was counted a moment later: they are many at a time."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._counted: Counter[tuple[str, int, str]] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def note(self, principal: Principal) -> None:
        """One more."""
        day = self._clock() // _DAY
        self._counted[principal.workspace, day, principal.caller_id] += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    def watching(self, principal: Principal, send: Send) -> Send:
        """``send``, which also counts a response with status 429."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 429:
                self.note(principal)
            await send(message)

        return watched

    async def _write(self) -> None:
        while self._counted:
            await asyncio.sleep(_DELAY)
            counted, self._counted = self._counted, Counter()
            rows: list[dict[str, str | int]] = [
                {"workspace_id": workspace, "day": day, "key_id": key_id, "requests": requests}
                for (workspace, day, key_id), requests in counted.items()
            ]
            try:
                await self._db.write(partial(_add, rows=rows))
            except CevvoError as error:  # a full disk, say
                log.warning("refusals_not_recorded", reason=error.message)
