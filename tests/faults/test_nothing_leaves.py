"""Nothing leaves the machine unless somebody has configured it: told by the kernel itself."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from conftest import CEVVO, clean_environment, create_key

_CONTROL = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
"""A connection that the trace has to show, or it would show nothing."""
_TRACE = ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg", "-o"]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace tells what is connected to")
def test_a_server_as_it_ships_opens_no_connection_to_anywhere(tmp_path: Path) -> None:
    key, trace = create_key(tmp_path / "data"), tmp_path / "trace"
    serve = f'exec "{CEVVO}" serve --data-dir "{tmp_path / "data"}" --port 0'
    script = f'"{sys.executable}" -c "{_CONTROL}"; {serve}'
    process = subprocess.Popen(
        [*_TRACE, trace, "sh", "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(CEVVO_RATE_LIMIT="10000"),
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        work(url, key)
    finally:
        process.terminate()
        process.communicate(timeout=60)
    found = re.findall(r"AF_INET6?,.*", trace.read_text())
    assert len(found) == 1, found
    assert "htons(9)" in found[0]
    assert 'inet_addr("127.0.0.1")' in found[0]


def work(url: str, key: str) -> None:
    """What a server does all day."""
    transport = httpx2.HTTPTransport(retries=5)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(
        base_url=f"{url}/api/v1", headers=headers, timeout=60, transport=transport
    ) as client:
        note = {"title": "Hours", "content": "We open at nine. See https://example.com/x."}
        job = client.post("/ingest/text", json=note).json()["job_id"]
        while client.get(f"/ingest/status/{job}").json()["status"] != "completed":
            time.sleep(0.05)
        assert client.post("/chat", json={"message": "When do you open?"}).status_code == 200
        assert client.get("/analytics/overview").status_code == 200
        assert client.get(f"{url}/").status_code == 200
        assert client.get(f"{url}/docs").status_code == 200
