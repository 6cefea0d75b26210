"""Deliveries as they are stored: what is to be sent, and what came of it."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, or_, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import jobs, webhook_deliveries, webhooks, workspaces
from cevvo.foundation.jobs.queue import LIVE

DeliveryStatus = Literal["pending", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for one webhook. ``event_id`` is the same for all webhooks and attempts.

    ``attempted_at``, ``status_code``, ``latency_ms`` and ``error`` are of the last attempt: None
    before the first one, or where there was no answer or nothing went wrong. ``next_attempt_at`` is
    None unless it is pending. ``conversation_id`` is whose words the ``body`` may have, if any's.
    """

    id: str
    webhook_id: str
    event_id: str
    type: str
    body: str
    status: DeliveryStatus
    attempts: int
    next_attempt_at: Millis | None
    attempted_at: Millis | None
    status_code: int | None
    latency_ms: int | None
    error: str | None
    created_at: Millis
    conversation_id: str | None


_d = webhook_deliveries.c
_COLUMNS = tuple(_d[name] for name in Delivery.__dataclass_fields__)


def insert_delivery(connection: Connection, workspace: WorkspaceId, delivery: Delivery) -> None:
    """Store a delivery that no event made."""
    values = {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__}
    connection.execute(insert(webhook_deliveries).values(workspace_id=workspace, **values))


def get_delivery(
    connection: Connection, workspace: WorkspaceId, webhook_id: str, delivery_id: str
) -> Delivery | None:
    """The webhook's delivery of that id, None when there is none."""
    row = connection.execute(
        select(*_COLUMNS).where(
            _d.workspace_id == workspace, _d.webhook_id == webhook_id, _d.id == delivery_id
        )
    ).first()
    return None if row is None else Delivery(**row._asdict())


def list_deliveries(
    connection: Connection,
    workspace: WorkspaceId,
    webhook_id: str,
    *,
    status: DeliveryStatus | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> tuple[list[Delivery], int]:
    """A webhook's deliveries, newest first, and how many there are in all."""
    fitting = [_d.workspace_id == workspace, _d.webhook_id == webhook_id]
    if status is not None:
        fitting.append(_d.status == status)
    count = select(func.count()).select_from(webhook_deliveries).where(*fitting)
    rows = connection.execute(
        select(*_COLUMNS)
        .where(*fitting)
        .order_by(_d.created_at.desc(), _d.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [Delivery(**row._asdict()) for row in rows], connection.execute(count).scalar_one()


def update_delivery(connection: Connection, workspace: WorkspaceId, delivery: Delivery) -> None:
    """Store what has become of a delivery, unless it is gone."""
    state = ("status", "attempts", "next_attempt_at")
    last = ("attempted_at", "status_code", "latency_ms", "error")
    connection.execute(
        update(webhook_deliveries)
        .where(_d.workspace_id == workspace, _d.id == delivery.id)
        .values(**{name: getattr(delivery, name) for name in (*state, *last)})
    )


def _due(now: Millis, longest: int) -> ColumnElement[bool]:
    """Its time has come. One further ahead than any wait was set before the clock was put back."""
    late = or_(_d.next_attempt_at <= now, _d.next_attempt_at > now + longest)
    return (_d.status == "pending") & late


def next_due(
    connection: Connection,
    workspace: WorkspaceId,
    webhook_id: str,
    *,
    now: Millis,
    longest: int,
) -> Delivery | None:
    """The webhook's delivery that has waited longest, None where none is due or it is paused.

    ``longest`` is the longest wait in milliseconds.
    """
    row = connection.execute(
        select(*_COLUMNS)
        .join(webhooks, webhooks.c.id == _d.webhook_id)
        .where(_d.workspace_id == workspace, _d.webhook_id == webhook_id, _due(now, longest))
        .where(webhooks.c.paused_at.is_(None))
        .order_by(_d.next_attempt_at, _d.created_at, _d.id)
        .limit(1)
    ).first()
    return None if row is None else Delivery(**row._asdict())


def webhooks_due(
    connection: Connection, *, now: Millis, longest: int
) -> list[tuple[WorkspaceId, str]]:
    """The webhooks of every workspace that something is due for and no unfinished job is about."""
    w = webhooks.c
    busy = exists().where(jobs.c.subject == w.id, jobs.c.status.in_(LIVE))
    rows = connection.execute(
        select(w.workspace_id, w.id)
        .distinct()
        .join(webhook_deliveries, _d.webhook_id == w.id)
        .join(workspaces, workspaces.c.id == w.workspace_id)
        .where(_due(now, longest), w.paused_at.is_(None), workspaces.c.deleted_at.is_(None), ~busy)
    )
    return [(WorkspaceId(row.workspace_id), row.id) for row in rows]


def forget(connection: Connection, *, before: Millis) -> None:
    """Delete the deliveries, of every workspace, of events before then."""
    connection.execute(delete(webhook_deliveries).where(_d.created_at < before))
