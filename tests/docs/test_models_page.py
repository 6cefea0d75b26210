"""What the page on language models says, on a server with one: a real process and real requests."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cevvo.engine.answering import ladder
from conftest import Server, running_server, stop_server
from docs.test_pages import CHANGES, DOCS, Reader, reader, silent, site
from model_server import ModelServer, Reply

__all__ = ["reader", "silent", "site"]

PAGE = DOCS / "models.md"
GOOD = ("Balloons are filled ", "on Mondays [1].")


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(Reply(GOOD)) as running:
        yield running


@pytest.fixture
def server(tmp_path: Path, model: ModelServer) -> Iterator[Server]:
    models = f"{model.url}/v1#llama3.2"
    with running_server(tmp_path / "data", CEVVO_MODELS=models) as running:
        yield running
        assert stop_server(running) == 0


def test_models(
    reader: Reader, model: ModelServer, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = Reply(status=503)
    monkeypatch.setitem(CHANGES, "the model's server breaks down", lambda _: model.reply_with(down))
    assert reader.follow(PAGE) == 3
    assert len(model.asked) == 4  # once, and three times in vain
    with server.client() as client:
        refused = client.post("/chat", json={"message": "When?", "model": "gpt-5"})
        assert "There are: auto, llama3.2, extractive, gpt-4o" in refused.text
        body = {"title": "Dogs", "content": "Dogs are welcome on Fridays."}
        server.wait_for_job(client, client.post("/ingest/text", json=body).json()["job_id"])
        model.reply_with(Reply(("Dogs are welcome on Fridays [1]. ", "Then "), ending="hang"))
        message = {"message": "When are dogs welcome?"}
        with client.stream("POST", "/chat/stream", json=message) as response:
            next(response.iter_bytes())
        left = time.monotonic()
        model.wait_for_leaving()
        assert model.left[0] - left < 5  # R15, with all that a server has: it hangs for longer


def test_every_event_in_the_log_is_explained() -> None:
    explained = set(re.findall(r"^\| `(model_\w+)` \|", PAGE.read_text(), re.MULTILINE))
    logged = set(re.findall(r'log\.\w+\(\s*"(\w+)"', Path(ladder.__file__).read_text()))
    assert explained == logged
