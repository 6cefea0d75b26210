"""Passages that are stored, embedded anew by another model, beside the vectors that they have.

The newest first, so that the oldest is the last: whether it has vectors of a model says whether all
have, but for what came meanwhile. Each step is kept, and a kill costs one of them.
"""

import asyncio
from collections.abc import Sequence
from time import perf_counter

from cevvo.domain.progress import Progress
from cevvo.foundation.telemetry import metrics
from cevvo.providers.embedding.base import Embedder, PassageVectors
from cevvo.providers.search.beside import VectorsBeside

_BATCH = 16  # passages embedded and stored in one step


async def embed_what_is_without(
    beside: VectorsBeside, embedder: Embedder, progress: Progress, *, announced: bool = False
) -> int:
    """Make the vectors that passages lack, once through all of them; how many passages lacked them.

    Raises ProviderError without a model.
    """
    total, done, embedded = await beside.passage_count(), 0, 0
    ids = await beside.next_range(None)
    while ids is not None:
        for start in range(0, len(ids.without), _BATCH):
            batch = ids.without[start : start + _BATCH]
            made = await _vectors(beside, embedder, batch)
            await beside.add(made, announced=announced)
            embedded += len(made)
            progress("embedding passages", done + start + len(batch), total)
        done += ids.passages
        progress("embedding passages", done, total)
        ids = await beside.next_range(ids.lowest)
    return embedded


async def delete_other_vectors(beside: VectorsBeside, progress: Progress) -> int:
    """Delete vectors of other models, each where there is one of this model; how many."""
    total, done, deleted = await beside.passage_count(), 0, 0
    ids = await beside.next_range(None)
    while ids is not None:
        deleted += await beside.delete_others(ids)
        done += ids.passages
        progress("deleting old vectors", done, total)
        ids = await beside.next_range(ids.lowest)
    return deleted


async def _vectors(
    beside: VectorsBeside, embedder: Embedder, chunk_ids: Sequence[int]
) -> dict[int, PassageVectors]:
    texts = await beside.texts(chunk_ids)
    started = perf_counter()
    vectors = await asyncio.to_thread(embedder.embed_passages, list(texts.values()))
    metrics.EMBEDDING_SECONDS.inc(perf_counter() - started)
    metrics.PASSAGES_EMBEDDED.inc(len(texts))
    return dict(zip(texts, vectors, strict=True))
