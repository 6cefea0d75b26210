"""What the page on webhooks shows is run: its commands, and a receiver in each language."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest

from cevvo.domain.events import EventType
from conftest import Server, clean_environment
from docs.test_pages import DOCS, Reader, reader, silent, site
from kept_port import kept_port
from sdks.test_real_job import NODE, ROOT
from webhook_receiver import running_receiver

__all__ = ["reader", "silent", "site"]
GO = Path(sys.executable).with_name("go")
PAGE = DOCS / "webhooks.md"
DEADLINE = 120


def block(language: str) -> str:
    """The page's only block in that language."""
    (code,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return str(code)


def test_webhooks(reader: Reader) -> None:
    with running_receiver() as receiver:
        reader.stands_for("https://hooks.example.com/cevvo", receiver.url)
        assert reader.follow(PAGE) == 7
        assert receiver.received[0][1]["webhook-signature"].startswith("v1,")


def test_every_event_is_in_the_table() -> None:
    rows = re.findall(r"^\| (`[a-z.`, ]+) \|", PAGE.read_text(), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z]+\.[a-z]+)`", row)}
    assert named == set(get_args(EventType))


@contextmanager
def receiving(command: Sequence[str | Path], cwd: Path, **environment: str) -> Iterator[str]:
    """Where a receiver listens, which must then print what it was sent."""
    with kept_port() as port:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(**environment, PORT=str(port)),
        )
        try:
            end = time.monotonic() + DEADLINE
            while True:
                assert process.poll() is None, "the receiver ended"
                assert time.monotonic() < end, "the receiver did not listen"
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.02)
            yield f"http://127.0.0.1:{port}/"
            process.terminate()
            assert process.stdout is not None
            assert "webhook.test" in process.stdout.read()
        finally:
            process.kill()
            process.communicate()


def tried(server: Server, command: Sequence[str | Path], place: Path, **environment: str) -> None:
    """With the right secret an event is taken, with another one it is refused."""
    with server.client() as client:
        # The secret is known only once the webhook is there: first it leads nowhere.
        hook = {"url": "http://127.0.0.1:65431/", "events": ["source.failed"]}
        made = client.post("/webhooks", json=hook).json()
        path = f"/webhooks/{made['id']}"
        with receiving(command, place, WEBHOOK_SECRET=made["secret"], **environment) as url:
            client.put(path, json={"url": url})
            taken = client.post(f"{path}/test").json()
            client.post(f"{path}/rotate", json={"overlap_hours": 0})
            refused = client.post(f"{path}/test").json()
        client.delete(path)
    assert (taken["status"], taken["status_code"]) == ("delivered", 204)
    assert (refused["status"], refused["status_code"]) == ("failed", 400)


def test_the_receiver_in_python(server: Server, tmp_path: Path) -> None:
    (tmp_path / "receiver.py").write_text(block("python"))
    tried(server, [sys.executable, "receiver.py"], tmp_path)


def test_the_receiver_in_typescript(server: Server, tmp_path: Path) -> None:
    (tmp_path / "receiver.ts").write_text(block("ts"))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    tried(server, [NODE, "receiver.ts"], tmp_path)


@pytest.mark.skipif(not GO.exists(), reason="Go is not installed: make test-go")
def test_the_receiver_in_go(server: Server, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(block("go"))
    sdk = ROOT / "sdks" / "go"
    (tmp_path / "go.mod").write_text(
        "module example.com/receiver\n\ngo 1.24\n\n"
        f"require github.com/cevvo/cevvo-go v0.0.0\n\nreplace github.com/cevvo/cevvo-go => {sdk}\n"
    )
    build = [str(ROOT / "tools" / "go"), "build", "-C", str(tmp_path), "-o", "receiver", "."]
    built = subprocess.run(build, capture_output=True, text=True, env=dict(os.environ))
    assert built.returncode == 0, built.stderr
    tried(server, [tmp_path / "receiver"], tmp_path)
