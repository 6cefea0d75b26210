"""A real ``cevvo serve`` on a temporary data directory, and a static site to feed it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx2

CEVVO = Path(sys.executable).with_name("cevvo")


@dataclass
class RunningServer:
    """A server under measurement."""

    url: str
    client: httpx2.Client
    process: "subprocess.Popen[str]"
    data_dir: Path

    def memory_mb(self) -> tuple[int, int]:
        """Resident memory now and at its highest, in MB, of the server and its parsers."""
        now = high = 0
        for pid in [self.process.pid, *_children(self.process.pid)]:
            status = dict(
                line.split(":", 1)
                for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if ":" in line
            )
            now += int(status["VmRSS"].split()[0]) // 1024
            high += int(status["VmHWM"].split()[0]) // 1024
        return now, high

    def cpu_seconds(self) -> float:
        """Processor time of the server and its parsers so far."""
        ticks = 0
        for pid in [self.process.pid, *_children(self.process.pid)]:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
        return ticks / os.sysconf("SC_CLK_TCK")

    def wait_for_source(self, source_id: str) -> dict[str, Any]:
        """The source once it is synced or failed; a terminal shows how far it is."""
        while True:
            source: dict[str, Any] = self.client.get(f"/sources/{source_id}").json()
            if sys.stderr.isatty():
                line = f"\r  {source['status']}: {source['document_count']} documents "
                print(line, end="", file=sys.stderr)
            if source["status"] in ("synced", "failed"):
                return source
            time.sleep(0.2)


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


@contextmanager
def running_server(data_dir: Path, **environment: str) -> Iterator[RunningServer]:
    """Start ``cevvo serve`` on a free port, wait until it is ready, stop it at the end."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CEVVO_")}
    log = data_dir / "server.log"
    data_dir.mkdir(parents=True, exist_ok=True)
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [CEVVO, "serve", "--data-dir", data_dir, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=clean | {"CEVVO_RATE_LIMIT": "1000000"} | environment,
        )
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        while True:
            try:
                if httpx2.get(f"{url}/readyz").status_code == 200:
                    break
            except httpx2.TransportError:
                time.sleep(0.02)
        key = json.loads(
            subprocess.run(
                [CEVVO, "keys", "create", "--data-dir", data_dir, "--name", "evals", "--json"],
                capture_output=True,
                check=True,
                env=clean,
            ).stdout
        )["key"]
        headers = {"Authorization": f"Bearer {key}"}
        try:
            with httpx2.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60) as client:
                yield RunningServer(url, client, process, data_dir)
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _serve_folder(folder: Path, ready: Any) -> None:
    handler = partial(_QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        ready.send(httpd.server_port)
        httpd.serve_forever()


@contextmanager
def static_site(folder: Path) -> Iterator[str]:
    """Serve ``folder`` on a free loopback port from a process of its own; its ``host:port``."""
    spawn = get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve_folder, args=(folder, there), daemon=True)
    process.start()
    try:
        yield f"127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()
