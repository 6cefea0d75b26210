"""R5: the data directory cannot be written to, from the start or all at once."""

import subprocess
from pathlib import Path

import httpx2

from conftest import CEVVO, clean_environment, running_server
from faults.disk import break_disk, mounted, new_disk


def test_r5_a_disk_that_turns_read_only(tmp_path: Path) -> None:
    """A running server goes on reading and says what it is; no other one starts there."""
    disk = new_disk(tmp_path / "disk", 48)
    with mounted(disk, tmp_path / "mounted") as folder:
        data = folder / "data"
        with running_server(data) as server, server.client() as client:
            source = client.post("/sources", json={"name": "Notes", "type": "text"}).json()["id"]
            body = {"source_id": source, "title": "Tide", "content": "# Tide\n\nIt comes at noon."}
            job = client.post("/ingest/text", json=body).json()["job_id"]
            assert server.wait_for_job(client, job)["status"] == "completed"

            break_disk(folder)
            refused = client.post("/sources", json={"name": "More", "type": "text"})
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
            assert "data directory" in refused.json()["error"]["message"]
            assert client.get(f"/sources/{source}").json()["status"] == "synced"
            assert len(client.get(f"/sources/{source}/documents").json()["data"]) == 1
            ready = httpx2.get(f"{server.url}/readyz", timeout=60)
            assert (ready.status_code, ready.json()["checks"]["database_read"]) == (503, "ok")
            assert httpx2.get(f"{server.url}/healthz", timeout=60).status_code == 200

        started = subprocess.run(
            [CEVVO, "serve", "--data-dir", data, "--port", "0"],
            capture_output=True,
            text=True,
            env=clean_environment(),
            timeout=300,
        )
        assert started.returncode == 1
        assert started.stderr.startswith("cevvo: Cannot write to the data directory"), started
        assert str(data) in started.stderr
        assert started.stderr.count("\n") == 1
