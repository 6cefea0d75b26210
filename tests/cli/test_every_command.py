"""What holds of every command: examples first, --json, --quiet, and what quiet leaves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from cevvo import __version__
from cevvo.cli.main import app
from cli.conftest import Command
from conftest import Server
from ingestion_room import Site

RUN_ON = {"up", "serve", "worker", "mcp"}  # print until they are stopped


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by the words that call it."""
    group = get_group(app)
    for name in group.commands:
        command: Any = group.get_command(None, name)  # type: ignore[arg-type]
        if not hasattr(command, "commands") or command.invoke_without_command:
            yield name, command
        for word, each in getattr(command, "commands", {}).items():
            yield f"{name} {word}", each


COMMANDS = dict(commands())


def test_all_of_them_are_looked_at() -> None:
    assert {"up", "worker", "ask", "nothing"} - set(COMMANDS) == {"nothing"}
    assert {"backup", "restore", "export", "import", "config show", "keys create"} < set(COMMANDS)
    assert len(COMMANDS) > 30


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_and_every_command_the_same_options(name: str) -> None:
    command = COMMANDS[name]
    assert f"cevvo {name}" in command.help, command.help
    assert any(line.startswith("Example") for line in command.help.splitlines())
    first_line = command.help.splitlines()[0]
    assert first_line.endswith((".", ":"))
    options = {option for each in command.params for option in each.opts}
    assert {"--quiet", "-q"} <= options
    assert "--json" in options or name in RUN_ON
    for each in command.params:
        assert getattr(each, "help", None), (name, each.name)


def test_completion_knows_commands_and_options() -> None:
    for words, offered in (("cevvo ba", "backup"), ("cevvo config ", "show")):
        environment = {
            "_CEVVO_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        result = CliRunner().invoke(app, [], prog_name="cevvo", env=environment)
        assert offered in result.output


def test_version(command: Command) -> None:
    assert command("version", "--quiet").out == f"{__version__}\n"
    assert command("version", "--json").json["schema"].isdecimal()
    assert "sqlite" in command("version").out


def test_quiet_leaves_what_a_script_needs(
    command: Command, server: Server, site: Site, tmp_path: Path
) -> None:
    added = command("sources", "add", site.url, "--wait", "--quiet")
    source = added.out.strip()
    assert source.startswith("src_")
    assert source in command("sources", "-q").out.split()
    assert command("sources", "show", source, "--quiet").out == ""
    assert all(line.startswith("job_") for line in command("jobs", "-q").out.split())
    (tmp_path / "note.md").write_text("# Note\n\nThe harbour master is called Ingrid.")
    sent = command("ingest", tmp_path / "note.md", "--source", source, "--quiet")
    assert sent.code == 0 or "source" in sent.err
    previewed = command("sources", "preview", site.url, "--quiet").out.split()
    assert previewed
    assert all(line.startswith(site.url) for line in previewed)
    asked = command("ask", "What is each parcel tied with?", "--quiet").out
    assert "bowline" in asked
    assert "confidence" not in asked
    assert command("status", "--quiet").out == ""
    assert command("sources", "delete", source, "--yes", "-q").out == ""
    data = ("--data-dir", server.data_dir)
    key = command("keys", "create", "--name", "quiet", "-q", *data).out
    assert key.startswith("cevvo_sk_")
    assert key.count("\n") == 1
    (made,) = [k for k in command("keys", "list", "--json", *data).json if k["name"] == "quiet"]
    assert made["id"] in command("keys", "list", "-q", *data).out.split()
    assert command("keys", "revoke", made["id"], "-q", *data).out == ""
    assert command("keys", "revoke", made["id"], "--json", *data).code in (0, 1)
    assert "api_key.revoked" in command("audit", "-q", *data).out.split()
    assert "ok  " not in command("doctor", "-q", *data).out


def test_quiet_keeps_errors(command: Command) -> None:
    ran = command("sources", "show", "src_none", "--quiet")
    assert ran.code == 1
    assert "request req_" in ran.err
    assert ran.out == ""


def test_json_of_links(command: Command, tmp_path: Path) -> None:
    made = command("people", "setup-link", "--data-dir", tmp_path / "data", "--json")
    assert "/setup?token=" in json.loads(made.out)["url"]
    quiet = command("people", "setup-link", "--data-dir", tmp_path / "data", "--quiet")
    assert quiet.out.count("\n") == 1
