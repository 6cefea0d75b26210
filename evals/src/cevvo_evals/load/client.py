"""A lean HTTP/1.1 client for one server: the generator must cost little beside what it measures."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

DEADLINE = 90.0
"""Seconds after which a request counts as failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request. Times are on the clock of ``time.perf_counter``.

    ``status`` is 0 when there was no whole response. ``first`` is when the first piece of the body
    came. ``last_event`` is the last event of a stream but ``[DONE]``, or the JSON of a response.
    """

    started: float
    first: float
    ended: float
    status: int
    retry_after: bool
    body: Any


class Client:
    """Keeps connections for the next request; opens as many as there are requests at once."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = (
            f"host: {self._host}:{self._port}\r\nauthorization: Bearer {key}\r\n"
            "content-type: application/json\r\naccept: application/json, text/event-stream\r\n"
        )
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, method: str, path: str, body: object = None) -> Outcome:
        """One request; raises nothing."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\n{self._head}content-length: {len(content)}\r\n\r\n"
        started = time.perf_counter()
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._exchange(head.encode() + content, started)
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            now = time.perf_counter()
            return Outcome(started, now, now, 0, False, None)

    def close(self) -> None:
        """Drop the connections."""
        for _, writer in self._idle:
            writer.close()

    async def _exchange(self, request: bytes, started: float) -> Outcome:
        reader, writer = await self._connection()
        whole = False
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status = int(head[9:12])
            headers = dict(
                line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line
            )
            first, body = await _body(reader, headers)
            whole = headers.get("connection") != "close"
        finally:
            if whole:
                self._idle.append((reader, writer))
            else:
                writer.close()
        ended = time.perf_counter()
        return Outcome(started, first, ended, status, "retry-after" in headers, _parsed(body))

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> tuple[float, bytes]:
    if headers.get("transfer-encoding") != "chunked":
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return time.perf_counter(), body
    first, chunks = 0.0, []
    while size := int(await reader.readline(), 16):
        chunks.append(await reader.readexactly(size))
        first = first or time.perf_counter()
        await reader.readexactly(2)
    await reader.readexactly(2)
    return first, b"".join(chunks)


def _parsed(body: bytes) -> Any:
    events = [line[6:] for line in body.split(b"\n") if line.startswith(b"data: {")]
    try:
        return json.loads(events[-1] if events else body)
    except ValueError:
        return None
