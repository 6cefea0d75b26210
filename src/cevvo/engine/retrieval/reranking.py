"""The first passages again, by the sentence in each that answers best.

A passage is about many things and its vector about all of them; the one sentence that answers
shows in its own vector and in how many of the question's words it has, under its headings.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cevvo.domain.documents import Passage, Vector
from cevvo.engine.retrieval.terms import identifiers, index_terms

# A compromise. More is better where a question asks for one fact: the right one of 646 paragraphs
# is first for .834 without, .860 with .5, .865 with 1. On four sites of documentation a right page
# is first for .83 without, .82 with .5, .81 with 1.
_SENTENCE = 0.5
_COVERAGE = 0.3  # beside the sentence's cosine
_IDENTIFIER = 0.25  # for a passage that has all identifiers of the question, such as E0308
_HIGHEST = 1 + _SENTENCE * (1 + _COVERAGE) + _IDENTIFIER


def by_best_sentence(question: str, vector: Vector, passages: Sequence[Passage]) -> list[Passage]:
    """``passages``, whose scores are fused ones, in their new order with new scores in 0..1."""
    asked = set(index_terms(question))
    named = identifiers(question)
    terms = [[asked & set(index_terms(p.quote(s))) for s in p.sentences] for p in passages]
    weights = _weights(asked, [sentence for each in terms for sentence in each])
    scored = []
    for passage, sentences in zip(passages, terms, strict=True):
        heads = " ".join((passage.title, *passage.heading_path))
        under = asked & set(index_terms(heads))
        best = _best(passage, vector, [found | under for found in sentences], weights)
        score = passage.score + _SENTENCE * best
        if named:
            found = named.intersection(index_terms(f"{heads} {passage.text}"))
            score += _IDENTIFIER * len(found) / len(named)
        scored.append(replace(passage, score=score / _HIGHEST))
    return sorted(scored, key=lambda passage: (-passage.score, passage.chunk_id))


def _best(
    passage: Passage, vector: Vector, terms: Sequence[set[str]], weights: Mapping[str, float]
) -> float:
    """The best of the passage's sentences by its cosine and its share of the question's terms."""
    cosines = (passage.sentence_vectors @ vector).tolist()
    scores = [
        cosine + _COVERAGE * sum(weights[term] for term in found)
        for cosine, found in zip(cosines, terms, strict=True)
    ]
    return max(0.0, max(scores, default=float(passage.vector @ vector)))


def _weights(asked: set[str], sentences: Sequence[set[str]]) -> dict[str, float]:
    """The inverse frequency of each term among the sentences at hand, summing to 1."""
    raw = {
        term: math.log(1 + len(sentences) / (0.5 + sum(term in found for found in sentences)))
        for term in asked
    }
    total = sum(raw.values())
    return {term: weight / total for term, weight in raw.items()} if total else {}
