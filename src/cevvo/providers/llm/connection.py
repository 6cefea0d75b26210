"""The way to a model: its provider's URL over the guarded transport, and one attempt with bounded
waits, read as server-sent events."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import httpx2

from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.http import USER_AGENT, Connect, GuardedTransport, Resolve
from cevvo.providers.fetching.url import parse_url
from cevvo.providers.llm.base import Completion
from cevvo.providers.llm.failures import Refused, broken_off, endless, failure_of, silent

MAX_BYTES = 8_000_000  # of a reply on the wire: some 100 times what a long one takes
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "text/event-stream",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
}
_PAUSE, _LONGEST_PAUSE = 0.005, 0.2  # seconds before a read: for each other reply; at most
_DONE = b"[DONE]"
_SETTLING = 0.5  # seconds for the end of a body whose last event has come


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


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: ``body``, and more fields of it. ``effort``: those that tell a model that
    reasons to do so a little, instead of ``plain``, until it is known to know of no effort."""

    body: Mapping[str, Any]
    plain: Mapping[str, Any]
    effort: Mapping[str, Any] | None = None


class Reply(Protocol):
    """What a provider's events add up to."""

    def take(self, event: Mapping[str, Any]) -> object:
        """The text that an event adds; often none. Raises LookupError, TypeError or AttributeError
        where it is not an event of this provider, or gives what is no text."""
        ...

    def end(self) -> Completion | None:
        """How it ended; None: it has not."""
        ...


class ModelConnection:
    """A ``model`` that is asked at ``url``. Belongs to one event loop; ``close`` it when done.

    It reaches public addresses, and host and port of the URL that the operator ``named``, if any.
    It follows no redirect and takes nothing from the environment. ``resolve`` and ``connect`` are
    for tests, as ``HttpFetcher`` has them.
    """

    being_read: ClassVar[int] = 0
    """Replies, of all models in this process."""

    def __init__(
        self,
        model: str,
        url: str,
        headers: Mapping[str, str],
        patience: Patience,
        *,
        named: str | None,
        resolve: Resolve | None = None,
        connect: Connect | None = None,
    ) -> None:
        self._model = model
        self._url = url
        self._headers = {**_HEADERS, **headers}
        self._patience = patience
        self._knows_effort = True
        rules = AddressRules() if named is None else AddressRules((_host_and_port(named),))
        self._transport = GuardedTransport(rules, resolve=resolve, connect=connect, pause=_pause)

    async def close(self) -> None:
        """Give back its connections."""
        await self._transport.aclose()

    async def ask(self, request: Request, reply: Reply) -> AsyncGenerator[str | Completion, None]:
        """The pieces of one reply as ``LanguageModel.stream`` has them: in time, to the end, or
        else ProviderError. Closing it closes the connection."""
        read = False
        pieces = self._pieces(request, reply)
        async with aclosing(pieces):
            try:
                async for piece in pieces:
                    read = True
                    yield piece
                return
            except Exception as error:  # noqa: BLE001 - whatever the transport and the reply raise
                failure = failure_of(self._model, error)
        failure.prompt_read = failure.prompt_read or read
        raise failure  # out here it has no context: what the provider wrote reaches no log

    async def _pieces(
        self, request: Request, reply: Reply
    ) -> AsyncGenerator[str | Completion, None]:
        now = asyncio.get_running_loop().time
        end, until = now() + self._patience.whole, now() + self._patience.first
        silence, done, late = self._patience.first, False, False
        events = EventReader()
        ModelConnection.being_read += 1
        try:
            async with asyncio.timeout_at(min(end, until)):
                response = await self._send(request)
            async with aclosing(response), aclosing(response.aiter_bytes()) as body:
                while True:
                    async with asyncio.timeout_at(min(end, until)):
                        received = await anext(body, b"")
                    if not received:
                        break
                    for data in events.read(received):
                        if done := data == _DONE:
                            continue
                        text = reply.take(_event(data))
                        if not isinstance(text, str):
                            raise TypeError("no text")
                        if text:
                            silence = self._patience.between
                            until = now() + silence
                            yield text
                    if done:
                        # Read on to the body's end: a connection can be used again only from there.
                        until = now() + _SETTLING
        except TimeoutError:
            late = not done
        finally:
            ModelConnection.being_read -= 1
        if late and now() >= end:
            raise endless(self._model, self._patience.whole)
        if late:
            raise silent(self._model, silence)
        completion = reply.end()
        if completion is None:
            raise broken_off(self._model)
        yield completion

    async def _send(self, request: Request) -> httpx2.Response:
        """The response, its body unread. A model that knows no effort is asked without from then
        on."""
        if self._knows_effort and request.effort is not None:
            try:
                return await self._post({**request.body, **request.effort})
            except Refused as error:
                if error.status != 400 or "effort" not in str(error.body):
                    raise
                self._knows_effort = False
        return await self._post({**request.body, **request.plain})

    async def _post(self, body: Mapping[str, Any]) -> httpx2.Response:
        """Raises Refused, or what the transport does."""
        response = await self._transport.handle_async_request(
            httpx2.Request(
                "POST",
                self._url,
                content=json.dumps(body).encode(),
                headers=self._headers,
                extensions={
                    "timeout": {"connect": self._patience.connect},
                    "max_bytes": MAX_BYTES,
                },
            )
        )
        if response.is_success:
            return response
        async with aclosing(response):
            said = await response.aread()
            raise Refused(response.status_code, response.headers, _said(said))


def _pause() -> float:
    """Of many replies each is read more seldom, several tokens at a time, which costs a fraction of
    reading each by itself: none is shown before its sentence is whole."""
    return min(_PAUSE * (ModelConnection.being_read - 1), _LONGEST_PAUSE)


class EventReader:
    """Takes a stream of server-sent events as it is received and gives each event's data.

    Of providers, which send an event's data as one line of JSON; the other fields repeat it.
    """

    def __init__(self) -> None:
        self._begun: list[bytes] = []  # of a line

    def read(self, received: bytes) -> Iterator[bytes]:
        """What is whole with these bytes."""
        if b"\n" not in received:
            self._begun.append(received)
            return
        *lines, begun = b"".join((*self._begun, received)).split(b"\n")
        self._begun = [begun]
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()


def _event(data: bytes) -> Mapping[str, Any]:
    """Raises ValueError for what is no JSON object, Refused for an error."""
    event = json.loads(data)
    if not isinstance(event, dict):
        raise ValueError("no object")
    if event.get("error"):
        raise Refused(200, {}, event)
    return event


def _said(body: bytes) -> object:
    """The JSON of an error's body, or its text."""
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _host_and_port(named: str) -> str:
    url = parse_url(named)
    return f"[{url.host}]:{url.port}" if ":" in url.host else f"{url.host}:{url.port}"
