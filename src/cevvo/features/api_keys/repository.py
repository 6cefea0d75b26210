"""API keys as they are stored: never the key itself, only its hash and a few characters."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from cevvo.domain.access import KeyKind, Scope
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import api_keys


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key.

    ``prefix`` and ``last_four`` are characters of it, for display. ``rate_limit`` is in requests a
    minute, None for the server's default; ``tokens_per_day`` are tokens of language models, None
    for no bound. ``last_used_at`` is true to a minute.
    """

    id: str
    name: str
    kind: KeyKind
    prefix: str
    last_four: str
    scopes: tuple[Scope, ...]
    rate_limit: int | None
    tokens_per_day: int | None
    created_at: Millis
    expires_at: Millis | None
    revoked_at: Millis | None
    last_used_at: Millis | None


def insert_key(
    connection: Connection, workspace: WorkspaceId, api_key: ApiKey, key_hash: str
) -> None:
    """Store a key by its hash."""
    connection.execute(
        insert(api_keys).values(
            id=api_key.id,
            workspace_id=workspace,
            name=api_key.name,
            kind=api_key.kind,
            hash=key_hash,
            prefix=api_key.prefix,
            last_four=api_key.last_four,
            scopes=list(api_key.scopes),
            rate_limit=api_key.rate_limit,
            tokens_per_day=api_key.tokens_per_day,
            created_at=api_key.created_at,
            expires_at=api_key.expires_at,
        )
    )


def list_keys(connection: Connection, workspace: WorkspaceId) -> list[ApiKey]:
    """All keys, revoked ones too, newest first."""
    columns = [column for column in api_keys.c if column.name not in ("workspace_id", "hash")]
    rows = connection.execute(
        select(*columns)
        .where(api_keys.c.workspace_id == workspace)
        .order_by(api_keys.c.created_at.desc(), api_keys.c.id.desc())
    ).mappings()
    return [ApiKey(**dict(row) | {"scopes": tuple(row["scopes"])}) for row in rows]


def revoke_key(connection: Connection, workspace: WorkspaceId, key_id: str, now: Millis) -> bool:
    """Revoke a key from ``now`` on; False when there is no such key that is still valid."""
    revoked = connection.execute(
        update(api_keys)
        .where(
            api_keys.c.workspace_id == workspace,
            api_keys.c.id == key_id,
            api_keys.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    return revoked.rowcount == 1
