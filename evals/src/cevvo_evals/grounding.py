"""Whether the check of sentences keeps what the evidence supports and drops what it does not.

    python -m cevvo_evals.grounding --data ../shared/data

No model writes here: sentences are made by rules (``grounding_sentences``) from SQuAD paragraphs
(with their questions and gold answers) and from saved pages of documentation sites (with their
headings for questions). Each is handed to the check as a model's sentence, with the evidence that
a question would get: its passage and those that share most words with the question. A sentence
with the mark of its passage, one with another mark and one without any must all be kept, and cite
the passage that it comes from.

The thresholds in ``cevvo.engine.answering.generative.support`` were chosen on one half of the
documents; the
report has both. Beside it, word overlap alone: the share of a sentence's words that the cited
passage's best sentence has, at the threshold that does best on the first half.
"""

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from cevvo.domain.documents import Passage
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.evidence.scoring import read_evidence
from cevvo.engine.answering.generative.likeness import WordLikeness
from cevvo.engine.answering.generative.markup import inert
from cevvo.engine.answering.generative.support import THRESHOLDS, SupportFinder, Thresholds
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.corpus import shown
from cevvo_evals.grounding_sentences import FALSE, TRUE, Sample
from cevvo_evals.grounding_texts import (
    NO_VECTOR,
    SENTENCE,
    Asked,
    Shelf,
    documentation,
    squad,
)


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence that a model may have written, with the marks that it carries."""

    kind: str
    true: bool
    text: str
    cited: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A question, its evidence and sentences made for it. ``origin`` is the number of the passage
    that the true ones come from, ``half`` 0 where thresholds were chosen, else 1."""

    question: str
    evidence: tuple[Passage, ...]
    origin: int
    half: int
    cases: tuple[Case, ...]


def trials(
    shelf: Shelf, asked: Sequence[Asked], sample: int, chance: random.Random
) -> Iterator[Trial]:
    """Sentences of every kind for ``sample`` questions."""
    halves = {group: n % 2 for n, group in enumerate(sorted(set(shelf.group.values())))}
    for each in chance.sample(asked, min(sample, len(asked))):
        evidence = tuple(shelf.evidence(each))
        origin = next(n for n, p in enumerate(evidence, 1) if p is each.passage)
        made = _sample(each, shelf, evidence, chance)
        yield Trial(
            each.question,
            evidence,
            origin,
            halves[shelf.group[id(each.passage)]],
            tuple(_cases(made, origin, len(evidence), chance)),
        )


def _cases(made: Sample, origin: int, count: int, chance: random.Random) -> Iterator[Case]:
    yield Case("wrong mark", True, made.sentence, (origin % count + 1,))
    yield Case("no mark", True, made.sentence, ())
    for true, rules in ((True, TRUE), (False, FALSE)):
        for kind, rule in rules.items():
            text = rule(made, chance)
            says = text is not None and any(map(str.isalnum, text))
            if text and says and (text != made.sentence or kind == "as it stands"):
                yield Case(kind, true, text, (origin,))


def _sample(
    asked: Asked, shelf: Shelf, evidence: Sequence[Passage], chance: random.Random
) -> Sample:
    passage = asked.passage
    units = [passage.quote(span) for span in passage.sentences]
    group = shelf.group[id(passage)]
    return Sample(
        sentence=units[asked.unit],
        passage=passage.text,
        title=passage.title,
        question=asked.question,
        following=units[asked.unit + 1] if asked.unit + 1 < len(units) else "",
        answer=asked.answer,
        foreign=_sentence_of(shelf, chance, evidence, lambda p: shelf.group[id(p)] != group),
        near=_sentence_of(shelf, chance, evidence, lambda p: shelf.group[id(p)] == group),
    )


def _sentence_of(
    shelf: Shelf,
    chance: random.Random,
    evidence: Sequence[Passage],
    fits: Callable[[Passage], bool],
) -> str:
    """A sentence of a passage that fits, which the evidence does not have; empty if none is hit
    upon."""
    for _ in range(200):
        passage = chance.choice(shelf.passages)
        units = [passage.quote(span) for span in passage.sentences]
        sentences = [unit for unit in units if SENTENCE.fullmatch(unit)]
        if sentences and fits(passage):
            sentence = chance.choice(sentences)
            if not any(sentence in each.text for each in evidence):
                return sentence
    return ""


# --- what is judged


def kept(trial: Trial, likeness: WordLikeness, thresholds: Thresholds = THRESHOLDS) -> list[bool]:
    """Of each case, whether the check keeps it; what is true must be cited where it stands."""
    question = Question(trial.question, trial.question, NO_VECTOR)
    evidence = read_evidence(question, trial.evidence)
    finder = SupportFinder(evidence, trial.evidence, likeness, thresholds)
    origin = trial.evidence[trial.origin - 1]
    supports = [finder.find(inert(case.text), case.cited) for case in trial.cases]
    return [
        support is not None and (not case.true or _says(support.passage, case, origin))
        for case, support in zip(trial.cases, supports, strict=True)
    ]


def _says(passage: Passage, case: Case, origin: Passage) -> bool:
    """Whether it is the passage that the sentence comes from or has the very same sentence."""
    return passage is origin or case.text in passage.text


def overlap(trial: Trial, case: Case) -> float:
    """The share of the sentence's words that the best sentence of a cited passage has."""
    words = set(re.findall(r"\w+", case.text.casefold()))
    return max(
        (
            len(words & set(re.findall(r"\w+", passage.quote(span).casefold()))) / len(words)
            for number in case.cited
            for passage in (trial.evidence[number - 1],)
            for span in passage.sentences
        ),
        default=0.0,
    )


ENOUGH = 20
"""Sentences of a kind without which it does not count in the mean."""
Outcomes = list[tuple[Case, bool]]


def report(outcomes: Outcomes) -> dict[str, dict[str, Any]]:
    """Shares kept of what is true and dropped of what is false, by kind with how many there are,
    and as the mean over the kinds with enough of them."""
    right: dict[bool, dict[str, list[bool]]] = {True: defaultdict(list), False: defaultdict(list)}
    for case, was_kept in outcomes:
        right[case.true][case.kind].append(was_kept == case.true)
    return {
        name: {"mean": round(mean(mean(each) for each in kinds.values() if len(each) >= ENOUGH), 3)}
        | {kind: f"{mean(each):.3f} of {len(each)}" for kind, each in kinds.items()}
        for name, kinds in (("true kept", right[True]), ("false dropped", right[False]))
    }


def best_overlap(scored: Sequence[tuple[Case, float]]) -> float:
    """The threshold at which word overlap tells most."""

    def balance(threshold: float) -> float:
        figures = report([(case, score >= threshold) for case, score in scored])
        return float(figures["true kept"]["mean"] + figures["false dropped"]["mean"])

    return max((step / 20 for step in range(8, 21)), key=balance)


def judge(found: Sequence[Trial], likeness: WordLikeness) -> dict[str, Any]:
    """The report on one collection."""
    checked: list[Outcomes] = [[], []]
    scored: list[list[tuple[Case, float]]] = [[], []]
    for trial in shown(found, "checking"):
        checked[trial.half] += zip(trial.cases, kept(trial, likeness), strict=True)
        scored[trial.half] += [(case, overlap(trial, case)) for case in trial.cases]
    threshold = best_overlap(scored[0])
    baseline = [(case, score >= threshold) for case, score in scored[1]]
    return {
        "sentences": [len(half) for half in checked],
        "unseen half": report(checked[1]),
        "half of the thresholds": report(checked[0]),
        "word overlap, unseen half": {"threshold": threshold} | report(baseline),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--sample", type=int, default=500, help="questions of each collection")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    embedder = MiniLmEmbedder(arguments.threads)
    likeness = WordLikeness(embedder.embed_query)
    collections = {
        "squad2_dev_half": squad(arguments.data / "squad2_dev_half", embedder),
        "documentation pages": documentation(embedder),
    }
    print(
        json.dumps(
            {
                name: judge(list(trials(shelf, asked, arguments.sample, chance)), likeness)
                for name, (shelf, asked) in collections.items()
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
