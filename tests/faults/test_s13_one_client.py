"""There is one way out to the network: whatever reads a URL goes through the address rules."""

import ast
from collections.abc import Iterator
from pathlib import Path

import cevvo

SOURCE = Path(cevvo.__file__).parent
CLIENTS = {
    *("aiohttp", "anyio", "ftplib", "http.client", "httpcore", "httpcore2", "httpx", "httpx2"),
    *("imaplib", "poplib", "requests", "smtplib", "socket", "telnetlib", "urllib.request"),
    *("urllib3", "websocket", "websockets", "xmlrpc.client"),
    *("anthropic", "openai"),
}
CALLS = {
    *("connect_tcp", "create_connection", "create_datagram_endpoint", "open_connection", "urlopen"),
}
ALLOWED = {
    "providers/fetching/http.py": {"httpcore2", "httpx2", "socket", "connect_tcp"},
    "providers/fetching/unhurried.py": {"httpcore2"},  # reads what http.py has opened
    # Builds the request and reads the head of the answer; the guarded transport sends it.
    "providers/fetching/posting.py": {"httpx2"},
    "providers/fetching/resolver.py": {"socket"},  # asks the system for names and own addresses
    # Talks to the browser that it started, over a pair of sockets that was open before.
    "providers/fetching/chromium_process.py": {"socket", "open_connection"},
    # Over the guarded transport, too: see test_s13_model_addresses.py.
    "providers/llm/connection.py": {"httpx2"},
    # Over the guarded transport, too: its own tests reach an inner address in vain.
    "providers/identity/oidc.py": {"httpx2"},
    "providers/mail/smtp.py": {"smtplib"},  # to the operator's own mail server
    "cli/serve.py": {"socket"},  # listens
    "foundation/access/shared_limits.py": {"socket"},  # tells a name that does not exist from Redis
    # The command line is a client of the user's own server, whose address the user gives it.
    "cli/api.py": {"httpx2"},
    "cli/up.py": {"httpx2"},
    "cli/doctor.py": {"httpx2"},
    "cli/mcp_relay.py": {"httpx2"},
}


def ways_out(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            yield from {name} & CALLS
            if name in ("import_module", "__import__") and node.args:
                names = [str(getattr(node.args[0], "value", "unknown"))]
        for module in names:
            yield from (c for c in CLIENTS if module == c or module.startswith(f"{c}."))


def test_s13_only_fetching_opens_connections() -> None:
    files = list(SOURCE.rglob("*.py"))
    assert len(files) > 100
    found = {
        path.relative_to(SOURCE).as_posix(): ways
        for path in files
        if (ways := set(ways_out(ast.parse(path.read_bytes()))))
    }
    assert found == ALLOWED


def test_s13_what_would_be_found() -> None:
    code = """
import urllib.request, http.client as h
from urllib import request
from httpx2 import AsyncClient
async def f():
    import requests.sessions
    await asyncio.open_connection("h", 80)
    importlib.import_module("aiohttp")
"""
    assert set(ways_out(ast.parse(code))) == {
        *("urllib.request", "http.client", "httpx2", "requests", "open_connection", "aiohttp"),
    }
