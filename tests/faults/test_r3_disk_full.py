"""R3: the disk is full: writes are refused with a reason, reads go on, and it recovers."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import running_server, stop_server


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


def test_r3_a_full_disk_refuses_writes_and_recovers(small_disk: Path) -> None:
    with running_server(small_disk / "data") as server, server.client() as client:
        source = client.post("/sources", json={"name": "Notes", "type": "text"}).json()["id"]
        body = {"source_id": source, "title": "Tide", "content": "# Tide\n\nIt comes at noon."}
        job = client.post("/ingest/text", json=body).json()["job_id"]
        assert server.wait_for_job(client, job)["status"] == "completed"

        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 4096)
        refused = client.post("/sources", json={"name": "More", "type": "text"})
        assert refused.status_code == 507
        assert refused.json()["error"]["code"] == "storage_full"
        assert client.get(f"/sources/{source}").json()["status"] == "synced"

        filler.unlink()
        assert client.post("/sources", json={"name": "More", "type": "text"}).status_code == 201
        answer = client.post("/chat", json={"message": "When does the tide come?"}).json()
        assert "noon" in answer["answer"]
        assert stop_server(server) == 0
