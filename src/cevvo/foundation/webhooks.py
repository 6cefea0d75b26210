"""Events that are told to a workspace's webhooks, written with the change that they tell of.

``emit`` works in the transaction of the change (a transactional outbox: Richardson, "Microservices
Patterns", chapter 3): neither is there without the other, whatever happens to the process. What is
written is sent later, by jobs, at least once and in no promised order. In a workspace without
webhooks nothing is written.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from cevvo.domain.events import EventType
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis, rfc3339
from cevvo.foundation.db.tables import webhook_deliveries, webhooks


def emit(
    connection: Connection,
    workspace: WorkspaceId,
    type: EventType,
    *,
    now: Millis,
    data: Mapping[str, Any],
    text: Mapping[str, Any] | None = None,
    conversation_id: str | None = None,
) -> None:
    """Tell the webhooks of a workspace that ask for events of this type.

    ``data`` is JSON: ids, counts, states; nothing that a person wrote. That is in ``text``, whose
    fields are added to ``data`` only where a webhook's owner asked for text. ``conversation_id`` is
    whose words they are: what is stored of the event goes when that conversation is deleted.
    """
    told = select(webhooks.c.id, webhooks.c.events, webhooks.c.include_text).where(
        webhooks.c.workspace_id == workspace
    )
    event_id = new_id("evt")
    rows = [
        {
            "id": new_id("dlv"),
            "workspace_id": workspace,
            "webhook_id": webhook.id,
            "event_id": event_id,
            "type": type,
            "body": body_of(
                type, now, dict(data) | dict(text or {} if webhook.include_text else {})
            ),
            "conversation_id": conversation_id,
            "status": "pending",
            "attempts": 0,
            "next_attempt_at": now,
            "created_at": now,
        }
        for webhook in connection.execute(told)
        if type in webhook.events
    ]
    if rows:
        connection.execute(insert(webhook_deliveries), rows)


def body_of(type: str, at: Millis, data: Mapping[str, Any]) -> str:
    """What is signed and sent: the payload that Standard Webhooks 1.0 recommends."""
    payload = {"type": type, "timestamp": rfc3339(at), "data": dict(data)}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
