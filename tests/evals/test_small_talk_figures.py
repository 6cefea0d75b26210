"""The benchmark of what is answered without a search, on a handful of messages."""

import gzip
import json
from pathlib import Path

from cevvo_evals.small_talk import clinc, tally


def test_recall_and_false_alarms_are_shares_of_their_own_kind() -> None:
    messages = [
        ("hello", "greeting"),
        ("top of the morning", "greeting"),
        ("say that again", "repeat"),
        ("flip a coin", "flip_coin"),
        ("thanks", "wrongly labelled"),
        ("i don't know", "maybe"),
        ("let me talk to a human", "operator"),
    ]
    report = tally(messages).report()
    assert report["recall"] == round(2 / 3, 5)
    assert report["recall_by_intent"] == {"greeting": 0.5, "repeat": 1.0}
    assert (report["questions"], report["false_alarms"]) == (2, 0.5)
    assert report["swallowed"] == ["thanks"]
    assert report["person"] == ["let me talk to a human"]


def test_the_unseen_part_is_the_test_part(tmp_path: Path) -> None:
    rows = [
        {"text": split, "label": "x", "split": split}
        for split in ("train", "val", "test", "oos_train", "oos_test")
    ]
    (tmp_path / "clinc150").mkdir()
    with gzip.open(tmp_path / "clinc150" / "utterances.jsonl.gz", "wt") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    assert [text for text, _ in clinc(tmp_path, unseen=True)] == ["test", "oos_test"]
    assert [text for text, _ in clinc(tmp_path, unseen=False)] == ["train", "val", "oos_train"]
