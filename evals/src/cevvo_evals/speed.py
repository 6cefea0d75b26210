"""How long ``/chat`` takes without a language model, beside the least it could take.

    python -m cevvo_evals.speed --data ../shared/data

loads a collection's documents into a fresh server, then asks its questions over HTTP one after the
other and from eight clients at once. The baseline of the same run is what no such system can
avoid: embedding the question and scanning every vector, measured in this process. Trust the
ratios: machines are noisy.
"""

import argparse
import json
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.collections import load_collection
from cevvo_evals.server import RunningServer, running_server


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    """p50, p95 and p99 of ``milliseconds``."""
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)}


def timed_ask(server: RunningServer, question: str) -> float:
    """Milliseconds from request to whole response."""
    started = time.perf_counter()
    server.client.post("/chat", json={"message": question}).raise_for_status()
    return (time.perf_counter() - started) * 1000


def asked_together(
    server: RunningServer, questions: list[str], clients: int = 8
) -> tuple[float, dict[str, float]]:
    """Questions answered a second where ``clients`` ask at once, and how long each took."""
    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        times = list(pool.map(lambda question: timed_ask(server, question), questions))
    return round(len(questions) / (time.perf_counter() - started), 1), percentiles(times)


def baseline(questions: list[str], chunks: int) -> list[float]:
    """Milliseconds to embed one question and scan ``chunks`` int8 vectors, exactly."""
    embedder = MiniLmEmbedder(threads=1)
    vectors = np.random.default_rng(0).integers(-127, 128, (chunks, 384)).astype(np.float32)
    times = []
    for question in questions:
        started = time.perf_counter()
        np.argpartition(-(vectors @ embedder.embed_query(question)), 10)
        times.append((time.perf_counter() - started) * 1000)
    return times


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--collection", default="stackfaq")
    parser.add_argument("--questions", type=int, default=300)
    arguments = parser.parse_args()
    collection = load_collection(arguments.data / arguments.collection)
    questions = [query.text for query in collection.queries[: arguments.questions]]
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        source = server.client.post("/sources", json={"name": "Collection", "type": "text"}).json()
        for document in collection.documents:
            server.client.post(
                "/ingest/text",
                json={
                    "source_id": source["id"],
                    "title": f"{document.title} ({document.id})",
                    "content": document.text,
                },
            ).raise_for_status()
        server.wait_for_source(source["id"])
        for question in questions[:20]:
            timed_ask(server, question)
        alone = [timed_ask(server, question) for question in questions]
        per_second, together = asked_together(server, questions)
        least = baseline(questions, len(collection.documents))
        report: dict[str, Any] = {
            "documents": len(collection.documents),
            "questions": len(questions),
            "baseline_ms": percentiles(least),
            "chat_ms": percentiles(alone),
            "chat_over_baseline_p50": round(statistics.median(alone) / statistics.median(least), 1),
            "chat_8_clients_ms": together,
            "chat_8_clients_per_second": per_second,
            "memory_mb": server.memory_mb()[0],
        }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
