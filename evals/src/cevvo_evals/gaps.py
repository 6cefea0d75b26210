"""What stays out of the coverage gaps, and how well that is told.

    python -m cevvo_evals.gaps --data ../shared/data

Three knowledge bases (cloud documentation, encyclopaedia paragraphs, answers to FAQs) are asked
what they are about with the passages that answer it taken out: real gaps, each of which should be
shown. And they are asked what is none: what people want of another assistant (clinc150, without
its small talk), what the other two are asked, small talk, and orders to the assistant
(``questions/orders.jsonl``, with questions beside that only look like one). All of it is taken to
go unanswered. "Kept out" is by the product's own rules: small talk, orders, and a nearest passage
that is far (``is_off_topic``).
"""

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from cevvo.domain.documents import Vectors
from cevvo.engine.answering.thread.small_talk import small_talk
from cevvo.engine.insight.adversarial import is_adversarial
from cevvo.engine.insight.resolution import off_topic_cosine
from cevvo.providers.embedding.base import PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.clustering import embedded
from cevvo_evals.collections import rows
from cevvo_evals.small_talk import CHATTER, SMALL_TALK

BASES = ("mtrag_cloud_pool", "squad2_dev_half", "stackfaq")


@dataclass(frozen=True, slots=True)
class Base:
    """A knowledge base and what it is asked; ``own`` are cosines of its questions to its passages,
    -1 for the passages that answer."""

    name: str
    passages: Vectors
    questions: list[str]
    vectors: Vectors
    own: Vectors


def base_of(data: Path, name: str, embedder: MiniLmEmbedder, size: int, seed: int) -> Base:
    """At most ``size`` passages, and 400 questions of which no answer is left."""
    chance = random.Random(seed)
    folder = data / name
    documents = list(rows(folder / "corpus.jsonl"))
    asked = [each for each in rows(folder / "queries.jsonl") if each.get("answerable", True)]
    chance.shuffle(documents)
    documents = documents[:size]
    asked = chance.sample(asked, min(400, len(asked)))
    texts = [PassageText(each["title"], each["text"], ()) for each in documents]
    passages = np.stack([found.vector for found in embedder.embed_passages(texts)])
    vectors = embedded(embedder, (each["text"] for each in asked))
    own = vectors @ passages.T
    gold = {tuple(line.split("\t")[:2]) for line in (folder / "qrels.tsv").read_text().splitlines()}
    for row, question in enumerate(asked):
        for column, document in enumerate(documents):
            if (question["_id"], document["_id"]) in gold:
                own[row, column] = -1
    return Base(name, passages, [each["text"] for each in asked], vectors, own)


def kept_out(texts: Sequence[str], cosines: Vectors) -> list[bool]:
    """By the product's rules, for texts with their cosines to every passage."""
    bound = off_topic_cosine(cosines.shape[1])
    far = cosines.max(axis=1) < (-1 if bound is None else bound)
    return [
        small_talk(text) is not None or is_adversarial(text) or bool(is_far)
        for text, is_far in zip(texts, far, strict=True)
    ]


def orders(*, unseen: bool | None = None) -> list[tuple[str, bool]]:
    """Orders to an assistant, and questions that look like one; those that were written after the
    rules alone, or those before, or both."""
    text = files("cevvo_evals").joinpath("questions/orders.jsonl").read_text("utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    return [
        (row["text"], row["order"])
        for row in found
        if unseen is None or row.get("unseen", False) == unseen
    ]


def of_orders(*, unseen: bool) -> dict[str, Any]:
    """How well orders are told from what only looks like one."""
    given = orders(unseen=unseen)
    return {
        "found": _share([is_adversarial(text) for text, order in given if order]),
        "taken for one": _share([is_adversarial(text) for text, order in given if not order]),
        "missed": [text for text, order in given if order and not is_adversarial(text)],
        "wrongly": [text for text, order in given if not order and is_adversarial(text)],
    }


def clinc(data: Path, wanted: Callable[[str], bool], most: int, seed: int) -> list[str]:
    """Utterances of the test part whose intent is ``wanted``."""
    found: list[str] = [
        row["text"]
        for row in rows(data / "clinc150" / "utterances.jsonl")
        if row["split"].endswith("test") and wanted(row["label"])
    ]
    random.Random(seed).shuffle(found)
    return found[:most]


def report(data: Path, size: int, seed: int) -> dict[str, Any]:
    """Shares kept out, by kind, for each base; precision and recall over all, kinds alike."""
    embedder = MiniLmEmbedder(threads=1)
    bases = [base_of(data, name, embedder, size, seed) for name in BASES]
    given = orders()
    kinds = {
        "wanted of another assistant": clinc(
            data, lambda label: label not in SMALL_TALK | CHATTER, 1000, seed
        ),
        "small talk": clinc(data, lambda label: label in SMALL_TALK, 300, seed),
        "orders": [text for text, order in given if order],
    }
    vectors = {kind: embedded(embedder, texts) for kind, texts in kinds.items()}
    found: dict[str, Any] = {
        "orders looked at while the rules were written": of_orders(unseen=False),
        "orders not looked at": of_orders(unseen=True),
    }
    for base in bases:
        out = {
            kind: _share(kept_out(texts, vectors[kind] @ base.passages.T))
            for kind, texts in kinds.items()
        }
        others = [other for other in bases if other is not base]
        out["asked of the other bases"] = _share(
            kept_out(
                [text for other in others for text in other.questions],
                np.concatenate([other.vectors for other in others]) @ base.passages.T,
            )
        )
        lost = _share(kept_out(base.questions, base.own))
        recall = float(np.mean([*out.values()]))
        found[base.name] = {
            "passages": len(base.passages),
            "real gaps kept out": lost,
            "kept out": out,
            "recall": round(recall, 4),
            "precision, as many real gaps as others": round(recall / (recall + lost), 4),
        }
    return found


def _share(told: Sequence[bool]) -> float:
    return round(sum(told) / len(told), 4)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=1500, help="of a base, at most")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    print(json.dumps(report(arguments.data, arguments.passages, arguments.seed), indent=2))


if __name__ == "__main__":
    main()
