"""``cevvo jobs`` and ``cevvo ingest`` against the real server."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Command
from conftest import Server
from ingestion_room import Site


@pytest.fixture
def silent_site() -> Iterator[str]:
    """A site that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_job_is_listed_shown_and_cancelled(command: Command, silent_site: str) -> None:
    job_id = command("sources", "add", silent_site, "--json").json["job_id"]
    (line,) = (line for line in command("jobs").out.splitlines() if job_id in line)
    assert "crawl" in line
    assert "processing" in command("jobs", "show", job_id, "--json").json["status"]
    assert f"{job_id} is cancelled." in command("jobs", "cancel", job_id).out
    assert "cancelled" in command("jobs", "show", job_id).out
    cancelled = command("jobs", "--status", "cancelled", "--json").json["data"]
    assert job_id in [job["job_id"] for job in cancelled]
    again = command("jobs", "cancel", job_id)
    assert again.code == 1
    assert "already cancelled" in again.err


def test_a_failed_job_shows_why(command: Command, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing more")
    (job,) = command("ingest", broken, "--json").json
    assert job["status"] == "failed"
    shown = command("jobs", "show", job["job_id"]).out
    assert "The PDF is damaged" in shown
    assert "(unreadable)" in shown


def test_files_folders_and_pages_are_taken_in(command: Command, site: Site, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "tea.md").write_text("# Tea\n\nTea is served at four.")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    taken = command("ingest", tmp_path, f"{site.url}/rates")
    assert taken.code == 1
    assert "2 of 3 documents can be found." in taken.out
    (line,) = (line for line in taken.out.splitlines() if line.startswith("failed"))
    assert "broken.pdf" in line
    assert "The PDF is damaged" in line
    assert command("ingest", tmp_path / "deep").code == 0


def test_what_is_refused_is_named_and_the_others_are_taken_in(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.md").write_text("")
    (tmp_path / "deep" / "b.md").write_text("Kites fly on Sundays.")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    taken = command("ingest", "http://me:pw@localhost/", tmp_path / "logo.png", tmp_path / "deep")
    assert taken.code == 1
    assert "1 of 4 documents can be found." in taken.out
    named = [line.split(": ")[1] for line in taken.err.splitlines()]
    assert named == ["http://me:pw@localhost/", "logo.png", "a.md"]
    assert command("ingest", tmp_path / "deep" / "a.md", "--quiet").out == ""


def test_a_file_that_cannot_be_opened_is_named(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.md").write_text("Nobody else reads this.")
    (tmp_path / "ours.md").write_text("Lamps burn whale oil.")
    opened = Path.open

    def refusing(path: Path, *arguments: Any, **named: Any) -> Any:
        if path.name == "mine.md":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", refusing)
    taken = command("ingest", tmp_path)
    assert taken.code == 1
    assert taken.err == "cevvo: mine.md: cannot be read (Permission denied).\n"
    assert "1 of 2 documents can be found." in taken.out


def test_what_is_neither_url_nor_path_is_wrong_usage(command: Command) -> None:
    refused = command("ingest", "docs.example.com")
    assert refused.code == 2
    assert "docs.example.com" in refused.err


def test_a_source_of_another_type_is_refused(command: Command, site: Site, tmp_path: Path) -> None:
    source_id = command("sources", "add", site.url, "--wait", "--json").json["source_id"]
    (tmp_path / "tea.md").write_text("Tea is served at four.")
    refused = command("ingest", tmp_path / "tea.md", "--source", source_id)
    assert refused.code == 1
    assert "'website'" in refused.err


def test_exit_codes_of_every_group_without_server_or_key(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}/api/v1"
        for said in ("sources", "sources show src_1", "jobs", "jobs show j"):
            arguments = said.split()
            unreachable = command(*arguments, "--url", nowhere)
            assert unreachable.code == 3
            assert "cevvo up" in unreachable.err
            monkeypatch.setenv("CEVVO_API_KEY", "cevvo_sk_wrong")
            assert command(*arguments).code == 4
            monkeypatch.delenv("CEVVO_API_KEY")
            assert "cevvo keys create" in command(*arguments).err
            monkeypatch.setenv("CEVVO_API_KEY", "cevvo_sk_wrong")


def test_a_pause_that_the_server_asks_for_is_made(command: Command, server: Server) -> None:
    asked = []

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(429 if len(asked) == 1 else 200)
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(json.dumps({"data": [], "meta": {"total": 0}}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Busy) as busy:
        threading.Thread(target=busy.serve_forever, daemon=True).start()
        listed = command("sources", "--url", f"http://127.0.0.1:{busy.server_port}/api/v1")
        busy.shutdown()
    assert listed.code == 0
    assert len(asked) == 2
