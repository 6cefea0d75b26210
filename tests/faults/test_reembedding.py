"""Another embedding model while servers answer: `cevvo reembed`, killed and begun again.

With TEST_STORE=postgres the first test is on Postgres too; the second always is, with the servers
of both models at once.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cevvo.providers.embedding.minilm import model_file
from cluster import Cluster, running_cluster
from conftest import CEVVO, Server, clean_environment, running_server, stop_server
from stores import store_of

PAGES = 36
QUESTION = "What is the colour of balloon 17?"
NEW = "Parcels are tied with a bowline."
NEW_QUESTION = "What are parcels tied with?"
_DEADLINE = 300


def model_in(folder: Path) -> dict[str, str]:
    """The setting for a second model: the one that ships, in float, with one weight changed."""
    file = folder / "second.onnx"
    content = bytearray(model_file().read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    return {"CEVVO_EMBEDDING_MODEL": str(file)}


def add(client: httpx2.Client, source: str, title: str, content: str) -> None:
    body = {"source_id": source, "title": title, "content": content}
    job = client.post("/ingest/text", json=body).json()["job_id"]
    end = time.monotonic() + _DEADLINE
    while client.get(f"/ingest/status/{job}").json()["status"] != "completed":
        assert time.monotonic() < end
        time.sleep(0.05)


def fill(client: httpx2.Client) -> str:
    """A document of many passages, and its source."""
    source: str = client.post("/sources", json={"name": "Air", "type": "text"}).json()["id"]
    colours = ("red", "green", "blue", "white")
    pages = [
        f"## Balloon {n}\n\nThe colour of balloon {n} is {colours[n % 4]}. "
        + f"It flies high {n}. " * 25
        for n in range(PAGES)
    ]
    add(client, source, "Balloons", "\n\n".join(pages))
    return source


def ask(client: httpx2.Client, question: str) -> str:
    answer = client.post("/chat", json={"message": question}).json()
    assert answer["answered"], answer
    text: str = answer["answer"]
    return text


def begin(data_dir: Path, environment: dict[str, str], *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [CEVVO, "reembed", "--data-dir", data_dir, "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(**environment, CEVVO_EMBEDDING_THREADS="1"),
    )


def ended(process: "subprocess.Popen[str]") -> Any:
    out, err = process.communicate(timeout=_DEADLINE)
    assert process.returncode == 0, err
    return json.loads(out)


def counts(server: Server) -> dict[str, int]:
    """How many passages have vectors of each model."""
    return dict(server.stored("SELECT model, count(*) FROM embeddings GROUP BY model"))


# Killed with a batch of vectors made and not stored, after one that was.
DYING = """
import os, signal
from cevvo.cli.main import main
from cevvo.providers.search.beside import VectorsBeside
add, added = VectorsBeside.add, []
async def add_or_die(self, made, *, announced):
    if added:
        os.kill(os.getpid(), signal.SIGKILL)
    await add(self, made, announced=announced)
    added.append(made)
VectorsBeside.add = add_or_die
main()
"""


def killed_in_the_middle(server: Server, environment: dict[str, str]) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", DYING, "reembed", "--data-dir", server.data_dir],
        env=clean_environment(**environment, CEVVO_EMBEDDING_THREADS="1"),
    )
    assert killed.returncode == -signal.SIGKILL


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return model_in(tmp_path) | store_of(tmp_path / "data")


def test_a_question_before_during_and_after(tmp_path: Path, environment: dict[str, str]) -> None:
    data_dir = tmp_path / "data"
    with running_server(data_dir) as server, server.client() as client:
        source = fill(client)
        before = ask(client, QUESTION)
        assert "green" in before
        killed_in_the_middle(server, environment)
        [(first, passages), (second, some)] = sorted(counts(server).items())
        assert 0 < some < passages
        assert ask(client, QUESTION) == before
        done = ended(begin(data_dir, environment))
        assert done == {"model": second, "passages": passages - some}
        add(client, source, "Parcels", NEW)  # by a worker that has the first model
        assert NEW in ask(client, NEW_QUESTION)
        assert ask(client, QUESTION) == before
        assert stop_server(server) == 0
    assert counts(server) == {first: passages + 1, second: passages}
    with running_server(data_dir, **environment) as server, server.client() as client:
        assert "green" in ask(client, QUESTION)
        wait_for(server, {first: passages + 1, second: passages + 1})
        assert NEW in ask(client, NEW_QUESTION)
        finished = ended(begin(data_dir, environment, "--finish"))
        assert finished["passages"] == 0
        assert finished["questions"] > 0
        assert finished["deleted"] == passages + 1
        assert counts(server) == {second: passages + 1}
        assert "green" in ask(client, QUESTION)
        assert NEW in ask(client, NEW_QUESTION)
        models = server.stored("SELECT DISTINCT model FROM question_clusters")
        assert [tuple(row) for row in models] == [(second,)]
        assert stop_server(server) == 0
    refused = subprocess.run(
        [CEVVO, "serve", "--data-dir", data_dir, "--port", "0"],
        capture_output=True,
        text=True,
        env=clean_environment(**store_of(data_dir)),
    )
    assert refused.returncode == 1
    assert "cevvo reembed" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def wait_for(server: Server, expected: dict[str, int]) -> None:
    end = time.monotonic() + _DEADLINE
    while counts(server) != expected:
        assert time.monotonic() < end, counts(server)
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running_cluster(tmp_path) as running:
        yield running


def test_servers_of_both_models_on_one_database(cluster: Cluster, tmp_path: Path) -> None:
    environment = model_in(tmp_path) | {"CEVVO_DATABASE_URL": cluster.database_url}
    old, worker = cluster.start("serve"), cluster.start("worker")
    with cluster.client(old) as client:
        source = fill(client)
        before = ask(client, QUESTION)
        ended(begin(cluster.folder, environment))
        new = cluster.start("serve", **model_in(tmp_path))
        with cluster.client(new) as other:
            assert "green" in ask(other, QUESTION)
            add(client, source, "Parcels", NEW)
            assert NEW in ask(client, NEW_QUESTION)
            worker.kill()
            cluster.start("worker", **model_in(tmp_path))
            add(other, source, "Post", "Letters are weighed on a brass scale.")
            assert "brass" in ask(other, "What are letters weighed on?")
            assert ask(client, QUESTION) == before
        old.kill()
        finished = ended(begin(cluster.folder, environment, "--finish"))
        assert finished["deleted"] > PAGES / 2
        with cluster.client(new) as other:
            assert "green" in ask(other, QUESTION)
            assert NEW in ask(other, NEW_QUESTION)
            assert "brass" in ask(other, "What are letters weighed on?")
