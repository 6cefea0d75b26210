"""Fits the weights by which the sentence that answers is chosen.

    python -m cevvo_evals.sentence_weights --data ../shared/data

The passages of ``squad2_dev_other19`` are indexed and its answerable questions asked; candidates
are all units of the passages found, right are those that hold a gold answer in its own passage. The
weights maximise the likelihood that a right one is chosen, in proportion to the exponential of its
score (listwise logistic regression; Cao et al. 2007, "Learning to Rank: From Pairwise Approach to
Listwise Approach"). What a unit's form adds to its score goes in as one part more, ``form``, and
the weights are shown so that its own is 1: its parts were set by hand. With ``--reader FILE`` that
reader has read the passages, and only articles that it was not trained on are asked about.
"""

import argparse
import asyncio
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cevvo.engine.answering.evidence.scoring import read_evidence
from cevvo.engine.answering.evidence.weights import Parts, weighted
from cevvo.engine.retrieval.reading import by_reading, read
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.reading.base import Reader
from cevvo.providers.reading.minilm import MiniLmReader
from cevvo_evals.calibration import READING_SET
from cevvo_evals.collections import ReadingQuestion, load_reading_set
from cevvo_evals.corpus import Corpus, indexed, shown

_L2 = 3.0  # on standardised weights
_STEPS = 300
_BUDGET = 600.0  # seconds: all passages are read
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates for one question: ``parts`` has a row each, ``right`` is 1.0 or 0.0."""

    parts: Floats
    right: Floats


async def choices(
    corpus: Corpus, questions: list[ReadingQuestion], reader: Reader | None
) -> list[Choice]:
    """Those of the questions for which a right candidate is found."""
    found = []
    for asked in shown(questions, "asking"):
        question, passages = await corpus.ask(asked.text)
        if reader is not None:
            passages = by_reading(await read(reader, asked.text, passages, _BUDGET))
        units = read_evidence(question, passages).units
        right = [
            corpus.keys[unit.passage.document_id] in asked.relevant
            and any(answer in unit.unit.text for answer in asked.answers)
            for unit in units
        ]
        if any(right):
            parts = [(*unit.parts, unit.score - weighted(unit.parts)) for unit in units]
            found.append(Choice(np.array(parts), np.array(right, float)))
    return found


def fit(found: list[Choice]) -> Floats:
    """The weights, by steps under a bound on the curvature, so that none overshoots (Böhning 1992,
    "Multinomial Logistic Regression Algorithm")."""
    spread = np.concatenate([each.parts for each in found]).std(axis=0) + 1e-9
    parts = [each.parts / spread for each in found]
    curvature = _L2 * np.eye(len(spread))
    for each in parts:
        centred = each - each.mean(axis=0)
        curvature += centred.T @ centred / 2
    step = np.linalg.inv(curvature)
    weights = np.zeros(len(spread))
    for _ in range(_STEPS):
        gradient = -_L2 * weights
        for each, choice in zip(parts, found, strict=True):
            scores = each @ weights
            right = choice.right > 0
            gradient += each[right].T @ _shares(scores[right]) - each.T @ _shares(scores)
        weights = weights + step @ gradient
    result: Floats = weights / spread
    return result


def _shares(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max())
    result: Floats = powers / powers.sum()
    return result


def chosen_right(found: list[Choice], weights: Floats) -> float:
    """The share of questions whose first candidate is right."""
    hits = [each.right[np.argmax(each.parts @ weights)] for each in found]
    return round(float(np.mean(hits)), 3)


async def run(
    data: Path, sample: int, seed: int, threads: int, reader: Reader | None
) -> dict[str, Any]:
    """The report."""
    collection, questions = load_reading_set(data / READING_SET)
    asked = [each for each in questions if each.answerable and (each.untrained or reader is None)]
    asked = random.Random(seed).sample(asked, min(sample, len(asked)))
    async with indexed(collection, MiniLmEmbedder(threads)) as corpus:
        found = await choices(corpus, asked, reader)
    half = len(found) // 2
    weights = fit(found)
    return {
        "questions": len(found),
        "right_first": chosen_right(found, weights),
        "right_first_of_the_other_half": chosen_right(found[half:], fit(found[:half])),
        "weights": dict(
            zip((*Parts._fields, "form"), (weights / weights[-1]).round(2).tolist(), strict=True)
        ),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--sample", type=int, default=3000, help="questions")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    parser.add_argument("--reader", type=Path, help="a reader's file")
    arguments = parser.parse_args()
    reader = MiniLmReader(arguments.reader) if arguments.reader else None
    report = asyncio.run(
        run(arguments.data, arguments.sample, arguments.seed, arguments.threads, reader)
    )
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
