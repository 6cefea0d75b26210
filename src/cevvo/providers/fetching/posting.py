"""Posting to addresses that somebody else named: under the same rules as fetching."""

import asyncio
import contextlib
from dataclasses import dataclass

import httpx2

from cevvo.errors import Transient
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import (
    USER_AGENT,
    Connect,
    GuardedTransport,
    Resolve,
    unreachable,
)
from cevvo.providers.fetching.retry_after import retry_after
from cevvo.providers.fetching.url import parse_url

DEADLINE = 15.0  # seconds for a whole exchange
_TIMEOUTS = {"connect": 5.0, "read": DEADLINE, "write": DEADLINE, "pool": DEADLINE}
_MAX_BYTES = 1  # of a response's body: nobody reads it


@dataclass(frozen=True, slots=True)
class Posted:
    """What came back: the status, and in how many seconds the server asks to be tried again."""

    status: int
    retry_after: float | None


class HttpPoster:
    """POSTs to addresses that the rules allow, and reads the head of what is answered.

    It follows no redirect and keeps no connection. Belongs to one event loop; ``close`` it when
    done. ``resolve`` and ``connect`` are as in ``HttpFetcher``; ``deadline`` is in seconds.
    """

    def __init__(
        self,
        rules: AddressRules,
        *,
        deadline: float = DEADLINE,
        resolve: Resolve | None = None,
        connect: Connect | None = None,
    ) -> None:
        self._rules = rules
        self._deadline = deadline
        self._transport = GuardedTransport(rules, resolve=resolve, connect=connect)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Posted:
        """Send ``body``. Any response is returned, whatever its status.

        Raises UrlNotAllowed (scheme, port or address), Transient (``unreachable``: DNS, refused,
        reset, timed out).
        """
        target = parse_url(url)
        self._rules.check_target(target)
        request = httpx2.Request(
            "POST",
            str(target),
            content=body,
            headers={"User-Agent": USER_AGENT, "Connection": "close"} | headers,
            extensions={"timeout": _TIMEOUTS, "max_bytes": _MAX_BYTES},
        )
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._transport.handle_async_request(request)
                async with contextlib.aclosing(response):
                    return Posted(response.status_code, retry_after(response.headers))
        except TimeoutError:
            raise Transient(
                f"{target.host} did not answer within {self._deadline:.0f} seconds.",
                reason="unreachable",
            ) from None
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise unreachable(target.host, error) from error

    async def close(self) -> None:
        """Close what is open."""
        await self._transport.aclose()
