"""``cevvo check``: the questions of a real server, asked of a changed copy of its documents."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner, Result

from api_walk import key_in_database, new_workspace
from cevvo.cli.main import app
from conftest import Server

RATES, HOURS = "One kilogram costs nine euros.", "The office opens at eight o'clock."
COST, OPEN, FLAG = "What does one kilogram cost?", "When does the office open?", "Which flag flies?"


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx2.Client]:
    """A client of a workspace of its own, which the command line uses too."""
    key = key_in_database(server, new_workspace(server, "Check"), ("chat", "read", "ingest"))
    monkeypatch.setenv("CEVVO_BASE_URL", f"{server.url}/api/v1")
    monkeypatch.setenv("CEVVO_API_KEY", key)
    with server.client(key) as opened:
        for title, content in (("Rates", RATES), ("Hours", HOURS)):
            note = {"title": title, "content": content}
            job = opened.post("/ingest/text", json=note).json()["job_id"]
            assert server.wait_for_job(opened, job)["status"] == "completed"
        for question in (COST, COST, OPEN, FLAG):
            opened.post("/chat", json={"message": question})
        yield opened


def copy_of(folder: Path, **pages: str) -> Path:
    folder.mkdir()
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(f"# {name.title()}\n\n{text}\n")
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_a_copy_that_answers_as_before_passes(client: httpx2.Client, tmp_path: Path) -> None:
    changed = HOURS.replace("eight", "nine")
    result = run(copy_of(tmp_path / "docs", rates=RATES, hours=changed), "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["passed"]
    verdicts = {each["question"]: each["verdict"] for each in report["questions"]}
    assert verdicts == {COST: "kept", OPEN: "kept", FLAG: "unanswered"}
    opens = next(each for each in report["questions"] if each["question"] == OPEN)
    assert "eight" in opens["today"]["answer"]
    assert "nine" in opens["then"]["answer"]
    assert client.get("/analytics/overview").json()["total_conversations"] == 4


def test_a_copy_that_loses_an_answer_fails_and_says_which(
    client: httpx2.Client, tmp_path: Path
) -> None:
    result = run(copy_of(tmp_path / "docs", hours=HOURS, flags="The flag that flies is blue."))
    assert result.exit_code == 1
    assert "1 would be lost, 1 would be found" in result.output
    (lost,) = [line for line in result.output.splitlines() if line.startswith("lost")]
    assert COST in lost
    assert f"Rates: {RATES}" in lost
    assert "cevvo: 1 question answered today would not be answered." in result.output


def test_nothing_to_take_in_is_wrong_usage(client: httpx2.Client, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    result = run(tmp_path / "docs")
    assert result.exit_code == 2
    assert "could be taken in" in result.output
