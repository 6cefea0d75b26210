"""What one mistake in one word of each question costs, with and without its being put right.

    python -m cevvo_evals.typos --data ../shared/data

A letter is left out, doubled by another, replaced, or changes places with the next, at random, in
a word of six letters or more. Ranking, passages and figures are those of
``cevvo_evals.retrieval``; "as typed" takes every word for rightly spelt.
"""

import argparse
import asyncio
import random
import re
from collections.abc import Sequence
from pathlib import Path

from cevvo.domain.documents import Vector
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.providers.embedding.base import Embedder, PassageText, PassageVectors
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.collections import Collection, Query, load_collection
from cevvo_evals.corpus import Corpus, indexed, shown
from cevvo_evals.retrieval import Quality, quality

COLLECTIONS = ("stackfaq", "squad2_dev_half")
_WORD = re.compile(r"[A-Za-z]{6,}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHOWN = 40


class Trusting:
    """An Embedder that knows every word, so that none is taken for misspelt."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.model_id = embedder.model_id
        self.dimensions = embedder.dimensions
        self.max_tokens = embedder.max_tokens

    def count_tokens(self, text: str) -> int:
        return 1

    def embed_query(self, text: str) -> Vector:
        return self._embedder.embed_query(text)

    def embed_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        return self._embedder.embed_passages(passages)


def mistyped(question: str, chance: random.Random) -> str:
    """The question with a mistake inside one of its long words, if it has any."""
    words = list(_WORD.finditer(question))
    if not words:
        return question
    word = chance.choice(words)
    letters = word.group()
    place = chance.randrange(1, len(letters) - 1)
    before, letter, after = letters[:place], letters[place], letters[place + 1 :]
    other = chance.choice(_LETTERS.replace(letter.lower(), ""))
    wrong = chance.choice(
        [
            before + after,
            before + other + letter + after,
            before + other + after,
            before + after[0] + letter + after[1:],
        ]
    )
    return question[: word.start()] + wrong + question[word.end() :]


async def measure(
    collection: Collection, embedder: Embedder, seed: int
) -> dict[str, tuple[Quality, float]]:
    """The quality of each way, and the share of questions that come out as they were meant."""
    chance = random.Random(seed)
    typed = [mistyped(query.text, chance) for query in collection.queries]
    async with indexed(collection, embedder) as corpus:
        trusting = Retriever(corpus.index, Trusting(embedder))
        right = [query.text for query in collection.queries]
        return {
            "no mistake": await _ask(corpus, corpus.retriever, collection.queries, right),
            "as typed": await _ask(corpus, trusting, collection.queries, typed),
            "put right": await _ask(corpus, corpus.retriever, collection.queries, typed),
        }


async def _ask(
    corpus: Corpus, retriever: Retriever, queries: Sequence[Query], texts: Sequence[str]
) -> tuple[Quality, float]:
    rankings = []
    meant = 0
    for query, text in zip(shown(queries, "  asking"), texts, strict=True):
        found = await retriever.rank(corpus.workspace, text, limit=_SHOWN)
        rankings.append([corpus.names[passage.chunk_id] for passage in found.passages])
        meant += found.query.casefold() == query.text.casefold()
    return quality(rankings, queries), meant / len(queries)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--collections", nargs="+", default=COLLECTIONS, metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    arguments = parser.parse_args()
    embedder = MiniLmEmbedder(arguments.threads)
    print(
        "| nDCG@10 / recall@20 / as meant | no mistake | as typed | put right |\n|---|---|---|---|"
    )
    for name in arguments.collections:
        collection = load_collection(arguments.data / name)
        ways = asyncio.run(measure(collection, embedder, arguments.seed))
        cells = [f"{q.ndcg10:.3f} / {q.recall20:.3f} / {share:.2f}" for q, share in ways.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
