"""API keys on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cevvo.domain.access import KeyKind, Scope
from cevvo.domain.time import Millis, rfc3339, rfc3339_or_none
from cevvo.features.api_keys.repository import ApiKey, KeyStatus
from cevvo.features.api_keys.rules import MESSAGES_PER_DAY, MOST, KeyTerms
from cevvo.foundation.http.times import Time, millis

_Limit = Annotated[int, Field(ge=1, le=MOST)]
_ORIGIN = "https://www.example.com"


class ApiKeyCreate(BaseModel):
    """A key to make."""

    model_config = ConfigDict(strict=True)

    name: Annotated[str, Field(max_length=1000)] = Field(
        description="What it is for, 1 to 100 characters.", examples=["Help centre"]
    )
    kind: KeyKind = Field(
        "secret",
        description="`secret` for servers; `publishable` for web pages: chat only, bound to "
        "`allowed_origins`.",
        examples=["secret"],
    )
    scopes: Annotated[list[Scope], Field(max_length=20)] | None = Field(
        None,
        description="What it may do. Null: everything; a publishable key: `chat`.",
        examples=[["chat", "read"]],
    )
    expires_at: Annotated[Time, Field(strict=False)] | None = Field(
        None, description="RFC 3339; null: never.", examples=["2027-03-14T11:00:00Z"]
    )
    rate_limit: _Limit | None = Field(
        None, description="Requests a minute; null: the server's default.", examples=[100]
    )
    tokens_per_day: _Limit | None = Field(
        None,
        description="What language models may take for it in a day (UTC); null: no bound.",
        examples=[200_000],
    )
    messages_per_day: _Limit | None = Field(
        None,
        description="Of a publishable key: messages that are answered in a day (UTC), all visitors "
        f"together. Null: {MESSAGES_PER_DAY}.",
        examples=[None],
    )
    allowed_origins: Annotated[list[Annotated[str, Field(max_length=300)]], Field()] | None = Field(
        None,
        description="Of a publishable key: the websites that may use it, as scheme and host.",
        examples=[None],
    )

    def to_terms(self) -> KeyTerms:
        """As the service takes it."""
        return KeyTerms(
            name=self.name,
            kind=self.kind,
            scopes=self.scopes,
            expires_at=None if self.expires_at is None else millis(self.expires_at),
            rate_limit=self.rate_limit,
            tokens_per_day=self.tokens_per_day,
            messages_per_day=self.messages_per_day,
            allowed_origins=self.allowed_origins,
        )


class ApiKeyRotate(BaseModel):
    """How a key is put in the place of another."""

    model_config = ConfigDict(strict=True)

    overlap_hours: Annotated[int, Field(ge=0, le=720)] = Field(
        24,
        description="How long the old key holds beside the new one; 0 ends it at once.",
        examples=[24],
    )


class ApiKeyObject(BaseModel):
    """A key, without what is secret of it."""

    id: str = Field(examples=["key_4fJ8sKq2mN7xV1bC5dG9hL"])
    name: str = Field(examples=["Help centre"])
    kind: KeyKind = Field(examples=["secret"])
    status: KeyStatus = Field(examples=["active"])
    prefix: str = Field(description="Its first characters.", examples=["cevvo_sk_7Hq"])
    last_four: str = Field(examples=["2Kd9"])
    scopes: list[Scope] = Field(examples=[["chat", "read"]])
    allowed_origins: list[str] | None = Field(
        description="Null for a secret key.", examples=[[_ORIGIN]]
    )
    rate_limit: int | None = Field(description="Null: the server's default.", examples=[100])
    tokens_per_day: int | None = Field(description="Null: no bound.", examples=[200_000])
    messages_per_day: int | None = Field(description="Null: no bound.", examples=[2000])
    created_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-14T11:00:00Z"])
    expires_at: str | None = Field(description="Null: never.", examples=["2027-03-14T11:00:00Z"])
    revoked_at: str | None = Field(examples=["2026-09-01T08:00:00Z"])
    last_used_at: str | None = Field(
        description="True to a minute; null: never used.", examples=["2026-03-15T09:30:00Z"]
    )
    replaced_by: str | None = Field(
        description="The key that was made in its place.", examples=["key_9hL4fJ8sKq2mN7xV1bC5dG"]
    )

    @classmethod
    def of(cls, api_key: ApiKey, now: Millis) -> "ApiKeyObject":
        """The wire form, with the status at ``now``."""
        return cls(**_fields(api_key, now))


class NewApiKey(ApiKeyObject):
    """A key that was just made: the only time that it is shown."""

    key: str = Field(
        description="Keep it now: it cannot be read again.", examples=["cevvo_sk_7HqX…2Kd9"]
    )

    @classmethod
    def with_key(cls, key: str, api_key: ApiKey, now: Millis) -> "NewApiKey":
        """The wire form with the key itself."""
        return cls(key=key, **_fields(api_key, now))


def _fields(api_key: ApiKey, now: Millis) -> dict[str, object]:
    origins = api_key.allowed_origins
    return {
        "id": api_key.id,
        "name": api_key.name,
        "kind": api_key.kind,
        "status": api_key.status(now),
        "prefix": api_key.prefix,
        "last_four": api_key.last_four,
        "scopes": list(api_key.scopes),
        "allowed_origins": None if origins is None else list(origins),
        "rate_limit": api_key.rate_limit,
        "tokens_per_day": api_key.tokens_per_day,
        "messages_per_day": api_key.messages_per_day,
        "created_at": rfc3339(api_key.created_at),
        "expires_at": rfc3339_or_none(api_key.expires_at),
        "revoked_at": rfc3339_or_none(api_key.revoked_at),
        "last_used_at": rfc3339_or_none(api_key.last_used_at),
        "replaced_by": api_key.replaced_by,
    }
