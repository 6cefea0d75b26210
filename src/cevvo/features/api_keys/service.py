"""Making, listing, rotating and revoking API keys."""

from dataclasses import replace

from sqlalchemy import Connection

from cevvo.domain.access import Actor
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import LAST, Clock, Millis
from cevvo.errors import Conflict, NotFound
from cevvo.features.api_keys import repository
from cevvo.features.api_keys.repository import ApiKey
from cevvo.features.api_keys.rules import MESSAGES_PER_DAY, KeyTerms, check, origins_of, scopes_of
from cevvo.foundation.access.keys import display_prefix, generate, key_hash, last_four
from cevvo.foundation.audit_log import Action, append
from cevvo.foundation.db.database import Database

_HOUR = 3_600_000  # milliseconds


class ApiKeysService:
    """The API keys of a workspace."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def now(self) -> Millis:
        """The time by which keys expire."""
        return self._clock()

    async def create(
        self, workspace: WorkspaceId, terms: KeyTerms, *, by: Actor
    ) -> tuple[str, ApiKey]:
        """A new key and what is stored of it. The key itself can never be read again.

        Raises InvalidRequest for what no key can be like (see ``rules``).
        """
        now = self._clock()
        check(terms, now)
        daily = MESSAGES_PER_DAY if terms.kind == "publishable" else None
        key, api_key = _made(
            ApiKey(
                id="",
                name=terms.name.strip(),
                kind=terms.kind,
                prefix="",
                last_four="",
                scopes=scopes_of(terms),
                rate_limit=terms.rate_limit,
                tokens_per_day=terms.tokens_per_day,
                messages_per_day=terms.messages_per_day or daily,
                allowed_origins=origins_of(terms),
                created_at=now,
                expires_at=terms.expires_at,
                revoked_at=None,
                last_used_at=None,
                replaced_by=None,
            )
        )

        def write(connection: Connection) -> None:
            repository.insert_key(connection, workspace, api_key, key_hash(key))
            _note(connection, workspace, by, "api_key.created", api_key, now)

        await self._db.write(write)
        return key, api_key

    async def list(
        self, workspace: WorkspaceId, *, offset: int = 0, limit: int | None = None
    ) -> tuple[list[ApiKey], int]:
        """Keys, dead ones too, newest first, and how many there are in all."""
        return await self._db.read(
            lambda c: repository.list_keys(c, workspace, offset=offset, limit=limit)
        )

    async def rotate(
        self, workspace: WorkspaceId, key_id: str, *, overlap_hours: int, by: Actor
    ) -> tuple[str, ApiKey]:
        """A new key in the place of another, which holds for ``overlap_hours`` more at most.

        The new one may do the same under the same limits; where the old one was made to expire, it
        gets as long a life, up to the year 9999. Raises NotFound; Conflict for a key that does not
        hold any more.
        """
        now = self._clock()

        def write(connection: Connection) -> tuple[str, ApiKey]:
            old = _required(connection, workspace, key_id)
            if old.status(now) != "active" or old.replaced_by is not None:
                state = old.status(now) if old.replaced_by is None else "replaced already"
                raise Conflict(f"This API key is {state}. Make a new one with POST /api-keys.")
            life = None if old.expires_at is None else old.expires_at - old.created_at
            key, api_key = _made(
                replace(
                    old,
                    created_at=now,
                    expires_at=None if life is None else min(Millis(now + life), LAST),
                    last_used_at=None,
                )
            )
            repository.insert_key(connection, workspace, api_key, key_hash(key))
            until = Millis(now + overlap_hours * _HOUR)
            repository.replace_key(connection, workspace, key_id, api_key.id, until)
            _note(connection, workspace, by, "api_key.rotated", old, now, replaced_by=api_key.id)
            return key, api_key

        return await self._db.write(write)

    async def revoke(self, workspace: WorkspaceId, key_id: str, *, by: Actor) -> None:
        """Refuse a key from now on; a running server does within a second.

        Raises NotFound when there is no such key, or it is revoked already.
        """
        now = self._clock()

        def write(connection: Connection) -> None:
            api_key = _required(connection, workspace, key_id)
            if not repository.revoke_key(connection, workspace, key_id, now):
                raise _not_found()
            _note(connection, workspace, by, "api_key.revoked", api_key, now)

        await self._db.write(write)


def _made(like: ApiKey) -> tuple[str, ApiKey]:
    """A fresh key, and what is stored of it."""
    key = generate(like.kind)
    shown = replace(like, prefix=display_prefix(key), last_four=last_four(key))
    return key, replace(shown, id=new_id("key"))


def _required(connection: Connection, workspace: WorkspaceId, key_id: str) -> ApiKey:
    found = repository.get_key(connection, workspace, key_id)
    if found is None:
        raise _not_found()
    return found


def _not_found() -> NotFound:
    return NotFound("There is no valid API key with this id. GET /api-keys lists them.")


def _note(
    connection: Connection,
    workspace: WorkspaceId,
    by: Actor,
    action: Action,
    api_key: ApiKey,
    now: Millis,
    **more: str,
) -> None:
    append(
        connection,
        workspace,
        by,
        action,
        now=now,
        target_id=api_key.id,
        target_name=api_key.name,
        detail={"kind": api_key.kind, "scopes": list(api_key.scopes)} | more,
    )
