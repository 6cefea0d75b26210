"""Passages that share a question's rare words: a stand-in for the product's retrieval.

BM25 (Robertson and Zaragoza 2009) over stemmed terms, read over the question's six rarest ones.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from cevvo.engine.retrieval.terms import index_terms

_K1, _B, _TERMS = 1.2, 0.75, 6


class Lookup:
    """Ranks ``texts`` by a question."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._postings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths = []
        for number, text in enumerate(texts):
            counted = Counter(index_terms(text, "en"))
            self._lengths.append(sum(counted.values()))
            for term, count in counted.items():
                self._postings[term].append((number, count))
        self._mean = sum(self._lengths) / max(1, len(self._lengths))

    def best(self, question: str, limit: int) -> list[int]:
        """The numbers of the best texts, best first."""
        found = {term: self._postings[term] for term in index_terms(question, "en")
                 if term in self._postings}  # fmt: skip
        scores: defaultdict[int, float] = defaultdict(float)
        for postings in sorted(found.values(), key=len)[:_TERMS]:
            weight = math.log(1 + len(self._lengths) / len(postings))
            for number, count in postings:
                norm = count + _K1 * (1 - _B + _B * self._lengths[number] / self._mean)
                scores[number] += weight * count * (_K1 + 1) / norm
        return sorted(scores, key=lambda number: -scores[number])[:limit]
