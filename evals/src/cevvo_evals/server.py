"""A real ``cevvo serve`` on a temporary data directory, and a static site to feed it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    key: str
    seconds_to_ready: float

    def memory_mb(self) -> tuple[int, int]:
        """Resident memory now and at its highest, in MB, of the server and its parsers."""
        return memory_mb(self.process.pid)

    def cpu_seconds(self) -> float:
        """Processor time of the server and its parsers so far."""
        return cpu_seconds(self.process.pid)

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


def memory_mb(pid: int) -> tuple[int, int]:
    """Resident memory now and at its highest, in MB, of a process and its children."""
    now = high = 0
    for each in [pid, *_children(pid)]:
        status = dict(
            line.split(":", 1)
            for line in Path(f"/proc/{each}/status").read_text().splitlines()
            if ":" in line
        )
        now += int(status["VmRSS"].split()[0]) // 1024
        high += int(status["VmHWM"].split()[0]) // 1024
    return now, high


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children so far."""
    ticks = 0
    for each in [pid, *_children(pid)]:
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def wait_until_ready(url: str, process: "subprocess.Popen[Any]") -> None:
    """Return once ``/readyz`` says yes. Raises RuntimeError when the process ends before."""
    while True:
        with suppress(httpx2.TransportError):
            if httpx2.get(f"{url}/readyz").status_code == 200:
                return
        if process.poll() is not None:
            raise RuntimeError(
                f"{process.args!r} ended with {process.returncode} before it was ready"
            )
        time.sleep(0.01)


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def running_server(
    data_dir: Path, *, cevvo: Path = CEVVO, **environment: str
) -> Iterator[RunningServer]:
    """Start ``cevvo serve`` on a free port, wait until it is ready, stop it at the end."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CEVVO_")}
    log = data_dir / "server.log"
    data_dir.mkdir(parents=True, exist_ok=True)
    with log.open("w") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(
            [cevvo, "serve", "--data-dir", data_dir, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=clean | {"CEVVO_RATE_LIMIT": "1000000"} | environment,
        )
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        wait_until_ready(url, process)
        ready = time.perf_counter() - started
        key = json.loads(
            subprocess.run(
                [cevvo, "keys", "create", "--data-dir", data_dir, "--name", "evals", "--json"],
                capture_output=True,
                check=True,
                env=clean,
            ).stdout
        )["key"]
        headers = {"Authorization": f"Bearer {key}"}
        try:
            with httpx2.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60) as client:
                yield RunningServer(url, client, process, data_dir, key, ready)
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
