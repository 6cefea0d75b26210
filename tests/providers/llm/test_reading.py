"""How replies are read off the wire: by events, and of many several tokens at a time."""

import asyncio
from typing import Any

import httpcore2
import pytest

from cevvo.providers.llm.base import Prompt, PromptMessage
from cevvo.providers.llm.connection import EventReader, Patience
from cevvo.providers.llm.openai import OpenAIModel
from model_server import ModelServer, Reply

PROMPT = Prompt("Answer.", (PromptMessage("user", "How long?"),))
STREAM = (
    b': hello\r\nevent: ping\ndata: {"a": 1}\r\n\r\n'
    b'data:{"b":"\xc3\xa9"}\n\nid: 3\ndata: [DONE]\n\n'
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_the_same_however_they_come(size: int) -> None:
    reader = EventReader()
    pieces = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    found = [data for piece in pieces for data in reader.read(piece)]
    assert found == [b'{"a": 1}', b'{"b":"\xc3\xa9"}', b"[DONE]"]


class Counted(httpcore2.AsyncNetworkStream):
    """A connection whose reads are counted."""

    reads = 0

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        Counted.reads += 1
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


async def connect(address: str, port: int, seconds: float | None) -> httpcore2.AsyncNetworkStream:
    return Counted(await httpcore2.AnyIOBackend().connect_tcp(address, port, timeout=seconds))


def test_of_many_replies_several_tokens_are_read_at_a_time() -> None:
    at_once = 12
    words = tuple(f"{number} " for number in range(60))

    async def read(model: OpenAIModel) -> str:
        return "".join([piece async for piece in model.stream(PROMPT) if isinstance(piece, str)])

    async def run(url: str) -> list[str]:
        model = OpenAIModel(
            "m", "m", api_key=None, base_url=url, patience=Patience(), connect=connect
        )
        try:
            return await asyncio.gather(*(read(model) for _ in range(at_once)))
        finally:
            await model.close()

    with ModelServer(Reply(words, pause=0.005)) as server:
        Counted.reads = 0
        replies = asyncio.run(run(server.url))
    assert replies == ["".join(words)] * at_once
    assert Counted.reads <= at_once * len(words) / 2
