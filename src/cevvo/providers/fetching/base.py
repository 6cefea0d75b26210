"""The fetching port: the only way out to the network."""

from dataclasses import dataclass, field
from typing import Protocol

from cevvo.errors import Permanent


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response, read whole. ``url`` is where the last redirect led; header names are lower case.

    A header that was sent more than once has each of its values on a line of its own.
    ``content_type`` is the bare media type in lower case, ``charset`` what the header said.
    ``body`` is empty for 304. ``received`` counts the bytes that came where they are not just those
    of the body: of a rendered page with all that it loaded.
    """

    url: str
    status: int
    headers: dict[str, str] = field(repr=False)
    content_type: str
    charset: str | None
    body: bytes = field(repr=False)
    received: int | None = None


class TooLarge(Permanent):
    """The response is over the limit. ``received`` bytes of it came before that was known."""

    def __init__(self, max_bytes: int, received: int) -> None:
        super().__init__(f"The response is larger than {max_bytes:,} bytes.", reason="too_large")
        self.received = received


class Fetcher(Protocol):
    """Fetches one URL under the address rules.

    Every address that a host resolves to must be allowed, at every redirect, and the connection
    goes to an address that was checked. Any response is returned whatever its status. Raises
    UrlNotAllowed (scheme, port or address), TooLarge, Permanent (``http_error``: endless redirects,
    compression that cannot be read), Transient (``unreachable``: DNS, refused, reset, timed out).
    """

    async def fetch(
        self,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        max_bytes: int | None = None,
        truncate: bool = False,
    ) -> Fetched:
        """GET ``url``, following at most five redirects.

        ``max_bytes`` bounds the body as sent and as unpacked. What is over it raises TooLarge;
        with ``truncate`` the body ends there instead.
        """
        ...

    async def close(self) -> None:
        """Close idle connections."""
        ...
