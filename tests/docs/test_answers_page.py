"""What the page on answers says, on a server with a language model and prices."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Server, on_one_day, running_server, stop_server
from docs.test_pages import DOCS, Reader, reader, silent, site
from model_server import ModelServer, Reply

__all__ = ["reader", "silent", "site"]


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(Reply(("Balloons are filled ", "on Mondays [1]."))) as running:
        yield running


@pytest.fixture
def server(tmp_path: Path, model: ModelServer) -> Iterator[Server]:
    models, prices = f"{model.url}/v1#llama3.2", "llama3.2=0.10/0.50"
    with running_server(
        tmp_path / "data", CEVVO_MODELS=models, CEVVO_MODEL_PRICES=prices
    ) as running:
        yield running
        assert stop_server(running) == 0


def test_answers(
    reader: Reader, model: ModelServer, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_one_day(60)
    monkeypatch.setenv("CEVVO_DATA_DIR", str(server.data_dir))
    with server.client() as client:
        note = {"title": "Balloons", "content": "Balloons are filled on Mondays."}
        server.wait_for_job(client, client.post("/ingest/text", json=note).json()["job_id"])
        assert reader.follow(DOCS / "answers.md") == 10
        assert len(model.asked) == 1
        assert "Friendly and brief." in str(model.asked[0])
        (used,) = client.get("/usage").json()["data"]
        assert (used["model"], used["requests"]) == ("llama3.2", 1)
        assert used["cost"] > 0
        missing = client.post("/chat", json={"message": "Who was Tutankhamun's mother?"}).json()
        assert missing["handover"] == {"reason": "missing_knowledge"}
        assert missing["answer"].endswith("Write to help@example.com.")
