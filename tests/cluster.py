"""Servers and workers as processes of their own, on one Postgres and one Redis."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from cevvo.domain.access import Actor
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import now
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from conftest import CEVVO, clean_environment
from postgres_server import postgres_is_installed, the_server
from redis_server import RedisServer, running_redis

OPERATOR = Actor("cli", "operator")
_DEADLINE = 90


@dataclass
class Process:
    """A server or worker that is ready. ``url`` has no path."""

    url: str
    process: "subprocess.Popen[str]"

    def ready(self) -> dict[str, object]:
        """What /readyz says, which answers 200."""
        response = httpx2.get(f"{self.url}/readyz", timeout=20)
        assert response.status_code == 200, response.text
        said: dict[str, object] = response.json()
        return said

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Cluster:
    """``db`` is the test's own access to the database; ``key`` may do everything."""

    folder: Path
    database_url: str
    redis: RedisServer
    db: Database
    workspace: WorkspaceId
    key: str = ""
    processes: list[Process] = field(default_factory=list)

    def new_key(self, rate_limit: int | None = None) -> tuple[str, str]:
        """A key and its id."""
        terms = KeyTerms("test", rate_limit=rate_limit)
        service = ApiKeysService(self.db, now)
        key, made = asyncio.run(service.create(self.workspace, terms, by=OPERATOR))
        return key, made.id

    def start(self, command: str, **environment: str) -> Process:
        """``cevvo serve`` or ``cevvo worker`` on a free port, once it is ready."""
        given = {
            "CEVVO_DATABASE_URL": self.database_url,
            "CEVVO_REDIS_URL": self.redis.url,
            "CEVVO_EMBEDDING_THREADS": "1",
            "CEVVO_LOG_LEVEL": "error",
        }
        process = subprocess.Popen(
            [CEVVO, command, "--data-dir", self.folder, "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(**(given | environment)),
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, line
        url = f"http://{line.partition('http://')[2].split()[0].removesuffix('/readyz')}"
        started = Process(url, process)
        self.processes.append(started)
        end = time.monotonic() + _DEADLINE
        while True:
            try:
                started.ready()
                return started
            except (httpx2.TransportError, AssertionError):
                assert process.poll() is None, f"{command} has ended"
                assert time.monotonic() < end, f"{command} did not become ready"
                time.sleep(0.05)

    def client(self, server: Process, key: str | None = None) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return httpx2.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=60)


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Postgres and Redis; no server and no worker yet. All that is started is killed at the end."""
    if not postgres_is_installed():
        pytest.skip("uv sync --group postgres")
    name = the_server().new_database()
    url = the_server().url(name)
    (folder / "redis").mkdir()
    with running_redis(folder / "redis") as redis:
        db = open_database(folder, url)
        try:
            workspace = asyncio.run(WorkspacesService(db, now).default())
            cluster = Cluster(folder, url, redis, db, workspace)
            cluster.key = cluster.new_key(rate_limit=100_000)[0]
            try:
                yield cluster
            finally:
                for each in cluster.processes:
                    each.kill()
        finally:
            db.close()
            the_server().drop(name)
