"""S19, R40: what is revoked or deleted at one server ends the answers that another one makes."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from cevvo.domain.time import now
from cevvo.foundation.access.cookie import NAME
from cluster import Cluster, Process
from faults.test_r37_r40_replicas import NOTE, QUESTION, until, wait_for_job
from faults.test_s19_open_streams import signed_in
from model_server import ModelServer, Reply

pytestmark = pytest.mark.xdist_group("replicas")
SAID = ("The harbour office is open from nine to five. [1] ",)
SOON = 8.0  # seconds: one is granted, the rest is this machine's


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="module")
def source(cluster: Cluster, servers: tuple[Process, Process], worker: Process) -> None:
    """A document in the workspace that the question is about."""
    with cluster.client(servers[0]) as client:
        add_note(client)


def add_note(client: httpx2.Client) -> None:
    wait_for_job(client, client.post("/ingest/text", json=NOTE).json()["job_id"])


def delete_sources(client: httpx2.Client) -> None:
    for source in client.get("/sources?per_page=100").json()["data"]:
        assert client.delete(f"/sources/{source['id']}").is_success


@pytest.fixture(scope="module")
def talking(cluster: Cluster, model: ModelServer, source: None) -> Process:
    """A server with a language model."""
    return cluster.start("serve", CEVVO_MODELS=f"{model.url}/v1#sloth")


class OpenStream:
    """An answer that is being streamed, read until it ends."""

    def __init__(self, cluster: Cluster, server: Process, headers: dict[str, str]) -> None:
        self.events: list[Any] = []
        self.ended = 0.0
        self._client = cluster.client(server)
        self._client.headers.pop("Authorization")
        self._client.headers.update(headers)
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        with self._client.stream("POST", "/chat/stream", json=QUESTION) as response:
            lines = list(response.iter_lines())
        self.ended = time.monotonic()
        data = [line.removeprefix("data: ") for line in lines if line.startswith("data: {")]
        self.events = [json.loads(each) for each in data or lines]  # or no stream, but an error

    def error(self) -> Any:
        """What it ended with."""
        self._reading.join(60)
        self._client.close()
        return self.events[-1]["error"]


def opened(cluster: Cluster, talking: Process, model: ModelServer, **headers: str) -> OpenStream:
    """Once the model is asked; it says a sentence and then nothing for half a minute."""
    model.asked.clear()
    model.reply_with(Reply(SAID, ending="hang"))
    stream = OpenStream(cluster, talking, headers)
    until(lambda: model.asked)
    return stream


def test_s19_a_key_that_is_revoked_elsewhere_ends_its_stream(
    cluster: Cluster, servers: tuple[Process, Process], talking: Process, model: ModelServer
) -> None:
    key, key_id = cluster.new_key()
    stream = opened(cluster, talking, model, Authorization=f"Bearer {key}")
    with cluster.client(servers[0]) as client:
        assert client.delete(f"/api-keys/{key_id}").is_success
    revoked = time.monotonic()
    assert stream.error()["code"] == "invalid_api_key"
    assert stream.ended - revoked < SOON


def test_s19_a_session_that_is_ended_elsewhere_ends_its_stream(
    cluster: Cluster, servers: tuple[Process, Process], talking: Process, model: ModelServer
) -> None:
    cookie = f"{NAME}={signed_in(cluster.db, cluster.workspace, now())}"
    stream = opened(cluster, talking, model, Cookie=cookie, Origin=talking.url)
    with cluster.client(servers[0]) as client:
        del client.headers["Authorization"]
        own = {"Cookie": cookie, "Origin": servers[0].url}
        assert client.delete("/session", headers=own).is_success
    signed_out = time.monotonic()
    assert stream.error()["code"] == "invalid_session"
    assert stream.ended - signed_out < SOON


def test_r40_a_source_that_is_deleted_elsewhere_ends_an_answer_from_it(
    cluster: Cluster, servers: tuple[Process, Process], talking: Process, model: ModelServer
) -> None:
    stream = opened(cluster, talking, model, Authorization=f"Bearer {cluster.key}")
    with cluster.client(servers[0]) as client:
        delete_sources(client)
    deleted = time.monotonic()
    error = stream.error()
    assert error["code"] == "conflict"
    assert "A document of this answer was deleted" in error["message"]
    assert stream.ended - deleted < SOON


def test_r40_a_source_that_is_deleted_elsewhere_is_in_no_answer_that_comes_as_a_whole(
    cluster: Cluster, servers: tuple[Process, Process], talking: Process, model: ModelServer
) -> None:
    with cluster.client(servers[0]) as client, cluster.client(talking) as other:
        delete_sources(client)
        add_note(client)
        model.asked.clear()
        model.reply_with(Reply(SAID, wait=12))
        with ThreadPoolExecutor() as pool:
            asking = pool.submit(other.post, "/chat", json=QUESTION)
            until(lambda: model.asked)
            delete_sources(client)
            assert not asking.done()
            answer = asking.result()
    assert answer.status_code == 409, answer.text
    assert answer.json()["error"]["code"] == "conflict"
