"""Passages that share a question's rare words: a stand-in for the product's retrieval.

BM25 (Robertson and Zaragoza 2009) over stemmed terms, read over the question's six rarest ones.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from cevvo.engine.retrieval.terms import index_terms

_K1, _B, _TERMS = 1.2, 0.75, 6


class Lookup:
    """Ranks ``texts`` by a question."""

    def __init__(self, texts: Sequence[str]) -> None:
        places: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))
        counts: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))
        lengths = []
        for number, text in enumerate(texts):
            counted = Counter(index_terms(text, "en"))
            lengths.append(sum(counted.values()))
            for term, count in counted.items():
                places[term].append(number)
                counts[term].append(count)
        self._count = len(lengths)
        self._places = {term: np.array(each) for term, each in places.items()}
        norms = _K1 * (1 - _B + _B * np.array(lengths) / max(1.0, float(np.mean(lengths or [1]))))
        self._scores = {}
        for term, numbers in self._places.items():
            often = np.array(counts[term])
            weight = math.log(1 + self._count / len(numbers)) * (_K1 + 1)
            self._scores[term] = weight * often / (often + norms[numbers])

    def best(self, question: str, limit: int) -> list[int]:
        """The numbers of the best texts, best first."""
        found = [term for term in dict.fromkeys(index_terms(question, "en"))
                 if term in self._places]  # fmt: skip
        scores = np.zeros(self._count)
        for term in sorted(found, key=lambda term: len(self._places[term]))[:_TERMS]:
            scores[self._places[term]] += self._scores[term]
        order = np.argsort(-scores, kind="stable")[:limit]
        return [int(number) for number in order if scores[number] > 0]
