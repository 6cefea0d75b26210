"""``cevvo ask`` against the real server."""

import pytest

from cli.conftest import Command
from conftest import Server


def test_only_documents_of_a_kind_are_asked(command: Command, server: Server) -> None:
    with server.client() as client:
        for deck, days in (("lower", "three"), ("upper", "nine")):
            content = f"A loaned sextant is due back after {days} days."
            body = {"title": f"Sextants, {deck}", "content": content, "metadata": {"deck": deck}}
            sent = client.post("/ingest/text", json=body).json()
            assert server.wait_for_job(client, sent["job_id"])["status"] == "completed"
    question = "When is a loaned sextant due back?"
    answers = [
        command("ask", question, "--filter", f"deck={deck}", "--json").json
        for deck in ("lower", "upper")
    ]
    assert ["three days" in answer["answer"] for answer in answers] == [True, False]
    assert ["nine days" in answer["answer"] for answer in answers] == [False, True]
    german = command("ask", question, "--language", "de", "--json").json
    assert german["answered"] is False


@pytest.mark.parametrize("given", [["plan"], ["=pro"], ["plan="], ["plan=pro", "plan=free"]])
def test_a_condition_has_a_name_and_a_value(command: Command, given: list[str]) -> None:
    failed = command("ask", "When?", *(word for each in given for word in ("--filter", each)))
    assert failed.code == 2
    assert "plan=pro" in failed.err


def test_a_language_is_a_code(command: Command) -> None:
    failed = command("ask", "When?", "--language", "German")
    assert failed.code == 1
    assert "filters.language" in failed.err
