"""Who somebody is, by the word of an identity provider: the port."""

from dataclasses import dataclass
from typing import Protocol

from cevvo.errors import CevvoError


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider vouches for. ``subject`` never changes, ``email`` may; it is in lower case,
    and None unless the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    name: str | None


class IdentityError(CevvoError):
    """The provider did not vouch for anybody. The message is for the log."""


class IdentityProvider(Protocol):
    """OpenID Connect, the authorization code flow with PKCE."""

    async def authorization_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser. Raises IdentityError when the provider cannot be reached."""

    async def identify(self, code: str, *, nonce: str, verifier: str) -> Identity:
        """Who came back with ``code``. Raises IdentityError."""

    async def close(self) -> None:
        """Close idle connections."""
