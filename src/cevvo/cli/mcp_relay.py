"""Hands an agent's requests on to a server's ``/mcp``, and its answers back."""

from collections.abc import Mapping
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
)

from cevvo import __version__

_TIMEOUT = httpx2.Timeout(150, connect=5)  # seconds; an answer may take 120


async def relay(url: str, headers: Mapping[str, str]) -> None:
    """Serve over stdin and stdout what ``url`` serves, until the agent ends its side."""
    async with httpx2.AsyncClient(headers=headers, timeout=_TIMEOUT) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport) as client, stdio_server() as (asked, told):
            server = _server(client)
            await server.run(asked, told, server.create_initialization_options())


def _server(client: Client) -> "Server[Any]":
    async def list_tools(_: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
        return await client.list_tools(cursor=_cursor(params))

    async def call_tool(_: Any, params: CallToolRequestParams) -> CallToolResult:
        return await client.call_tool(params.name, params.arguments)

    async def list_resources(_: Any, params: PaginatedRequestParams | None) -> ListResourcesResult:
        return await client.list_resources(cursor=_cursor(params))

    async def list_templates(
        _: Any, params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        return await client.list_resource_templates(cursor=_cursor(params))

    async def read_resource(_: Any, params: ReadResourceRequestParams) -> ReadResourceResult:
        return await client.read_resource(params.uri)

    return Server(
        "cevvo",
        version=__version__,
        title="Cevvo",
        instructions=client.instructions,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def _cursor(params: PaginatedRequestParams | None) -> str | None:
    return params.cursor if params else None
