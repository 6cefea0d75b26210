"""``cevvo mcp``: a server's tools for an agent on this machine, over stdin and stdout."""

import asyncio

from cevvo.cli.api import Api
from cevvo.cli.options import ApiUrl


def mcp(url: ApiUrl = None) -> None:
    """Serve a running server's tools to an agent (Model Context Protocol over stdio).

    Example: cevvo mcp --url https://cevvo.example.com/api/v1

    In an agent's configuration: {"mcpServers": {"docs": {"command": "cevvo", "args": ["mcp"]}}}

    The key comes from CEVVO_API_KEY or from the last `cevvo up` on this machine.
    """
    api = Api.find(url)
    api.get("sources", per_page=1)  # no server, or a wrong key: said here, where it is seen
    # Not imported above: a second of work that no other command needs.
    from cevvo.cli.mcp_relay import relay

    asyncio.run(relay(api.mcp_url, api.headers))
