"""Which messages are answered without a search: small talk that is told, questions swallowed.

    python -m cevvo_evals.small_talk --data ../shared/data

CLINC150 (Larson et al. 2019, https://arxiv.org/abs/1909.02027) has 150 intents in people's own
words, some of them small talk for a support assistant (``SMALL_TALK``), the others things that
users want; ``CHATTER`` counts as neither. Its training and validation parts were looked at while
the phrases were written, its test part was not. BANKING77 (https://arxiv.org/abs/2003.04807) and
the questions of all other collections in the folder are real questions: each that gets a reply
without a search is a false alarm. "person" are messages that are taken to want a person; they get
a reply of their own and count in no other figure.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.phrasebook import word_set
from cevvo.engine.answering.thread.person import asks_for_person
from cevvo.engine.answering.thread.small_talk import small_talk
from cevvo.engine.answering.thread.thread_questions import recollection
from cevvo_evals.collections import rows

SMALL_TALK = word_set(
    "greeting goodbye thank_you yes no are_you_a_bot what_is_your_name who_made_you tell_joke "
    "what_can_i_ask_you how_old_are_you where_are_you_from who_do_you_work_for repeat"
)
CHATTER = word_set(
    "maybe cancel what_are_your_hobbies do_you_have_pets meaning_of_life fun_fact user_name "
    "change_ai_name"
)
PASSAGES = (
    "squad1_train",
    "squad2_dev_other19",
    "squad1_dev_other13",
    "selqa_dev_test",
    "clapnq_dev",
    "qamr_dev_test",
    "policyqa_dev_test",
)
COLLECTIONS = ("scifact", "mtrag_cloud_pool", "stackfaq", "squad2_dev_half")
# A thread in which something was said, so that questions about it are told in it.
_THREAD = (PastTurn("What is the limit?", "What is the limit?", "100 requests per minute."),)
_SHOWN = 20


@dataclass(slots=True)
class Tally:
    """Counts by label, and the questions that were swallowed."""

    asked: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    persons: list[str] = field(default_factory=list)
    swallowed: list[str] = field(default_factory=list)

    def add(self, text: str, label: str) -> None:
        """One message; every label but small talk and chatter is a real question's."""
        if asks_for_person(text):
            self.persons.append(text)
            return
        told = recollection(text, _THREAD) is not None or small_talk(text) is not None
        self.asked[label] += 1
        self.told[label] += told
        if told and label not in SMALL_TALK | CHATTER:
            self.swallowed.append(text)

    def report(self) -> dict[str, Any]:
        """Shares, 0..1: of small talk that is told, of real questions that are swallowed."""
        talk = [label for label in self.asked if label in SMALL_TALK]
        real = [label for label in self.asked if label not in SMALL_TALK | CHATTER]
        result: dict[str, Any] = {
            "questions": sum(self.asked[label] for label in real),
            "false_alarms": _share(self.told, self.asked, real),
            "swallowed": self.swallowed[:_SHOWN],
            "person": self.persons[:_SHOWN],
        }
        if talk:
            result["recall"] = _share(self.told, self.asked, talk)
            result["recall_by_intent"] = {
                label: _share(self.told, self.asked, [label]) for label in sorted(talk)
            }
        return result


def tally(messages: Iterable[tuple[str, str]]) -> Tally:
    """Messages with their labels."""
    result = Tally()
    for text, label in messages:
        result.add(text, label)
    return result


def clinc(data: Path, *, unseen: bool) -> Iterator[tuple[str, str]]:
    """CLINC150's test part, or what is not."""
    for row in rows(data / "clinc150" / "utterances.jsonl"):
        if row["split"].endswith("test") == unseen:
            yield row["text"], row["label"]


def questions(data: Path) -> dict[str, list[str]]:
    """The real questions of every collection, each once."""
    found = {
        "banking77": [row["text"] for row in rows(data / "banking77" / "utterances.jsonl")],
        "clapnq_train_questions": [
            row["question"] for row in rows(data / "clapnq_train_questions" / "pairs.jsonl")
        ],
    }
    for name in COLLECTIONS:
        found[name] = [row["text"] for row in rows(data / name / "queries.jsonl")]
    for name in PASSAGES:
        found[name] = [
            asked["question"]
            for row in rows(data / name / "passages.jsonl")
            for asked in row["qas"]
        ]
    return {name: list(dict.fromkeys(texts)) for name, texts in found.items()}


def _share(part: Counter[str], whole: Counter[str], labels: Sequence[str]) -> float:
    return round(sum(part[each] for each in labels) / sum(whole[each] for each in labels), 5)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    data = parser.parse_args().data
    report = {
        "clinc150 as looked at": tally(clinc(data, unseen=False)).report(),
        "clinc150 unseen": tally(clinc(data, unseen=True)).report(),
    }
    for name, texts in questions(data).items():
        report[name] = tally((text, "question") for text in texts).report()
    print(json.dumps(report, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
