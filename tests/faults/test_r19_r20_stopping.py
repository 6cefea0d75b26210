"""R19, R20: a server that is asked to stop."""

import signal
import socket
import threading
import time
from pathlib import Path

import httpx2
import pytest

from cevvo.cli.serve import GRACE
from conftest import Server, running_server, start_server
from model_server import ModelServer, Reply

STREAMS = 20
MANUAL = "# Account\n\nTo reset your password, open Settings and choose Reset password."
QUESTION = {"message": "How do I reset my password?"}


def half_a_request(server: Server) -> socket.socket:
    """A connection whose request never comes in whole: the server waits for it."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.sendall(
        b"POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 40\r\nExpect: 100-continue\r\n"
        b"Authorization: Bearer " + server.key.encode() + b"\r\n\r\n"
    )
    assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")  # the body is being waited for
    connection.sendall(b"{")
    return connection


def refuses_connections(server: Server) -> bool:
    host, port = server.url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except (ConnectionRefusedError, ConnectionResetError):  # closed, or closing just then
        return True
    return False


def until_it_refuses(server: Server) -> None:
    end = time.monotonic() + 60
    while not refuses_connections(server):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_r20_it_waits_for_requests_until_it_is_asked_twice(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = start_server(tmp_path)
    with half_a_request(server):
        server.process.send_signal(signal.SIGTERM)
        until_it_refuses(server)
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=60) == 0
    # As it says when it has waited as long as it does for who asks once.
    assert "graceful shutdown exceeded" not in capfd.readouterr().err
    assert server.process.stdout is not None
    server.process.stdout.close()


def read_stream(server: Server, begun: list[int], ended: list[str]) -> None:
    """Ask, note that a stream began (while the model is silent: with its first ping), keep it."""
    text = ""
    with server.client() as client:
        while not text:
            try:
                with client.stream("POST", "/chat/stream", json=QUESTION) as response:
                    if response.status_code == 503:  # a busy machine's: it comes again
                        time.sleep(0.1)
                        continue
                    begun.append(response.status_code)
                    text = "".join(response.iter_text())
            except httpx2.TransportError as error:
                text = f"cut off: {error!r}"
    ended.append(text)


def test_r19_streams_and_jobs_of_a_server_that_stops(tmp_path: Path) -> None:
    """Streams whose model is silent get an error event and their end; jobs are queued again."""
    begun: list[int] = []
    ended: list[str] = []
    with (
        ModelServer(Reply((), ending="hang")) as model,
        socket.create_server(("127.0.0.1", 0)) as silent,  # a site that never answers
        running_server(
            tmp_path,
            CEVVO_MODELS=f"{model.url}/v1#sloth",
            CEVVO_ALLOW_PRIVATE_NETWORKS="127.0.0.0/8",
        ) as server,
        server.client() as client,
    ):
        source = client.post("/sources", json={"name": "Notes", "type": "text"}).json()["id"]
        body = {"source_id": source, "title": "Account", "content": MANUAL}
        server.wait_for_job(client, client.post("/ingest/text", json=body).json()["job_id"])
        site = f"http://127.0.0.1:{silent.getsockname()[1]}"
        readers = [
            threading.Thread(target=read_stream, args=(server, begun, ended))
            for _ in range(STREAMS)
        ]
        for reader in readers:
            reader.start()
        end = time.monotonic() + 120
        while len(begun) < STREAMS:
            assert time.monotonic() < end, (begun, ended)
            time.sleep(0.02)
        for number in range(2):
            page = {"url": f"{site}/{number}"}
            while client.post("/ingest/url", json=page).status_code != 202:
                assert time.monotonic() < end
        while running_jobs(server) < 2:
            assert time.monotonic() < end
            time.sleep(0.02)

        still_open = STREAMS - len(ended)  # a model's patience may have ended on a busy machine
        assert still_open
        server.process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        until_it_refuses(server)
        assert server.process.wait(timeout=60) == 0
        took = time.monotonic() - asked
        for reader in readers:
            reader.join()
        jobs = server.stored("SELECT status, attempts FROM jobs WHERE kind = 'url'")
        turns = server.stored("SELECT status FROM messages WHERE role = 'assistant'")
    assert took < GRACE + 10  # most of it a busy machine's
    assert len(ended) == STREAMS
    for text in ended:
        assert text.endswith("data: [DONE]\n\n"), text
    assert sum('"error"' in text for text in ended) == turns.count(("interrupted",)) >= 1
    assert len(turns) == STREAMS
    assert jobs == [("queued", 0)] * 2


def running_jobs(server: Server) -> int:
    found: int = server.stored("SELECT count(*) FROM jobs WHERE status = 'processing'")[0][0]
    return found
