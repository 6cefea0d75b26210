"""Webhooks on the wire."""

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from cevvo.domain.events import EventType
from cevvo.domain.time import rfc3339, rfc3339_or_none
from cevvo.features.webhooks.deliveries import Delivery, DeliveryStatus
from cevvo.features.webhooks.repository import Webhook
from cevvo.features.webhooks.service import WebhookChanges

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]
Events = Annotated[list[EventType], Field(min_length=1, max_length=20)]
_URL = "https://example.com/webhooks/cevvo"


class WebhookCreate(BaseModel):
    """A webhook to make."""

    model_config = ConfigDict(strict=True)

    url: Url = Field(description="Where events are sent, by POST.", examples=[_URL])
    events: Events = Field(
        description="The types that are sent.", examples=[["source.failed", "gap.opened"]]
    )
    include_text: bool = Field(
        False,
        description="Send what people wrote, too: questions, reasons, comments. Without it an "
        "event holds ids and counts.",
        examples=[False],
    )


class WebhookUpdate(BaseModel):
    """Changes to a webhook. What is left out, or null, stays as it is."""

    model_config = ConfigDict(
        strict=True, json_schema_extra={"examples": [{"events": ["source.failed"]}]}
    )

    url: Url | None = Field(None, description="Where events are sent.")
    events: Events | None = Field(None, description="The types that are sent.")
    include_text: bool | None = Field(None, description="Send what people wrote, too.")
    paused: bool | None = Field(
        None, description="True: events wait, for 30 days at most. False: what waited is sent."
    )

    def changes(self) -> WebhookChanges:
        """As the service takes it."""
        return WebhookChanges(self.url, self.events, self.include_text, self.paused)


class WebhookRotate(BaseModel):
    """How a secret is put in the place of another."""

    model_config = ConfigDict(strict=True)

    overlap_hours: Annotated[int, Field(ge=0, le=720)] = Field(
        24,
        description="How long events are signed with the old secret beside the new one; 0 ends it "
        "at once.",
        examples=[24],
    )


class WebhookObject(BaseModel):
    """A webhook, without its secret."""

    id: str = Field(examples=["whk_4fJ8sKq2mN7xV1bC5dG9hL"])
    url: str = Field(examples=[_URL])
    events: list[EventType] = Field(examples=[["source.failed", "gap.opened"]])
    include_text: bool = Field(examples=[False])
    status: Literal["active", "paused"] = Field(
        description="While it is paused, events wait.", examples=["active"]
    )
    paused_at: str | None = Field(
        description="RFC 3339; null: active.", examples=["2026-03-14T11:00:00Z"]
    )
    pause_reason: str | None = Field(
        description="Why the server paused it; null where somebody did.",
        examples=["Nothing was delivered for three days. The endpoint answered 500."],
    )
    failing_since: str | None = Field(
        description="The first failure after the last success; null: nothing fails.",
        examples=["2026-03-11T10:00:00Z"],
    )
    previous_secret_expires_at: str | None = Field(
        description="Until then the secret before the last rotation signs, too; null: it does not.",
        examples=["2026-03-15T11:00:00Z"],
    )
    created_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-14T11:00:00Z"])
    updated_at: str = Field(examples=["2026-03-14T11:00:00Z"])

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookObject":
        """The wire form."""
        return cls(**_fields(webhook))


class NewWebhook(WebhookObject):
    """A webhook whose secret was just made: the only time that it is shown."""

    secret: str = Field(
        description="Keep it now: it cannot be read again.", examples=["whsec_MfKQ9r8G…"]
    )

    @classmethod
    def with_secret(cls, secret: str, webhook: Webhook) -> "NewWebhook":
        """The wire form with the secret."""
        return cls(secret=secret, **_fields(webhook))


def _fields(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": list(webhook.events),
        "include_text": webhook.include_text,
        "status": "active" if webhook.paused_at is None else "paused",
        "paused_at": rfc3339_or_none(webhook.paused_at),
        "pause_reason": webhook.pause_reason,
        "failing_since": rfc3339_or_none(webhook.failing_since),
        "previous_secret_expires_at": rfc3339_or_none(webhook.previous_until),
        "created_at": rfc3339(webhook.created_at),
        "updated_at": rfc3339(webhook.updated_at),
    }


class DeliveryObject(BaseModel):
    """An event on its way to one webhook, and what came of its last attempt."""

    id: str = Field(examples=["dlv_4fJ8sKq2mN7xV1bC5dG9hL"])
    event_id: str = Field(
        description="The header `webhook-id`: the same for all webhooks and attempts.",
        examples=["evt_9hL4fJ8sKq2mN7xV1bC5dG"],
    )
    type: str = Field(description="Of the event.", examples=["source.failed"])
    status: DeliveryStatus = Field(
        description="pending: to be sent, or again. failed: given up.", examples=["pending"]
    )
    attempts: int = Field(examples=[1])
    next_attempt_at: str | None = Field(
        description="RFC 3339; null unless pending.", examples=["2026-03-14T11:00:10Z"]
    )
    attempted_at: str | None = Field(
        description="When it was sent last; null: not yet.", examples=["2026-03-14T11:00:00Z"]
    )
    status_code: int | None = Field(
        description="What the endpoint answered; null: nothing.", examples=[500]
    )
    latency_ms: int | None = Field(description="How long that took.", examples=[84])
    error: str | None = Field(
        description="Why the last attempt failed.", examples=["The endpoint answered 500."]
    )
    payload: dict[str, JsonValue] = Field(
        description="What is sent.",
        examples=[
            {
                "type": "source.failed",
                "timestamp": "2026-03-14T11:00:00Z",
                "data": {"source_id": "src_abc123", "job_id": "job_def456"},
            }
        ],
    )
    created_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-14T11:00:00Z"])

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryObject":
        """The wire form."""
        return cls(
            id=delivery.id,
            event_id=delivery.event_id,
            type=delivery.type,
            status=delivery.status,
            attempts=delivery.attempts,
            next_attempt_at=rfc3339_or_none(delivery.next_attempt_at),
            attempted_at=rfc3339_or_none(delivery.attempted_at),
            status_code=delivery.status_code,
            latency_ms=delivery.latency_ms,
            error=delivery.error,
            payload=json.loads(delivery.body),
            created_at=rfc3339(delivery.created_at),
        )
