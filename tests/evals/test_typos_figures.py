"""The benchmark of misspelt questions."""

import asyncio
import random

from cevvo.engine.retrieval.spelling import distance
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.collections import Collection, Document, Query
from cevvo_evals.typos import measure, mistyped


def test_one_mistake_in_one_long_word() -> None:
    question = "How do I configure the certificates of my server?"
    for seed in range(50):
        typed = mistyped(question, random.Random(seed))
        changed = [(a, b) for a, b in zip(question.split(), typed.split(), strict=True) if a != b]
        assert len(changed) <= 1  # two equal letters may change places
        assert all(distance(a, b, 2) == 1 for a, b in changed)
    assert mistyped("How do I pay?", random.Random(0)) == "How do I pay?"


def test_what_is_put_right_is_found_again() -> None:
    pages = ("certificates", "invoices", "passwords", "containers", "backups", "languages")
    collection = Collection(
        "tiny",
        tuple(Document(page, page.title(), f"All about {page} is said here.") for page in pages),
        tuple(Query(page, f"Tell me about {page}", {page: 1}) for page in pages),
    )
    ways = asyncio.run(measure(collection, MiniLmEmbedder(threads=1), seed=1))
    right, typed, again = (ways[name] for name in ("no mistake", "as typed", "put right"))
    assert right[0].ndcg10 == 1
    assert right[1] == 1
    assert typed[1] < 0.5 < again[1]
    assert typed[0].ndcg10 <= again[0].ndcg10
