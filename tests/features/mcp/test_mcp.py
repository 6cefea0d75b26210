"""The tools through the official client: over HTTP, and over stdio by ``cevvo mcp``."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextResourceContents

from conftest import CEVVO, Server, clean_environment

MANUAL = (
    "# Opening hours\n\nWe open at nine o'clock in the morning.\n\n# Refunds\n\n"
    + "\n\n".join(f"Rule {n}: a permit of kind {n} lasts {n} days." for n in range(1, 600))
)
Talk = Callable[[Client], Awaitable[None]]


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    """A key of a server that has a manual."""
    with server.client() as api:
        source = api.post("/sources", json={"name": "Agents' shop", "type": "text"}).json()["id"]
        note = {"title": "Shop manual", "content": MANUAL, "source_id": source}
        job = api.post("/ingest/text", json=note).json()["job_id"]
        assert server.wait_for_job(api, job)["status"] == "completed"
    return server.key


def over_http(server: Server, key: str, talk: Talk, mode: str = "auto") -> None:
    async def main() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                await talk(client)

    asyncio.run(main())


def over_stdio(server: Server, key: str, talk: Talk, mode: str = "auto") -> None:
    async def main() -> None:
        environment = clean_environment(CEVVO_API_KEY=key)
        command = StdioServerParameters(
            command=str(CEVVO), args=["mcp", "--url", f"{server.url}/api/v1"], env=environment
        )
        async with Client(stdio_client(command), mode=mode) as client:
            await talk(client)

    asyncio.run(main())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("over", [over_http, over_stdio])
def test_what_an_agent_does(over: Callable[..., None], mode: str, server: Server, key: str) -> None:
    async def talk(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["ask", "search", "get_document", "list_sources"]
        assert all(tool.description and tool.input_schema["type"] == "object" for tool in tools)
        assert "cited answers" in (client.instructions or "")

        answer = await called(client, "ask", question="When do you open in the morning?")
        assert answer["answered"] is True
        assert "nine o'clock" in answer["answer"]
        assert answer["sources"] == [{"title": "Shop manual", "url": None}]
        follow_up = await called(
            client, "ask", question="What was my question?", thread_id=answer["thread_id"]
        )
        assert "When do you open" in follow_up["answer"]
        nothing = await called(client, "ask", question="Which planets have rings?")
        assert (nothing["answered"], nothing["sources"]) == (False, [])

        found = await called(client, "search", query="opening hours", limit=1)
        (passage,) = found["passages"]
        assert passage["headings"] == ["Opening hours"]
        document_id = passage["document_id"]
        text = ""
        offset: int | None = 0
        while offset is not None:
            piece = await called(client, "get_document", document_id=document_id, offset=offset)
            text, offset = text + piece["text"], piece["next_offset"]
        assert len(text) == piece["characters"] > 20_000
        assert "Rule 599" in text

        sources = await called(client, "list_sources")
        assert "Agents' shop" in {source["name"] for source in sources["sources"]}
        uri = f"cevvo://documents/{document_id}"
        assert uri in await every_resource(client)
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "cevvo://documents/{document_id}"
        (content,) = (await client.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        assert (content.text, content.mime_type) == (text, "text/markdown")

    over(server, key, talk, mode)


async def called(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    """What a tool returns."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    returned: dict[str, Any] = result.structured_content
    return returned


async def every_resource(client: Client) -> list[str]:
    """The URIs of all pages."""
    uris: list[str] = []
    cursor = None
    while True:
        page = await client.list_resources(cursor=cursor)
        uris += [resource.uri for resource in page.resources]
        cursor = page.next_cursor
        if cursor is None:
            return uris


def test_errors_tell_the_agent_what_would_be_right(server: Server, key: str) -> None:
    async def talk(client: Client) -> None:
        async def refused(name: str, **arguments: Any) -> str:
            result = await client.call_tool(name, arguments)
            assert result.is_error
            return str(result.content[0].text)  # type: ignore[union-attr]

        assert "There is no tool 'shout'" in await refused("shout")
        assert "`question`" in await refused("ask")
        assert "`limit`" in await refused("search", query="x", limit=100)
        assert "not_found" in await refused("get_document", document_id="doc_none")
        assert "not_found" in await refused("ask", question="Why?", thread_id="thr_none")
        with pytest.raises(MCPError, match="no document"):
            await client.read_resource("cevvo://documents/doc_none")
        with pytest.raises(MCPError, match="Resources are documents"):
            await client.read_resource("file:///etc/passwd")
        with pytest.raises(MCPError, match="cursor"):
            await client.list_resources(cursor="x")

    over_http(server, key, talk)


def test_s20_it_takes_the_same_keys_and_no_others(server: Server, key: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Accept": "application/json, text/event-stream"}
    url = f"{server.url}/mcp"
    for wrong in ({}, {"Authorization": "Bearer cevvo_sk_x"}, {"X-API-Key": key}):
        response = httpx2.post(url, json=call, headers=headers | wrong)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "invalid_api_key"
    assert httpx2.post(url, json=call, headers=headers, params={"key": key}).status_code == 401
    right = headers | {"Authorization": f"Bearer {key}"}
    assert httpx2.post(url, json=call, headers=right).status_code == 200


def test_without_a_server_the_command_says_so() -> None:
    command = [str(CEVVO), "mcp", "--url", "http://127.0.0.1:9/api/v1"]
    environment = clean_environment(CEVVO_API_KEY="cevvo_sk_x")

    async def run() -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stderr=asyncio.subprocess.PIPE
        )
        _, told = await process.communicate()
        return process.returncode, told

    code, told = asyncio.run(run())
    assert code == 3
    assert b"cannot reach http://127.0.0.1:9" in told


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_s43_nobody_holds_a_place_by_waiting_for_messages_that_never_come(
    method: str, server: Server, key: str
) -> None:
    headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
    with httpx2.stream(method, f"{server.url}/mcp", headers=headers, timeout=20) as response:
        assert (response.status_code, response.headers.get("allow")) == (405, "POST")
        response.read()
    assert response.json()["error"]["code"] == "method_not_allowed"
