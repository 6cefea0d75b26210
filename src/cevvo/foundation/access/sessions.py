"""Sessions of people: an opaque random token in a cookie, a row in the database.

A session ends 12 hours after its last use and 7 days after it began, whatever comes first. It is
looked up at most once a second: one that was revoked is refused within that time.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from cevvo.domain.access import SCOPES_OF, Principal, Session
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, Millis
from cevvo.errors import CevvoError, InvalidSession
from cevvo.foundation.access.tokens import is_token, token_hash
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import memberships, sessions
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

LIFETIME = 7 * 24 * 3_600_000
"""Milliseconds after which a session ends, however much it is used."""
IDLE = 12 * 3_600_000
"""Milliseconds after which a session ends that nobody used."""
_CACHE_SECONDS = 1.0
_CACHE_SIZE = 10_000
_MARK = 60_000  # milliseconds: how often the use of a session is written down


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A stored session, whether it still holds or not."""

    principal: Principal
    last_used_at: Millis
    expires_at: Millis


def find_session(connection: Connection, hashed: str) -> KnownSession | None:
    """The session with that SHA-256, of whatever workspace: it names it. None: not stored."""
    query = (
        select(sessions, memberships.c.role)
        .join(
            memberships,
            (memberships.c.workspace_id == sessions.c.workspace_id)
            & (memberships.c.person_id == sessions.c.person_id),
        )
        .where(sessions.c.hash == hashed)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    principal = Principal(
        caller_id=row["person_id"],
        workspace=WorkspaceId(row["workspace_id"]),
        kind="secret",
        scopes=SCOPES_OF[row["role"]],
        session=Session(row["id"], row["person_id"], row["role"]),
    )
    return KnownSession(principal, Millis(row["last_used_at"]), Millis(row["expires_at"]))


class Sessions:
    """Tells whose session a token is. ``monotonic`` counts seconds."""

    def __init__(self, db: Database, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock
        self._monotonic = monotonic
        self._cache: dict[str, tuple[float, KnownSession]] = {}
        self._marking: set[asyncio.Task[None]] = set()

    async def principal(self, token: str) -> Principal:
        """The person in their workspace. Raises InvalidSession."""
        known = await self._known(token_hash(token)) if is_token(token) else None
        now = self._clock()
        if known is None or known.expires_at <= now or known.last_used_at + IDLE <= now:
            raise InvalidSession("This session has ended. Sign in again.")
        return known.principal

    async def _known(self, hashed: str) -> KnownSession | None:
        at = self._monotonic()
        cached = self._cache.get(hashed)
        if cached is not None and at - cached[0] < _CACHE_SECONDS:
            return cached[1]
        known = await self._db.read(lambda connection: find_session(connection, hashed))
        if known is None:
            self._cache.pop(hashed, None)
            return None
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[hashed] = (at, known)
        now = self._clock()
        if known.last_used_at + _MARK <= now < known.last_used_at + IDLE:
            self._mark_used(known, now)
        return known

    def _mark_used(self, known: KnownSession, now: Millis) -> None:
        task = asyncio.create_task(self._write_mark(known, now))
        self._marking.add(task)
        task.add_done_callback(self._marking.discard)

    async def _write_mark(self, known: KnownSession, now: Millis) -> None:
        session = known.principal.session
        assert session is not None

        def write(connection: Connection) -> None:
            used = update(sessions).where(
                sessions.c.workspace_id == known.principal.workspace, sessions.c.id == session.id
            )
            connection.execute(used.values(last_used_at=now))

        try:
            await self._db.write(write)
        except CevvoError as error:  # a full disk, say: no reason to refuse the request
            log.warning("session_use_not_recorded", reason=error.message)
