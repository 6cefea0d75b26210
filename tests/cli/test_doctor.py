"""``cevvo doctor``, ``status`` and ``gaps``, on whole installations and on broken ones."""

import json
import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pysqlite3
import pytest
from typer.testing import CliRunner

from cevvo.cli.main import app
from cevvo.foundation.db.opening import open_database
from conftest import Server

NOWHERE = "http://127.0.0.1:9/api/v1"
Said = dict[str, str]
"""What was found, with its level."""


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("CEVVO_API_KEY", "CEVVO_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory that no server uses."""
    folder = tmp_path / "data"
    open_database(folder).close()
    return folder


def examined(data_dir: Path, url: str = NOWHERE) -> tuple[int, Said]:
    """The exit code, and everything that was found."""
    result = CliRunner().invoke(
        app, ["doctor", "--data-dir", str(data_dir), "--url", url, "--json"]
    )
    found = json.loads(result.stdout)
    assert all(each["fix"] for each in found if each["level"] != "ok")
    return result.exit_code, {each["what"]: each["level"] for each in found}


def level_of(said: Said, words: str) -> str:
    """The level of the one finding with these words."""
    (level,) = [level for what, level in said.items() if words in what] or ["not found"]
    assert level != "not found", (words, said)
    return level


def test_a_sound_installation(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEVVO_API_KEY", server.key)
    code, said = examined(server.data_dir, f"{server.url}/api/v1")
    assert code == 0
    fine = (
        "writable", "a server is running on it", "has the WAL fix", "database whole",
        "search index matches", "ready", "API key known",
    )  # fmt: skip
    assert [level_of(said, words) for words in fine] == ["ok"] * len(fine)
    assert level_of(said, "No language model") == "warn"
    shown = CliRunner().invoke(app, ["doctor", "--data-dir", str(server.data_dir)]).output
    assert "export OPENAI_API_KEY" in shown


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    code, said = examined(tmp_path / "none")
    assert code == 0
    assert level_of(said, "There is no data directory") == "warn"
    assert level_of(said, "No server answers at http://127.0.0.1:9") == "warn"
    assert not (tmp_path / "none").exists()


def test_it_changes_nothing(data: Path) -> None:
    before = (data / "cevvo.db").read_bytes()
    code, said = examined(data)
    assert code == 0
    assert level_of(said, "no server is running on it") == "ok"
    assert (data / "cevvo.db").read_bytes() == before
    assert not (data / "cevvo.lock").exists()


def with_sql(*statements: str) -> Callable[[Path], None]:
    """Changes the database."""

    def change(data: Path) -> None:
        with pysqlite3.connect(str(data / "cevvo.db")) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return change


def spoiled(data: Path) -> None:
    with open(data / "cevvo.db", "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 20_000)


def half_restored(data: Path) -> None:
    (data / "cevvo.db").unlink()
    (data / ".restoring").mkdir()


SOURCE = (
    "INSERT INTO workspaces (id, name, created_at) VALUES ('wsp_a', 'A', 0)",
    "INSERT INTO sources (id, workspace_id, name, type, status, auto_sync, sync_interval_hours,"
    " created_at, updated_at, error) VALUES ('src_a', 'wsp_a', 'A', 'website', 'failed', 0, 24, 0,"
    " 0, 'gone')",
)


@pytest.mark.parametrize(
    ("harm", "words", "level"),
    [
        (with_sql("UPDATE alembic_version SET version_num = '9999'"), "newer version", "fail"),
        (with_sql("UPDATE alembic_version SET version_num = '0001'"), "older version", "warn"),
        (with_sql("DROP TABLE alembic_version"), "no database of cevvo's", "fail"),
        (with_sql(*SOURCE), "1 of the sources fail", "warn"),
        (
            with_sql(
                SOURCE[0],
                "INSERT INTO conversations (id, workspace_id, title, created_at, updated_at)"
                " VALUES ('thr_a', 'wsp_a', 'x', 0, 99999999999999)",
            ),
            "lie in the future",
            "warn",
        ),
        (with_sql("INSERT INTO chunk_terms (rowid, body) VALUES (7, 'x')"), "not match", "fail"),
        (
            with_sql(
                *SOURCE,
                "INSERT INTO documents VALUES ('doc_a', 'wsp_a', 'src_a', 'a', 'A', NULL, 'text',"
                " NULL, '', NULL, 1, 0, 0, 'Text')",
                "INSERT INTO chunks VALUES (1, 'wsp_a', 'doc_a', 0, 0, 4, '[]', NULL, NULL, '[]',"
                " NULL)",
                "INSERT INTO chunk_terms (rowid, body) VALUES (1, 'text')",
                "INSERT INTO embeddings VALUES (1, 'one', '', ''), (1, 'other', '', '')",
            ),
            "more than one embedding model",
            "warn",
        ),
        (spoiled, "The database ", "fail"),
        (lambda data: (data / "cevvo.db").unlink(), "no database yet", "warn"),
        (half_restored, "was begun and not finished", "fail"),
        (lambda data: data.chmod(0o755), "Everybody on this machine can read", "warn"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_the_data(
    data: Path, harm: Callable[[Path], object], words: str, level: str
) -> None:
    harm(data)
    code, said = examined(data)
    assert level_of(said, words) == level
    assert code == (1 if level == "fail" else 0)


def test_a_full_disk(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((50, "fail"), (500, "warn"), (5000, "ok")):
        usage = type("Usage", (), {"free": free * 2**20})
        monkeypatch.setattr(shutil, "disk_usage", lambda _, usage=usage: usage)
        code, said = examined(data)
        assert level_of(said, "free") == level
        assert code == (level == "fail")


def test_a_wrong_setting(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEVVO_RATE_LIMIT", "many")
    code, said = examined(data)
    assert (code, level_of(said, "rate_limit")) == (1, "fail")


def test_keys_that_others_can_read_or_that_nobody_knows(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{server.url}/api/v1"
    kept = tmp_path / "cevvo" / "credentials"
    kept.parent.mkdir()
    kept.write_text(json.dumps({url: "cevvo_sk_none"}))
    kept.chmod(0o644)
    code, said = examined(server.data_dir, url)
    assert code == 1
    assert level_of(said, "Others can read the API keys") == "fail"
    assert level_of(said, "does not know this API key") == "fail"
    kept.unlink()
    code, said = examined(server.data_dir, url)
    assert (code, level_of(said, "No API key for")) == (0, "warn")


class Other(BaseHTTPRequestHandler):
    """A server that is none of ours."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def other() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/api/v1"
        running.shutdown()


def test_something_else_at_the_address(data: Path, other: str) -> None:
    code, said = examined(data, other)
    assert (code, level_of(said, "is no Cevvo server")) == (1, "fail")


def test_status_and_gaps(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEVVO_API_KEY", server.key)
    monkeypatch.setenv("CEVVO_BASE_URL", f"{server.url}/api/v1")
    with server.client() as api:
        api.post("/sources", json={"name": "Notes", "type": "text", "content": "We bake bread."})
        api.post("/chat", json={"message": "Do you sell gluten-free bread on Sundays?"})

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        return result.output

    shown = run("status")
    assert "conversation" in shown
    known = json.loads(run("status", "--json"))
    assert known["sources"] >= 1
    assert known["overview"]["total_conversations"] >= 1
    assert isinstance(json.loads(run("gaps", "--json")), list)
    assert run("gaps", "--period", "30d")
    wrong = CliRunner().invoke(app, ["gaps", "--period", "1y"])
    assert wrong.exit_code == 1
    assert "24h" in wrong.output
