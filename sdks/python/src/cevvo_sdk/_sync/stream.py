# Written by generate_sync.py from _async/stream.py: change that.
"""An answer as it is written."""

from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Self

from httpx2 import RequestError, Response, TimeoutException

from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import Call
from cevvo_sdk._events import CHAT_EVENTS, DONE, assemble, parse
from cevvo_sdk._sse import SSEDecoder
from cevvo_sdk.errors import APIConnectionError, APITimeoutError, CevvoError, StreamError, no_api
from cevvo_sdk.types import ChatResponse, ChatStreamEvent, SourcesEvent, TextEvent


class ChatStream:
    """An answer as it is written.

    Iterate it for its events or ``text_stream`` for the pieces of text; ``final()`` reads what is
    left and gives the whole answer. In a ``with`` block, leaving early ends the answer on the
    server, too.

    Reading raises APIError and APIConnectionError as any call does (APITimeoutError after
    ``timeout`` seconds of silence), and StreamError when the stream reports an error or breaks off.
    """

    def __init__(self, transport: Transport, call: Call) -> None:
        self._transport = transport
        self._call = call
        self._response: Response | None = None
        self._events = self._read()
        self._final: ChatResponse | None = None
        self._failure: CevvoError | None = None
        #: The text that has arrived so far.
        self.text = ""

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ChatStreamEvent:
        return self._events.__next__()

    @property
    def text_stream(self) -> Iterator[str]:
        """The pieces of the answer's text."""
        return self._texts()

    def final(self) -> ChatResponse:
        """The whole answer, once it is there."""
        for _ in self:
            pass
        if self._final is None:
            raise self._failure or StreamError("The stream was closed before its end.")
        return self._final

    def close(self) -> None:
        """End it; the server need not go on."""
        self._events.close()
        if self._response is not None:
            self._response.close()

    @property
    def http_response(self) -> Response | None:
        """Once it has begun; its headers have ``X-Thread-Id`` and ``X-Message-Id``."""
        return self._response

    def _texts(self) -> Iterator[str]:
        for event in self:
            if isinstance(event, TextEvent):
                yield event.text

    def _open(self) -> Response:
        if self._response is None:
            self._response = self._transport.send(self._call, stream=True)
        return self._response

    def _read(self) -> Generator[ChatStreamEvent, None, None]:
        sources: SourcesEvent | None = None
        try:
            response = self._open()
            for data in event_data(response, self._transport.config.timeout):
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
                self._response.close()


def event_data(response: Response, silence: float) -> Iterator[str]:
    """The data of each event; ``silence`` is how many seconds the transport waits for one.

    Raises APITimeoutError and APIConnectionError where the response ends before it should.
    """
    media_type = response.headers.get("content-type", "no content type")
    if not media_type.startswith("text/event-stream"):
        raise no_api(response, media_type)
    decoder = SSEDecoder()
    try:
        for received in response.iter_bytes():
            for data in decoder.push(received):
                yield data
    except TimeoutException as cause:
        raise APITimeoutError(f"The stream was silent for {silence:g} s.") from cause
    except RequestError as cause:
        broken = f"The connection broke in the middle of the stream: {cause}"
        raise APIConnectionError(broken) from cause
