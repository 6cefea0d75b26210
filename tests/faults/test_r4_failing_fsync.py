"""R4: the disk says that it could not keep what was written: nobody is told that it is stored."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pysqlite3
import pytest

from conftest import Server, running_server, stop_server

NOTES = {"name": "Notes", "type": "text"}


@contextmanager
def failing_fsync(server: Server, log: Path) -> Iterator[None]:
    """Every fsync and fdatasync of the server fails with EIO, as those of a dying disk do."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    command = [strace, "-f", "-o", str(log), "-p", str(server.process.pid)]
    command += ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if "attached" not in said:
            tracer.kill()
            pytest.skip(f"a process cannot be traced here: {said}")
        try:
            yield
        finally:
            tracer.terminate()


def readiness(server: Server) -> tuple[int, Any]:
    response = httpx2.get(f"{server.url}/readyz", timeout=60)
    return response.status_code, response.json()["checks"]["database_write"]


def test_r4_what_the_disk_did_not_keep_is_not_acknowledged(tmp_path: Path) -> None:
    data = tmp_path / "data"
    stored, refused = set(), 0
    with running_server(data) as server, server.client() as client:

        def create() -> int:
            nonlocal refused
            response = client.post("/sources", json=NOTES)
            if response.is_success:
                stored.add(response.json()["id"])
            else:
                assert (response.status_code, response.json()["error"]["code"]) == (
                    503,
                    "unavailable",
                )
                refused += 1
            return response.status_code

        assert create() == 201
        assert readiness(server) == (200, "ok")
        with failing_fsync(server, tmp_path / "calls"):
            assert [create() for _ in range(5)] == [503] * 5
            assert readiness(server) == (503, "Unavailable")
            (first,) = stored
            assert client.get(f"/sources/{first}").status_code == 200  # reading goes on
        end = time.monotonic() + 60
        while create() != 201:  # until it is traced no more
            assert time.monotonic() < end
        assert readiness(server) == (200, "ok")
        listed = client.get("/sources", params={"limit": 100}).json()["data"]
        assert {source["id"] for source in listed} == stored
        assert stop_server(server) == 0
    assert (tmp_path / "calls").read_text().count("(INJECTED)") >= 5
    connection = pysqlite3.connect(str(data / "cevvo.db"))
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert {row[0] for row in connection.execute("SELECT id FROM sources")} == stored
    connection.close()
