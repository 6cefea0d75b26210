"""How soon a page that is uploaded can be found, and how soon an answer begins to arrive.

    python -m cevvo_evals.arrival --data ../shared/data

A fresh server with a collection of real documents, idle but for this. A file of one page after the
other is uploaded: milliseconds from the request until its job is completed, which is when search
has it; and until the answer to an upload itself. Then questions are asked over ``/chat/stream``:
milliseconds to the first byte and to the first words. The baselines of the same run: embedding that
page (and one question) in this process, and a commit to the same disk.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cevvo.providers.embedding.base import PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.collections import Document, load_collection
from cevvo_evals.performance_page import machine, put
from cevvo_evals.server import RunningServer, running_server
from cevvo_evals.speed import percentiles

_PAGE = 3_000  # characters, about a printed page
_POLL = 0.002
_COMMIT = 8_192  # bytes


def pages(documents: Sequence[Document], count: int) -> list[bytes]:
    """That many different files of about a page each, Markdown."""
    text = "\n\n".join(f"## {each.title or 'Note'}\n\n{each.text}" for each in documents)
    return [f"# Page {n}\n\n{text[n * _PAGE : (n + 1) * _PAGE]}\n".encode() for n in range(count)]


def upload(server: RunningServer, content: bytes, name: str) -> tuple[float, float]:
    """Milliseconds until the upload is answered, and until search has the file."""
    started = time.perf_counter()
    answer = server.client.post("/ingest/upload", files={"file": (name, content)})
    job_id = answer.raise_for_status().json()["job_id"]
    accepted = time.perf_counter() - started
    while True:
        job = server.client.get(f"/ingest/status/{job_id}").json()
        if job["completed_at"] is not None:
            break
        time.sleep(_POLL)
    if job["status"] != "completed":
        raise RuntimeError(f"{name}: {job['error']}")
    return accepted * 1000, (time.perf_counter() - started) * 1000


def stream(server: RunningServer, question: str) -> tuple[float, float]:
    """Milliseconds to the first byte of the body, and to the first words of the answer."""
    started = time.perf_counter()
    first = 0.0
    body = b""
    with server.client.stream("POST", "/chat/stream", json={"message": question}) as response:
        response.raise_for_status()
        for piece in response.iter_raw():
            first = first or time.perf_counter() - started
            body += piece
            if b'"text"' in body:
                return first * 1000, (time.perf_counter() - started) * 1000
    return first * 1000, (time.perf_counter() - started) * 1000


def embedding(embedder: MiniLmEmbedder, contents: Sequence[bytes]) -> list[float]:
    """Milliseconds to embed each page, as passages of a fifth of it."""
    times = []
    for content in contents:
        text = content.decode()
        cut = len(text) // 5 + 1
        parts = [PassageText("", text[n : n + cut], ()) for n in range(0, len(text), cut)]
        started = time.perf_counter()
        embedder.embed_passages(parts)
        times.append((time.perf_counter() - started) * 1000)
    return times


def commits(folder: Path, count: int) -> list[float]:
    """Milliseconds to write a little and have it on disk."""
    times = []
    with (folder / "commit").open("wb") as file:
        for _ in range(count):
            started = time.perf_counter()
            file.write(b"x" * _COMMIT)
            file.flush()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - started) * 1000)
    return times


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--collection", default="stackfaq")
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--docs", type=Path, help="write into performance.md there")
    arguments = parser.parse_args()
    told = machine()
    collection = load_collection(arguments.data / arguments.collection)
    questions = [query.text for query in collection.queries[: arguments.questions]]
    contents = pages(collection.documents, arguments.files)
    with tempfile.TemporaryDirectory(prefix="cevvo-evals-") as temporary:
        folder = Path(temporary)
        with running_server(folder / "data") as server:
            for n, content in enumerate(contents[:5]):  # the first start the parser
                upload(server, content, f"first-{n}.md")
            uploads = [upload(server, each, f"{n}.md") for n, each in enumerate(contents[5:])]
            for question in questions[:20]:
                stream(server, question)
            streams = [stream(server, question) for question in questions]
        embedder = MiniLmEmbedder(0)
        asked = MiniLmEmbedder(1)
        report: dict[str, Any] = {
            "files": len(uploads),
            "upload_answered_ms": percentiles([accepted for accepted, _ in uploads]),
            "upload_searchable_ms": percentiles([found for _, found in uploads]),
            "embedding_a_page_ms": percentiles(embedding(embedder, contents[5:])),
            "commit_ms": percentiles(commits(folder, 100)),
            "first_byte_ms": percentiles([first for first, _ in streams]),
            "first_words_ms": percentiles([words for _, words in streams]),
            "embedding_a_question_ms": percentiles(_timed(asked, questions)),
        }
    print(json.dumps(report, indent=2))
    if arguments.docs:
        put(arguments.docs, "arrival", section_of(report, told), {})


def section_of(report: dict[str, Any], told: str) -> str:
    """The figures as a section of the documentation."""
    names = {
        "upload_answered_ms": "an upload of one page is answered after",
        "upload_searchable_ms": "and searchable after",
        "embedding_a_page_ms": "embedding that page takes by itself",
        "commit_ms": "a commit to that disk takes by itself",
        "first_byte_ms": "the first byte of a streamed answer comes after",
        "first_words_ms": "its first words after",
        "embedding_a_question_ms": "embedding that question takes by itself",
    }
    rows = [
        f"| {words} | {report[name]['p50']} ms | {report[name]['p95']} ms |"
        for name, words in names.items()
    ]
    return "\n".join(
        [
            "## How soon",
            "",
            f"`python -m cevvo_evals.arrival --data ../shared/data --docs docs` ({told}). An idle "
            "server, one thing after the other, no model.",
            "",
            "| | p50 | p95 |",
            "|---|---|---|",
            *rows,
        ]
    )


def _timed(embedder: MiniLmEmbedder, questions: Sequence[str]) -> list[float]:
    times = []
    for question in questions:
        started = time.perf_counter()
        embedder.embed_query(question)
        times.append((time.perf_counter() - started) * 1000)
    return times


if __name__ == "__main__":
    main()
