"""``GET /ingest/jobs/stream`` as a client sees it, on a server of its own."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cevvo.domain.ids import new_id
from cevvo.foundation.access.keys import key_hash
from conftest import Server, insert, key_in_database, running_server, stop_server
from stores import executed

PATH = "/ingest/jobs/stream"
TEXT = {"title": "Pets", "content": "# Pets\n\nPets are welcome."}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("watched")) as server:
        yield server


def events(response: httpx2.Response) -> Iterator[dict[str, Any]]:
    """The events of a stream; it must end as documented."""
    for line in response.iter_lines():
        if line == "data: [DONE]":
            return
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream broke off")


def test_the_unfinished_jobs_and_then_each_change(watched: Server) -> None:
    with watched.client() as client, client.stream("GET", PATH) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = events(response)
        assert next(stream) == {"type": "jobs", "jobs": []}
        with watched.client() as other:
            job_id = other.post("/ingest/text", json=TEXT).json()["job_id"]
            seen: list[dict[str, Any]] = []
            while not seen or seen[-1]["status"] == "processing":
                seen += [job for job in next(stream)["jobs"] if job["job_id"] == job_id]
            assert seen[-1] == other.get(f"/ingest/status/{job_id}").json()
        assert seen[-1]["status"] == "completed"


def test_s1_another_workspace_is_told_nothing(watched: Server) -> None:
    workspace = new_id("wsp")
    columns = {"id": workspace, "name": "Theirs", "created_at": int(time.time() * 1000)}
    insert(watched, "workspaces", columns)
    theirs = key_in_database(watched, workspace)
    with watched.client(theirs) as client, client.stream("GET", PATH) as response:
        stream = events(response)
        assert next(stream)["jobs"] == []
        with watched.client() as ours, watched.client(theirs) as also_theirs:
            job = ours.post("/ingest/text", json=TEXT).json()["job_id"]
            watched.wait_for_job(ours, job)
            own = also_theirs.post("/ingest/text", json=TEXT).json()["job_id"]
            assert {job["job_id"] for job in next(stream)["jobs"]} == {own}


def test_s19_it_ends_with_the_key_before_it_tells_anything_more(watched: Server) -> None:
    workspace = watched.stored("SELECT id FROM workspaces ORDER BY created_at LIMIT 1")[0][0]
    key = key_in_database(watched, workspace)
    with watched.client(key) as client, client.stream("GET", PATH) as response:
        stream = events(response)
        assert next(stream)["type"] == "jobs"
        query = "UPDATE api_keys SET revoked_at = 1 WHERE hash = ?"
        executed(watched.data_dir, query, [key_hash(key)])
        time.sleep(1)  # that a key is remembered for
        with watched.client() as other:
            other.post("/ingest/text", json=TEXT)
        [refused] = list(stream)
    assert (refused["type"], refused["error"]["code"]) == ("error", "invalid_api_key")


def test_a_key_has_only_so_many_and_they_bar_no_question(watched: Server) -> None:
    workspace = watched.stored("SELECT id FROM workspaces ORDER BY created_at LIMIT 1")[0][0]
    key = key_in_database(watched, workspace, rate_limit=6)  # a minute: one stream at a time
    with watched.client(key) as client, client.stream("GET", PATH) as response:
        stream = events(response)
        assert next(stream)["type"] == "jobs"
        refused = client.get(PATH)
        assert (refused.status_code, refused.json()["error"]["code"]) == (
            429,
            "rate_limit_exceeded",
        )
        assert "streams of jobs" in refused.json()["error"]["message"]
        asked = client.post("/chat/stream", json={"message": "Are pets welcome?"})
        assert asked.status_code == 200


def test_it_needs_the_scope_that_jobs_need(watched: Server) -> None:
    workspace = watched.stored("SELECT id FROM workspaces ORDER BY created_at LIMIT 1")[0][0]
    with watched.client(key_in_database(watched, workspace, ("read",))) as client:
        assert client.get(PATH).status_code == 403


def test_r19_a_server_that_stops_ends_it_at_once(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, server.client() as client:
        with client.stream("GET", PATH) as response:
            stream = events(response)
            assert next(stream)["type"] == "jobs"
            server.process.terminate()
            asked = time.monotonic()
            assert list(stream) == []
            assert time.monotonic() - asked < 7  # those that are cut off wait for 8 s
        assert stop_server(server) == 0
