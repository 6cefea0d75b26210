"""How the cost of ``/chat`` without a language model, of an upload, of a start and of memory grows
with the number of chunks, beside the least that a question could take.

    python -m cevvo_evals.growth --data ../shared/data --chunks 1000 10000 100000
    python -m cevvo_evals.growth --data ../shared/data --chunks 1000000 --keep /var/tmp/chunks

For each size a fresh server is given that many chunks and asked over HTTP, one question after the
other, then by eight clients at once; then files of one page are uploaded to it and deleted. The
chunks are made from a collection: a few thousand real passages are split and embedded; each chunk
is sentences of one of them and of others about as near, its vector near the first one's, so that
words are as frequent as in real text and vectors stand in clusters as real ones do. Nothing waits
for the embedding model that way: a million chunks take minutes instead of hours.

The baselines of the same run are the server without its reader, and what no exact search can
avoid: embedding the question, and a scan of as many int8 vectors, in this process. Trust the
ratios: machines are noisy. ``--keep`` keeps the data directories for the next run; ``--docs docs``
writes the figures into docs/performance.md.
"""

import argparse
import asyncio
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from cevvo.domain.documents import Chunk, IndexedChunk, IndexedDocument, Span, Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.engine.retrieval.terms import index_terms
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.features.sources.repository import create_source
from cevvo.features.workspaces.repository import ensure_default
from cevvo.foundation.db.opening import open_database
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.search.embedded import EmbeddedSearchIndex
from cevvo.providers.search.quantised import dots, scales
from cevvo_evals.arrival import pages, stream, upload
from cevvo_evals.collections import Collection, load_collection
from cevvo_evals.corpus import parsed, shown
from cevvo_evals.load.plot import Line, chart
from cevvo_evals.performance_page import machine, put
from cevvo_evals.server import CEVVO, RunningServer, running_server
from cevvo_evals.speed import asked_together, percentiles, timed_ask

_REAL = 2_000  # documents that are embedded
_PER_DOCUMENT = 10  # chunks
_PER_WRITE = 50  # documents
_SENTENCES = 6  # a chunk; about 130 words
_NEAR = 40  # passages that a chunk takes sentences from
_SPREAD = 0.6  # length of what is added to the first passage's vector, which has length 1
_WARM_UP = 20  # questions
_UPLOADS = 20  # files of a page
_STREAMS = 50  # questions


@dataclass(frozen=True, slots=True)
class Sentence:
    """A real sentence with what the index keeps of it."""

    text: str
    terms: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class RealPassage:
    """A real passage: its document's title, its sentences, its vector."""

    title: str
    sentences: tuple[Sentence, ...]
    vector: Vector


async def real_passages(collection: Collection, embedder: MiniLmEmbedder) -> list[RealPassage]:
    """The passages of the first ``_REAL`` documents, split and embedded as in the product."""
    pipeline = IndexingPipeline(SandboxedParser(), embedder)
    found: list[RealPassage] = []
    try:
        for document in shown(collection.documents[:_REAL], "embedding real passages"):
            if document.text.strip():
                found += _passages(await pipeline.index(parsed(document)))
    finally:
        pipeline.close()
    return found


def _passages(document: IndexedDocument) -> Iterator[RealPassage]:
    for each in document.chunks:
        texts = [document.text[span.start : span.end] for span in each.chunk.sentences]
        sentences = tuple(
            Sentence(text, " ".join(index_terms(text, "en")), vector)
            for text, vector in zip(texts, each.sentence_vectors, strict=True)
            if text.strip()
        )
        if sentences:
            yield RealPassage(document.title, sentences, each.vector)


class MadeDocuments:
    """Documents of ``_PER_DOCUMENT`` chunks each, made from real passages by a seed."""

    def __init__(self, real: Sequence[RealPassage], seed: int) -> None:
        self._real = real
        self._chance = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        vectors = np.stack([passage.vector for passage in real])
        self._near = [np.argsort(-(vectors @ vector))[:_NEAR] for vector in vectors]

    def make(self, chunks: int) -> IndexedDocument:
        """One document of that many chunks."""
        first = self._chance.randrange(len(self._real))
        title = self._real[first].title
        title_terms = " ".join(index_terms(title, "en"))
        made: list[IndexedChunk] = []
        parts: list[str] = []
        position = 0
        for ordinal in range(chunks):
            lead = self._near[first][ordinal % _NEAR]
            sentences = self._sentences(int(lead))
            spans = []
            for sentence in sentences:
                spans.append(Span(position, position + len(sentence.text)))
                parts.append(sentence.text)
                position += len(sentence.text) + 1
            whole = Span(spans[0].start, spans[-1].end)
            made.append(
                IndexedChunk(
                    chunk=Chunk(ordinal, whole, (), None, None, tuple(spans)),
                    title_terms=title_terms,
                    heading_terms="",
                    body_terms=" ".join(sentence.terms for sentence in sentences),
                    vector=self._vector(int(lead)),
                    sentence_vectors=np.stack([sentence.vector for sentence in sentences]),
                )
            )
        return IndexedDocument(
            title=title,
            text="\n".join(parts),
            language="en",
            unit_count=1,
            content_hash=f"{self._chance.getrandbits(256):064x}",
            chunks=tuple(made),
        )

    def _sentences(self, lead: int) -> list[Sentence]:
        near = self._near[lead]
        return [
            self._chance.choice(
                self._real[lead if n == 0 else int(self._chance.choice(near))].sentences
            )
            for n in range(_SENTENCES)
        ]

    def _vector(self, lead: int) -> Vector:
        passage = self._real[lead].vector
        away = self._noise.standard_normal(passage.size).astype(np.float32)
        moved = passage + _SPREAD / np.float32(np.linalg.norm(away)) * away
        made: Vector = (moved / np.linalg.norm(moved)).astype(np.float32)
        return made


def fill(data_dir: Path, embedder: MiniLmEmbedder, made: MadeDocuments, chunks: int) -> float:
    """Write that many chunks into a new data directory; seconds that the writing took."""
    db = open_database(data_dir)
    index = EmbeddedSearchIndex(db, embedder.model_id, embedder.dimensions)
    spent = 0.0
    try:
        workspace, source_id = db.write_now(_new_source)
        sizes = [min(_PER_DOCUMENT, chunks - n) for n in range(0, chunks, _PER_DOCUMENT)]
        for start in shown(range(0, len(sizes), _PER_WRITE), f"writing {chunks:,} chunks"):
            batch = [made.make(size) for size in sizes[start : start + _PER_WRITE]]
            started = time.perf_counter()
            db.write_now(
                partial(
                    _store,
                    workspace=workspace,
                    index=index,
                    source_id=source_id,
                    first=start,
                    batch=batch,
                )
            )
            spent += time.perf_counter() - started
    finally:
        db.close()
    return spent


def _new_source(connection: Connection) -> tuple[WorkspaceId, str]:
    workspace = ensure_default(connection, Millis(0))
    source = create_source(connection, workspace, name="made", type="text", now=Millis(0))
    return workspace, source


def _store(
    connection: Connection,
    *,
    workspace: WorkspaceId,
    index: EmbeddedSearchIndex,
    source_id: str,
    first: int,
    batch: Sequence[IndexedDocument],
) -> None:
    for number, document in enumerate(batch, first):
        origin = Origin(str(number), f"https://example.com/{number}", "text/plain")
        replace_document(connection, workspace, index, source_id, origin, document, now=Millis(0))


def least(embedder: MiniLmEmbedder, questions: Sequence[str], chunks: int) -> list[float]:
    """Milliseconds to embed each question and scan ``chunks`` int8 vectors, exactly."""
    chance = np.random.default_rng(0)
    rows = chance.integers(-127, 128, (chunks, embedder.dimensions), np.int8)
    lengths = np.concatenate([scales(rows[n : n + 10_000]) for n in range(0, chunks, 10_000)])
    times = []
    for question in questions:
        started = time.perf_counter()
        cosines = dots(rows, embedder.embed_query(question)) * lengths
        np.argpartition(-cosines, min(10, chunks - 1))
        times.append((time.perf_counter() - started) * 1000)
    return times


def measure(
    data_dir: Path,
    embedder: MiniLmEmbedder,
    questions: list[str],
    files: Sequence[bytes],
    chunks: int,
) -> dict[str, Any]:
    """The figures of one size. ``files`` are uploaded, and deleted again."""
    found = _asked(data_dir, questions, files)
    without = _asked(data_dir, questions, files, CEVVO_READER_MODEL="off")
    chat, unread = found["chat_ms"], without["chat_ms"]
    base = percentiles(least(embedder, questions, chunks))
    return {
        "chunks": chunks,
        "database_mb": (data_dir / "cevvo.db").stat().st_size // 1_000_000,
        **found,
        "least_ms": base,
        "p50_over_least": round(chat["p50"] / base["p50"], 2),
        "p99_over_least": round(chat["p99"] / base["p50"], 2),
        "without_reader": {
            **without,
            "p50_over_least": round(unread["p50"] / base["p50"], 2),
            "p99_over_least": round(unread["p99"] / base["p50"], 2),
        },
    }


def _asked(
    data_dir: Path, questions: list[str], files: Sequence[bytes], **environment: str
) -> dict[str, Any]:
    """What a server on that directory, with these settings, took."""
    with running_server(data_dir, cevvo=CEVVO, **environment) as server:
        idle = server.memory_mb()[0]
        first = timed_ask(server, questions[0])
        for question in questions[:_WARM_UP]:
            timed_ask(server, question)
        cpu = server.cpu_seconds()
        asked = [timed_ask(server, question) for question in questions]
        cpu = server.cpu_seconds() - cpu
        memory = server.memory_mb()[0]
        per_second, together = asked_together(server, questions)
        streams = [stream(server, question)[0] for question in questions[:_STREAMS]]
        return {
            "seconds_to_ready": round(server.seconds_to_ready, 2),
            "first_question_ms": round(first, 1),
            "memory_mb_idle": idle,
            "memory_mb": memory,
            "chat_ms": percentiles(asked),
            "chat_cpu_ms": round(cpu * 1000 / len(questions), 1),
            "together_per_second": per_second,
            "together_ms": together,
            "first_byte_ms": percentiles(streams),
            "upload_searchable_ms": percentiles(_uploaded(server, files)),
            "stages_ms": _stages(server, questions[:_WARM_UP]),
        }


def _uploaded(server: RunningServer, files: Sequence[bytes]) -> list[float]:
    """Milliseconds until search has each file but the first, which starts the parser."""
    times = [upload(server, content, f"{n}.md")[1] for n, content in enumerate(files)]
    sources = server.client.get("/sources", params={"limit": 100}).json()["data"]
    for source in sources:
        if source["type"] == "file":
            server.client.delete(f"/sources/{source['id']}").raise_for_status()
    return times[1:]


def _stages(server: RunningServer, questions: Sequence[str]) -> dict[str, float]:
    """Where an answer's time goes, median of each stage, as its trace says."""
    timings: dict[str, list[float]] = {}
    for question in questions:
        reply = server.client.post("/chat", json={"message": question}).json()
        trace = server.client.get(f"/messages/{reply['id']}/trace").raise_for_status().json()
        for name, value in trace["trace"]["timings"].items():
            if value is not None:
                timings.setdefault(name, []).append(value)
    return {name: round(statistics.median(values), 1) for name, values in timings.items()}


def run(data: Path, sizes: Sequence[int], asked: int, keep: Path | None) -> list[dict[str, Any]]:
    """The figures of every size, smallest first, each with what it is of the first."""
    collection = load_collection(data)
    questions = [query.text for query in collection.queries[:asked]]
    files = pages(collection.documents, _UPLOADS + 1)
    embedder = MiniLmEmbedder(threads=0)
    made: MadeDocuments | None = None
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="cevvo-evals-") as temporary:
        for chunks in sorted(sizes):
            folder = (keep or Path(temporary)) / str(chunks)
            written = None
            if not folder.exists():
                if made is None:
                    made = MadeDocuments(asyncio.run(real_passages(collection, embedder)), seed=0)
                part = folder.with_suffix(".part")  # until it is whole
                shutil.rmtree(part, ignore_errors=True)
                written = fill(part, embedder, made, chunks)
                part.rename(folder)
            found = measure(folder, embedder, questions, files, chunks)
            if written is not None:
                found["chunks_written_a_second"] = round(chunks / written)
            found["p50_over_first_size"] = round(
                found["chat_ms"]["p50"] / (figures[0] if figures else found)["chat_ms"]["p50"], 2
            )
            figures.append(found)
    return figures


def section_of(figures: Sequence[dict[str, Any]], told: str) -> str:
    """The figures as a section of the documentation."""
    sizes = " ".join(str(each["chunks"]) for each in figures)
    without = [{**each, **each["without_reader"]} for each in figures]
    return (
        "## By the number of chunks\n\n![Chat by the number of chunks](images/growth.svg)\n\n"
        f"`python -m cevvo_evals.growth --data ../shared/data --chunks {sizes} "
        f"--docs docs` ({told}). A server as it is by default, asked over HTTP without a model: "
        "one question after the other, then by eight clients at once. The least is what no exact "
        "search avoids: embedding the question and a scan of as many int8 vectors.\n\n"
        f"{_questions(figures)}\n\n"
        f"The same with `CEVVO_READER_MODEL=off`:\n\n{_questions(without)}\n\n"
        "What else there is to wait for, and what it takes. A first question comes a second after "
        f"the start; a file of one page is uploaded to an idle server.\n\n{_rest(figures)}"
    )


def _questions(figures: Sequence[dict[str, Any]]) -> str:
    first = figures[0]["chat_ms"]["p50"]
    return _table(
        [
            {
                "chunks": f"{each['chunks']:,}",
                "`/chat` p50": f"{each['chat_ms']['p50']} ms",
                "p99": f"{each['chat_ms']['p99']} ms",
                "processor time": f"{each['chat_cpu_ms']} ms",
                "p50, of the first row's": f"{each['chat_ms']['p50'] / first:.2f}",
                "the least": f"{each['least_ms']['p50']} ms",
                "p50, p99 of the least": f"{each['p50_over_least']}, {each['p99_over_least']}",
                "answers a second, eight clients": f"{each['together_per_second']}",
                "their p99": f"{each['together_ms']['p99']} ms",
            }
            for each in figures
        ]
    )


def _rest(figures: Sequence[dict[str, Any]]) -> str:
    return _table(
        [
            {
                "chunks": f"{each['chunks']:,}",
                "start to ready": f"{each['seconds_to_ready']} s",
                "first question": f"{each['first_question_ms']} ms",
                "first byte of a stream": f"{each['first_byte_ms']['p50']} ms",
                "upload to searchable": f"{each['upload_searchable_ms']['p50']} ms",
                "memory at first": f"{each['memory_mb_idle']} MB",
                "… after the questions": f"{each['memory_mb']} MB",
                "database": f"{each['database_mb']:,} MB",
            }
            for each in figures
        ]
    )


def _table(rows: Sequence[dict[str, str]]) -> str:
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(row.values() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def drawn(figures: Sequence[dict[str, Any]]) -> str:
    """Times of chat and of the least by thousands of chunks."""
    return chart(
        "Chat by the number of chunks",
        "thousand chunks",
        "ms",
        [
            Line(
                "chat p50, without reader",
                [(f["chunks"] / 1000, f["without_reader"]["chat_ms"]["p50"]) for f in figures],
            ),
            Line("chat p50", [(f["chunks"] / 1000, f["chat_ms"]["p50"]) for f in figures]),
            Line("chat p99", [(f["chunks"] / 1000, f["chat_ms"]["p99"]) for f in figures]),
            Line("the least", [(f["chunks"] / 1000, f["least_ms"]["p50"]) for f in figures]),
        ],
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--collection", default="stackfaq")
    parser.add_argument("--chunks", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="folder for the data directories")
    parser.add_argument("--docs", type=Path, help="write into performance.md there")
    arguments = parser.parse_args()
    told = machine()
    folder = arguments.data / arguments.collection
    figures = run(folder, arguments.chunks, arguments.questions, arguments.keep)
    if arguments.docs:
        put(arguments.docs, "growth", section_of(figures, told), {"growth.svg": drawn(figures)})
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
