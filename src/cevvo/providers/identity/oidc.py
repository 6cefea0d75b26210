"""OpenID Connect Core 1.0: discovery, the authorization code flow with PKCE, a signed ID token.

Requests go to the issuer's own host and port, wherever that is, and else to public addresses only.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cevvo.errors import UrlNotAllowed
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import GuardedTransport
from cevvo.providers.fetching.url import parse_url
from cevvo.providers.identity.base import Identity, IdentityError

_ALGORITHMS = ["RS256", "PS256", "ES256"]
_SCOPE = "openid email profile"
_LEEWAY = 60  # seconds that two clocks may differ
_DISCOVERED_SECONDS = 600.0
_TIMEOUT = httpx2.Timeout(10.0)
_MAX_BYTES = 1_000_000
_FAILURES = (httpx2.HTTPError, httpx2.InvalidURL, UrlNotAllowed, ValueError)
"""What a request may end with: no answer, no address that is allowed or that is one, no JSON."""


class OidcProvider:
    """Implements ``IdentityProvider`` for one issuer."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        redirect_uri: str,
        *,
        allowed: tuple[str, ...] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._monotonic = monotonic
        url = parse_url(issuer)
        host = f"[{url.host}]" if ":" in url.host else url.host
        rules = AddressRules((*allowed, f"{host}:{url.port}"))
        self._discovered: tuple[float, Mapping[str, Any]] | None = None
        self._client = AsyncOAuth2Client(
            client_id,
            client_secret,
            scope=_SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            transport=GuardedTransport(rules),
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            event_hooks={"request": [_bound]},
        )

    async def authorization_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """See ``IdentityProvider.authorization_url``."""
        metadata = await self._metadata()
        url: str
        url, _ = self._client.create_authorization_url(
            metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
        return url

    async def identify(self, code: str, *, nonce: str, verifier: str) -> Identity:
        """See ``IdentityProvider.identify``."""
        metadata = await self._metadata()
        try:
            tokens = await self._client.fetch_token(
                metadata["token_endpoint"],
                code=code,
                code_verifier=verifier,
                grant_type="authorization_code",
            )
        except (OAuthError, *_FAILURES) as error:
            raise IdentityError(f"The code was not taken: {error}") from error
        keys = await self._get_json(metadata["jwks_uri"])
        return self._identity(self._claims(tokens, keys, nonce))

    async def close(self) -> None:
        """See ``IdentityProvider.close``."""
        await self._client.aclose()

    def _claims(
        self, tokens: Mapping[str, Any], keys: Mapping[str, Any], nonce: str
    ) -> Mapping[str, Any]:
        """Of the ID token, once signature, issuer, audience, time and nonce are right."""
        try:
            key_set = KeySet.import_key_set(dict(keys))  # type: ignore[arg-type]
            token = jwt.decode(str(tokens["id_token"]), key_set, algorithms=_ALGORITHMS)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client.client_id},
                    "sub": {"essential": True},  # an empty one would be everybody's
                },
                params={
                    "nonce": nonce,
                    "client_id": self._client.client_id,
                    "access_token": tokens.get("access_token"),
                },
            )
            claims.validate(leeway=_LEEWAY)
            json.dumps(claims, ensure_ascii=False).encode()  # half a surrogate cannot be stored
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise IdentityError(f"The ID token is not valid: {error}") from error
        found: Mapping[str, Any] = claims
        return found

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        email, name = claims.get("email"), claims.get("name")
        verified = claims.get("email_verified") is True and isinstance(email, str)
        return Identity(
            issuer=self._issuer,
            subject=str(claims["sub"]),
            email=str(email).strip().lower() if verified else None,
            name=name if isinstance(name, str) else None,
        )

    async def _metadata(self) -> Mapping[str, Any]:
        now = self._monotonic()
        if self._discovered is not None and now - self._discovered[0] < _DISCOVERED_SECONDS:
            return self._discovered[1]
        url = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        metadata = await self._get_json(url)
        if metadata.get("issuer") != self._issuer:
            raise IdentityError(f"The issuer calls itself {metadata.get('issuer')!r}.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            address = metadata.get(name)
            secure = isinstance(address, str) and address.startswith("https://")
            if not secure and not (isinstance(address, str) and self._issuer.startswith("http://")):
                raise IdentityError(f"The issuer names no {name} under https.")
        self._discovered = (now, metadata)
        return metadata

    async def _get_json(self, url: str) -> Mapping[str, Any]:
        try:
            response = await self._client.request("GET", url, withhold_token=True)
            response.raise_for_status()
            content = response.json()
        except _FAILURES as error:
            raise IdentityError(f"No answer from {url}: {error}") from error
        if not isinstance(content, dict):
            raise IdentityError(f"{url} is no JSON object.")
        return content


async def _bound(request: httpx2.Request) -> None:
    request.extensions["max_bytes"] = _MAX_BYTES
