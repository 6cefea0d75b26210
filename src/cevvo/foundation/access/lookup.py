"""Reading and marking API keys in the database, for the layer that authenticates."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from cevvo.domain.access import Principal
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import api_keys


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A stored API key, whether it still holds or not."""

    principal: Principal
    allowed_origins: frozenset[str]
    expires_at: Millis | None
    revoked_at: Millis | None


def find_key(connection: Connection, key_hash: str) -> KnownKey | None:
    """The key with that SHA-256; None when it is not stored. Of whatever workspace: it names it."""
    row = connection.execute(select(api_keys).where(api_keys.c.hash == key_hash)).mappings().first()
    if row is None:
        return None
    principal = Principal(
        caller_id=row["id"],
        workspace=WorkspaceId(row["workspace_id"]),
        kind=row["kind"],
        scopes=frozenset(row["scopes"]),
        rate_limit=row["rate_limit"],
        tokens_per_day=row["tokens_per_day"],
        messages_per_day=row["messages_per_day"],
    )
    origins = frozenset(row["allowed_origins"] or ())
    return KnownKey(principal, origins, row["expires_at"], row["revoked_at"])


def publishable_origins(connection: Connection, now: Millis) -> frozenset[str]:
    """The websites that any publishable key of this server, of whatever workspace, is for now."""
    rows = connection.execute(
        select(api_keys.c.allowed_origins).where(
            api_keys.c.kind == "publishable",
            api_keys.c.revoked_at.is_(None),
            api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > now),
        )
    ).scalars()
    return frozenset(origin for origins in rows for origin in origins or ())


def mark_used(connection: Connection, principal: Principal, now: Millis) -> None:
    """Note that the key was used at ``now``."""
    connection.execute(
        update(api_keys)
        .where(api_keys.c.workspace_id == principal.workspace, api_keys.c.id == principal.caller_id)
        .values(last_used_at=now)
    )
