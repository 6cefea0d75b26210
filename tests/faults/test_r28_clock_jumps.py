"""R28: the wall clock of a running server jumps an hour ahead, and back, and back again."""

import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conftest import Server, key_in_database, running_server, stop_server

LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
)


@pytest.fixture
def library() -> str:
    found = next((each for each in LIBRARIES if Path(each).exists()), None)
    if found is None:
        pytest.skip("libfaketime is not installed")
    return found


def wait_for_job(server: Server, job: str) -> None:
    """Until it is completed, by its row: no request is spent on it."""
    end = time.monotonic() + 120
    while server.stored("SELECT status FROM jobs WHERE id = ?", job) != [("completed",)]:
        assert time.monotonic() < end
        time.sleep(0.05)


def numbers(data: Any) -> list[float]:
    """All numbers in it, however deep."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        return [number for each in data for number in numbers(each)]
    return [data] if isinstance(data, int | float) and not isinstance(data, bool) else []


def on(clock: Path, library: str) -> dict[str, str]:
    """The environment of a server whose wall clock is as far off as the file ``clock`` says."""
    return {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def test_r28_an_hour_ahead_and_an_hour_back(library: str, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0")
    with (
        running_server(tmp_path / "data", **on(clock, library)) as server,
        server.client() as client,
    ):
        source = client.post("/sources", json={"name": "Notes", "type": "text"}).json()["id"]

        def text(number: int) -> str:
            body = {
                "source_id": source,
                "title": f"Tide {number}",
                "content": f"It is tide {number}.",
            }
            return str(client.post("/ingest/text", json=body).json()["job_id"])

        times = []
        for number, jump in enumerate(("+0", "+3600", "-3600", "+0")):
            clock.write_text(jump)
            job = text(number)
            wait_for_job(server, job)
            chat = client.post("/chat", json={"message": f"Which tide is tide {number}?"})
            assert chat.status_code == 200
            times.append(server.stored("SELECT created_at FROM jobs WHERE id = ?", job)[0][0])
        # The jumps were real, and what was stored has the time that it was.
        assert times[1] - times[0] > 3_500_000
        assert times[1] - times[2] > 7_000_000
        asked = client.get("/analytics/timeseries").json()
        counts = numbers(asked)
        assert counts
        assert min(counts) >= 0, asked
        workspace = server.stored("SELECT id FROM workspaces")[0][0]
        with server.client(key_in_database(server, workspace, rate_limit=2)) as limited:
            codes = [limited.get(f"/sources/{source}").status_code for _ in range(3)]
            assert codes == [200, 200, 429]
            clock.write_text("+3600")  # an hour on the wall ends no minute
            assert limited.get(f"/sources/{source}").status_code == 429
        assert httpx2.get(f"{server.url}/readyz", timeout=60).status_code == 200
        assert stop_server(server) == 0


def test_r28_what_is_sent_after_an_hour_ahead_is_kept(library: str, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+3600")
    with (
        running_server(tmp_path / "data", **on(clock, library)) as server,
        server.client() as client,
    ):

        def send(content: bytes) -> str:
            sent = client.post("/ingest/upload", files={"file": ("tide.txt", content)}).json()
            wait_for_job(server, sent["job_id"])
            documents = f"/sources/{sent['source_id']}/documents"
            (document,) = client.get(documents).json()["data"]
            return str(client.get(f"{documents}/{document['id']}").json()["text"])

        assert send(b"It is high tide.") == "It is high tide."
        clock.write_text("+0")
        assert send(b"It is low tide.") == "It is low tide."
        assert stop_server(server) == 0
