"""``cevvo eval`` against the real server and a real website."""

import json
from pathlib import Path

import pytest

from cli.conftest import Command
from conftest import Server
from ingestion_room import Site

TABLE = """question,expected,page,answerable,thread
What does one kilogram cost?,nine euros,/rates,,
How is each parcel tied?,granny knot,/knots,,
How do parcels travel?,by train,/timetable,,t
Which rings does Saturn have?,,,false,
"""


@pytest.fixture
def source_id(command: Command, site: Site) -> str:
    """The website, crawled once."""
    added = command("sources", "add", site.url, "--wait", "--json")
    assert added.code == 0, added.err
    found: str = added.json["source_id"]
    return found


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.csv"
    file.write_text(TABLE)
    return file


def facts(printed: str) -> dict[str, str]:
    """The figures by name."""
    lines = printed.partition("verdict")[0].splitlines()
    pairs = (line.strip().split("   ", 1) for line in lines if line.strip())
    return {name.strip(): value.strip() for name, value in pairs}


def test_a_report_says_what_went_wrong_the_worst_first(
    command: Command, site: Site, source_id: str, questions: Path
) -> None:
    ran = command("eval", questions, "--source", source_id)
    assert ran.code == 0, ran.err
    found = facts(ran.out)
    assert found["questions"] == "4   3 answered"
    assert found["right"].startswith("50%   2 of 4")
    assert found["answered right"].startswith("33%   1 of 3")
    assert found["incomplete"].startswith("33%   1 of 3")
    assert found["they do not say"] == "1 question"
    assert found["answered"].startswith("0%   0 of 1")
    assert found["and cited first"].startswith("67%   2 of 3")
    wrong, incomplete = (
        " ".join(line.split()) for line in ran.out.partition("verdict")[2].splitlines()[1:]
    )
    assert wrong == (
        'wrong 4 How do parcels travel? does not say "by train"; '
        f"cites {site.url}/; the page was not found"
    )
    assert incomplete == (
        'incomplete 3 How is each parcel tied? cites the page, but does not say "granny knot"'
    )


def test_results_for_programs_and_a_bar_to_pass(
    command: Command, source_id: str, tmp_path: Path
) -> None:
    rows: list[dict[str, object]] = [
        {"id": 7, "question": "What does one kilogram cost?", "expected": ["nine euros"]},
        {"question": "Which rings does Saturn have?", "answerable": False, "thread": "a"},
        {"question": "How do parcels travel?", "thread": "a"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    ran = command("eval", file, "--source", source_id, "--json", "--fail-under", "1")
    assert ran.code == 0, ran.err
    assert ran.json["figures"]["right"]["share"] == 1
    assert ran.json["figures"]["questions"] == 3
    first, second, third = ran.json["results"]
    assert (first["id"], first["line"], first["verdict"], first["why"]) == (7, 1, "right", "")
    assert "nine euros" in first["answer"]
    assert (second["verdict"], third["verdict"]) == ("right", "not judged")
    assert second["thread_id"] == third["thread_id"] != first["thread_id"]

    rows[0]["expected"] = ["ten euros"]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    ran = command("eval", file, "--source", source_id, "--fail-under", "0.6")
    assert ran.code == 1
    assert "1 of 2" in ran.err
    assert "--fail-under asks for 60%" in ran.err


def test_an_evaluation_counts_in_no_figure(
    command: Command, server: Server, source_id: str, questions: Path
) -> None:
    with server.client() as client:
        before = client.get("/analytics/overview").json()
        assert command("eval", questions, "--source", source_id).code == 0
        assert client.get("/analytics/overview").json() == before


def test_what_cannot_be_done_ends_with_its_exit_code(
    command: Command, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions.write_text("question,answerable\nWhy?,perhaps\n")
    wrong = command("eval", questions)
    assert wrong.code == 2
    assert 'questions.csv, line 2, column answerable: "perhaps" is neither true nor' in wrong.err
    questions.write_text(TABLE)
    assert command("eval", questions, "--fail-under", "2").code == 2
    assert command("eval", questions, "--source", "src_" + "0" * 22).code == 1
    assert command("eval", questions, "--url", "http://127.0.0.1:1/api/v1").code == 3
    monkeypatch.setenv("CEVVO_API_KEY", "cev_wrong")
    assert command("eval", questions).code == 4
