"""How good extractive answers are, on SQuAD 2.0 questions over all paragraphs at once.

    python -m cevvo_evals.answers --data ../shared/data

The 646 paragraphs of ``squad2_dev_half`` are indexed as documents are, and every question goes
through the retriever and the answerer of ``/chat``. Two sorts of question have no answer there:
SQuAD's adversarial ones (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822) and those of
other collections, which are off-topic. An answer is right where its quotations contain one of the
gold answers; that is judged whatever its confidence, and apart from it how many are given.
"""

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cevvo.domain.answers import Answer
from cevvo.engine.answering.calibration import THRESHOLD, Calibration
from cevvo.engine.answering.citations import is_verbatim
from cevvo.engine.answering.confidence import may_answer
from cevvo.engine.answering.extractive.answerer import compose
from cevvo.engine.indexing.sentences import sentence_spans
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.reading.base import Reader
from cevvo.providers.reading.minilm import MiniLmReader
from cevvo_evals.calibration import COLLECTIONS, Asked, questions_of
from cevvo_evals.calibration_figures import auroc
from cevvo_evals.collections import load_collection
from cevvo_evals.corpus import Corpus, indexed, shown

COLLECTION = "squad2_dev_half"
ALWAYS = Calibration(least_answerable=0.0)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question. ``forced`` is the answer given whatever its confidence, the
    only one that quality is judged by; ``page`` is the collection's id of the first passage."""

    asked: Asked
    page: str
    answered: bool
    forced: Answer
    cited_page: str
    answerable: float
    verbatim: bool
    milliseconds: float

    @property
    def sentences(self) -> list[str]:
        """The sentences that are quoted, in the order of the answer."""
        return [
            citation.quote[span.start : span.end]
            for citation in self.forced.citations
            for span in sentence_spans(citation.quote)
        ]

    def found_in(self, texts: Sequence[str]) -> bool:
        """Whether a gold answer is in one of ``texts``."""
        return any(answer in text for answer in self.asked.answers for text in texts)


async def ask(corpus: Corpus, asked: Asked) -> Result:
    """One question through retriever and answerer; only the latter is timed, on the CPU."""
    question, passages = await corpus.ask(asked.text)
    started = time.process_time()
    answer, _ = compose(question, passages)
    milliseconds = (time.process_time() - started) * 1000
    forced, _ = compose(replace(question, calibration=ALWAYS), passages)
    return Result(
        asked=asked,
        page=corpus.keys[passages[0].document_id],
        answered=answer.answered,
        forced=forced,
        answerable=may_answer(question, passages).answerable,
        cited_page=corpus.keys[forced.citations[0].document_id],
        verbatim=all(is_verbatim(citation, passages) for citation in forced.citations),
        milliseconds=milliseconds,
    )


def quality(results: Sequence[Result]) -> dict[str, float]:
    """Shares of the answerable questions, and what an answer takes."""
    times = sorted(result.milliseconds for result in results)
    return {
        "right_passage_first": _share([r.page in r.asked.relevant for r in results]),
        "right_page_cited_first": _share([r.cited_page in r.asked.relevant for r in results]),
        "gold_in_first_sentence": _share([r.found_in(r.sentences[:1]) for r in results]),
        "gold_in_first_two_sentences": _share([r.found_in(r.sentences[:2]) for r in results]),
        "gold_in_first_quotation": _share(
            [r.found_in([r.forced.citations[0].quote]) for r in results]
        ),
        "gold_in_answer": _share([r.found_in(r.sentences) for r in results]),
        "sentences": round(statistics.mean(len(r.sentences) for r in results), 2),
        "characters": round(statistics.mean(len(r.forced.text) for r in results)),
        "cpu_ms_p50": round(times[len(times) // 2], 2),
        "cpu_ms_p95": round(times[len(times) * 95 // 100], 2),
    }


def abstention(results: dict[str, list[Result]]) -> dict[str, Any]:
    """Who is answered at the threshold, and how well answerable is told from the rest."""
    answerable = {sort: [r.answerable for r in each] for sort, each in results.items()}
    return {
        "threshold": THRESHOLD,
        "answered": {sort: _share([r.answered for r in each]) for sort, each in results.items()},
        "auroc_against": {
            sort: round(auroc(answerable["answerable"], values), 3)
            for sort, values in answerable.items()
            if sort != "answerable"
        },
    }


async def run(
    data: Path, sample: int | None, seed: int, threads: int, reader: Reader | None
) -> dict[str, Any]:
    """The report."""
    chance = random.Random(seed)
    collection = load_collection(data / COLLECTION)
    answerable, adversarial = questions_of(data / COLLECTION, collection)
    off_topic = [
        asked
        for name in COLLECTIONS
        if name != COLLECTION
        for asked in questions_of(data / name, load_collection(data / name))[0]
    ]
    questions = {"answerable": answerable, "adversarial": adversarial, "off_topic": off_topic}
    results: dict[str, list[Result]] = {}
    async with indexed(collection, MiniLmEmbedder(threads), reader=reader) as corpus:
        for sort, each in questions.items():
            some = each if sample is None else chance.sample(each, min(sample, len(each)))
            results[sort] = [await ask(corpus, asked) for asked in shown(some, sort)]
    return {
        "questions": {sort: len(each) for sort, each in results.items()},
        "answerable": quality(results["answerable"]),
        "quotes_verbatim": _share([r.verbatim for each in results.values() for r in each]),
        "abstention": abstention(results),
    }


def _share(hits: Sequence[bool]) -> float:
    return round(sum(hits) / len(hits), 3)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--sample", type=int, help="questions of each sort; all if not given")
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
