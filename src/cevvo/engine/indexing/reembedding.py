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

    ``announced``: for servers that search with this model. Raises ProviderError without a model.
    """
    total, done, embedded = await beside.passage_count(), 0, 0
    ids = await beside.next_range(None)
    while ids is not None:
        embedded += await _embed(beside, embedder, ids.without, announced=announced)
        done += ids.passages
        progress("embedding passages", done, total)
        ids = await beside.next_range(ids.lowest)
    return embedded


async def embed_newest(beside: VectorsBeside, embedder: Embedder) -> None:
    """Make the vectors that the newest passages lack, back to where they have them.

    For servers with the new model: what a worker with the old one wrote meanwhile. When none did,
    it is one look at the database.
    """
    ids = await beside.next_range(None)
    while ids is not None and ids.without:
        await _embed(beside, embedder, ids.without, announced=True)
        ids = await beside.next_range(ids.lowest)


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


async def _embed(
    beside: VectorsBeside, embedder: Embedder, chunk_ids: Sequence[int], *, announced: bool
) -> int:
    embedded = 0
    for start in range(0, len(chunk_ids), _BATCH):
        made = await _vectors(beside, embedder, chunk_ids[start : start + _BATCH])
        await beside.add(made, announced=announced)
        embedded += len(made)
    return embedded


async def _vectors(
    beside: VectorsBeside, embedder: Embedder, chunk_ids: Sequence[int]
) -> dict[int, PassageVectors]:
    texts = await beside.texts(chunk_ids)
    started = perf_counter()
    vectors = await asyncio.to_thread(embedder.embed_passages, list(texts.values()))
    metrics.EMBEDDING_SECONDS.inc(perf_counter() - started)
    metrics.PASSAGES_EMBEDDED.inc(len(texts))
    return dict(zip(texts, vectors, strict=True))
