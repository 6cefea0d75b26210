"""What the size of chunks does to search: quality and cost by the splitter's target size.

    python -m cevvo_evals.chunking --data ../shared/data --site SITE

SITE is the folder of Debian's package ``python-django-doc``: /usr/share/doc/python-django-doc/html.
Every variant of the splitter indexes the collections of short documents, as they are, and of long
ones (``cevvo_evals.long_documents``), through the same pipeline, index and retriever as ``/chat``.
Documents are ranked by their best chunk: nDCG@10 and recall@20. Where the place of the answer is
known, a passage has it if it covers it, or lies in it with half its length: among the first one,
the first five, or in the first 900 tokens of passages, which is what variants can be compared by
at the same cost of context. ``quoted`` is the share of extractive answers, given whatever their
confidence, with a quotation that has it. Differences are to the first variant, question by
question, with their standard errors.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from cevvo.domain.documents import Passage, Span, Vector
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.calibration import Calibration
from cevvo.engine.answering.extractive.answerer import compose
from cevvo.engine.indexing import split
from cevvo.providers.embedding.base import Embedder, PassageText, PassageVectors
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.collections import Collection, Query, load_collection
from cevvo_evals.corpus import PASSAGES, Corpus, indexed, parsed, shown
from cevvo_evals.long_documents import Gold, LongCollection, articles, pages, sources
from cevvo_evals.retrieval import COLLECTIONS, ndcg, recall

QUESTIONS = Path(__file__).parent / "questions" / "django_places.json"
_CONTEXT = 900  # tokens
_DEPTH = 60  # passages asked for, to have 20 documents
_LONG_DEPTH = 16  # enough for the context at any size

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Variant:
    """How the splitter is set. ``target`` in tokens; None leaves it as it is."""

    name: str
    target: int | None = None
    merging: bool = True
    prefix: bool = True


VARIANTS = (
    Variant("as it is"),
    *(Variant(f"{target} tokens", target) for target in (80, 120, 150, 240)),
    Variant("sections not merged", merging=False),
    Variant("without title and headings", prefix=False),
)


@contextmanager
def splitting(variant: Variant) -> Iterator[None]:
    """The splitter set as ``variant`` has it."""
    changes: dict[str, Any] = {}
    if variant.target is not None:
        merged = min(variant.target, split._MERGED)
        changes |= {"_TARGET": variant.target, "_MOST_OF_ROOM": 1.0, "_MERGED": merged}
    if not variant.merging:
        changes |= {"_MERGED": 0}
    with ExitStack() as patches:
        for name, value in changes.items():
            patches.enter_context(mock.patch.object(split, name, value))
        yield


class MeteredEmbedder:
    """Counts chunks and what the model reads of them, and leaves out the prefix if told to."""

    def __init__(self, embedder: Embedder, *, prefix: bool) -> None:
        self._embedder = embedder
        self._prefix = prefix
        self.model_id = embedder.model_id
        self.dimensions = embedder.dimensions
        self.max_tokens = embedder.max_tokens
        self.count_tokens = embedder.count_tokens
        self.chunks = 0
        self.tokens = 0

    def embed_query(self, text: str) -> Vector:
        return self._embedder.embed_query(text)

    def embed_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        if not self._prefix:
            passages = [replace(passage, prefix="") for passage in passages]
        self.chunks += len(passages)
        self.tokens += sum(
            min(self.max_tokens, self.count_tokens(each.prefix) + self.count_tokens(each.text))
            for each in passages
        )
        return self._embedder.embed_passages(passages)


def has(passage: Span, gold: Span) -> bool:
    """Whether a passage covers a gold, or lies in it with half its length."""
    common = min(passage.end, gold.end) - max(passage.start, gold.start)
    return common >= min(gold.end - gold.start, (passage.end - passage.start) / 2)


async def by_document(corpus: Corpus, query: Query) -> Figures:
    """Figures of one question whose relevant documents are known."""
    found = await corpus.retriever.retrieve(corpus.workspace, query.text, limit=_DEPTH)
    ranked = list(dict.fromkeys(corpus.keys[each.document_id] for each in found.passages))
    return {
        "ndcg10": ndcg(ranked, query.relevant, 10),
        "recall20": recall(ranked, query.relevant, 20),
    }


async def by_place(
    corpus: Corpus, query: Query, gold: Sequence[Gold], embedder: Embedder
) -> Figures:
    """Figures of one question whose answer's place is known."""
    found = await corpus.retriever.retrieve(corpus.workspace, query.text, limit=_LONG_DEPTH)

    def right(document_id: str, span: Span) -> bool:
        key = corpus.keys[document_id]
        return any(each.document == key and has(span, each.span) for each in gold)

    def tokens(passages: Sequence[Passage]) -> list[int]:
        return [embedder.count_tokens(each.text) for each in passages]

    hits = [right(each.document_id, each.span) for each in found.passages]
    sizes = tokens(found.passages)
    affordable = int(np.searchsorted(np.cumsum(sizes), _CONTEXT, "right"))
    question = Question(query.text, query.text, found.vector, Calibration(least_answerable=0.0))
    answer, _ = compose(question, found.passages[:PASSAGES])
    quoted = any(right(each.document_id, each.span) for each in answer.citations)
    return {
        "top1": float(any(hits[:1])),
        "top5": float(any(hits[:5])),
        "in_context": float(any(hits[:affordable])),
        "quoted": float(quoted),
        "top5_tokens": float(sum(sizes[:5])),
    }


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant on one collection; ``figures`` has one value per question."""

    chunks: int
    tokens: int
    figures: dict[str, list[float]]

    def mean(self, figure: str) -> float:
        return float(np.mean(self.figures[figure]))

    def difference(self, figure: str, other: "Measured") -> tuple[float, float]:
        """Mean difference to ``other`` over the same questions, and its standard error."""
        differences = np.array(self.figures[figure]) - np.array(other.figures[figure])
        return float(differences.mean()), float(differences.std() / len(differences) ** 0.5)


async def measure(
    subject: Collection | LongCollection, variant: Variant, embedder: Embedder
) -> Measured:
    """Index a collection as ``variant`` splits it and ask all its questions."""
    metered = MeteredEmbedder(embedder, prefix=variant.prefix)
    if isinstance(subject, LongCollection):
        collection, parse = subject.collection, lambda document: subject.parsed[document.id]
    else:
        collection, parse = subject, parsed
    figures: dict[str, list[float]] = {}
    with splitting(variant):
        async with indexed(collection, metered, parse) as corpus:
            for query in shown(collection.queries, "  asking"):
                if isinstance(subject, LongCollection):
                    found = await by_place(corpus, query, subject.gold[query.id], embedder)
                else:
                    found = await by_document(corpus, query)
                for name, value in found.items():
                    figures.setdefault(name, []).append(value)
    return Measured(metered.chunks, metered.tokens, figures)


def sampled(collection: Collection, size: int) -> Collection:
    """At most ``size`` questions; their documents and ``size`` others. The same ones every time."""
    chance = random.Random(0)
    queries = chance.sample(collection.queries, min(size, len(collection.queries)))
    relevant = {id for query in queries for id in query.relevant}
    others = [document.id for document in collection.documents if document.id not in relevant]
    kept = relevant | set(chance.sample(others, min(size, len(others))))
    return replace(
        collection,
        documents=tuple(each for each in collection.documents if each.id in kept),
        queries=tuple(queries),
    )


def subjects(
    data: Path, site: Path | None, sample: int | None
) -> dict[str, Collection | LongCollection]:
    """All collections by name, short documents first."""
    found: dict[str, Collection | LongCollection] = {}
    for name in COLLECTIONS:
        collection = load_collection(data / name)
        found[name] = collection if sample is None else sampled(collection, sample)
    long = [articles(data / "squad2_dev_half"), sources(data / "mtrag_cloud_pool")]
    if site is not None:
        long.append(pages(site, QUESTIONS))
    for each in long:
        collection = each.collection
        found[collection.name] = (
            each if sample is None else replace(each, collection=sampled(collection, sample))
        )
    return found


def has_headings(subject: Collection | LongCollection) -> bool:
    """Whether sections can be merged at all."""
    return isinstance(subject, LongCollection) and any(
        block.kind == "heading" for parsed in subject.parsed.values() for block in parsed.blocks
    )


def table(name: str, results: Mapping[str, Measured]) -> str:
    """A Markdown table of one collection's figures, differences in brackets."""
    first = next(iter(results.values()))
    figures = list(first.figures)
    lines = [
        f"| {name} | chunks | tokens embedded | " + " | ".join(figures) + " |",
        "|---" * (3 + len(figures)) + "|",
    ]
    for variant, measured in results.items():
        cells = []
        for figure in figures:
            if figure == "top5_tokens":
                cells.append(f"{measured.mean(figure):.0f}")
                continue
            difference, error = measured.difference(figure, first)
            compared = "" if measured is first else f" ({difference:+.3f} ± {error:.3f})"
            cells.append(f"{measured.mean(figure):.3f}{compared}")
        lines.append(
            f"| {variant} | {measured.chunks:,} | {measured.tokens:,} | " + " | ".join(cells) + " |"
        )
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--site", type=Path, help="folder of Debian's python-django-doc")
    parser.add_argument("--collections", nargs="+", metavar="NAME", help="only these")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="of the questions, for a quick look"
    )
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    arguments = parser.parse_args()
    embedder = MiniLmEmbedder(arguments.threads)
    report: dict[str, Any] = {}
    for name, subject in subjects(arguments.data, arguments.site, arguments.sample).items():
        if arguments.collections and name not in arguments.collections:
            continue
        results = {
            variant.name: asyncio.run(measure(subject, variant, embedder))
            for variant in VARIANTS
            if variant.merging or has_headings(subject)
        }
        if not arguments.json:
            print(table(name, results), end="\n\n", flush=True)
        report[name] = {
            variant: {
                "chunks": each.chunks,
                "tokens": each.tokens,
                **{figure: round(each.mean(figure), 4) for figure in each.figures},
            }
            for variant, each in results.items()
        }
    if arguments.json:
        print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
