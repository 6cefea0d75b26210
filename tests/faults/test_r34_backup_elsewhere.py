"""R34: a backup that is made under load, restored elsewhere, is the same server at that moment."""

import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pysqlite3

from conftest import CEVVO, Server, clean_environment, running_server, stop_server
from faults.test_r1_server_killed import KINDS, write_until_killed

QUESTION = "How high is the lighthouse?"
LIGHTHOUSE = "# Lighthouse\n\nThe lighthouse is 41 metres high. It was built in 1887."


def cevvo(*arguments: str | Path) -> None:
    subprocess.run(
        [CEVVO, *arguments], check=True, capture_output=True, timeout=300, env=clean_environment()
    )


def answer_of(server: Server, key: str) -> dict[str, Any]:
    with server.client(key) as client:
        answer: dict[str, Any] = client.post("/chat", json={"message": QUESTION}).json()
    return {name: answer[name] for name in ("answer", "answered", "sources", "citations")}


def test_r34_backup_under_load_restored_elsewhere(tmp_path: Path) -> None:
    acknowledged: dict[str, list[str]] = {kind: [] for kind in KINDS}
    with running_server(tmp_path / "here") as here, here.client() as client:
        file = {"file": ("lighthouse.md", LIGHTHOUSE.encode(), "text/markdown")}
        uploaded = client.post("/ingest/upload", files=file).json()
        here.wait_for_job(client, uploaded["job_id"])
        before = answer_of(here, here.key)
        assert "41 metres" in before["answer"]

        writer = threading.Thread(target=write_until_killed, args=(here, acknowledged))
        writer.start()
        while len(acknowledged["threads"]) < 3:
            assert writer.is_alive()
            time.sleep(0.05)
        acknowledged_before = {kind: list(ids) for kind, ids in acknowledged.items()}
        cevvo("backup", tmp_path / "backup.tar.gz", "--data-dir", here.data_dir)
        here.process.kill()
        writer.join()

    there = tmp_path / "another" / "machine"
    cevvo("restore", tmp_path / "backup.tar.gz", "--data-dir", there)
    connection = pysqlite3.connect(str(there / "cevvo.db"))
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
    connection.close()

    with running_server(there) as restored, restored.client(here.key) as client:
        assert answer_of(restored, here.key) == before
        for source in acknowledged_before["sources"]:
            assert client.get(f"/sources/{source}").status_code == 200
        for thread in acknowledged_before["threads"]:
            assert len(client.get(f"/conversations/{thread}").json()["messages"]) == 2
        for job in acknowledged_before["jobs"]:
            assert restored.wait_for_job(client, job)["status"] == "completed"
        source = uploaded["source_id"]
        (document,) = client.get(f"/sources/{source}/documents").json()["data"]
        original = client.get(f"/sources/{source}/documents/{document['id']}/original")
        assert original.content == LIGHTHOUSE.encode()
        assert stop_server(restored) == 0
