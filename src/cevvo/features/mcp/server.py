"""The tools behind the protocol. Importing this takes a second: only the first request does."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
    Tool,
    ToolAnnotations,
)

from cevvo.domain.access import Principal
from cevvo.errors import CevvoError
from cevvo.features.mcp.tools import DOCUMENT_URI, Tools, spoken

T = TypeVar("T")
_MARKDOWN = "text/markdown"
_INSTRUCTIONS = (
    "A knowledge base with cited answers. Use `ask` for a question that a person would ask, "
    "`search` and `get_document` to read for yourself. Cite the url of what you use."
)


def session_manager(tools: Tools, version: str) -> StreamableHTTPSessionManager:
    """Serves the tools over streamable HTTP, each request by itself: any replica can answer it.

    The caller of each request is ``request.state.principal``.
    """
    return StreamableHTTPSessionManager(_server(tools, version), json_response=True, stateless=True)


def _server(tools: Tools, version: str) -> "Server[Any]":
    async def list_tools(_: Any, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_described(tool) for tool in tools.all])

    async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
        state = context.request.state
        # See Idempotency: the response is a 200 whatever becomes of it.
        state.error_status = CevvoError.status
        try:
            result = await tools.call(_caller(context), params.name, params.arguments or {})
        except CevvoError as error:  # for the agent to read, who may do better
            state.error_status = error.status
            told = [TextContent(type="text", text=spoken(error))]
            return CallToolResult(content=told, is_error=True)
        del state.error_status
        state.thread_id = result.get("thread_id")  # see Idempotency
        text = json.dumps(result, ensure_ascii=False)
        return CallToolResult(
            content=[TextContent(type="text", text=text)], structured_content=result
        )

    async def list_resources(
        context: Any, params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        offset = _offset(params.cursor if params else None)
        found, after = await _told(lambda: tools.documents(_caller(context), offset))
        return ListResourcesResult(
            resources=[
                Resource(
                    uri=f"{DOCUMENT_URI}{document.id}",
                    name=document.title,
                    description=document.url,
                    mime_type=_MARKDOWN,
                )
                for document in found
            ],
            next_cursor=None if after is None else str(after),
        )

    async def list_templates(
        _: Any, __: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        template = ResourceTemplate(
            uri_template=f"{DOCUMENT_URI}{{document_id}}",
            name="Document",
            description="A document of the knowledge base.",
            mime_type=_MARKDOWN,
        )
        return ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(context: Any, params: ReadResourceRequestParams) -> ReadResourceResult:
        uri = str(params.uri)
        _, text = await _told(lambda: tools.read(_caller(context), uri))
        content = TextResourceContents(uri=uri, text=text, mime_type=_MARKDOWN)
        return ReadResourceResult(contents=[content])

    return Server(
        "cevvo",
        version=version,
        title="Cevvo",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def _described(tool: Any) -> Tool:
    return Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.input.model_json_schema(),
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )


def _caller(context: Any) -> Principal:
    principal: Principal = context.request.state.principal
    return principal


async def _told(do: Callable[[], Awaitable[T]]) -> T:
    """What ``do`` returns; an error of ours as one of the protocol's."""
    try:
        return await do()
    except CevvoError as error:
        raise MCPError(INVALID_PARAMS, spoken(error)) from None


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 12):
        raise MCPError(INVALID_PARAMS, "The cursor is not one of this server's.")
    return int(cursor)
