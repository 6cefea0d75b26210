"""What a reader brings, figure by figure, and what there is without it.

    python -m cevvo_evals.reading --data ../shared/data --reader FILE
    python -m cevvo_evals.reading --data ../shared/data --reader FILE --sample 300

Each collection is indexed and asked as ``cevvo_evals.calibration`` asks it. ``plain`` is the
product without a reader, ``read`` the same with what the reader says: in the ranking, in the choice
of the sentence, and among the signals of the confidence, whose models are fitted on the other
collections in both cases. The paragraphs of ``squad2_dev_half`` are also read one by one, each with
its own questions, as SQuAD 2.0 is (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822): exact
match and F1 are the official ones, over the answerable questions. So are the chunks of
documentation in ``evals/reader/questions`` that no reader is trained on; there a question's answer
is a sentence, or words of it.
"""

import argparse
import asyncio
import json
import random
import re
import statistics
import string
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cevvo.domain.documents import Passage, Span
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.evidence.scoring import read_evidence
from cevvo.engine.indexing.sentences import sentence_spans
from cevvo.engine.retrieval.reading import READING, by_reading, read
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.reading.base import PassageToRead, Reader
from cevvo.providers.reading.minilm import MiniLmReader
from cevvo_evals.calibration import (
    COLLECTIONS,
    READING_SET,
    Asked,
    observe,
    questions_of,
    sorts_of,
)
from cevvo_evals.calibration_figures import auroc
from cevvo_evals.calibration_report import Observation, Table
from cevvo_evals.collections import Collection, load_collection, load_reading_set
from cevvo_evals.corpus import Corpus, indexed, markdown, parsed, shown
from cevvo_evals.retrieval import ndcg

HALF = "squad2_dev_half"
DOCUMENTATION = Path(__file__).parents[2] / "reader/questions/documentation"
_READ = 8  # passages that an answer is made from, as in chat
_RANKED = 30
_PAIRS = 13  # times the sample: of the usual 500, all 6,078
_BUDGET = 600.0  # seconds: everything is read
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_LENGTHS = (64, 128, 192)  # tokens
_WEIGHTS = (0.005, 0.01, 0.02, 0.03)  # tried beside the one in use
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its own paragraph: ``answers`` that stand there, none if it does not say."""

    question: str
    title: str
    text: str
    answers: tuple[str, ...]


def pairs_of(folder: Path, collection: Collection) -> list[Pair]:
    """Every question of ``HALF`` with its paragraph."""
    texts = {document.id: document.text for document in collection.documents}
    lines = (folder / "queries.jsonl").read_text("utf-8").splitlines()
    return [
        Pair(row["text"], "", texts[row["passage"]], tuple(row.get("answers", ())))
        for row in map(json.loads, lines)
    ]


def documentation_pairs() -> list[Pair]:
    """Every question of the packages that no reader is trained on, with its own chunk."""
    collection, questions = load_reading_set(DOCUMENTATION)
    chunks = {document.id: document for document in collection.documents}
    pairs = []
    for question in questions:
        chunk = chunks[min(question.relevant)]
        if question.untrained:
            pairs.append(Pair(question.text, chunk.title, chunk.text, question.answers))
    return pairs


def by_pair(reader: Reader, pairs: Sequence[Pair]) -> Figures:
    """How well the reader alone tells and points, and what a pair takes."""
    said: dict[bool, list[float]] = {True: [], False: []}
    exact, overlap, sentence = [], [], []
    for pair in shown(pairs, "paragraphs"):
        spans = tuple(sentence_spans(pair.text))
        reading = reader.read(
            pair.question, [PassageToRead(pair.title, pair.text, spans)], _BUDGET
        )[0]
        if reading is None:
            continue
        said[bool(pair.answers)].append(reading.answers + _MARGIN * reading.margin)
        if pair.answers:
            found = pair.text[reading.span.start : reading.span.end]
            exact.append(max(_plain(found) == _plain(answer) for answer in pair.answers))
            overlap.append(max(f1(found, answer) for answer in pair.answers))
            sentence.append(_holds(pair, spans[int(reading.sentences.argmax())]))
    return {
        "pairs": len(pairs),
        "auroc_adversarial": round(auroc(said[True], said[False]), 3),
        "exact_match": _mean(exact),
        "f1": _mean(overlap),
        "right_sentence_by_mass": _mean(sentence),
    }


_MARGIN = 0.2  # beside the logit that the passage answers


def f1(found: str, answer: str) -> float:
    """The official overlap of two answers' words."""
    one, other = _plain(found).split(), _plain(answer).split()
    shared = sum((Counter(one) & Counter(other)).values())
    return 2 * shared / (len(one) + len(other)) if shared else float(one == other)


def _plain(text: str) -> str:
    words = "".join(each for each in text.lower() if each not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", words).split())


def _holds(pair: Pair, span: Span) -> bool:
    return any(answer in pair.text[span.start : span.end] for answer in pair.answers)


@dataclass(frozen=True, slots=True)
class Found:
    """What one of a collection's own questions found: ``passages`` as ranked without a reader, the
    first eight with their readings."""

    asked: Asked
    question: Question
    passages: list[Passage]

    def ranked(self, weight: float) -> list[Passage]:
        """The passages by what the reader says with this weight; 0.0 is without it."""
        first, rest = self.passages[:_READ], self.passages[_READ:]
        return [*by_reading(first, weight), *rest] if weight else self.passages

    def first(self, *, read: bool) -> list[Passage]:
        """The passages that an answer is made from, with a reader or as without one."""
        if read:
            return by_reading(self.passages[:_READ])
        return [replace(passage, reading=None) for passage in self.passages[:_READ]]


async def find(
    corpus: Corpus, name: str, reader: Reader, questions: Sequence[Asked]
) -> list[Found]:
    """Ask the questions, and read what is found."""
    found = []
    for asked in shown(questions, f"{name}: ranking"):
        ranked = await corpus.retriever.retrieve(corpus.workspace, asked.text, limit=_RANKED)
        passages = list(ranked.passages)
        first = await read(reader, asked.text, passages[:_READ], _BUDGET)
        question = Question(asked.text, asked.text, ranked.vector)
        found.append(Found(asked, question, [*first, *passages[_READ:]]))
    return found


def ranking(corpus: Corpus, found: Sequence[Found], collection: Collection) -> Figures:
    """nDCG@10 of what chat gets, by the weight of what the reader says."""
    gains = {query.text: query.relevant for query in collection.queries}

    def quality(each: Found, weight: float) -> float:
        names = [corpus.names[passage.chunk_id] for passage in each.ranked(weight)]
        return ndcg(list(dict.fromkeys(names)), gains[each.asked.text], 10)

    return {
        f"weight {weight}": _mean([quality(each, weight) for each in found])
        for weight in (0.0, *sorted({*_WEIGHTS, READING}))
    }


def sentences(corpus: Corpus, found: Sequence[Found]) -> Figures:
    """Whether the first sentence holds a gold answer: of all passages, of the known one alone."""
    figures: Figures = {}
    for way in ("plain", "read"):
        everywhere, known = [], []
        for each in found:
            passages = each.first(read=way == "read")
            gold = [p for p in passages if corpus.keys[p.document_id] in each.asked.relevant]
            everywhere.append(_first_holds(each, passages))
            if gold:
                known.append(_first_holds(each, gold))
        figures[way] = {"first_of_all": _mean(everywhere), "first_of_known": _mean(known)}
    return figures


def _first_holds(each: Found, passages: Sequence[Passage]) -> bool:
    units = read_evidence(each.question, passages).units
    return bool(units) and any(answer in units[0].unit.text for answer in each.asked.answers)


async def observed(data: Path, reader: Reader, sample: int, seed: int) -> tuple[Figures, list[Any]]:
    """The rankings and first sentences, and what the confidence is read from."""
    chance = random.Random(seed)
    collections = {name: load_collection(data / name) for name in COLLECTIONS}
    questions = {name: questions_of(data / name, each) for name, each in collections.items()}
    collections[READING_SET], rows = load_reading_set(data / READING_SET)
    held_back = [row for row in rows if row.untrained]
    asked = [(Asked(row.text, row.relevant, row.answers), row.answerable) for row in held_back]
    questions[READING_SET] = ([a for a, yes in asked if yes], [a for a, yes in asked if not yes])
    figures: Figures = {"ndcg10": {}}
    observations: list[Observation] = []
    embedder = MiniLmEmbedder(0)
    for name, collection in collections.items():
        sorts = sorts_of(name, questions, sample, chance)
        parse = markdown if name == "mtrag_cloud_pool" else parsed
        async with indexed(collection, embedder, parse) as corpus:
            for sort, some in sorts.items():
                observations += await observe(corpus, name, sort, some, reader)
            if name == HALF:
                absent = absent_articles(collection, sorts["own"])
                without = await observe(corpus, name, "removed", absent, reader)
                observations += [replace(each, sort="absent") for each in without]
            if name in COLLECTIONS:
                found = await find(corpus, name, reader, sorts["own"])
                figures["ndcg10"][name] = ranking(corpus, found, collection)
            if name == HALF:
                figures["sentences"] = sentences(corpus, found)
    return figures, observations


def absent_articles(collection: Collection, asked: Sequence[Asked]) -> list[Asked]:
    """The questions with all paragraphs of their article as what is to be taken out."""
    titles = {document.id: document.title for document in collection.documents}
    articles: dict[str, set[str]] = {}
    for id, title in titles.items():
        articles.setdefault(title, set()).add(id)
    return [
        replace(each, relevant=frozenset(articles[titles[min(each.relevant)]])) for each in asked
    ]


def abstention(observations: Sequence[Observation]) -> Figures:
    """AUROC of answerable over not, per collection and sort, by a model that never saw it."""
    figures: Figures = {}
    for way, has_reading in (("plain", False), ("read", True)):
        table = Table.of(
            [o for o in observations if (o.signals.answers is not None) is has_reading]
        )
        for name in COLLECTIONS:
            model, _ = table.models_without(name)
            probabilities = model.probabilities(table.signals)
            here = table.collection == name
            own = probabilities[here & (table.sort == "own")]
            for sort in ("adversarial", "removed", "absent"):
                other = probabilities[here & (table.sort == sort)]
                if len(other):
                    entry = figures.setdefault(f"{name}: {sort}", {})
                    entry[way] = round(auroc(own, other), 3)
    return figures


def speed(reader: Reader) -> Figures:
    """Milliseconds of one thread for a question with a passage, median of 25."""
    figures = {}
    for tokens in _LENGTHS:
        passage = PassageToRead("", "word " * (tokens - 12), ())
        times = []
        for _ in range(25):
            started = time.thread_time()
            reader.read("how long does it take to read", [passage], _BUDGET)
            times.append((time.thread_time() - started) * 1000)
        figures[f"{tokens}_tokens"] = round(statistics.median(times), 1)
    return figures


def _mean(values: Sequence[float | bool]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0


async def run(data: Path, reader: Reader, sample: int, seed: int) -> Figures:
    """All figures."""
    pairs = pairs_of(data / HALF, load_collection(data / HALF))
    pairs = random.Random(seed).sample(pairs, min(len(pairs), _PAIRS * sample))
    figures, observations = await observed(data, reader, sample, seed)
    return {
        "milliseconds": speed(reader),
        "known_paragraph": by_pair(reader, pairs),
        "documentation": by_pair(reader, documentation_pairs()),
        **figures,
        "auroc": abstention(observations),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--reader", type=Path, help="a reader's file; that which ships if not set")
    parser.add_argument("--sample", type=int, default=500, help="questions of each sort")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    reader = MiniLmReader(arguments.reader)
    figures = asyncio.run(run(arguments.data, reader, arguments.sample, arguments.seed))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
