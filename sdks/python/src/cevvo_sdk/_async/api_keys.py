"""API keys."""

from collections.abc import Sequence

from cevvo_sdk._async.page import AsyncPager
from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import Call, given, path
from cevvo_sdk.types import ApiKey, ApiKeyKind, Deleted, NewApiKey, Scope


class AsyncApiKeys:
    """The keys of the workspace; for a key with the scope ``admin``."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, *, page: int | None = None, per_page: int | None = None) -> AsyncPager[ApiKey]:
        """All keys, expired and revoked ones too, newest first."""
        call = Call("GET", "/api-keys", query={"page": page, "per_page": per_page})
        return AsyncPager.of(self._transport, call, ApiKey)

    async def create(
        self,
        *,
        name: str,
        kind: ApiKeyKind | None = None,
        scopes: Sequence[Scope] | None = None,
        expires_at: str | None = None,
        rate_limit: int | None = None,
        tokens_per_day: int | None = None,
        messages_per_day: int | None = None,
        allowed_origins: Sequence[str] | None = None,
    ) -> NewApiKey:
        """Make a key. Its ``key`` is in this answer and nowhere else, ever.

        Args:
            name: what it is for, 1..100 characters.
            kind: ``secret`` (default) for servers, ``publishable`` for web pages.
            scopes: what it may do; everything unless told; a publishable key: ``chat``.
            expires_at: RFC 3339; never unless told.
            rate_limit: requests a minute; the server's default unless told.
            tokens_per_day: what language models may take for it in a day (UTC).
            messages_per_day: of a publishable key; 2000 unless told.
            allowed_origins: of a publishable key: the websites that may use it.
        """
        body = given(
            name=name,
            kind=kind,
            scopes=scopes,
            expires_at=expires_at,
            rate_limit=rate_limit,
            tokens_per_day=tokens_per_day,
            messages_per_day=messages_per_day,
            allowed_origins=allowed_origins,
        )
        return await self._transport.fetch(Call("POST", "/api-keys", json=body), NewApiKey)

    async def rotate(self, id: str, *, overlap_hours: int | None = None) -> NewApiKey:
        """Make a key like this one, which then expires: after 0..720 hours, 24 unless told."""
        body = given(overlap_hours=overlap_hours)
        call = Call("POST", path("api-keys", id, "rotate"), json=body)
        return await self._transport.fetch(call, NewApiKey)

    async def revoke(self, id: str) -> Deleted:
        """Revoke it: within a second it is refused everywhere, and its open streams end."""
        return await self._transport.fetch(Call("DELETE", path("api-keys", id)), Deleted)
