"""Fetching over HTTP, to addresses that were checked and to no others.

A host's name is resolved once for each connection, every record is checked, and the connection is
opened to one of those very addresses: there is no second resolution that could answer otherwise.
TLS still verifies the certificate against the name. No cookies, no proxies or credentials from
the environment, no redirect that is not checked like the first address.
"""

import asyncio
import contextlib
import ssl
import sys
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from socket import gaierror
from typing import Any, cast
from urllib.parse import urljoin

import httpcore2
import httpx2

from cevvo import __version__
from cevvo.errors import Permanent, Transient, UrlNotAllowed
from cevvo.foundation.telemetry import metrics
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.base import Fetched, TooLarge
from cevvo.providers.fetching.resolver import SystemResolver
from cevvo.providers.fetching.unhurried import UnhurriedStream
from cevvo.providers.fetching.url import WebUrl, literal_address, parse_url

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""All IP addresses of a host (for a port). Raises OSError where there is none."""
Connect = Callable[[str, int, float | None], Awaitable[httpcore2.AsyncNetworkStream]]
"""Opens a connection to an IP address and port within seconds."""

USER_AGENT = f"cevvo/{__version__} (+https://github.com/cevvo/cevvo)"
MAX_BYTES = 20_000_000
MAX_REDIRECTS = 5
DEADLINE = 60.0  # seconds for a whole fetch, redirects included
_TIMEOUTS = {"connect": 5.0, "read": 20.0, "write": 20.0, "pool": DEADLINE}
_RESOLVE_TIMEOUT = 5.0
_ADDRESSES_TRIED = 4
_CONNECTIONS = 256  # 64 workers with four pages each: no slow site makes another wait
_ENCODINGS = {"", "identity", "gzip", "deflate"}
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,text/*;q=0.8,*/*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}


@dataclass(frozen=True, slots=True)
class _Limit:
    """How much of a body is read, and whether what is over that is cut off or an error."""

    max_bytes: int
    truncate: bool


class HttpFetcher:
    """Implements ``Fetcher``. Belongs to one event loop; ``close`` it when done.

    ``resolve`` and ``connect`` stand in for the system's resolver and for opening a socket: tests
    decide with them what a name resolves to, and see which address is really asked for.
    """

    def __init__(
        self, rules: AddressRules, *, resolve: Resolve | None = None, connect: Connect | None = None
    ) -> None:
        self._rules = rules
        self._transport = GuardedTransport(rules, resolve=resolve, connect=connect)

    async def fetch(
        self,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        max_bytes: int | None = None,
        truncate: bool = False,
    ) -> Fetched:
        """See ``Fetcher.fetch``. ``headers`` go to ``url`` only, not to where it redirects."""
        target = parse_url(url)
        limit = _Limit(max_bytes or MAX_BYTES, truncate)
        outcome = "failed"
        try:
            async with asyncio.timeout(DEADLINE):
                fetched = await self._follow(target, headers or {}, limit)
            outcome = "unchanged" if fetched.status == 304 else f"{fetched.status // 100}xx"
            return fetched
        except TimeoutError:
            raise Transient(
                f"{target.host} did not answer in full within {DEADLINE:.0f} seconds.",
                reason="unreachable",
            ) from None
        finally:
            metrics.FETCHES.labels(outcome).inc()

    async def close(self) -> None:
        """Close idle connections."""
        await self._transport.aclose()

    async def _follow(self, url: WebUrl, headers: dict[str, str], limit: _Limit) -> Fetched:
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._get(url, headers, limit)
            if isinstance(answer, Fetched):
                return answer
            url, headers = answer, {}
        raise Permanent(f"More than {MAX_REDIRECTS} redirects in a row.", reason="http_error")

    async def _get(self, url: WebUrl, headers: dict[str, str], limit: _Limit) -> Fetched | WebUrl:
        """One request: the response, or the address that it redirects to."""
        self._rules.check_target(url)
        request = httpx2.Request(
            "GET",
            str(url),
            headers=_HEADERS | headers,
            extensions={"timeout": _TIMEOUTS, "max_bytes": limit.max_bytes},
        )
        _require_same_target(request.url, url)
        try:
            response = await self._transport.handle_async_request(request)
            async with contextlib.aclosing(response):
                if response.has_redirect_location:
                    return _redirect_target(url, response.headers["location"])
                return _fetched(url, response, await _body(response, limit))
        except httpx2.DecodingError as error:
            raise Permanent(f"{url.host} sent broken compression.", reason="http_error") from error
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise unreachable(url.host, error) from error


class GuardedTransport(httpx2.AsyncBaseTransport):
    """An httpx2 transport whose every connection goes to an address that the rules allow.

    A request's extension ``max_bytes`` ends the response's stream once more than that has come.
    ``pause`` says how many seconds to wait before each read of a connection.
    """

    def __init__(
        self,
        rules: AddressRules,
        *,
        resolve: Resolve | None = None,
        connect: Connect | None = None,
        pause: Callable[[], float] | None = None,
    ) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=_CONNECTIONS,
            keepalive_expiry=15.0,
            network_backend=_GuardedBackend(
                rules, resolve or SystemResolver(), connect or _connect, pause
            ),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. Raises UrlNotAllowed, or httpx2's TransportError."""
        with _as_httpx2():
            response = await self._pool.handle_async_request(
                httpcore2.Request(
                    method=request.method,
                    url=httpcore2.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx2.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response, request.extensions.get("max_bytes", sys.maxsize)),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves once, checks every address, connects to one of them. The one place that dials."""

    def __init__(
        self,
        rules: AddressRules,
        resolve: Resolve,
        connect: Connect,
        pause: Callable[[], float] | None,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._connect = connect
        self._pause = pause

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await self._addresses(host, port)
        self._rules.check_addresses(host, port, [ip_address(a) for a in addresses])
        failure: Exception = httpcore2.ConnectError("The host has no address.")
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                stream = await self._connect(address, port, timeout)
                return stream if self._pause is None else UnhurriedStream(stream, self._pause)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> list[str]:
        if literal_address(host) is not None:
            return [host]
        try:
            async with asyncio.timeout(_RESOLVE_TIMEOUT):
                return await self._resolve(host, port)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise httpcore2.ConnectError("The host name could not be resolved.") from error

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Body(httpx2.AsyncByteStream):
    """A body as it is sent. Ends once it is over the limit: packed, it may unpack to nothing."""

    def __init__(self, response: httpcore2.Response, max_bytes: int) -> None:
        self._response = response
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        # The stream itself can be taken up again where another reader has stopped.
        stream = cast(AsyncIterable[bytes], self._response.stream)
        with _as_httpx2():
            async for piece in stream:
                yield piece
                received += len(piece)
                if received > self._max_bytes:
                    return

    async def aclose(self) -> None:
        await self._response.aclose()


@contextlib.contextmanager
def _as_httpx2() -> Iterator[None]:
    """httpcore2's errors as httpx2's, which go by the same names."""
    try:
        yield
    except (
        httpcore2.TimeoutException,
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx2, type(error).__name__)(str(error)) from error


async def _connect(address: str, port: int, seconds: float | None) -> httpcore2.AsyncNetworkStream:
    return await httpcore2.AnyIOBackend().connect_tcp(address, port, timeout=seconds)


def _require_same_target(read: httpx2.URL, checked: WebUrl) -> None:
    """The HTTP client must read the very host and port that were checked."""
    port = read.port or {"http": 80, "https": 443}.get(read.scheme)
    if (read.scheme, read.raw_host, port) != (checked.scheme, checked.host.encode(), checked.port):
        raise UrlNotAllowed("The URL can be read in more than one way.")


def _redirect_target(url: WebUrl, location: str) -> WebUrl:
    try:
        return parse_url(urljoin(str(url), location))
    except ValueError as error:
        raise UrlNotAllowed("The server redirects to something that is not a URL.") from error


async def _body(response: httpx2.Response, limit: _Limit) -> bytes:
    """The decoded body. Stops at the limit, of what is sent and of what it unpacks to."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise Permanent(
            "The server sent a compression that was not asked for.", reason="http_error"
        )
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit.max_bytes and not limit.truncate:
        raise TooLarge(limit.max_bytes, 0)
    pieces: list[bytes] = []
    size = 0
    async with contextlib.aclosing(response.aiter_bytes()) as stream:
        async for piece in stream:
            size += len(piece)
            pieces.append(piece)
            if size > limit.max_bytes:
                break
    size = max(size, response.num_bytes_downloaded)
    if size > limit.max_bytes and not limit.truncate:
        raise TooLarge(limit.max_bytes, size)
    return b"".join(pieces)[: limit.max_bytes]


def _fetched(url: WebUrl, response: httpx2.Response, body: bytes) -> Fetched:
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(
        url=str(url),
        status=response.status_code,
        headers={name: "\n".join(response.headers.get_list(name)) for name in response.headers},
        content_type=content_type,
        charset=response.charset_encoding,
        body=body,
    )


def unreachable(host: str, error: Exception) -> Transient:
    """Names the host as it was given, never the address that it resolved to."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(cause)
    if isinstance(error, httpx2.TimeoutException):
        what = f"{host} took too long to answer."
    elif any(isinstance(e, ssl.SSLCertVerificationError) for e in chain):
        what = f"The TLS certificate of {host} is not valid."
    elif any(isinstance(e, ssl.SSLError) for e in chain):
        what = f"{host} could not be reached over TLS."
    elif any(isinstance(e, (gaierror, TimeoutError)) for e in chain):
        what = f"The host name {host} could not be resolved."
    elif isinstance(error, httpx2.ProtocolError):
        what = f"{host} sent something that is not HTTP, or broke off."
    else:
        what = f"{host} could not be reached."
    return Transient(what, reason="unreachable")
