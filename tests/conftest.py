"""A real server for the tests that need one: ``cevvo serve`` as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import hypothesis
import pytest

from cevvo.domain.access import ALL_SCOPES
from cevvo.domain.ids import new_id
from cevvo.foundation.access.keys import display_prefix, generate, key_hash, last_four
from stores import ON_POSTGRES, executed, store_of

CEVVO = Path(sys.executable).with_name("cevvo")
OFFLINE_CEVVO = (sys.executable, str(Path(__file__).with_name("offline_cevvo.py")))
START_DEADLINE = 60

hypothesis.settings.register_profile("any machine", deadline=None)  # a busy one is no failure
hypothesis.settings.load_profile("any machine")


def clean_environment(**more: str) -> dict[str, str]:
    """This environment without any setting, so that a developer's own do not leak in."""
    ours = ("CEVVO_", "OPENAI_", "ANTHROPIC_")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)} | more


@dataclass
class Server:
    """A running ``cevvo serve``. ``url`` has no path; ``key`` has every scope.

    On Postgres, where that is the API alone, a ``cevvo worker`` runs beside it."""

    url: str
    key: str
    data_dir: Path
    process: "subprocess.Popen[str]"
    worker: "subprocess.Popen[bytes] | None" = None

    def end_worker(self, number: signal.Signals) -> None:
        """End what runs beside it, if anything does."""
        if self.worker is not None:
            self.worker.send_signal(number)
            self.worker.wait(timeout=60)

    def client(self, key: str | None = None) -> httpx2.Client:
        """A client of the API, authenticated."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return httpx2.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60)

    def stored(self, query: str, *values: object) -> list[Any]:
        """Rows of its database."""
        return executed(self.data_dir, query, values)

    def wait_for_job(
        self, client: httpx2.Client, job_id: str, deadline: float = 60
    ) -> dict[str, Any]:
        """The job's status once it has ended."""
        end = time.monotonic() + deadline
        while True:
            status: dict[str, Any] = client.get(f"/ingest/status/{job_id}").json()
            if status["status"] in ("completed", "failed", "cancelled"):
                return status
            assert time.monotonic() < end, f"the job did not end in {deadline} s: {status}"
            time.sleep(0.05)


def insert(server: Server, table: str, columns: dict[str, Any]) -> None:
    """Put a row into the database of a running server."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    query = f"INSERT INTO {table} ({names}) VALUES ({marks})"
    executed(server.data_dir, query, [*columns.values()])


def key_in_database(
    server: Server, workspace: str, scopes: tuple[str, ...] = ALL_SCOPES, **more: Any
) -> str:
    """An API key that was never made by the product's own commands; ``more`` are its columns."""
    key = generate(more.get("kind", "secret"))
    columns = {
        "id": new_id("key"),
        "workspace_id": workspace,
        "name": "test",
        "kind": "secret",
        "hash": key_hash(key),
        "prefix": display_prefix(key),
        "last_four": last_four(key),
        "scopes": json.dumps(scopes),
        "created_at": int(time.time() * 1000),
    } | more
    insert(server, "api_keys", columns)
    return key


def on_one_day(seconds: float) -> None:
    """Wait for UTC's midnight where it would come within so many seconds, in the middle of a test
    of what a real server counts by days."""
    left = 86_400 - time.time() % 86_400
    if left < seconds:
        time.sleep(left)


def create_key(data_dir: Path, name: str = "test") -> str:
    """An API key made by the command line."""
    printed = subprocess.run(
        [CEVVO, "keys", "create", "--data-dir", data_dir, "--name", name, "--json"],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(**store_of(data_dir)),
    ).stdout
    key: str = json.loads(printed)["key"]
    return key


def start_server(
    data_dir: Path, command: Sequence[str] = (str(CEVVO),), **environment: str
) -> Server:
    """Start ``cevvo serve`` on a free port and wait until it is ready."""
    settings = {"CEVVO_RATE_LIMIT": "100000"} | store_of(data_dir) | environment
    process = subprocess.Popen(
        [*command, "serve", "--data-dir", data_dir, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(**settings),
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("cevvo serves "), line
    url = line.split()[2]
    end = time.monotonic() + START_DEADLINE
    while True:
        try:
            if httpx2.get(f"{url}/readyz").status_code == 200:
                break
        except httpx2.TransportError:
            pass
        assert time.monotonic() < end, "the server did not become ready"
        assert process.poll() is None, "the server ended"
        time.sleep(0.05)
    server = Server(url, "", data_dir, process)
    first = server.stored("SELECT id FROM workspaces ORDER BY created_at LIMIT 1")[0][0]
    server.key = key_in_database(server, first)
    if ON_POSTGRES:
        server.worker = subprocess.Popen(
            [*command, "worker", "--data-dir", data_dir],
            stdout=subprocess.DEVNULL,
            env=clean_environment(**settings),
        )
    return server


@contextmanager
def running_server(
    data_dir: Path, command: Sequence[str] = (str(CEVVO),), **environment: str
) -> Iterator[Server]:
    """A server that is gone at the end, whatever happened; a test that went well stops it."""
    server = start_server(data_dir, command, **environment)
    try:
        yield server
    finally:
        server.end_worker(signal.SIGKILL)
        server.process.kill()
        server.process.wait()
        assert server.process.stdout is not None
        server.process.stdout.close()


def stop_server(server: Server) -> int:
    """Stop it as an operator would; the exit code."""
    server.end_worker(signal.SIGTERM)
    server.process.terminate()
    code = server.process.wait(timeout=60)
    assert server.process.stdout is not None
    server.process.stdout.close()
    return code


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave no harm behind; fetching reaches loopback alone."""
    running = start_server(
        tmp_path_factory.mktemp("cevvo"),
        OFFLINE_CEVVO,
        CEVVO_ALLOW_PRIVATE_NETWORKS="127.0.0.0/8",
    )
    yield running
    assert stop_server(running) == 0
