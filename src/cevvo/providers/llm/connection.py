"""The way to a model: a client over the guarded transport, and one attempt with bounded waits."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import httpx2

from cevvo.errors import ProviderError
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import Connect, GuardedTransport, Resolve
from cevvo.providers.fetching.url import parse_url
from cevvo.providers.llm.base import Completion
from cevvo.providers.llm.failures import broken_off, endless, failure_of, silent

MAX_BYTES = 8_000_000  # of a reply on the wire: some 100 times what a long one takes


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one attempt waits, in seconds.

    ``connect``: for the connection; ``first``: for the first piece, from the start; ``between``:
    from one piece to the next; ``whole``: for the end of the reply.
    """

    connect: float = 5.0
    first: float = 20.0
    between: float = 15.0
    whole: float = 50.0


def guarded_client(
    named: str | None,
    patience: Patience,
    *,
    resolve: Resolve | None = None,
    connect: Connect | None = None,
) -> httpx2.AsyncClient:
    """A client that reaches public addresses, and host and port of the URL that the operator
    ``named``, if any. It follows no redirect and takes nothing from the environment."""

    async def bound(request: httpx2.Request) -> None:
        request.extensions["max_bytes"] = MAX_BYTES

    rules = AddressRules() if named is None else AddressRules((_host_and_port(named),))
    return httpx2.AsyncClient(
        transport=GuardedTransport(rules, resolve=resolve, connect=connect),
        timeout=httpx2.Timeout(max(patience.first, patience.between), connect=patience.connect),
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [bound]},
        follow_redirects=False,
        trust_env=False,
    )


def _host_and_port(named: str) -> str:
    url = parse_url(named)
    return f"[{url.host}]:{url.port}" if ":" in url.host else f"{url.host}:{url.port}"


class _Client(Protocol):
    async def close(self) -> None: ...


C = TypeVar("C", bound=_Client)


class LazyClient(Generic[C]):
    """A client that ``connect`` makes on first use, in a thread: importing the library behind it
    costs a second of CPU. Belongs to one event loop."""

    def __init__(self, connect: Callable[[], C]) -> None:
        self._connect = connect
        self._connecting: asyncio.Task[C] | None = None

    async def get(self) -> C:
        """The client. Whoever is cancelled meanwhile leaves it to the next one, or to ``close``."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(asyncio.to_thread(self._connect))
        try:
            return await asyncio.shield(self._connecting)
        except Exception:
            self._connecting = None
            raise

    async def close(self) -> None:
        """Give back its connections, if it ever had any."""
        if self._connecting is None:
            return
        await asyncio.wait((self._connecting,))
        if self._connecting.exception() is None:
            await self._connecting.result().close()


async def one_attempt(
    model: str, pieces: AsyncGenerator[str | Completion, None], patience: Patience
) -> AsyncGenerator[str | Completion, None]:
    """``pieces`` of one reply as ``LanguageModel.stream`` has them: in time, to the end, or else
    ProviderError. Closing it closes ``pieces``."""
    loop = asyncio.get_running_loop()
    end, silence = loop.time() + patience.whole, patience.first
    read = False
    async with aclosing(pieces):
        while True:
            try:
                async with asyncio.timeout_at(min(end, loop.time() + silence)):
                    piece = await _next(model, pieces)
            except TimeoutError:
                ended = loop.time() >= end
                piece = endless(model, patience.whole) if ended else silent(model, silence)
            if isinstance(piece, ProviderError):
                break
            read = True
            yield piece
            if isinstance(piece, Completion):
                return
            silence = patience.between
    piece.prompt_read = piece.prompt_read or read
    raise piece  # out here it has no context: what the provider wrote reaches no log


async def _next(
    model: str, pieces: AsyncGenerator[str | Completion, None]
) -> str | Completion | ProviderError:
    try:
        return await anext(pieces)
    except StopAsyncIteration:
        return broken_off(model)
    except Exception as error:  # noqa: BLE001 - the client libraries raise what they like
        return failure_of(model, error)
