"""R17, R18: streams through proxies that cut what is silent, and that buffer what they can."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from cevvo.foundation.db.database import Database
from cevvo.foundation.http import sse
from cevvo.providers.embedding.base import Embedder
from faults.chat_with_model import GOOD, QUESTION, SAID, chat_room
from faults.cutting_proxy import cutting_proxy
from features.chat.chat_room import events_of
from features.chat.conftest import db, embedder, logs, manual
from model_server import ModelServer, Reply

__all__ = ["db", "embedder", "logs", "manual"]
STREAM = "/api/v1/chat/stream"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.mark.parametrize(("pings_every", "whole"), [(0.1, True), (60.0, False)])
def test_r17_a_proxy_that_cuts_what_is_silent(
    db: Database,
    embedder: Embedder,
    server: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
    pings_every: float,
    whole: bool,
) -> None:
    """Twenty seconds of a proxy's patience and a minute of silence, in a tenth of the time. The
    second is what happens without pings."""
    monkeypatch.setattr(sse, "_PING_SECONDS", pings_every)
    server.reply_with(Reply(GOOD, wait=6))
    room, _ = chat_room(db, embedder, server)
    with room.served() as client, cutting_proxy(client.base_url.port or 0, silence=2) as port:
        client.base_url = httpx2.URL(f"http://127.0.0.1:{port}/api/v1")
        if not whole:
            with pytest.raises(httpx2.TransportError):
                client.post("/chat/stream", json=QUESTION)
            return
        response = client.post("/chat/stream", json=QUESTION)
    assert ": ping" in response.text
    assert response.text.endswith("data: [DONE]\n\n")
    assert response.headers["cache-control"] == "no-cache, no-transform"


CONFIGURATION = """
daemon off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen unix:{folder}/socket; location / {{ proxy_pass http://127.0.0.1:{port}; }} }}
}}
"""


@contextmanager
def nginx(folder: Path, port: int) -> Iterator[httpx2.HTTPTransport]:
    """The way to a server through nginx, which has what it has by default: it buffers."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("nginx is not installed")
    path = folder / "nginx.conf"
    path.write_text(CONFIGURATION.format(folder=folder, port=port))
    with subprocess.Popen([program, "-c", path, "-e", "stderr"]) as process:
        end = time.monotonic() + 60
        while not (folder / "socket").exists():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        try:
            yield httpx2.HTTPTransport(uds=str(folder / "socket"))
        finally:
            process.terminate()


def test_r18_a_buffering_proxy_passes_the_first_words_on(
    db: Database, embedder: Embedder, server: ModelServer, tmp_path: Path
) -> None:
    """They come while the model has not said the rest, which it never does: nothing fills, and
    nothing ends, what the proxy could hold back until then."""
    server.reply_with(Reply((*GOOD[:2], "The "), ending="hang"))
    room, _ = chat_room(db, embedder, server)
    with room.served() as client, nginx(tmp_path, client.base_url.port or 0) as through:
        headers = {"Authorization": client.headers["authorization"]}
        with (
            httpx2.Client(
                transport=through, base_url="http://localhost", headers=headers
            ) as proxied,
            proxied.stream("POST", STREAM, json=QUESTION, timeout=20) as response,
        ):
            assert response.headers["server"].startswith("nginx")
            first = next(line for line in response.iter_lines() if line.startswith("data"))
            assert json.loads(first.removeprefix("data: "))["text"] == SAID


def test_r18_a_whole_answer_through_nginx(
    db: Database, embedder: Embedder, server: ModelServer, tmp_path: Path
) -> None:
    server.reply_with(Reply(GOOD))
    room, _ = chat_room(db, embedder, server)
    with room.served() as client, nginx(tmp_path, client.base_url.port or 0) as through:
        headers = {"Authorization": client.headers["authorization"]}
        with httpx2.Client(
            transport=through, base_url="http://localhost", headers=headers, timeout=60
        ) as proxied:
            direct = events_of(client.post("/chat/stream", json=QUESTION))
            passed_on = events_of(proxied.post(STREAM, json=QUESTION))
    assert [event["type"] for event in passed_on] == [event["type"] for event in direct]
