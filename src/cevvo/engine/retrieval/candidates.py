"""Where each ranking put a passage: what explains an answer afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from cevvo.domain.documents import Passage
from cevvo.providers.search.base import Hit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage and its place in each ranking, from 1: by words (``lexical`` is BM25), by meaning
    (``dense`` is a cosine), in the blend of both (``fused``, 0..1), and by its best sentence
    (``score``, 0..1). What a search did not find has neither score nor place there."""

    passage: Passage
    lexical: float | None
    lexical_rank: int | None
    dense: float | None
    dense_rank: int | None
    fused: float
    fused_rank: int
    score: float
    rank: int


def candidates_of(
    ranked: Sequence[tuple[float, Hit]], reranked: Sequence[Passage]
) -> tuple[Candidate, ...]:
    """``ranked`` are all hits with their fused scores, best first, ``reranked`` the passages that
    came of the first of them, in their last order."""
    chunk_ids = np.array([hit.chunk_id for _, hit in ranked], int)
    by_words = _places([hit.lexical for _, hit in ranked], chunk_ids)
    by_meaning = _places([hit.dense for _, hit in ranked], chunk_ids)
    place_of = dict(zip(chunk_ids.tolist(), count(), strict=False))
    return tuple(
        Candidate(
            passage,
            hit.lexical,
            None if hit.lexical is None else by_words[place],
            hit.dense,
            None if hit.dense is None else by_meaning[place],
            fused,
            place + 1,
            passage.score,
            rank,
        )
        for rank, passage in enumerate(reranked, 1)
        for place in (place_of[passage.chunk_id],)
        for fused, hit in (ranked[place],)
    )


def _places(scores: Sequence[float | None], chunk_ids: NDArray[np.int64]) -> list[int]:
    """The place of each score from 1, those that are None behind all others."""
    order = np.lexsort((chunk_ids, -np.array(scores, float)))
    places = np.empty(len(order), int)
    places[order] = np.arange(1, len(order) + 1)
    result: list[int] = places.tolist()
    return result
