"""The command line, run as a user runs it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from cevvo.cli.main import app
from conftest import CEVVO, Server, clean_environment, create_key, start_server, stop_server
from ingestion_room import Site


def cevvo(
    *arguments: str | Path, home: Path, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run ``cevvo`` to its end."""
    return subprocess.run(
        [CEVVO, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(HOME=str(home), XDG_CONFIG_HOME=str(home / "config"), **environment),
    )


def test_a_key_is_made_listed_and_revoked(server: Server, tmp_path: Path) -> None:
    made = json.loads(
        cevvo(
            "keys", "create", "--data-dir", server.data_dir, "--name", "one", "--json",
            "--tokens-per-day", "5000", "--rate-limit", "90",
            "--expires-at", "2999-12-31T12:00:00+02:00", home=tmp_path,
        ).stdout
    )  # fmt: skip
    listed = json.loads(
        cevvo("keys", "list", "--data-dir", server.data_dir, "--json", home=tmp_path).stdout
    )
    (stored,) = (key for key in listed if key["id"] == made["id"])
    assert (stored["tokens_per_day"], stored["rate_limit"]) == (5000, 90)
    assert stored["expires_at"] == "2999-12-31T10:00:00Z"
    assert made["key"] not in json.dumps(listed)
    with server.client(made["key"]) as client:
        assert client.get("/sources").status_code == 200
        revoked = cevvo("keys", "revoke", made["id"], "--data-dir", server.data_dir, home=tmp_path)
        assert revoked.returncode == 0
        asked = end = time.monotonic() + 1.5
        while client.get("/sources").status_code == 200:
            assert asked <= end, "the revoked key still works"
            time.sleep(0.1)
            asked = time.monotonic()
        assert client.get("/sources").status_code == 401


def test_a_key_that_would_have_expired_already_is_not_made(tmp_path: Path) -> None:
    result = cevvo(
        "keys", "create", "--data-dir", tmp_path / "data", "--name", "x", "--expires-at",
        "2020-01-01", home=tmp_path,
    )  # fmt: skip
    assert result.returncode == 1
    assert "must expire in the future" in result.stderr


def test_a_scope_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    result = cevvo(
        "keys", "create", "--data-dir", tmp_path / "data", "--name", "x", "--scope", "root",
        home=tmp_path,
    )  # fmt: skip
    assert result.returncode == 1
    assert "chat, read, ingest, admin" in result.stderr


def test_an_occupied_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        result = cevvo("serve", "--data-dir", tmp_path / "data", "--port", str(port), home=tmp_path)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in result.stderr
    assert "--port" in result.stderr


def test_r21_a_second_server_on_the_same_data_names_the_first(
    server: Server, tmp_path: Path
) -> None:
    result = cevvo("serve", "--data-dir", server.data_dir, "--port", "0", home=tmp_path)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert f"process {server.process.pid}" in result.stderr
    assert "--data-dir" in result.stderr
    with server.client() as client:
        assert client.get("/sources").status_code == 200


def test_a_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    result = cevvo("serve", "--data-dir", tmp_path / "data", "--port", "0", home=tmp_path)
    assert result.returncode == 1
    assert str(tmp_path / "data") in result.stderr
    assert (tmp_path / "data").read_text() == "no folder"


def test_a_misspelt_setting_is_refused(tmp_path: Path) -> None:
    result = cevvo("serve", "--port", "0", home=tmp_path, CEVVO_RATE_LIMITS="5")
    assert result.returncode == 1
    assert "CEVVO_RATE_LIMITS" in result.stderr
    assert "CEVVO_RATE_LIMIT," in result.stderr


@pytest.mark.parametrize("value", ["0", "many", "-1"])
def test_a_setting_out_of_range_is_refused(tmp_path: Path, value: str) -> None:
    result = cevvo("serve", "--port", "0", home=tmp_path, CEVVO_RATE_LIMIT=value)
    assert result.returncode == 1
    assert "rate_limit" in result.stderr


def test_up_refuses_what_is_neither_url_nor_path(tmp_path: Path) -> None:
    result = cevvo("up", "docs.example.com", home=tmp_path)
    assert result.returncode == 2
    assert "docs.example.com" in result.stderr


def test_ask_without_a_key_says_where_to_get_one(tmp_path: Path) -> None:
    result = cevvo("ask", "Anyone there?", home=tmp_path)
    assert result.returncode == 4
    assert "cevvo keys create" in result.stderr


def test_ask_without_a_server_says_how_to_start_one(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api/v1"
        result = cevvo(
            "ask", "Anyone there?", "--url", url, home=tmp_path, CEVVO_API_KEY="cevvo_sk_x"
        )
    assert result.returncode == 3
    assert "cevvo up" in result.stderr


def test_ask_with_a_wrong_key_is_not_allowed(server: Server, tmp_path: Path) -> None:
    url = f"{server.url}/api/v1"
    result = cevvo("ask", "Who?", "--url", url, home=tmp_path, CEVVO_API_KEY="cevvo_sk_wrong")
    assert result.returncode == 4
    assert "request req_" in result.stderr


def test_up_takes_documents_in_answers_and_stops(tmp_path: Path, site: Site) -> None:
    """The whole first run: manual, folder and website, a cited answer, a second question."""
    notes = tmp_path / "notes"
    (notes / "deep").mkdir(parents=True)
    (notes / "deep" / "coffee.md").write_text(
        "# The coffee machine\n\nThe coffee machine is descaled on the first Monday of a month.\n"
    )
    (notes / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (notes / "empty.txt").write_bytes(b"")
    environment = clean_environment(
        HOME=str(tmp_path),
        XDG_CONFIG_HOME=str(tmp_path / "config"),
        COLUMNS="200",
        CEVVO_ALLOW_PRIVATE_NETWORKS="127.0.0.0/8",
    )
    process = subprocess.Popen(
        [CEVVO, "up", "--demo", "--data-dir", tmp_path / "data", "--port", "0", notes, site.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ready." in line:
            break
    assert "Larkspur manual (sample)" in printed
    assert "Forgot password?" in printed
    assert "[1]" in printed
    assert "cevvo_sk_" in printed
    assert "empty.txt" in printed
    assert "(2 skipped: cevvo sources show src_" in printed  # noindex, HTTP 500
    credentials = tmp_path / "config" / "cevvo" / "credentials"
    assert credentials.stat().st_mode & 0o777 == 0o600

    answered = cevvo("ask", "When is the coffee machine descaled?", "--json", home=tmp_path)
    answer = json.loads(answered.stdout)
    assert answer["answered"]
    assert "first Monday" in answer["answer"]
    assert answer["sources"][0]["title"] == "The coffee machine"
    page = next(word for word in printed.split() if "/setup?token=" in word)
    assert "text/html" in httpx2.get(page).headers["content-type"]

    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def test_up_again_on_the_same_data_does_not_double_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    for _ in range(2):
        environment = clean_environment(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path))
        process = subprocess.Popen(
            [CEVVO, "up", "--demo", "--data-dir", data_dir, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert process.stdout is not None
        assert any("Ready." in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        process.stdout.close()
    server = start_server(data_dir)
    with server.client() as client:
        sources = client.get("/sources").json()
    assert stop_server(server) == 0
    assert sources["meta"]["total"] == 1
    assert sources["data"][0]["status"] == "synced"


def test_version_and_help_need_no_data(tmp_path: Path) -> None:
    assert cevvo("--version", home=tmp_path).stdout.startswith("cevvo ")
    help_text = cevvo("--help", home=tmp_path).stdout
    commands = ("up", "serve", "ask", "ingest", "sources", "jobs", "keys")
    assert all(command in help_text for command in commands)
    assert not os.listdir(tmp_path)


CLIENT_COMMANDS = ("ask", "ingest", "eval", "gaps", "status", "mcp", "sources", "jobs")
IMPORTING = """
import sys
from typer.testing import CliRunner
from cevvo.cli.main import app
for command in sys.argv[1:]:
    shown = CliRunner().invoke(app, [command, "--help"]).stdout
    assert f" {command} " in shown, shown
print(*sys.modules)
"""


def test_a_client_waits_for_no_part_of_the_server(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING, *CLIENT_COMMANDS],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(HOME=str(tmp_path)),
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & {"cevvo", "sqlalchemy", "fastapi", "numpy"} == {"cevvo"}


def test_keys_work_before_the_server_was_ever_started(tmp_path: Path) -> None:
    assert create_key(tmp_path / "data").startswith("cevvo_sk_")


def test_the_audit_log_is_read_and_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name not in clean_environment()]:
        monkeypatch.delenv(name)

    def run(*arguments: str | Path) -> str:
        return CliRunner().invoke(app, [str(each) for each in arguments]).stdout

    data = ("--data-dir", tmp_path / "data")
    made = json.loads(run("keys", "create", *data, "--name", "one", "--json"))
    run("keys", "revoke", made["id"], *data)
    shown = json.loads(run("audit", *data, "--json"))
    assert [(each["action"], each["target_id"]) for each in shown] == [
        ("api_key.revoked", made["id"]),
        ("api_key.created", made["id"]),
    ]
    assert shown[0]["actor"]["kind"] == "cli"
    assert made["key"] not in json.dumps(shown)
    some = run("audit", *data, "--action", "api_key.created", "--limit", "9")
    assert some.count("api_key.") == 1
    table = run("audit", *data, "--csv", "--since", "2020-01-01")
    assert table.startswith("at,action,actor_kind,")
    assert len(table.splitlines()) == 3
    assert "audit_log.exported" in run("audit", *data)


def test_a_time_with_an_offset_is_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name not in clean_environment()]:
        monkeypatch.delenv(name)

    def run(*arguments: str | Path) -> list[dict[str, str]]:
        data = ("--data-dir", tmp_path / "data", "--json")
        result = CliRunner().invoke(app, [str(each) for each in (*arguments, *data)])
        return json.loads(result.stdout)  # type: ignore[no-any-return]

    run("keys", "create", "--name", "one")
    (entry,) = run("audit")
    for hours in (14, -12):
        there = datetime.fromisoformat(entry["at"]).astimezone(timezone(timedelta(hours=hours)))
        assert run("audit", "--since", there.isoformat()) == [entry]
        assert run("audit", "--until", there.isoformat()) == []
    assert run("audit", "--since", entry["at"].removesuffix("Z")) == [entry]


def test_a_worker_of_its_own_needs_postgres(tmp_path: Path) -> None:
    refused = subprocess.run(
        [CEVVO, "worker", "--data-dir", tmp_path],
        capture_output=True,
        text=True,
        env=clean_environment(),
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("cevvo: A worker of its own needs Postgres")
    assert "`cevvo serve` works on the jobs itself" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
