"""What an issuer says of itself is held against what the operator configured."""

import asyncio
import socket
from urllib.parse import parse_qs, urlsplit

import pytest

from cevvo.errors import UrlNotAllowed
from cevvo.providers.identity.base import IdentityError
from cevvo.providers.identity.oidc import OidcProvider
from identity_provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider

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


@pytest.mark.parametrize("address", ["http://10.0.0.1/keys", "http://[/keys", "http://a:x/keys"])
def test_keys_where_nothing_may_be_asked_for_are_a_fault_of_the_issuer(address: str) -> None:
    async def come_back(running: Provider) -> None:
        provider = OidcProvider(running.issuer, CLIENT_ID, CLIENT_SECRET, BACK)
        try:
            left = await provider.authorization_url(state="s", nonce="n", verifier="v" * 43)
            query = {name: each[0] for name, each in parse_qs(urlsplit(left).query).items()}
            back = parse_qs(urlsplit(running.authorize(query)).query)
            await provider.identify(back["code"][0], nonce="n", verifier="v" * 43)
        finally:
            await provider.close()

    with running_provider(BACK) as running:
        running.person, running.keys_at = {"sub": "grace"}, address
        with pytest.raises(IdentityError):
            asyncio.run(come_back(running))


def test_an_issuer_may_be_an_ipv6_address() -> None:
    """Nothing listens there: it is asked, and not refused as an address that is not allowed."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        issuer = f"http://[::1]:{unused.getsockname()[1]}"
        with pytest.raises(IdentityError, match="No answer from") as asked:
            asyncio.run(_address(issuer))
    assert not isinstance(asked.value.__cause__, UrlNotAllowed)
