"""A connection that is read less often, more at a time."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import httpcore2


class UnhurriedStream(httpcore2.AsyncNetworkStream):
    """``stream``, of which nothing is read before ``pause()`` seconds have passed. What comes
    meanwhile waits in the system's buffer, and is read with one call."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream, pause: Callable[[], float]) -> None:
        self._stream = stream
        self._pause = pause

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - the signature is httpcore2's
        if seconds := self._pause():
            await asyncio.sleep(seconds)
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        secured = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return UnhurriedStream(secured, self._pause)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
