"""Where each ranking put a passage: what explains an answer afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    hits = [hit for _, hit in ranked]
    by_words = _places(hits, lambda hit: hit.lexical)
    by_meaning = _places(hits, lambda hit: hit.dense)
    fused = {hit.chunk_id: (score, place) for place, (score, hit) in enumerate(ranked, 1)}
    of_chunk = {hit.chunk_id: hit for hit in hits}
    return tuple(
        Candidate(
            passage,
            of_chunk[passage.chunk_id].lexical,
            by_words.get(passage.chunk_id),
            of_chunk[passage.chunk_id].dense,
            by_meaning.get(passage.chunk_id),
            *fused[passage.chunk_id],
            passage.score,
            rank,
        )
        for rank, passage in enumerate(reranked, 1)
    )


def _places(hits: Sequence[Hit], score: Callable[[Hit], float | None]) -> dict[int, int]:
    found = [(value, hit.chunk_id) for hit in hits if (value := score(hit)) is not None]
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    return {chunk_id: place for place, (_, chunk_id) in enumerate(found, 1)}
