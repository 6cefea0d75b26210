"""Fits the confidence of extractive answers and shows how well it holds elsewhere.

    python -m cevvo_evals.calibration --data ../shared/data --documentation DIR

Each collection is indexed and asked through the retriever and the scoring of ``/chat``: its own
questions; the same with the documents that answer them taken out of the evidence; SQuAD's
adversarial ones (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822); and questions of the
other collections, which are off-topic. Documentation sites as ``cevvo_evals.documentation`` left
them in DIR are one collection more, with the questions of the split ``tune`` of which some are not
answered there; without them the fit is another than the one in use. Answerable are the first; right
is an answer that quotes a gold answer (SQuAD, documentation) or a relevant document (the others,
where a document that nobody judged counts as wrong).

With ``--reader FILE`` everything is done twice, the second time with what that reader says. Of the
articles whose questions a reader is trained on none is asked then.

Two logistic regressions are fitted, for answerable and for right, on all collections but one and
judged on that one, each in turn: AUROC and who is answered at the threshold in use for the first;
reliability, expected calibration error and the risk–coverage curve for the second. Then each
collection is a workspace whose answers are rated: how true is its confidence after 50, 100, 300
ratings? The coefficients and the curve printed last are of all collections: they are the constants
of ``cevvo.engine.answering.calibration``. Each sort of question weighs the same in every collection
whatever its number, see ``MASS``.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cevvo.domain.time import Millis
from cevvo.engine.answering.confidence import signals_of
from cevvo.engine.answering.evidence.scoring import read_evidence
from cevvo.engine.answering.extractive.excerpts import Excerpt
from cevvo.engine.answering.extractive.selection import select
from cevvo.engine.evaluation.verdicts import says
from cevvo.engine.retrieval.reading import by_reading, read
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.features.workspaces.repository import ensure_default
from cevvo.foundation.db.opening import open_database
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.reading.base import Reader
from cevvo.providers.reading.minilm import MiniLmReader
from cevvo.providers.search.configured import search_index
from cevvo_evals.calibration_report import Observation, report_on
from cevvo_evals.collections import Collection, load_collection, load_reading_set
from cevvo_evals.corpus import Corpus, chunk_names, document_keys, indexed, shown
from cevvo_evals.documentation_questions import SITES, Site

COLLECTIONS = ("squad2_dev_half", "stackfaq", "scifact", "mtrag_cloud_pool")
READING_SET = "squad2_dev_other19"  # SQuAD's other articles: adversarial questions to fit on
_BUDGET = 600.0  # seconds: all passages are read


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a collection: ``relevant`` document ids, ``answers`` where those are known.
    ``untrained``: no reader was trained on it."""

    text: str
    relevant: frozenset[str]
    answers: tuple[str, ...]
    untrained: bool = True


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
        return says(" ".join(text for each in excerpts for text in each.texts), asked.answers)
    documents = {keys[excerpt.section.passage.document_id] for excerpt in excerpts}
    return bool(documents & asked.relevant)


async def observe(
    corpus: Corpus,
    collection: str,
    sort: str,
    questions: Sequence[Asked],
    reader: Reader | None,
) -> list[Observation]:
    """Ask the questions; an answer to one that is not the collection's own is never right.

    With a reader, each is observed twice, the second time with its readings.
    """
    observations = []
    for asked in shown(questions, f"{collection}: {sort}"):
        without = asked.relevant if sort == "removed" else frozenset()
        question, passages = await corpus.ask(asked.text, without=without)
        ways = [passages]
        if reader is not None and asked.untrained:
            ways.append(by_reading(await read(reader, asked.text, passages, _BUDGET)))
        for way in ways:
            evidence = read_evidence(question, way)
            if not evidence.units:
                continue
            signals = signals_of(question, evidence, evidence.units[0])
            right = sort == "own" and is_right(
                asked, select(question.standalone, evidence), corpus.keys
            )
            observations.append(Observation(collection, sort, signals, right))
    return observations


async def observe_all(
    data: Path, sample: int, seed: int, threads: int, reader: Reader | None
) -> list[Observation]:
    """Every collection asked its own, harder and off-topic questions; ``sample`` of each sort."""
    chance = random.Random(seed)
    collections = {name: load_collection(data / name) for name in COLLECTIONS}
    questions = {name: questions_of(data / name, each) for name, each in collections.items()}
    collections[READING_SET], rows = load_reading_set(data / READING_SET)
    asked = [
        (
            Asked(row.text, row.relevant, row.answers, row.untrained),
            row.answerable,
        )
        for row in rows
    ]
    questions[READING_SET] = ([a for a, yes in asked if yes], [a for a, yes in asked if not yes])
    embedder = MiniLmEmbedder(threads)
    observations: list[Observation] = []
    for name, collection in collections.items():
        sorts = sorts_of(name, questions, sample, chance)
        async with indexed(collection, embedder) as corpus:
            for sort, some in sorts.items():
                observations += await observe(corpus, name, sort, some, reader)
    return observations


async def observe_documentation(
    folder: Path, threads: int, reader: Reader | None
) -> list[Observation]:
    """The sites that are in ``folder``, each in its data directory."""
    embedder = MiniLmEmbedder(threads)
    observations: list[Observation] = []
    for site in SITES.values():
        if not (folder / site.name).exists():
            continue
        db = open_database(folder / site.name)
        try:
            index = search_index(db, embedder.model_id, embedder.dimensions)
            workspace = await db.write(lambda connection: ensure_default(connection, Millis(0)))
            keys = await db.read(document_keys)
            names = await db.read(chunk_names)
            corpus = Corpus(Retriever(index, embedder), workspace, keys, index, names)
            for sort, asked in _documentation_questions(site).items():
                observations += await observe(corpus, "documentation", sort, asked, reader)
        finally:
            db.close()
    return observations


def _documentation_questions(site: Site) -> dict[str, list[Asked]]:
    sorts: dict[str, list[Asked]] = {"own": [], "adversarial": []}
    for case in site.cases():
        if case.more["split"] == "tune" and case.thread is None:
            sort = "adversarial" if case.answerable is False else "own"
            sorts[sort].append(Asked(case.question, frozenset(), case.expected))
    return sorts


def sorts_of(
    name: str,
    questions: dict[str, tuple[list[Asked], list[Asked]]],
    sample: int,
    chance: random.Random,
) -> dict[str, list[Asked]]:
    """What the collection ``name`` is asked, by sort."""
    answerable, adversarial = questions[name]
    own = chance.sample(answerable, min(sample, len(answerable)))
    others = [asked for other in COLLECTIONS if other != name for asked in questions[other][0]]
    return {
        "own": own,
        "removed": own[: sample // 2],
        "adversarial": chance.sample(adversarial, min(sample, len(adversarial))),
        "off_topic": chance.sample(others, sample),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--documentation", type=Path, help="where crawled documentation is")
    parser.add_argument("--sample", type=int, default=500, help="questions of each sort")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    parser.add_argument("--reader", type=Path, help="a reader's file")
    arguments = parser.parse_args()
    reader = MiniLmReader(arguments.reader) if arguments.reader else None
    observations = asyncio.run(
        observe_all(arguments.data, arguments.sample, arguments.seed, arguments.threads, reader)
    )
    if arguments.documentation:
        observations += asyncio.run(
            observe_documentation(arguments.documentation, arguments.threads, reader)
        )
    plain = [each for each in observations if each.signals.answers is None]
    report: dict[str, Any] = report_on(plain, arguments.seed)
    if reader is not None:
        with_reader = [each for each in observations if each.signals.answers is not None]
        report = {"plain": report, "read": report_on(with_reader, arguments.seed)}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
