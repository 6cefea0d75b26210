"""S46: where a proxy and this server could disagree about where a request ends, it is refused."""

import re
import socket

import pytest

from conftest import Server

SECOND = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CHUNKED = f"0\r\n\r\n{SECOND}"
AMBIGUOUS = {
    "TE and CL": ("Transfer-Encoding: chunked", f"Content-Length: {len(CHUNKED)}"),
    "CL and TE": (f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding: chunked"),
    "two lengths": ("Content-Length: 0", f"Content-Length: {len(CHUNKED)}"),
    "TE twice": ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    "TE not last": ("Transfer-Encoding: chunked, identity",),
    "TE unknown": ("Transfer-Encoding: xchunked",),
    "TE with a tab": ("Transfer-Encoding:\tchunked", "Content-Length: 5"),
    "TE with a blank before the colon": ("Transfer-Encoding : chunked", "Content-Length: 5"),
    "negative": ("Content-Length: -5",),
    "plus": ("Content-Length: +5",),
    "hex": ("Content-Length: 0x5",),
    "list": ("Content-Length: 5, 5",),
    "folded": ("X-A: b\r\n Transfer-Encoding: chunked", "Content-Length: 5"),
    "CR alone": ("X-A: b\rTransfer-Encoding: chunked", "Content-Length: 5"),
    "NUL": ("Transfer-Encoding: chunked\0", "Content-Length: 5"),
}


@pytest.mark.parametrize("headers", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_s46_an_ambiguous_request_is_refused_and_the_connection_closed(
    server: Server, headers: tuple[str, ...]
) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    head = "\r\n".join(
        [
            "POST /api/v1/chat HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {server.key}",
            "Content-Type: application/json",
            *headers,
        ]
    )
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{head}\r\n\r\n{CHUNKED}".encode())
        received = b""
        while piece := connection.recv(65_536):  # until the server closes
            received += piece
    assert received.startswith(b"HTTP/1.1 400 ")
    statuses = re.findall(rb"HTTP/1\.1 \d{3} ", received)
    assert len(statuses) == 1, "what follows was taken for a second request"
