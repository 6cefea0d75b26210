"""API keys, tokens of visitors, and the audit log."""

from typing import Any, Literal

from cevvo_sdk.types.model import Model

ApiKeyKind = Literal["secret", "publishable"]
ApiKeyStatus = Literal["active", "expired", "revoked"]
Scope = Literal["chat", "read", "ingest", "admin"]


class ApiKey(Model):
    """A key, without what is secret of it: ``prefix`` and ``last_four`` are how it begins and ends.

    ``allowed_origins``: None for a secret key. ``rate_limit``: requests a minute; None: the
    server's default. ``tokens_per_day`` and ``messages_per_day``: a day is one of UTC; None: no
    bound. ``expires_at``: None: never. ``last_used_at``: true to a minute; None: never used.
    ``replaced_by``: the key that was made in its place.
    """

    id: str
    name: str
    kind: ApiKeyKind
    status: ApiKeyStatus
    prefix: str
    last_four: str
    scopes: list[Scope]
    allowed_origins: list[str] | None
    rate_limit: int | None
    tokens_per_day: int | None
    messages_per_day: int | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    replaced_by: str | None


class NewApiKey(ApiKey):
    """A key that was just made. Keep ``key`` now: it cannot be read again."""

    key: str


class VisitorToken(Model):
    """By which a visitor's conversations are their own: sent as ``X-Visitor-Token``.

    ``user_id``: None for a visitor whom nobody knows.
    """

    visitor_token: str
    visitor_id: str
    user_id: str | None
    expires_at: str


class Actor(Model):
    """Who did something. ``id``: of the key or person; of a command, its user on the server."""

    kind: Literal["key", "person", "cli", "server"]
    id: str | None
    name: str | None


class AuditEntry(Model):
    """Something that was done. ``target_name``: what it was called then.

    ``address``: where the request came from; None for a command. ``request_id`` is that of the
    request by which it was done.
    """

    id: str
    at: str
    action: str
    actor: Actor
    target_id: str | None
    target_name: str | None
    detail: dict[str, Any] | None
    address: str | None
    request_id: str | None = None  # a field, where other objects have a property
