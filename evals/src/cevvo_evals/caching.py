"""How often the answer cache hits, and how often wrongly.

    python -m cevvo_evals.caching --data ../shared/data

Questions come in an order drawn from a seed; each is looked up as the product does (nearness,
words, evidence: the passages found, and those that the extractive answer cites in the place of a
model's) and, when nothing is found, stored. Shares are of all lookups.

StackFAQ: a hit is right if both are paraphrases of one FAQ. SQuAD: many questions on one paragraph,
none meant to repeat another; a hit is right if both have a gold answer in common. The bounds were
chosen on what is called tuned, words of rank added after a look at 19 articles.
banking77 and clinc150 have no passages: there only nearness and words are compared, and "wrong" is
another intent. That two questions share an intent does not make them the same, so what is "right"
there is an upper bound.

The mix: FAQs are asked by Zipf's law; half of the askers take one of a FAQ's first three wordings
and type it their own way (case, marks, "please", a typo), the others any of its ten paraphrases.
"""

import argparse
import asyncio
import gzip
import json
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cevvo.domain.documents import Vector
from cevvo.engine.answering.extractive.answerer import compose
from cevvo.engine.answering.sameness import NEAR, Asked, ask_the_same, asked
from cevvo.features.chat.cache import cited_passages, fingerprint, still_holds
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.clustering import labelled
from cevvo_evals.collections import Collection, Document, Query, load_collection
from cevvo_evals.corpus import Corpus, indexed, shown

_LOOKUPS = 1500  # of the mix
_WORDINGS = 3


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question with what the cache compares. ``meanings``: it means one of these."""

    text: str
    meanings: frozenset[str]
    vector: Vector
    asked: Asked
    seen: tuple[str, ...] = ()
    cited: frozenset[str] = frozenset()

    def serves(self, other: "Lookup") -> bool:
        """Whether this one's answer would be given to the other one."""
        cosine = float(self.vector @ other.vector)
        if cosine < NEAR or not ask_the_same(self.asked, other.asked, cosine):
            return False
        evidence = {"seen": list(self.seen), "cited": list(self.cited)}
        return not self.seen or still_holds(evidence, other.seen)


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of the lookups."""

    lookups: int
    right: float
    wrong: float

    def __str__(self) -> str:
        return f"{self.lookups:7}  {self.right:5.3f}  {self.wrong:.4f}"


def rates(lookups: Sequence[Lookup], wrong: list[tuple[str, str]] | None = None) -> Rates:
    """Look each up among those that missed before it; ``wrong`` collects the pairs."""
    stored: list[Lookup] = []
    hits = {True: 0, False: 0}
    vectors = np.empty((len(lookups), len(lookups[0].vector)), np.float32)
    for lookup in lookups:
        cosines = vectors[: len(stored)] @ lookup.vector
        near = [int(n) for n in np.argsort(-cosines) if cosines[n] >= NEAR]
        found = next((stored[n] for n in near if stored[n].serves(lookup)), None)
        if found is None:
            vectors[len(stored)] = lookup.vector
            stored.append(lookup)
            continue
        right = bool(found.meanings & lookup.meanings)
        hits[right] += 1
        if wrong is not None and not right:
            wrong.append((found.text, lookup.text))
    return Rates(len(lookups), hits[True] / len(lookups), hits[False] / len(lookups))


async def looked_up(
    corpus: Corpus, questions: Iterable[tuple[str, frozenset[str]]], what: str
) -> list[Lookup]:
    """The questions that are answered, with their evidence; each wording is searched for once."""
    found: list[Lookup] = []
    known: dict[str, tuple[Vector, tuple[str, ...], frozenset[str]] | None] = {}
    for text, meanings in shown(list(questions), what):
        if text not in known:
            question, passages = await corpus.ask(text)
            answer, _ = compose(question, passages)
            cited = cited_passages(answer, passages)
            seen = tuple(fingerprint(passage) for passage in passages)
            known[text] = (question.vector, seen, cited) if answer.answered and cited else None
        evidence = known[text]
        if evidence is not None:
            found.append(Lookup(text, meanings, evidence[0], asked(text), *evidence[1:]))
    return found


def faq(query: Query) -> str:
    """The FAQ of a paraphrase of StackFAQ."""
    return query.id.partition("-")[0]


def halves(groups: Iterable[str], seed: int) -> tuple[set[str], set[str]]:
    """Two halves, drawn: to choose by, and unseen."""
    drawn = sorted(set(groups))
    random.Random(seed).shuffle(drawn)
    return set(drawn[::2]), set(drawn[1::2])


def squad(folder: Path) -> tuple[Collection, dict[str, frozenset[str]]]:
    """A set in the form of passages with their questions, and the gold answers by question."""
    documents, queries, gold = [], [], {}
    with gzip.open(folder / "passages.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            documents.append(Document(row["_id"], row["title"], row["text"]))
            for qa in row["qas"]:
                if qa["answerable"]:
                    queries.append(Query(qa["id"], qa["question"], {row["_id"]: 1}))
                    gold[qa["id"]] = normalised(qa["answers"])
    return Collection(folder.name, tuple(documents), tuple(queries)), gold


def normalised(answers: Iterable[str]) -> frozenset[str]:
    """Gold answers without case, articles and marks."""
    bare = (re.sub(r"\b(?:a|an|the|in)\b|\W+", " ", answer.lower()) for answer in answers)
    return frozenset(" ".join(each.split()) for each in bare)


def typed(text: str, chance: random.Random) -> str:
    """A wording as somebody else types it."""
    ways: list[Callable[[str], str]] = [
        str,
        str.lower,
        lambda t: t.rstrip(".?! "),
        lambda t: t.rstrip(".?! ") + "??",
        lambda t: f"Please, {t[0].lower()}{t[1:]}",
        lambda t: f"Hi, {t}",
        lambda t: with_typo(t, chance),
    ]
    return chance.choice(ways)(text)


def with_typo(text: str, chance: random.Random) -> str:
    """Two letters of a long word the other way round, or one left out."""
    words = text.split(" ")
    long = [n for n, word in enumerate(words) if len(word) > 6 and word.isalpha()]
    if long:
        n = chance.choice(long)
        at = chance.randrange(1, len(words[n]) - 2)
        words[n] = words[n][:at] + words[n][at + 1 :]
    return " ".join(words)


def mixed(queries: Sequence[Query], seed: int) -> list[tuple[str, frozenset[str]]]:
    """The mix of the docstring."""
    chance = random.Random(seed)
    by_faq: dict[str, list[str]] = {}
    for query in queries:
        by_faq.setdefault(faq(query), []).append(query.text)
    names = sorted(by_faq)
    chance.shuffle(names)
    weights = [1 / (rank + 1) for rank in range(len(names))]
    asked_for = chance.choices(names, weights, k=_LOOKUPS)
    return [
        (
            typed(chance.choice(by_faq[name][:_WORDINGS]), chance)
            if chance.random() < 0.5
            else chance.choice(by_faq[name]),
            frozenset({name}),
        )
        for name in asked_for
    ]


def report(name: str, lookups: list[Lookup], seed: int) -> None:
    """Print one line, and what was wrong."""
    wrong: list[tuple[str, str]] = []
    random.Random(seed).shuffle(lookups)
    print(f"{name:34} {rates(lookups, wrong)}", flush=True)
    for pair in wrong[:10]:
        print("    wrong: {} | {}".format(*pair))


async def with_passages(data: Path, embedder: MiniLmEmbedder, seed: int) -> None:
    """StackFAQ, the mix, SQuAD."""
    collection = load_collection(data / "stackfaq")
    async with indexed(collection, embedder) as corpus:
        tuned, unseen = halves(map(faq, collection.queries), seed)
        for name, half in (("tuned", tuned), ("unseen", unseen)):
            queries = [query for query in collection.queries if faq(query) in half]
            pairs = [(query.text, frozenset({faq(query)})) for query in queries]
            report(f"stackfaq, {name}", await looked_up(corpus, pairs, name), seed)
        queries = [query for query in collection.queries if faq(query) in unseen]
        mix = await looked_up(corpus, mixed(queries, seed), "mix")
        print(f"{'stackfaq, unseen, the mix':34} {rates(mix)}", flush=True)
    half_rows = map(json.loads, (data / "squad2_dev_half" / "queries.jsonl").open("rb"))
    gold_of_half = {row["_id"]: normalised(row["answers"]) for row in half_rows}
    for name, collection, gold in (
        ("squad, 16 articles, tuned", load_collection(data / "squad2_dev_half"), gold_of_half),
        ("squad, 19 articles, looked at", *squad(data / "squad2_dev_other19")),
        ("squad, 13 articles, unseen", *squad(data / "squad1_dev_other13")),
    ):
        async with indexed(collection, embedder) as corpus:
            pairs = [(query.text, gold[query.id]) for query in collection.queries]
            report(name, await looked_up(corpus, pairs, name), seed)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=3000, help="of each set of intents")
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    embedder = MiniLmEmbedder(threads=1)
    print(f"{'set':34} lookups  right  wrong")
    for name in ("banking77", "clinc150"):
        utterances = labelled(arguments.data / name)
        random.Random(arguments.seed).shuffle(utterances)
        lookups = [
            Lookup(each.text, frozenset({each.label}), embedder.embed_query(each.text), read)
            for each in utterances[: arguments.questions]
            for read in (asked(each.text),)
        ]
        print(f"{name + ', words alone':34} {rates(lookups)}", flush=True)
    asyncio.run(with_passages(arguments.data, embedder, arguments.seed))


if __name__ == "__main__":
    main()
