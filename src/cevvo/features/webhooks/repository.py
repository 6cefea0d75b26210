"""Webhooks as they are stored, in the caller's transaction. Secrets are sealed."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from cevvo.domain.events import EventType
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import webhooks


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events are sent, and which.

    ``include_text``: with what people wrote. ``secret`` and ``previous_secret`` are sealed; the
    latter signs too until ``previous_until``. While ``paused_at`` is set, events wait;
    ``pause_reason`` is None where a person paused it. ``failing_since`` is the first failure after
    the last success.
    """

    id: str
    url: str
    events: tuple[EventType, ...]
    include_text: bool
    secret: str
    previous_secret: str | None
    previous_until: Millis | None
    paused_at: Millis | None
    pause_reason: str | None
    failing_since: Millis | None
    created_at: Millis
    updated_at: Millis

    def at(self, now: Millis) -> "Webhook":
        """Without the previous secret once that does not sign any more."""
        if self.previous_until is None or now < self.previous_until:
            return self
        return replace(self, previous_secret=None, previous_until=None)


_COLUMNS = tuple(webhooks.c[name] for name in Webhook.__dataclass_fields__)


def insert_webhook(connection: Connection, workspace: WorkspaceId, webhook: Webhook) -> None:
    """Store a webhook."""
    connection.execute(insert(webhooks).values(workspace_id=workspace, **_values(webhook)))


def get_webhook(connection: Connection, workspace: WorkspaceId, webhook_id: str) -> Webhook | None:
    """The webhook of that id, None when this workspace has none."""
    row = connection.execute(
        select(*_COLUMNS).where(webhooks.c.workspace_id == workspace, webhooks.c.id == webhook_id)
    ).first()
    return None if row is None else _webhook(row._asdict())


def list_webhooks(
    connection: Connection, workspace: WorkspaceId, *, offset: int = 0, limit: int | None = None
) -> tuple[list[Webhook], int]:
    """Webhooks, newest first, and how many there are in all."""
    ours = webhooks.c.workspace_id == workspace
    total = connection.execute(select(func.count()).select_from(webhooks).where(ours)).scalar_one()
    rows = connection.execute(
        select(*_COLUMNS)
        .where(ours)
        .order_by(webhooks.c.created_at.desc(), webhooks.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_webhook(row._asdict()) for row in rows], total


def update_webhook(connection: Connection, workspace: WorkspaceId, webhook: Webhook) -> None:
    """Store what has become of a webhook."""
    connection.execute(
        update(webhooks)
        .where(webhooks.c.workspace_id == workspace, webhooks.c.id == webhook.id)
        .values(**_values(webhook))
    )


def delete_webhook(connection: Connection, workspace: WorkspaceId, webhook_id: str) -> bool:
    """Delete a webhook with its deliveries; False when there is no such webhook."""
    deleted = connection.execute(
        delete(webhooks).where(webhooks.c.workspace_id == workspace, webhooks.c.id == webhook_id)
    )
    return deleted.rowcount == 1


def _values(webhook: Webhook) -> dict[str, Any]:
    return asdict(webhook) | {"events": list(webhook.events)}


def _webhook(row: dict[str, Any]) -> Webhook:
    return Webhook(**row | {"events": tuple(row["events"])})
