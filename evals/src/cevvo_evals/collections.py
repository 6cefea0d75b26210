"""Retrieval collections in the form of BEIR (Thakur et al. 2021, https://arxiv.org/abs/2104.08663).

A folder holds ``corpus.jsonl`` {_id, title, text}, ``queries.jsonl`` {_id, text} (each may be
gzipped) and ``qrels.tsv`` (query-id, corpus-id, score, after a header line).
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Articles of squad2_dev_other19 that no reader is trained on.
UNTRAINED = ("Fresno, California", "Prime number", "Private school")
# Packages of evals/reader/questions/documentation that no reader is trained on.
UNTRAINED_PACKAGES = ("certbot", "scrapy", "varnish")


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a collection; ``title`` may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question with the documents that are relevant to it, by id, and how much (≥ 1)."""

    id: str
    text: str
    relevant: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, and those queries for which a relevant document is known."""

    name: str
    documents: tuple[Document, ...]
    queries: tuple[Query, ...]


def load_collection(folder: Path) -> Collection:
    """Read a folder. Raises FileNotFoundError naming the file that is missing."""
    relevant = _judgements(folder / "qrels.tsv")
    return Collection(
        name=folder.name,
        documents=tuple(
            Document(row["_id"], row.get("title", ""), row["text"])
            for row in rows(folder / "corpus.jsonl")
        ),
        queries=tuple(
            Query(row["_id"], row["text"], relevant[row["_id"]])
            for row in rows(folder / "queries.jsonl")
            if row["_id"] in relevant
        ),
    )


def rows(file: Path) -> Iterator[Any]:
    """The lines of a JSON Lines file, also where only ``FILE.gz`` exists."""
    gzipped = file.with_name(file.name + ".gz")
    with gzip.open(gzipped, "rt") if gzipped.exists() else file.open() as lines:
        for line in lines:
            yield json.loads(line)


def _judgements(file: Path) -> dict[str, dict[str, int]]:
    relevant: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for line in file.read_text().splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            relevant[query][document] = int(score)
    return dict(relevant)


@dataclass(frozen=True, slots=True)
class ReadingQuestion:
    """A question about one passage, with the answers that stand there, none if it has none.

    ``untrained``: its article or package is one that the reader which ships was not trained on.
    """

    text: str
    relevant: frozenset[str]
    answers: tuple[str, ...]
    answerable: bool
    untrained: bool


def load_reading_set(folder: Path) -> tuple[Collection, list[ReadingQuestion]]:
    """A set of ``passages.jsonl`` {_id, title, text, qas: [{question, answerable, answers}]}."""
    passages = list(rows(folder / "passages.jsonl"))
    documents = tuple(Document(each["_id"], each["title"], each["text"]) for each in passages)
    questions = [
        ReadingQuestion(
            row["question"],
            frozenset([each["_id"]]),
            tuple(row["answers"]),
            row["answerable"],
            each["title"] in UNTRAINED or each["_id"].split("/")[0] in UNTRAINED_PACKAGES,
        )
        for each in passages
        for row in each["qas"]
    ]
    return Collection(folder.name, documents, ()), questions
