"""API keys as they are stored: never the key itself, only its hash and a few characters."""

from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Connection, func, insert, or_, select, update

from cevvo.domain.access import KeyKind, Scope
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import api_keys

KeyStatus = Literal["active", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key.

    ``prefix`` and ``last_four`` are characters of it, for display. ``rate_limit`` is in requests a
    minute, None for the server's default; ``tokens_per_day`` are tokens of language models and
    ``messages_per_day`` messages to answer, in a day of UTC, None for no bound. ``allowed_origins``
    are the websites that may use a publishable key; None for a secret one. ``replaced_by`` is the
    id of the key that was made in its place. ``last_used_at`` is true to a minute.
    """

    id: str
    name: str
    kind: KeyKind
    prefix: str
    last_four: str
    scopes: tuple[Scope, ...]
    rate_limit: int | None
    tokens_per_day: int | None
    messages_per_day: int | None
    allowed_origins: tuple[str, ...] | None
    created_at: Millis
    expires_at: Millis | None
    revoked_at: Millis | None
    last_used_at: Millis | None
    replaced_by: str | None

    def status(self, now: Millis) -> KeyStatus:
        """Whether it holds at ``now``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


_COLUMNS = tuple(api_keys.c[name] for name in ApiKey.__dataclass_fields__)


def insert_key(
    connection: Connection, workspace: WorkspaceId, api_key: ApiKey, key_hash: str
) -> None:
    """Store a key by its hash."""
    values = asdict(api_key) | {"workspace_id": workspace, "hash": key_hash}
    connection.execute(insert(api_keys).values(**values))


def get_key(connection: Connection, workspace: WorkspaceId, key_id: str) -> ApiKey | None:
    """The key of that id, None when this workspace has none."""
    row = connection.execute(
        select(*_COLUMNS).where(api_keys.c.workspace_id == workspace, api_keys.c.id == key_id)
    ).first()
    return None if row is None else _key(row._asdict())


def list_keys(
    connection: Connection, workspace: WorkspaceId, *, offset: int = 0, limit: int | None = None
) -> tuple[list[ApiKey], int]:
    """Keys, dead ones too, newest first, and how many there are in all."""
    ours = api_keys.c.workspace_id == workspace
    total = connection.execute(select(func.count()).select_from(api_keys).where(ours)).scalar_one()
    rows = connection.execute(
        select(*_COLUMNS)
        .where(ours)
        .order_by(api_keys.c.created_at.desc(), api_keys.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_key(row._asdict()) for row in rows], total


def revoke_key(connection: Connection, workspace: WorkspaceId, key_id: str, now: Millis) -> bool:
    """Revoke a key from ``now`` on; False when there is no such key, or it is revoked already."""
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


def replace_key(
    connection: Connection, workspace: WorkspaceId, key_id: str, new_id: str, until: Millis
) -> None:
    """Note which key is in this one's place, and let it expire at ``until`` at the latest."""
    connection.execute(
        update(api_keys)
        .where(api_keys.c.workspace_id == workspace, api_keys.c.id == key_id)
        .values(replaced_by=new_id)
    )
    connection.execute(
        update(api_keys)
        .where(api_keys.c.workspace_id == workspace, api_keys.c.id == key_id)
        .where(or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > until))
        .values(expires_at=until)
    )


def _key(row: dict[str, object]) -> ApiKey:
    for name in ("scopes", "allowed_origins"):
        row[name] = None if row[name] is None else tuple(row[name])  # type: ignore[arg-type]
    return ApiKey(**row)  # type: ignore[arg-type]
