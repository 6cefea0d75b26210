"""Making, listing and revoking API keys."""

from collections.abc import Sequence

from sqlalchemy import Connection

from cevvo.domain.access import ALL_SCOPES, Actor, KeyKind, Scope
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Clock, Millis
from cevvo.errors import InvalidRequest, NotFound
from cevvo.features.api_keys import repository
from cevvo.features.api_keys.repository import ApiKey
from cevvo.foundation.access.keys import display_prefix, generate, key_hash, last_four
from cevvo.foundation.audit_log import Action, append
from cevvo.foundation.db.database import Database

_LONGEST_NAME = 100
_MOST_TOKENS = 2**31 - 1  # as many as the column holds


class ApiKeysService:
    """The API keys of a workspace."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def create(
        self,
        workspace: WorkspaceId,
        *,
        name: str,
        by: Actor,
        kind: KeyKind = "secret",
        scopes: Sequence[Scope] = ALL_SCOPES,
        expires_at: Millis | None = None,
        rate_limit: int | None = None,
        tokens_per_day: int | None = None,
    ) -> tuple[str, ApiKey]:
        """A new key and what is stored of it. The key itself can never be read again.

        Raises InvalidRequest for a name that is empty or over 100 characters, no or unknown scopes,
        a publishable key that may do more than chat, an expiry in the past, or a limit or budget
        below 1.
        """
        now = self._clock()
        _check(name, kind, scopes, rate_limit)
        if tokens_per_day is not None and not 1 <= tokens_per_day <= _MOST_TOKENS:
            raise InvalidRequest(
                f"A budget is 1 to {_MOST_TOKENS} tokens a day.", param="tokens_per_day"
            )
        if expires_at is not None and expires_at <= now:
            raise InvalidRequest("A key must expire in the future.", param="expires_at")
        key = generate(kind)
        api_key = ApiKey(
            id=new_id("key"),
            name=name.strip(),
            kind=kind,
            prefix=display_prefix(key),
            last_four=last_four(key),
            scopes=tuple(dict.fromkeys(scopes)),
            rate_limit=rate_limit,
            tokens_per_day=tokens_per_day,
            created_at=now,
            expires_at=expires_at,
            revoked_at=None,
            last_used_at=None,
        )

        def write(connection: Connection) -> None:
            repository.insert_key(connection, workspace, api_key, key_hash(key))
            _note(connection, workspace, by, "api_key.created", api_key, now)

        await self._db.write(write)
        return key, api_key

    async def list(self, workspace: WorkspaceId) -> list[ApiKey]:
        """All keys, revoked ones too, newest first."""
        return await self._db.read(lambda c: repository.list_keys(c, workspace))

    async def revoke(self, workspace: WorkspaceId, key_id: str, *, by: Actor) -> None:
        """Refuse a key from now on; a running server does within a second.

        Raises NotFound when there is no such key, or it is revoked already.
        """
        now = self._clock()

        def write(connection: Connection) -> None:
            if not repository.revoke_key(connection, workspace, key_id, now):
                raise NotFound("There is no valid API key with this id.")
            api_key = next(k for k in repository.list_keys(connection, workspace) if k.id == key_id)
            _note(connection, workspace, by, "api_key.revoked", api_key, now)

        await self._db.write(write)


def _note(
    connection: Connection,
    workspace: WorkspaceId,
    by: Actor,
    action: Action,
    api_key: ApiKey,
    now: Millis,
) -> None:
    append(
        connection,
        workspace,
        by,
        action,
        now=now,
        target_id=api_key.id,
        target_name=api_key.name,
        detail={"kind": api_key.kind, "scopes": list(api_key.scopes)},
    )


def _check(name: str, kind: KeyKind, scopes: Sequence[Scope], rate_limit: int | None) -> None:
    if not 1 <= len(name.strip()) <= _LONGEST_NAME:
        raise InvalidRequest(
            f"A key needs a name of 1 to {_LONGEST_NAME} characters.", param="name"
        )
    unknown = [scope for scope in scopes if scope not in ALL_SCOPES]
    if unknown or not scopes:
        raise InvalidRequest(
            f"A key needs one or more of the scopes {', '.join(ALL_SCOPES)}"
            + (f"; {unknown[0]!r} is none." if unknown else "."),
            param="scopes",
        )
    if kind == "publishable" and set(scopes) != {"chat"}:
        raise InvalidRequest(
            "A publishable key is there for all to see: it may have only the scope chat.",
            param="scopes",
        )
    if rate_limit is not None and rate_limit < 1:
        raise InvalidRequest("A rate limit is 1 request a minute or more.", param="rate_limit")
