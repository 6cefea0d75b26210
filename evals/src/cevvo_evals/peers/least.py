"""What no such system can avoid, measured in this process: embedding every passage once, and for a
question embedding it and looking at every vector."""

import asyncio
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import onnxruntime

from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.providers.embedding.base import PassageText, PassageVectors
from cevvo.providers.embedding.minilm import MiniLmEmbedder, model_file
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.search.quantised import dots, scales
from cevvo.providers.wordpiece import CLS, SEP, word_pieces
from cevvo_evals.collections import Document
from cevvo_evals.corpus import markdown
from cevvo_evals.peers.measuring import Figures
from cevvo_evals.peers.questions import Given
from cevvo_evals.speed import percentiles

_BATCH = 32
_COMPARED = 128  # passages that the package's own file is tried on


class _Recording(MiniLmEmbedder):
    """Keeps the passages that it is given."""

    def __init__(self) -> None:
        super().__init__(threads=0)
        self.passages: list[PassageText] = []

    def embed_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        self.passages += passages
        return super().embed_passages(passages)


async def passages_of(documents: Sequence[Document]) -> list[PassageText]:
    """The passages that Cevvo embeds of these documents."""
    embedder = _Recording()
    pipeline = IndexingPipeline(SandboxedParser(), embedder)
    try:
        for document in documents:
            await pipeline.index(markdown(document))
    finally:
        pipeline.close()
    return embedder.passages


@dataclass(frozen=True, slots=True)
class Model:
    """What the model costs: ``figures`` of the least, the tokens of the documents, the tokens that
    Cevvo embeds of them, the processor time of that in seconds, and how many times as long the
    package's own file takes for the same passages, in padded batches."""

    figures: Figures
    text_tokens: int
    embedded_tokens: int
    cpu_seconds: float
    package_over_network: float


def least(asked: Given) -> Model:
    """Measure it. One passage a document or more, as Cevvo splits them."""
    embedder = MiniLmEmbedder(threads=0)
    passages = asyncio.run(passages_of(asked.documents))
    cpu, begun = time.process_time(), time.perf_counter()
    vectors = np.stack([each.vector for each in embedder.embed_passages(passages)])
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    rows = np.round(vectors / np.abs(vectors).max(axis=1, keepdims=True) * 127).astype(np.int8)
    lengths = scales(rows)

    def ask(question: str) -> float:
        started = time.perf_counter()
        cosines = dots(rows, embedder.embed_query(question)) * lengths
        np.argpartition(-cosines, min(10, len(rows) - 1))
        return (time.perf_counter() - started) * 1000

    spent = time.process_time()
    alone = percentiles([ask(each.text) for each in asked.alone])
    spent = time.process_time() - spent
    started = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        together = list(pool.map(ask, [each.text for each in asked.together]))
    figures: Figures = {
        "documents_per_second": len(asked.documents) / seconds,
        "cpu_per_document": cpu * 1000 / len(asked.documents),
        **alone,
        "cpu_per_question": spent * 1000 / len(asked.alone),
        "questions_per_second": len(together) / (time.perf_counter() - started),
    }
    count = embedder.count_tokens
    return Model(
        figures=figures,
        text_tokens=sum(count(each.title) + count(each.text) for each in asked.documents),
        embedded_tokens=sum(count(each.prefix) + count(each.text) for each in passages),
        cpu_seconds=cpu,
        package_over_network=_package_over_network(embedder, passages[:_COMPARED]),
    )


def _package_over_network(embedder: MiniLmEmbedder, passages: Sequence[PassageText]) -> float:
    """How many times the processor time the package's file takes, on one thread."""
    started = time.thread_time()
    for each in passages:
        embedder.embed_query(f"{each.prefix}\n{each.text}")
    ours = time.thread_time() - started
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model_file()), options)
    pieces = word_pieces()
    started = time.thread_time()
    texts = [
        [CLS, *pieces.encode(f"{each.prefix}\n{each.text}").ids[: embedder.max_tokens], SEP]
        for each in passages
    ]
    texts.sort(key=len)  # so that little is padding
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        longest = max(map(len, batch))
        ids = np.array([each + [0] * (longest - len(each)) for each in batch], np.int64)
        mask = np.array([[n < len(each) for n in range(longest)] for each in batch], np.int64)
        session.run(
            None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        )
    return (time.thread_time() - started) / ours
