"""An answer as it is written."""

from collections.abc import AsyncGenerator, AsyncIterator
from types import TracebackType
from typing import Self

from httpx2 import RequestError, Response, TimeoutException

from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import Call
from cevvo_sdk._events import CHAT_EVENTS, DONE, assemble, parse
from cevvo_sdk._sse import SSEDecoder
from cevvo_sdk.errors import APIConnectionError, APITimeoutError, CevvoError, StreamError, no_api
from cevvo_sdk.types import ChatResponse, ChatStreamEvent, SourcesEvent, TextEvent


class AsyncChatStream:
    """An answer as it is written.

    Iterate it for its events or ``text_stream`` for the pieces of text; ``final()`` reads what is
    left and gives the whole answer. In a ``with`` block, leaving early ends the answer on the
    server, too.

    Reading raises APIError and APIConnectionError as any call does (APITimeoutError after
    ``timeout`` seconds of silence), and StreamError when the stream reports an error or breaks off.
    """

    def __init__(self, transport: AsyncTransport, call: Call) -> None:
        self._transport = transport
        self._call = call
        self._response: Response | None = None
        self._events = self._read()
        self._final: ChatResponse | None = None
        self._failure: CevvoError | None = None
        #: The text that has arrived so far.
        self.text = ""

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChatStreamEvent:
        return await self._events.__anext__()

    @property
    def text_stream(self) -> AsyncIterator[str]:
        """The pieces of the answer's text."""
        return self._texts()

    async def final(self) -> ChatResponse:
        """The whole answer, once it is there."""
        async for _ in self:
            pass
        if self._final is None:
            raise self._failure or StreamError("The stream was closed before its end.")
        return self._final

    async def close(self) -> None:
        """End it; the server need not go on."""
        await self._events.aclose()
        if self._response is not None:
            await self._response.aclose()

    @property
    def http_response(self) -> Response | None:
        """Once it has begun; its headers have ``X-Thread-Id`` and ``X-Message-Id``."""
        return self._response

    async def _texts(self) -> AsyncIterator[str]:
        async for event in self:
            if isinstance(event, TextEvent):
                yield event.text

    async def _open(self) -> Response:
        if self._response is None:
            self._response = await self._transport.send(self._call, stream=True)
        return self._response

    async def _read(self) -> AsyncGenerator[ChatStreamEvent, None]:
        sources: SourcesEvent | None = None
        try:
            response = await self._open()
            async for data in event_data(response, self._transport.config.timeout):
                if data == DONE:
                    self._final = assemble(self.text, sources, response)
                    return
                event = parse(data, CHAT_EVENTS)
                if isinstance(event, TextEvent):
                    self.text += event.text
                elif isinstance(event, SourcesEvent):
                    sources = event
                if event is not None:
                    yield event
            raise StreamError("The stream broke off before its end.")
        except CevvoError as failure:
            self._failure = failure
            raise
        finally:
            if self._response is not None:
                await self._response.aclose()


async def event_data(response: Response, silence: float) -> AsyncIterator[str]:
    """The data of each event; ``silence`` is how many seconds the transport waits for one.

    Raises APITimeoutError and APIConnectionError where the response ends before it should.
    """
    media_type = response.headers.get("content-type", "no content type")
    if not media_type.startswith("text/event-stream"):
        raise no_api(response, media_type)
    decoder = SSEDecoder()
    try:
        async for received in response.aiter_bytes():
            for data in decoder.push(received):
                yield data
    except TimeoutException as cause:
        raise APITimeoutError(f"The stream was silent for {silence:g} s.") from cause
    except RequestError as cause:
        broken = f"The connection broke in the middle of the stream: {cause}"
        raise APIConnectionError(broken) from cause
