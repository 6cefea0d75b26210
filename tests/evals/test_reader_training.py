"""What a reader is trained on. Training itself needs torch, which is not installed here."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cevvo.providers.wordpiece import word_pieces
from cevvo_evals.collections import UNTRAINED_PACKAGES
from cevvo_reader_training.batches import END, KIND, START, Examples, encode, encoded
from cevvo_reader_training.documentation import Section, examples_of
from cevvo_reader_training.examples import (
    ELSEWHERE,
    NEAR_MISS,
    PERSON,
    POSITIVE,
    RULE,
    Example,
    cut,
    read_set,
    sentences,
)
from cevvo_reader_training.lookup import Lookup
from cevvo_reader_training.near_misses import Perturber, without_answer

QUESTIONS = Path(__file__).parents[2] / "evals/reader/questions"
TEXT = (
    "Ada Lovelace wrote notes on the engine in 1843. She was born in London. "
    "Charles Babbage designed the engine, which was never built in full, and showed it to many."
)


def example(question: str, answer: str, text: str = TEXT) -> Example:
    start = text.index(answer)
    span = (start, start + len(answer))
    return Example(question, "Engines", text, (span,), exact=True, sort=POSITIVE, source="test")


def alike(name: str, others: Sequence[str]) -> list[str]:
    return [other for other in others if other != name]


def test_a_reading_set_is_read(tmp_path: Path) -> None:
    question = {"question": " Who? ", "answerable": True, "answers": ["Ada"], "starts": [0]}
    none = {"question": "When?", "answerable": False, "answers": [], "starts": [], "kind": "none"}
    row = {
        "_id": "engines-1",
        "title": "Engines / Notes",
        "text": "Ada did.",
        "qas": [question | {"kind": "span"}, none],
    }
    with gzip.open(tmp_path / "passages.jsonl.gz", "wt") as file:
        file.write(json.dumps(row))
    (reading,) = read_set(tmp_path)
    assert reading.id == "engines-1"
    first, second = reading.examples
    assert (first.question, first.title, first.spans) == ("Who?", "Engines", ((0, 3),))
    assert (second.spans, second.sort) == ((), NEAR_MISS)


def test_sentences_are_all_of_the_text() -> None:
    parts = sentences(TEXT)
    assert "".join(TEXT[start:end] for start, end in parts) == TEXT
    assert len(parts) == 3


def test_a_part_keeps_the_answer_where_it_is() -> None:
    part = cut(example("Where was she born?", "London"), *sentences(TEXT)[1])
    ((start, end),) = part.spans
    assert part.text[start:end] == "London"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who wrote notes in 1843?", "Ada Lovelace"),
        ("Where was Ada Lovelace born first?", "London"),
        ("What did Charles Babbage design before it was shown?", "the engine"),
    ],
)
def test_a_changed_question_is_another_one_without_an_answer(question: str, answer: str) -> None:
    perturber = Perturber({"Engines": ["Charles Babbage", "Ada Lovelace", "Alan Turing"]}, alike)
    for seed in range(20):
        changed = perturber.perturb(example(question, answer), random.Random(seed))
        assert changed is not None
        assert changed.question != question
        assert changed.spans == ()
        assert changed.sort == NEAR_MISS
        assert changed.text == TEXT


def test_a_question_that_no_rule_fits_is_left_out() -> None:
    perturber = Perturber({}, alike)
    assert perturber.perturb(example("notes?", "1843"), random.Random(0)) is None


def test_without_its_sentence_a_passage_has_no_answer() -> None:
    left = without_answer(example("Where was she born?", "London"))
    assert left is not None
    assert "London" not in left.text
    assert "Babbage" in left.text
    assert left.spans == ()


def test_too_short_a_rest_is_no_example() -> None:
    assert without_answer(example("Who?", "Ada", "Ada did.")) is None


def test_the_marks_are_where_the_answer_is() -> None:
    one = encode(example("Where was she born?", "Charles Babbage"), titled=True)
    assert one is not None
    (start,), (end,) = np.flatnonzero(one.starts), np.flatnonzero(one.ends)
    offsets = one.window.offsets
    first, last = offsets[start - one.window.first], offsets[end - one.window.first]
    assert TEXT[first[0] : last[1]] == "Charles Babbage"


def test_without_an_answer_the_mark_is_on_the_first_token() -> None:
    none = encode(Example("?", "", TEXT, (), True, ELSEWHERE, "test"), titled=False)
    assert none is not None
    assert np.flatnonzero(none.starts).tolist() == [0]
    assert none.elsewhere


def test_an_answer_beyond_the_first_window_is_found_in_another() -> None:
    long = "Nothing stands here. " * 100 + "Ada Lovelace did."
    one = encode(example("Who?", "Ada Lovelace", long), titled=False)
    assert one is not None
    assert one.answers
    assert sum(one.starts) == 1


def kept(tmp_path: Path, groups: int) -> Examples:
    """Groups of one example that answers and a longer one that does not, through a file."""
    chance = random.Random(0)
    group = [
        example("Who?", "Ada"),
        Example("Who?", "", TEXT * 2, (), True, ELSEWHERE, "test", judged=RULE),
    ]
    Examples.of(encoded(group, chance) for _ in range(groups)).save(tmp_path / "train.npz")
    return Examples.load(tmp_path / "train.npz")


def test_examples_are_kept_with_their_marks(tmp_path: Path) -> None:
    examples = kept(tmp_path, 1)
    (first, length, *told), (_, _, *other) = examples.rows.tolist()
    assert (told, other) == ([0, True, False, PERSON], [0, False, True, RULE])
    one = encode(example("Who?", "Ada"), titled=len(examples.ids) > 0)
    assert one is not None
    marks = examples.marks[first : first + length]
    assert (marks & START > 0).sum() == (marks & END > 0).sum() == 1
    assert (
        examples.ids[first : first + length][marks & START > 0] == word_pieces().encode("ada").ids
    )
    assert not (marks[: one.window.question_length] & KIND).any()


def test_batches_hold_every_group_whole_each_time(tmp_path: Path) -> None:
    examples = kept(tmp_path, 100)
    times = examples.batches(1000, seed=0)
    first, second = next(times), next(times)
    for batches in (first, second):
        assert sorted(np.concatenate(batches).tolist()) == list(range(200))
        for batch in batches:
            assert len(batch) * examples.rows[batch, 1].max() <= 1000
            assert np.unique(np.bincount(examples.rows[batch, 2])).tolist() in ([2], [0, 2])
    assert [each.tolist() for each in first] != [each.tolist() for each in second]
    again = next(examples.batches(1000, seed=0))
    assert [each.tolist() for each in again] == [each.tolist() for each in first]


def test_a_teacher_learns_from_what_people_judged(tmp_path: Path) -> None:
    examples = kept(tmp_path, 3)
    judged = examples.judged(PERSON)
    assert judged.rows[:, 3].tolist() == [1, 1, 1]
    assert sorted(np.concatenate(next(judged.batches(1000, seed=0))).tolist()) == [0, 1, 2]


def test_the_lookup_finds_by_rare_words() -> None:
    lookup = Lookup(["the cat and the dog", "the dog", "an engine of brass and the dog"])
    assert lookup.best("Is the engine made of brass?", 1) == [2]
    assert lookup.best("zebra", 1) == []


def test_sections_of_documentation_become_questions() -> None:
    listed = "Options of the command.\n\n" + "\n".join(
        f"{name}: what this option does when it is given" for name in ("force", "quiet", "depth")
    )
    sections = [
        Section("a.html", "Manual", "Command options", listed),
        Section("a.html", "Manual", "Reading a file", "Open it, then read the lines. " * 8),
    ]
    groups = list(examples_of(sections, random.Random(0)))
    assert groups
    for positive, *negatives in groups:
        assert positive.sort == POSITIVE
        assert positive.spans
        assert negatives
        assert all(negative.spans == () for negative in negatives)
        assert all(negative.question == positive.question for negative in negatives)


def test_the_questions_that_were_written_are_sound() -> None:
    """Answers stand where they are said to, and a question is asked of a passage once."""
    told = (QUESTIONS / "README.md").read_text("utf-8")
    packages: Counter[str] = Counter()
    with gzip.open(QUESTIONS / "documentation/passages.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        package = row["_id"].split("/")[0]
        packages[package] += len(row["qas"])
        asked = [each["question"] for each in row["qas"]]
        assert len(set(asked)) == len(asked)
        for each in row["qas"]:
            assert each["answerable"] is bool(each["answers"])
            for answer, start in zip(each["answers"], each["starts"], strict=True):
                assert answer
                assert row["text"][start : start + len(answer)] == answer
    assert set(UNTRAINED_PACKAGES) < set(packages)
    assert all(f"| {package} |" in told for package in packages)


def test_no_paragraph_is_asked_about_twice() -> None:
    with gzip.open(QUESTIONS / "paragraphs.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert len({row["passage"] for row in rows}) == len(rows)
    assert all(row["questions"] for row in rows)
