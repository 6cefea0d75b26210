"""Fits the confidence of extractive answers and shows how well it holds elsewhere.

    python -m cevvo_evals.calibration --data ../shared/data

Each collection is indexed and asked through the retriever and the scoring of ``/chat``: its own
questions; the same with the documents that answer them taken out of the evidence; SQuAD's
adversarial ones (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822); and questions of the
other collections, which are off-topic. Answerable are the first; right is an answer that quotes a
gold answer (SQuAD) or a relevant document (the others, where a document that nobody judged counts
as wrong).

Two logistic regressions are fitted, for answerable and for right, on all collections but one and
judged on that one, each in turn: AUROC and who is answered at the threshold in use for the first;
expected calibration error over ten equally filled bins and the risk–coverage curve for the second.
The coefficients printed last are fitted on all collections: they are the constants of
``cevvo.engine.answering.confidence``. Each sort of question weighs the same in every collection
whatever its number, see ``MASS``.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cevvo.engine.answering.calibration import THRESHOLD, Signals
from cevvo.engine.answering.confidence import signals_of
from cevvo.engine.answering.excerpts import Excerpt
from cevvo.engine.answering.scoring import read_evidence
from cevvo.engine.answering.selection import select
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.collections import Collection, load_collection
from cevvo_evals.corpus import Corpus, indexed, shown

COLLECTIONS = ("squad2_dev_half", "stackfaq", "scifact", "mtrag_cloud_pool")
# Questions of each sort as a share of a collection's own: a guess at what users ask.
MASS = {"own": 1.0, "off_topic": 0.6, "removed": 0.2, "adversarial": 0.2}
_L2 = 1.0
_BINS = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observation:
    """One question: what sort it is, the signals of its answer, whether that answer is right."""

    collection: str
    sort: str
    signals: Signals
    right: bool


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression over the fields of ``Signals``, in their order."""

    intercept: float
    coefficients: Floats

    def probabilities(self, signals: Floats) -> Floats:
        """One probability per row."""
        result: Floats = 1 / (1 + np.exp(-(signals @ self.coefficients + self.intercept)))
        return result


def fit(signals: Floats, right: Floats, weights: Floats) -> Model:
    """Maximum likelihood by Newton's method, with an L2 penalty on standardised coefficients."""
    mean, spread = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(signals)), (signals - mean) / spread])
    penalty = np.diag([0.0] + [_L2] * signals.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weights * (p - right)) + penalty @ beta
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-9:
            break
    coefficients = beta[1:] / spread
    return Model(float(beta[0] - coefficients @ mean), coefficients)


def auroc(positive: Sequence[float] | Floats, negative: Sequence[float] | Floats) -> float:
    """The chance that a positive scores above a negative; ties count half."""
    order = np.sort(np.asarray(negative, float))
    below = np.searchsorted(order, positive, "left") + np.searchsorted(order, positive, "right")
    return float(below.mean() / 2 / len(order))


def calibration_error(probabilities: Floats, right: Floats, weights: Floats) -> float:
    """Mean gap between probability and share of right answers, over equally filled bins."""
    gaps = [
        abs(float(weights[part] @ (probabilities[part] - right[part])))
        for part in np.array_split(np.argsort(probabilities), _BINS)
    ]
    return sum(gaps) / float(weights.sum())


def risk_coverage(probabilities: Floats, right: Floats) -> list[dict[str, float]]:
    """Of the most confident share of answers, the share that is wrong."""
    order = np.argsort(-probabilities)
    curve = []
    for share in (0.2, 0.4, 0.6, 0.8, 0.9, 1.0):
        kept = order[: max(1, round(share * len(order)))]
        curve.append({"coverage": share, "risk": round(float(1 - right[kept].mean()), 3)})
    return curve


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a collection: ``relevant`` document ids, ``answers`` where those are known."""

    text: str
    relevant: frozenset[str]
    answers: tuple[str, ...]


def questions_of(folder: Path, collection: Collection) -> tuple[list[Asked], list[Asked]]:
    """The collection's answerable questions and its adversarial ones."""
    relevant = {query.id: frozenset(query.relevant) for query in collection.queries}
    answerable, adversarial = [], []
    for line in (folder / "queries.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        asked = Asked(
            row["text"], relevant.get(row["_id"], frozenset()), tuple(row.get("answers", ()))
        )
        if not row.get("answerable", True):
            adversarial.append(asked)
        elif asked.relevant:
            answerable.append(asked)
    return answerable, adversarial


def is_right(asked: Asked, excerpts: Sequence[Excerpt], keys: dict[str, str]) -> bool:
    """Whether the excerpts hold a gold answer or, where none is known, a relevant document."""
    if asked.answers:
        quoted = " ".join(text for excerpt in excerpts for text in excerpt.texts)
        return any(answer in quoted for answer in asked.answers)
    documents = {keys[excerpt.section.passage.document_id] for excerpt in excerpts}
    return bool(documents & asked.relevant)


async def observe(
    corpus: Corpus, collection: str, sort: str, questions: Sequence[Asked]
) -> list[Observation]:
    """Ask the questions; an answer to one that is not the collection's own is never right."""
    observations = []
    for asked in shown(questions, f"{collection}: {sort}"):
        without = asked.relevant if sort == "removed" else frozenset()
        question, passages = await corpus.ask(asked.text, without=without)
        evidence = read_evidence(question, passages)
        if not evidence.units:
            continue
        signals = signals_of(evidence.units[0], question.vector)
        right = sort == "own" and is_right(
            asked, select(question.standalone, evidence), corpus.keys
        )
        observations.append(Observation(collection, sort, signals, right))
    return observations


async def observe_all(data: Path, sample: int, seed: int, threads: int) -> list[Observation]:
    """Every collection asked its own, harder and off-topic questions; ``sample`` of each sort."""
    chance = random.Random(seed)
    collections = {name: load_collection(data / name) for name in COLLECTIONS}
    questions = {name: questions_of(data / name, each) for name, each in collections.items()}
    embedder = MiniLmEmbedder(threads)
    observations: list[Observation] = []
    for name, collection in collections.items():
        answerable, adversarial = questions[name]
        own = chance.sample(answerable, min(sample, len(answerable)))
        others = [asked for other in COLLECTIONS if other != name for asked in questions[other][0]]
        sorts = {
            "own": own,
            "removed": own[: sample // 2],
            "adversarial": chance.sample(adversarial, min(sample, len(adversarial))),
            "off_topic": chance.sample(others, sample),
        }
        async with indexed(collection, embedder) as corpus:
            for sort, asked in sorts.items():
                observations += await observe(corpus, name, sort, asked)
    return observations


@dataclass(frozen=True, slots=True)
class Table:
    """Observations as arrays, one row each; ``weights`` as ``MASS`` says."""

    collection: NDArray[np.str_]
    sort: NDArray[np.str_]
    signals: Floats
    answerable: Floats
    right: Floats
    weights: Floats

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> "Table":
        collection = np.array([each.collection for each in observations])
        sort = np.array([each.sort for each in observations])
        weights = np.zeros(len(observations))
        for name in set(collection):
            for each, mass in MASS.items():
                group = (collection == name) & (sort == each)
                if group.any():
                    weights[group] = mass / group.sum()
        return cls(
            collection,
            sort,
            np.array([astuple(each.signals) for each in observations]),
            (sort == "own").astype(float),
            np.array([each.right for each in observations], float),
            weights / weights.mean(),
        )

    def fit(self, labels: Floats, rows: NDArray[np.bool_] | None = None) -> Model:
        """The model for ``labels``, of all rows or some."""
        some = np.ones(len(labels), bool) if rows is None else rows
        return fit(self.signals[some], labels[some], self.weights[some])

    def left_out(self, labels: Floats) -> Floats:
        """For every row the probability by a model that never saw its collection."""
        probabilities = np.zeros(len(labels))
        for name in COLLECTIONS:
            here = self.collection == name
            probabilities[here] = self.fit(labels, ~here).probabilities(self.signals[here])
        return probabilities


def held_out(table: Table) -> dict[str, Any]:
    """Each collection judged by models that were fitted on the others."""
    answerable, right = table.left_out(table.answerable), table.left_out(table.right)
    report: dict[str, Any] = {}
    for name in COLLECTIONS:
        here = table.collection == name
        report[name] = abstention(table, here, answerable) | confidence(table, here, right)
    report["ece_over_all"] = round(calibration_error(right, table.right, table.weights), 3)
    return report


def abstention(table: Table, here: NDArray[np.bool_], answerable: Floats) -> dict[str, float]:
    """Who of a collection's questions is told from its own, and who is answered."""
    of = {sort: answerable[here & (table.sort == sort)] for sort in MASS}
    at_90 = float(np.quantile(of["own"], 0.1))
    report = {}
    for sort in ("off_topic", "removed", "adversarial"):
        if len(of[sort]):
            report[f"auroc_{sort}"] = round(auroc(of["own"], of[sort]), 3)
    for sort, values in of.items():
        if len(values):
            report[f"answered_{sort}"] = round(float((values >= THRESHOLD).mean()), 3)
    report["off_topic_at_90_percent"] = round(float((of["off_topic"] >= at_90).mean()), 3)
    return report


def confidence(table: Table, here: NDArray[np.bool_], right: Floats) -> dict[str, Any]:
    """How true the probability of being right is in one collection."""
    own = here & (table.sort == "own")
    error = calibration_error(right[here], table.right[here], table.weights[here])
    return {
        "right": round(float(table.right[own].mean()), 3),
        "auroc_right": round(
            auroc(right[own & (table.right == 1)], right[own & (table.right == 0)]), 3
        ),
        "ece": round(error, 3),
        "risk_coverage": risk_coverage(right[own], table.right[own]),
    }


def in_sample(table: Table, model: Model) -> dict[str, Any]:
    """The same for the model that ships, which has seen them all."""
    answerable = model.probabilities(table.signals)
    return {name: abstention(table, table.collection == name, answerable) for name in COLLECTIONS}


def shown_model(model: Model) -> dict[str, float]:
    """A model as the constants that ``confidence`` has."""
    names = [field.name for field in fields(Signals)]
    values = model.coefficients.round(2).tolist()
    return {"intercept": round(model.intercept, 2), **dict(zip(names, values, strict=True))}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--sample", type=int, default=500, help="questions of each sort")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    arguments = parser.parse_args()
    observations = asyncio.run(
        observe_all(arguments.data, arguments.sample, arguments.seed, arguments.threads)
    )
    table = Table.of(observations)
    answerable = table.fit(table.answerable)
    report = {
        "threshold": THRESHOLD,
        "held_out": held_out(table),
        "in_sample": in_sample(table, answerable),
        "answerable": shown_model(answerable),
        "right": shown_model(table.fit(table.right)),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
