"""R2: the power is cut while the server writes; what it acknowledged is on the disk.

The data directory lies on a file system in a file. A copy of that file, taken while the server
stands still, is what a disk holds at that moment: what the system had only in memory is not in it.
"""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pysqlite3

from conftest import running_server
from faults.disk import mounted, new_disk
from faults.test_r1_server_killed import KINDS, write_until_killed

TRIALS = 12
TABLES = {"sources": "sources", "jobs": "jobs", "threads": "conversations", "keys": "api_keys"}


def lost(image: Path, folder: Path, acknowledged: dict[str, list[str]]) -> dict[str, set[str]]:
    """What is missing of what was acknowledged, after the journal of the disk was replayed."""
    with mounted(image, folder):
        connection = pysqlite3.connect(str(folder / "data" / "cevvo.db"))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
        missing = {
            kind: set(acknowledged[kind])
            - {row[0] for row in connection.execute(f"SELECT id FROM {TABLES[kind]}")}
            for kind in KINDS
        }
        turns = "SELECT conversation_id FROM messages GROUP BY 1 HAVING count(*) = 2"
        whole = {row[0] for row in connection.execute(turns)}
        missing["turns"] = set(acknowledged["threads"]) - whole
        connection.close()
    return {kind: ids for kind, ids in missing.items() if ids}


def test_r2_power_cut(tmp_path: Path) -> None:
    image, snapshot = new_disk(tmp_path / "disk", 96), tmp_path / "snapshot"
    acknowledged: dict[str, list[str]] = {kind: [] for kind in KINDS}
    with mounted(image, tmp_path / "live") as live, running_server(live / "data") as server:
        writer = threading.Thread(target=write_until_killed, args=(server, acknowledged))
        writer.start()
        for trial in range(TRIALS):
            before = len(acknowledged["keys"])
            while len(acknowledged["keys"]) < before + 2:
                assert writer.is_alive()
                time.sleep(0.002)
            time.sleep(0.003 * trial)  # after what it was doing at that moment
            os.kill(server.process.pid, signal.SIGSTOP)
            promised = {kind: list(ids) for kind, ids in acknowledged.items()}
            subprocess.run(["cp", "--sparse=always", image, snapshot], check=True)
            os.kill(server.process.pid, signal.SIGCONT)
            assert lost(snapshot, tmp_path / "later", promised) == {}, trial
        server.process.kill()
        writer.join()
    assert len(acknowledged["keys"]) >= 2 * TRIALS
