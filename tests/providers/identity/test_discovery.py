"""What an issuer says of itself is held against what the operator configured."""

import asyncio

import pytest

from cevvo.providers.identity.base import IdentityError
from cevvo.providers.identity.oidc import OidcProvider
from identity_provider import CLIENT_ID, CLIENT_SECRET, running_provider

BACK = "https://test/api/v1/session/oidc/callback"


async def _address(issuer: str) -> str:
    provider = OidcProvider(issuer, CLIENT_ID, CLIENT_SECRET, BACK)
    try:
        return await provider.authorization_url(state="s", nonce="n", verifier="v" * 43)
    finally:
        await provider.close()


def test_an_issuer_that_calls_itself_something_else_is_refused() -> None:
    with running_provider(BACK) as running:
        assert asyncio.run(_address(running.issuer)).startswith(f"{running.issuer}/authorize?")
        running.said_issuer = "https://evil.test"
        with pytest.raises(IdentityError, match="calls itself"):
            asyncio.run(_address(running.issuer))


def test_an_issuer_that_is_not_there_is_named() -> None:
    with running_provider(BACK) as running:
        address = running.issuer
    with pytest.raises(IdentityError, match="No answer from"):
        asyncio.run(_address(address))
