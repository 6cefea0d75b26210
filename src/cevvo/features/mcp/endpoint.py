"""``/mcp``: streamable HTTP, with the same API keys as everything else."""

import asyncio
import importlib
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cevvo import __version__
from cevvo.features.mcp.tools import Tools
from cevvo.foundation.http.response_headers import MCP_PATH


class McpEndpoint:
    """The ASGI endpoint. What it is made of is imported and started by the first request."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._starting = asyncio.Lock()
        self._manager: Any = None
        self._running: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of a caller who is known."""
        async with self._starting:
            if self._manager is None:
                await self._start()
        await self._manager.handle_request(scope, receive, send)

    async def close(self) -> None:
        """End what is running."""
        self._stop.set()
        if self._running is not None:
            await self._running

    async def _start(self) -> None:
        # Not imported above: a second of work that most servers never need.
        module = await asyncio.to_thread(importlib.import_module, "cevvo.features.mcp.server")
        manager = module.session_manager(self._tools, __version__)
        ready = asyncio.Event()

        async def run() -> None:
            async with manager.run():  # entered and left by one task, as its task group demands
                ready.set()
                await self._stop.wait()

        self._running = asyncio.create_task(run())
        await ready.wait()
        self._manager = manager


def install_mcp(app: FastAPI, endpoint: McpEndpoint) -> None:
    """Serve the endpoint under ``/mcp``.

    By POST alone: with GET, a client would wait for messages that no request of it asked for. There
    are none, and the wait would have no end.
    """
    app.router.routes.append(Route(MCP_PATH, endpoint, methods=["POST"], include_in_schema=False))
