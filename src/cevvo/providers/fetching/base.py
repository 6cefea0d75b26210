"""The fetching port: the only way out to the network."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response, read whole. ``url`` is where the last redirect led; header names are lower case.

    ``content_type`` is the bare media type in lower case, ``charset`` what the header said.
    ``body`` is empty for 304.
    """

    url: str
    status: int
    headers: dict[str, str] = field(repr=False)
    content_type: str
    charset: str | None
    body: bytes = field(repr=False)


class Fetcher(Protocol):
    """Fetches one URL under the address rules.

    Every address that a host resolves to must be allowed, at every redirect, and the connection
    goes to an address that was checked. Any response is returned whatever its status. Raises
    UrlNotAllowed (scheme, port or address), Permanent (``too_large``, ``http_error`` for endless
    redirects), Transient (``unreachable``: DNS, refused, reset, timed out).
    """

    async def fetch(
        self, url: str, *, headers: dict[str, str] | None = None, max_bytes: int | None = None
    ) -> Fetched:
        """GET ``url``, following at most five redirects; ``max_bytes`` counts decoded bytes."""
        ...

    async def close(self) -> None:
        """Close idle connections."""
        ...
