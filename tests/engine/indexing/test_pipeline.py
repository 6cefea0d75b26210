"""The pipeline with the real parser and the real model."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest

from cevvo.domain.documents import Block, Chunk, IndexedDocument, ParsedDocument, Span
from cevvo.engine.indexing.pipeline import IndexingPipeline, content_hash
from cevvo.errors import Permanent
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.parsing.sandbox import SandboxedParser

T = TypeVar("T")
GUIDE = b"""# Pumps

Pumps move water.

## Repair

First switch the pump off. Then open the lid.

## Warranty

A pump is covered for two years.
"""


@pytest.fixture(scope="module")
def embedder() -> MiniLmEmbedder:
    return MiniLmEmbedder(threads=1)


def run(embedder: MiniLmEmbedder, use: Callable[[IndexingPipeline], Awaitable[T]]) -> T:
    async def whole() -> T:
        parser = SandboxedParser()
        pipeline = IndexingPipeline(parser, embedder)
        try:
            return await use(pipeline)
        finally:
            pipeline.close()
            await parser.close()

    return asyncio.run(whole())


def long_document(paragraphs: int) -> ParsedDocument:
    blocks = []
    for n in range(paragraphs):
        blocks.append(Block("heading", f"## Part {n}", level=2))
        blocks.append(Block("paragraph", f"Part {n} has its own words about pump {n}. " * 12))
    return ParsedDocument("Pumps", tuple(blocks))


def test_from_bytes_to_a_document_that_can_be_stored(embedder: MiniLmEmbedder) -> None:
    async def use(pipeline: IndexingPipeline) -> tuple[ParsedDocument, IndexedDocument]:
        parsed = await pipeline.parse(GUIDE, "text/markdown", name="pumps.md")
        return parsed, await pipeline.index(parsed)

    parsed, document = run(embedder, use)
    assert document.title == parsed.title == "Pumps"
    chunks = [indexed.chunk for indexed in document.chunks]
    assert document.content_hash == content_hash(parsed, document.text, chunks)
    assert document.unit_count == parsed.unit_count
    for indexed in document.chunks:
        chunk = indexed.chunk
        text = document.text[chunk.span.start : chunk.span.end]
        assert text.strip() == text
        assert "pump" in indexed.body_terms
        assert "pump" in indexed.title_terms
        assert np.linalg.norm(indexed.vector) == pytest.approx(1, abs=1e-5)
        assert indexed.sentence_vectors.shape == (len(chunk.sentences), embedder.dimensions)
        for sentence in chunk.sentences:
            assert chunk.span.start <= sentence.start < sentence.end <= chunk.span.end
    assert "two years" in "".join(
        document.text[i.chunk.span.start : i.chunk.span.end] for i in document.chunks
    )


def test_a_vector_is_of_the_passage_under_its_headings(embedder: MiniLmEmbedder) -> None:
    document = run(embedder, lambda p: p.index(long_document(3)))
    question = embedder.embed_query("Which words are about pump 1?")
    scores = [float(indexed.vector @ question) for indexed in document.chunks]
    paths = [indexed.chunk.heading_path for indexed in document.chunks]
    assert paths[int(np.argmax(scores))] == ("Part 1",)


def test_the_hash_tells_title_from_text() -> None:
    assert content_hash(ParsedDocument("ab", ()), "c", ()) != content_hash(
        ParsedDocument("a", ()), "bc", ()
    )


def test_the_hash_is_of_all_that_is_stored() -> None:
    parsed = ParsedDocument("Pumps", (), "en")
    chunk = Chunk(0, Span(0, 9), ("Repair",), "repair", 1, (Span(0, 4), Span(5, 9)))
    variants = [
        (parsed, chunk),
        (replace(parsed, language="de"), chunk),
        (replace(parsed, unit_count=2), chunk),
        (parsed, replace(chunk, anchor="repairs")),
        (parsed, replace(chunk, page=2)),
        (parsed, replace(chunk, heading_path=("Repairs",))),
        (parsed, replace(chunk, sentences=(Span(0, 9),))),
    ]
    hashes = {content_hash(document, "Off. Open", (only,)) for document, only in variants}
    assert len(hashes) == len(variants)
    assert content_hash(parsed, "Off. Open", (replace(chunk),)) in hashes


def test_a_document_without_text_is_refused(embedder: MiniLmEmbedder) -> None:
    empty = replace(long_document(1), blocks=())
    with pytest.raises(Permanent) as refused:
        run(embedder, lambda p: p.index(empty))
    assert refused.value.reason == "no_content"


def test_progress_is_told_and_the_event_loop_stays_free(embedder: MiniLmEmbedder) -> None:
    told: list[tuple[int, int]] = []
    longest = 0.0

    async def use(pipeline: IndexingPipeline) -> IndexedDocument:
        async def progress(done: int, total: int) -> None:
            told.append((done, total))

        async def watch() -> None:
            nonlocal longest
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0.001)
                longest = max(longest, time.perf_counter() - before)

        split = await pipeline.split(long_document(60))
        watching = asyncio.create_task(watch())
        document = await pipeline.embed(split, progress=progress)
        watching.cancel()
        return document

    def stayed_free() -> bool:
        nonlocal longest
        told.clear()
        longest, began = 0.0, time.perf_counter()
        total = len(run(embedder, use).chunks)
        took = time.perf_counter() - began
        assert told[-1] == (total, total)
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert len(told) > 2
        return longest < max(0.1, took / 4)

    # Thrice at most: other work on the machine holds it up at one time, not at each.
    assert any(stayed_free() for _ in range(3)), "embedding held up the event loop"
