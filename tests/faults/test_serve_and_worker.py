"""``cevvo serve`` and ``cevvo worker`` beside each other on one Postgres, as real processes."""

import subprocess
import time
from pathlib import Path

import httpx2
import pytest

from cluster import Cluster, Process, running_cluster
from conftest import CEVVO, clean_environment

pytestmark = pytest.mark.xdist_group("replicas")


def until(server: Process, status: str) -> dict[str, object]:
    """What /readyz says once its status is that."""
    end = time.monotonic() + 60
    while (said := server.ready())["status"] != status:
        assert time.monotonic() < end, said
        time.sleep(0.05)
    return said


def workers(server: Process) -> str:
    """What the figures of the server say."""
    headers = {"Authorization": "Bearer measure what works"}
    text = httpx2.get(f"{server.url}/metrics", headers=headers, timeout=20).text
    return text.partition("\ncevvo_workers ")[2].partition("\n")[0]


def doctor(cluster: Cluster, server: Process) -> str:
    environment = clean_environment(
        CEVVO_DATABASE_URL=cluster.database_url, CEVVO_API_KEY=cluster.key
    )
    command = [
        str(CEVVO),
        "doctor",
        "--data-dir",
        str(cluster.folder),
        "--url",
        f"{server.url}/api/v1",
    ]
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout


def test_a_server_says_that_nobody_works_on_its_jobs(tmp_path: Path) -> None:
    with running_cluster(tmp_path) as cluster:
        server = cluster.start("serve", CEVVO_METRICS_TOKEN="measure what works")
        assert until(server, "degraded")["checks"]["workers"] == "NoWorker"  # type: ignore[index]
        assert workers(server) == "0.0"
        with cluster.client(server) as client:
            note = {"title": "Harbour", "content": "The harbour is open."}
            assert client.post("/ingest/text", json=note).status_code == 202
        told = doctor(cluster, server)
        assert "no process works on them" in told
        assert "workers: NoWorker" in told
        worker = cluster.start("worker")
        assert until(server, "ok")["checks"]["workers"] == "ok"  # type: ignore[index]
        assert workers(server) == "1.0"
        assert "NoWorker" not in doctor(cluster, server)
        worker.process.kill()
        until(server, "degraded")
