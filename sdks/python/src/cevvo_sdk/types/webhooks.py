"""Webhooks and what was delivered."""

from typing import Any, Literal

from cevvo_sdk.types.model import Model

WebhookEventType = Literal[
    "source.failed",
    "conversation.escalated",
    "feedback.negative",
    "answer.invalidated",
    "gap.opened",
    "gap.closed",
]
DeliveryStatus = Literal["pending", "delivered", "failed"]


class Webhook(Model):
    """Where events are sent, and which. ``include_text``: with what people wrote.

    While it is paused, events wait: ``pause_reason`` says why the server paused it and is None
    where somebody did. ``failing_since``: the first failure after the last success. Until
    ``previous_secret_expires_at`` the secret before the last rotation signs, too.
    """

    id: str
    url: str
    events: list[WebhookEventType]
    include_text: bool
    status: Literal["active", "paused"]
    paused_at: str | None
    pause_reason: str | None
    failing_since: str | None
    previous_secret_expires_at: str | None
    created_at: str
    updated_at: str


class NewWebhook(Webhook):
    """A webhook whose secret was just made. Keep ``secret`` now: it cannot be read again."""

    secret: str


class WebhookDelivery(Model):
    """An event on its way to one webhook. ``event_id`` is the header ``webhook-id``.

    ``attempted_at``, ``status_code``, ``latency_ms`` and ``error`` are of the last attempt;
    ``payload`` is what is sent. ``next_attempt_at`` is None unless it is pending; ``failed`` is
    given up.
    """

    id: str
    event_id: str
    type: str
    status: DeliveryStatus
    attempts: int
    next_attempt_at: str | None
    attempted_at: str | None
    status_code: int | None
    latency_ms: int | None
    error: str | None
    payload: dict[str, Any]
    created_at: str
