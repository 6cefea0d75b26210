"""The audit log on the wire, as JSON and as a table."""

import json

from pydantic import BaseModel, Field, JsonValue

from cevvo.domain.access import ActorKind
from cevvo.domain.time import rfc3339
from cevvo.features.audit_log.repository import Entry


class ActorObject(BaseModel):
    """Who it was."""

    kind: ActorKind = Field(examples=["key"])
    id: str | None = Field(
        description="Of the API key or person; of a command, its user on the server.",
        examples=["key_4fJ8sKq2mN7xV1bC5dG9hL"],
    )
    name: str | None = Field(examples=["Dashboard"])


class AuditEntry(BaseModel):
    """Something that was done."""

    id: str = Field(examples=["aud_4fJ8sKq2mN7xV1bC5dG9hL"])
    at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-14T11:00:00Z"])
    action: str = Field(examples=["api_key.revoked"])
    actor: ActorObject
    target_id: str | None = Field(examples=["key_9hL4fJ8sKq2mN7xV1bC5dG"])
    target_name: str | None = Field(
        description="What it was called at that time.", examples=["Help centre"]
    )
    detail: dict[str, JsonValue] | None = Field(
        description="What else is worth knowing; never a secret.", examples=[{"kind": "secret"}]
    )
    address: str | None = Field(
        description="Where the request came from; null for a command.", examples=["192.0.2.7"]
    )
    request_id: str | None = Field(examples=["req_4fJ8sKq2mN7xV1bC5dG9hL"])

    @classmethod
    def of(cls, entry: Entry) -> "AuditEntry":
        """The wire form."""
        return cls(
            id=entry.id,
            at=rfc3339(entry.at),
            action=entry.action,
            actor=ActorObject(kind=entry.actor_kind, id=entry.actor_id, name=entry.actor_name),
            target_id=entry.target_id,
            target_name=entry.target_name,
            detail=None if entry.detail is None else dict(entry.detail),
            address=entry.address,
            request_id=entry.request_id,
        )


COLUMNS = (
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "actor_name",
    "target_id",
    "target_name",
    "detail",
    "address",
    "request_id",
)


def row_of(entry: Entry) -> list[str | None]:
    """The entry as a row under ``COLUMNS``."""
    written = {"at": rfc3339(entry.at), "detail": entry.detail and json.dumps(entry.detail)}
    return [written.get(name) or getattr(entry, name) for name in COLUMNS]
