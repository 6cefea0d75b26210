"""A language model that costs next to nothing: it reads the passages out at 50 tokens a second.

Speaks OpenAI's chat completions, streamed, on a free port of loopback, in a process of its own.
What it says is in the passages, so every sentence stands, and each is checked as a real model's.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import uvloop

RATE = 50
"""Tokens, here words, a second."""
TOKENS = 250
"""Tokens of a reply, about: five seconds."""
TICKS = 25
"""A second, in which streams are served: of many at once each word costs this process little."""
_PASSAGE = re.compile(r'<passage number="(\d+)">\n[^\n]*\n\n(.*?)\n</passage>', re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class _Stream:
    """A reply that is being said."""

    def __init__(self, transport: asyncio.Transport, words: list[str]) -> None:
        self.transport = transport
        self._words = words
        self._begun = asyncio.get_running_loop().time()
        self._said = 0

    def go_on(self, now: float) -> bool:
        """Say what is due; whether that was all."""
        due = min(int((now - self._begun) * RATE), len(self._words))
        events = [_event(_choice({"content": word})) for word in self._words[self._said : due]]
        self._said = due
        if due == len(self._words):
            count = len(self._words)
            usage = {"prompt_tokens": 1, "completion_tokens": count, "total_tokens": count + 1}
            events.append(_event(_choice({}, "stop")))
            events.append(_event({"choices": [], "usage": usage}))
            events.append(_chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        if events and not self.transport.is_closing():
            self.transport.write(b"".join(events))
        return due == len(self._words)


class _Protocol(asyncio.Protocol):
    def __init__(self, streams: set[_Stream], tokens: int) -> None:
        self._streams = streams
        self._tokens = tokens
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"content-length: (\d+)", head.lower())
        if length is None or len(rest) < int(length[1]):
            return
        self._received = rest[int(length[1]) :]
        asked = json.loads(rest[: int(length[1])])
        self._transport.write(_HEAD + _event(_choice({"role": "assistant", "content": ""})))
        words = reply_to(asked["messages"][-1]["content"], self._tokens)
        self._streams.add(_Stream(self._transport, words))


def reply_to(prompt: str, tokens: int = TOKENS) -> list[str]:
    """The words of a reply: sentences of the passages with their numbers, best passage first."""
    words: list[str] = []
    for number, text in _PASSAGE.findall(prompt):
        for sentence in _SENTENCE.split(" ".join(text.split())):
            if len(words) >= tokens:
                return words
            if sentence.endswith((".", "!", "?")):
                words += [f"{word} " for word in sentence[:-1].split(" ")]
                words += [f"[{number}]{sentence[-1]} "]
    return words or ["CEVVO_NOT_FOUND"]


def _choice(delta: object, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _event(fields: dict[str, Any]) -> bytes:
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    return _chunk(b"data: " + json.dumps(chunk | fields).encode() + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def _serve(ready: Any, tokens: int, ticks: int) -> None:
    streams: set[_Stream] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Protocol(streams, tokens), "127.0.0.1", 0, backlog=2048
    )
    ready.send(server.sockets[0].getsockname()[1])
    while True:
        await asyncio.sleep(1 / ticks)
        now = loop.time()
        streams -= {each for each in streams if each.go_on(now)}


def _run(ready: Any, tokens: int, ticks: int) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(ready, tokens, ticks))


@contextmanager
def scripted_model(tokens: int = TOKENS, ticks: int = TICKS) -> Iterator[str]:
    """Start it; the entry for ``CEVVO_MODELS``. A reply ends with the sentence in which it has
    ``tokens``."""
    spawn = get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_run, args=(there, tokens, ticks), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}/v1#scripted"
    finally:
        process.terminate()
        process.join()
