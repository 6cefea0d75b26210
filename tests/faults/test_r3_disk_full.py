"""R3: the disk is full: writes are refused with a reason, reads and chat go on; it recovers."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from conftest import Server, running_server, stop_server
from features.chat.chat_room import events_of
from model_server import ModelServer, Reply

QUESTION = "When does the tide come?"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB; mounting one takes root."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk], capture_output=True
    )
    if os.geteuid() != 0 or mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """No byte more fits, until the end."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    yield
    filler.unlink()


@contextlib.contextmanager
def knowing(disk: Path, **settings: str) -> Iterator[tuple[Server, httpx2.Client, str]]:
    """A server there that has read when the tide comes; its source's id."""
    with running_server(disk / "data", **settings) as server, server.client() as client:
        source = client.post("/sources", json={"name": "Notes", "type": "text"}).json()["id"]
        body = {"source_id": source, "title": "Tide", "content": "# Tide\n\nIt comes at noon."}
        job = client.post("/ingest/text", json=body).json()["job_id"]
        assert server.wait_for_job(client, job)["status"] == "completed"
        yield server, client, source


def test_r3_a_full_disk_refuses_writes_and_recovers(small_disk: Path) -> None:
    with knowing(small_disk) as (server, client, source):
        with full(small_disk):
            refused = client.post("/sources", json={"name": "More", "type": "text"})
            assert refused.status_code == 507
            assert refused.json()["error"]["code"] == "storage_full"
            assert client.get(f"/sources/{source}").json()["status"] == "synced"
        assert client.post("/sources", json={"name": "More", "type": "text"}).status_code == 201
        answer = client.post("/chat", json={"message": QUESTION}).json()
        assert "noon" in answer["answer"]
        assert answer["saved"] is True
        assert stop_server(server) == 0


def test_r3_questions_are_answered_unsaved(small_disk: Path) -> None:
    with knowing(small_disk) as (server, client, _):
        thread = client.post("/chat", json={"message": QUESTION}).json()["thread_id"]
        known = client.get(f"/conversations/{thread}").json()
        with full(small_disk):
            answer = client.post("/chat", json={"message": QUESTION}).json()
            assert "noon" in answer["answer"]
            assert answer["saved"] is False
            assert client.get(f"/conversations/{answer['thread_id']}").status_code == 404
            body = {"message": QUESTION, "thread_id": thread}
            more = client.post("/chat", json=body).json()
            assert (more["thread_id"], more["saved"]) == (thread, False)
            lost = client.post("/chat", json=body | {"thread_id": answer["thread_id"]})
            assert lost.status_code == 404
            *texts, last = events_of(client.post("/chat/stream", json=body))
            assert "noon" in "".join(event["text"] for event in texts)
            assert last["saved"] is False
        assert client.get(f"/conversations/{thread}").json() == known
        assert client.post("/chat", json=body).json()["saved"] is True
        assert client.get(f"/conversations/{thread}").json()["message_count"] == 4
        assert stop_server(server) == 0


def test_r3_no_model_is_asked_whose_tokens_could_not_be_booked(small_disk: Path) -> None:
    with (
        ModelServer() as model,
        knowing(small_disk, CEVVO_MODELS=f"{model.url}/v1#sloth") as (server, client, _),
    ):
        with full(small_disk):
            answer = client.post("/chat", json={"message": QUESTION}).json()
        assert "noon" in answer["answer"]
        assert (answer["model"], answer["degraded"], answer["saved"]) == ("extractive", True, False)
        assert not model.asked
        assert client.post("/chat", json={"message": QUESTION}).json()["saved"] is True
        assert model.asked
        assert stop_server(server) == 0


def test_r3_a_disk_that_is_full_once_the_answer_is_there(small_disk: Path) -> None:
    """The question was kept, the answer is sent all the same."""
    with (
        ModelServer(Reply(wait=3)) as model,
        knowing(small_disk, CEVVO_MODELS=f"{model.url}/v1#sloth") as (server, client, _),
        ThreadPoolExecutor() as pool,
    ):
        asking = pool.submit(client.post, "/chat", json={"message": QUESTION}, timeout=60)
        while not model.asked:
            time.sleep(0.01)
        with full(small_disk):
            response = asking.result()
        assert (response.status_code, response.json()["saved"]) == (200, False)
        thread = client.get(f"/conversations/{response.json()['thread_id']}").json()
        assert [message["role"] for message in thread["messages"]] == ["user"]
        assert stop_server(server) == 0
