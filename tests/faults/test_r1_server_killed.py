"""R1: the whole server is killed while it writes; what it acknowledged is there afterwards."""

import os
import sqlite3
import threading
import time
from pathlib import Path
from statistics import median

import httpx2
import pysqlite3

from conftest import Server, start_server, stop_server

LOOPS = 30
KINDS = ("sources", "jobs", "threads", "keys")


def write_until_killed(server: Server, acknowledged: dict[str, list[str]]) -> None:
    """Create one of each kind as fast as it goes, noting what was acknowledged."""
    with server.client() as client:
        for number in range(10_000):
            try:
                source = client.post("/sources", json={"name": f"Notes {number}", "type": "text"})
                acknowledged["sources"].append(source.json()["id"])
                body = {
                    "source_id": source.json()["id"],
                    "title": "Tide",
                    "content": f"# Tide\n\nThe tide of day {number} comes at noon.",
                }
                job = client.post("/ingest/text", json=body)
                acknowledged["jobs"].append(job.json()["job_id"])
                chat = client.post("/chat", json={"message": f"When is the tide of day {number}?"})
                acknowledged["threads"].append(chat.json()["thread_id"])
                key = client.post("/api-keys", json={"name": f"Key {number}", "scopes": ["chat"]})
                acknowledged["keys"].append(key.json()["id"])
            except (httpx2.TransportError, ValueError, KeyError):
                return  # the server is gone


def seconds_worked(server: Server) -> float:
    """Processor time that it has taken so far."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def test_r1_kill_9_under_writes(tmp_path: Path) -> None:
    acknowledged: dict[str, list[str]] = {kind: [] for kind in KINDS}
    started = []
    for loop in range(LOOPS):
        server = start_server(tmp_path)
        started.append(seconds_worked(server))
        before = len(acknowledged["keys"])
        writer = threading.Thread(target=write_until_killed, args=(server, acknowledged))
        writer.start()
        while len(acknowledged["keys"]) == before and writer.is_alive():
            time.sleep(0.005)
        time.sleep(0.01 * (loop % 20))  # after what it was doing at that moment
        server.process.kill()
        server.process.wait()
        writer.join()
        assert server.process.stdout is not None
        server.process.stdout.close()
    assert all(len(ids) >= LOOPS for ids in acknowledged.values()), acknowledged
    # To start again is no more work than the first time, whatever the machine makes of that.
    assert median(started[1:]) < 1.3 * started[0], started

    server = start_server(tmp_path)
    with server.client() as client:
        for source in acknowledged["sources"]:
            assert client.get(f"/sources/{source}").status_code == 200
        for thread in acknowledged["threads"]:
            roles = [m["role"] for m in client.get(f"/conversations/{thread}").json()["messages"]]
            assert roles == ["user", "assistant"]
        for job in acknowledged["jobs"]:
            ended = server.wait_for_job(client, job)
            assert ended["status"] == "completed", ended
        answer = client.post("/chat", json={"message": "When does the tide come?"}).json()
        assert answer["answered"]
    assert stop_server(server) == 0
    connection: sqlite3.Connection = pysqlite3.connect(str(tmp_path / "cevvo.db"))
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    keys = {row[0] for row in connection.execute("SELECT id FROM api_keys")}
    assert keys.issuperset(acknowledged["keys"])
    chunks = connection.execute("SELECT count(*) FROM chunks").fetchone()
    assert chunks == connection.execute("SELECT count(*) FROM embeddings").fetchone()
    connection.close()
