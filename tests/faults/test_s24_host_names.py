"""S24: a website that has its name point to this server (DNS rebinding) is not served."""

import socket

import pytest
from starlette.testclient import TestClient

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from conftest import Server
from http_api import Api

EVIL = [
    "evil.test", "evil.test:8420", "localhost.evil.test", "127.0.0.1.evil.test", "evil.test.",
    "notlocalhost", "[::1].evil.test", "127.0.0.1@evil.test", "2130706433", "0x7f.1", "[evil]",
    "192.168.0.7", "10.0.0.1:80", "[2001:db8::1]", "0.0.0.0", "[::]",
]  # fmt: skip
OURS = [
    "localhost", "LOCALHOST:8420", "127.0.0.1", "127.0.0.1:8420", "[::1]:8420", "127.3.2.1",
    "cevvo.localhost", "localhost.", "cevvo.example.com", "CEVVO.example.com:443", "other.test",
]  # fmt: skip
PATHS = ("/api/v1/items", "/healthz", "/", "/docs", "/openapi.json", "/nothing")


def served(db: Database, workspace: WorkspaceId, **settings: object) -> TestClient:
    names = {"allowed_hosts": ("cevvo.example.com",), "public_url": "https://other.test"}
    api = Api(db, workspace, **names | settings)
    client = TestClient(api.app, raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {api.key}"
    return client


@pytest.mark.parametrize("host", EVIL)
def test_s24_a_strange_host_is_misdirected_on_every_path(
    db: Database, workspace: WorkspaceId, host: str
) -> None:
    client = served(db, workspace)
    for path in PATHS:
        response = client.get(path, headers={"Host": host})
        assert response.status_code == 421, path
        assert response.json()["error"]["code"] == "misdirected_request"


@pytest.mark.parametrize("host", OURS)
def test_s24_our_own_names_are_served(db: Database, workspace: WorkspaceId, host: str) -> None:
    client = served(db, workspace)
    assert client.get("/api/v1/items", headers={"Host": host}).status_code == 200


def test_s24_in_a_network_addresses_are_served_and_strange_names_are_not(
    db: Database, workspace: WorkspaceId
) -> None:
    client = served(db, workspace, host="0.0.0.0")
    got = {
        host: client.get("/api/v1/items", headers={"Host": host}).status_code
        for host in ("192.168.0.7:8420", "[2001:db8::1]", "evil.test", "cevvo.example.com")
    }
    assert list(got.values()) == [200, 200, 421, 200]


@pytest.mark.parametrize("hosts", ["", "Host: 127.0.0.1\r\nHost: evil.test\r\n"])
def test_s24_exactly_one_host_on_a_real_server(server: Server, hosts: str) -> None:
    address, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((address, int(port)), timeout=10) as connection:
        connection.sendall(f"GET /healthz HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
        head = connection.makefile("rb").readline()
    assert b" 400 " in head
