"""The benchmark of follow-ups on four documents and one conversation."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.collections import Collection, Document, load_collection
from cevvo_evals.followups import (
    HALVES,
    cloud_tasks,
    figures,
    half_of,
    measure,
    reciprocal_rank,
    squad_tasks,
    thread,
    un_tasks,
)

DOCUMENTS = (
    Document("reset", "Passwords", "To reset your password, open the settings."),
    Document("valid", "Reset links", "A password reset link is valid for one hour."),
    Document("licence", "Licences", "A licence is valid for one year."),
    Document("cats", "Cats", "Cats sleep for most of the day."),
)
RESET = "How do I reset my password?"


def write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.parent.mkdir(exist_ok=True)
    text = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """A conversation of three turns, of which the second is judged and rewritten."""
    folder = tmp_path / "cloud"
    turns = [
        (1, RESET, "Open the settings."),
        (2, "How long is it valid?", "For one hour."),
        (3, "Thanks", "You are welcome."),
    ]
    write(
        folder / "tasks.jsonl",
        [{"_id": f"c<::>{n}", "turn": n, "text": q, "answer": a} for n, q, a in reversed(turns)],
    )
    write(folder / "corpus.jsonl", [{"_id": d.id, "title": "", "text": d.text} for d in DOCUMENTS])
    write(
        folder / "queries.jsonl",
        [
            {"_id": "c<::>1", "text": RESET},
            {"_id": "c<::>2", "text": "How long is a password reset link valid?"},
        ],
    )
    (folder / "qrels.tsv").write_text("q\td\ts\nc<::>1\treset\t1\nc<::>2\tvalid\t1\n")
    return folder


def test_a_judged_later_question_comes_with_its_thread(cloud: Path) -> None:
    (task,) = cloud_tasks(cloud)
    assert task.text == "How long is it valid?"
    assert [(turn.question, turn.answer) for turn in task.history] == [
        (RESET, "Open the settings.")
    ]
    assert task.rewrite == "How long is a password reset link valid?"
    assert task.relevant == {"valid": 1}
    assert task.half == half_of(RESET.upper()) in HALVES


def test_the_figures_of_each_form(cloud: Path) -> None:
    collection = Collection("c", DOCUMENTS, ())
    report = measure(collection, {"set": cloud_tasks(cloud)}, MiniLmEmbedder(threads=1))
    (result,) = report["set"].values()
    assert (result["questions"], result["rewritten"]) == (1, 1.0)
    for form in ("standalone", "in thread", "rewritten by people"):
        assert result[form] == {"ndcg10": 1.0, "recall20": 1.0, "mrr": 1.0}, form


def test_the_share_of_the_gap_that_is_closed(cloud: Path) -> None:
    tasks = cloud_tasks(cloud)
    ranking = {
        "as written": ["cats", "reset", "valid"],
        "standalone": ["valid"],
        "in thread": ["reset", "valid"],
        "rewritten by people": ["valid"],
    }
    result = figures(tasks, [ranking])
    assert result["as written"]["ndcg10"] == 0.5
    assert result["in thread"]["ndcg10"] == 0.631
    assert result["gap_closed"] == 0.26


def test_contexts_are_what_answers_and_what_is_searched(tmp_path: Path) -> None:
    said = [RESET, "Open the settings.", "How long is it valid?"]
    context = {"id": "valid", "title": " Links ", "text": "\nOne hour."}
    row = {"turns": [{"text": text} for text in said], "contexts": [context]}
    rows = [row, row | {"contexts": []}, row | {"turns": row["turns"][:1]}]
    write(tmp_path / "un" / "tasks.jsonl.gz", rows)
    (task,), documents = un_tasks(tmp_path / "un")
    assert (task.text, task.relevant, task.rewrite) == ("How long is it valid?", {"valid": 1}, None)
    assert documents == [Document("valid", "Links", "One hour.")]


def test_an_answer_that_says_nothing_has_no_source() -> None:
    first, second = thread([("A?", "I'm sorry, but I do not have that."), ("B?", "It is blue.")])
    assert not first.sources
    assert second.sources


def test_a_question_that_needs_no_thread_follows_one_about_something_else(tmp_path: Path) -> None:
    texts = {"p0": "One. The red fox ran.", "p1": "Two. The cat sat.", "p2": "Three. It rained."}
    titles = {"p0": "Foxes", "p1": "Foxes", "p2": "Foxes"}
    write(
        tmp_path / "corpus.jsonl",
        [{"_id": id, "title": titles[id], "text": text} for id, text in texts.items()],
    )
    queries = [
        {"_id": f"q{id}", "text": f"What of {id}?", "passage": id, "starts": [5]}
        | {"answerable": id != "p2"}
        for id in texts
    ]
    write(tmp_path / "queries.jsonl", queries)
    (tmp_path / "qrels.tsv").write_text("q\td\ts\nqp0\tp0\t1\n")
    tasks = squad_tasks(load_collection(tmp_path), tmp_path, same_topic=True)
    pairs = {task.text: task.history[0] for task in tasks}
    assert pairs.keys() == {"What of p0?", "What of p1?"}
    assert pairs["What of p0?"].question == "What of p1?"
    assert pairs["What of p1?"].answer == "The red fox ran."


def test_reciprocal_rank() -> None:
    assert reciprocal_rank(["a", "b"], {"b": 1}) == 0.5
    assert reciprocal_rank(["a"], {"b": 1}) == 0
