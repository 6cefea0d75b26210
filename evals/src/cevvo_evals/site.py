"""A whole documentation site, from nothing to answers.

    python -m cevvo_evals.site --folder /usr/share/doc/python-django-doc/html

serves the folder on loopback, points a fresh server at it and reports: pages found, time to
searchable, the share of that time that the embedding model by itself would take, size of the
database, memory; then asks the questions in ``questions/django.json`` and shows answers and cited
pages. The folder is Debian's package ``python-django-doc``; any static site will do, with
``--questions`` of its own.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import pysqlite3

from cevvo.providers.embedding.base import PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.server import RunningServer, running_server, static_site

QUESTIONS = Path(__file__).parent / "questions" / "django.json"


def embedding_alone(database: Path) -> tuple[float, int]:
    """Seconds that the embedding model takes by itself for all stored chunks; and how many.

    Measured on every eighth chunk, times eight.
    """
    connection = pysqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT documents.title, chunks.heading_path, "
        'substr(documents.text, chunks.start + 1, chunks."end" - chunks.start) '
        "FROM chunks JOIN documents ON documents.id = chunks.document_id"
    ).fetchall()
    connection.close()
    passages = [
        PassageText(" > ".join([title, *json.loads(headings)]), text, ())
        for title, headings, text in rows
    ]
    embedder = MiniLmEmbedder(threads=0)
    embedder.embed_passages(passages[:20])
    started = time.monotonic()
    embedder.embed_passages(passages[::8])
    return 8 * (time.monotonic() - started), len(passages)


def ingest(server: RunningServer, url: str) -> dict[str, Any]:
    """Crawl ``url`` and report on it."""
    started, cpu = time.monotonic(), server.cpu_seconds()
    created = server.client.post("/sources", json={"name": "Site", "type": "website", "url": url})
    created.raise_for_status()
    source = server.wait_for_source(created.json()["id"])
    seconds = time.monotonic() - started
    alone, chunks = embedding_alone(server.data_dir / "cevvo.db")
    now, high = server.memory_mb()
    return {
        "status": source["status"],
        "pages": source["document_count"],
        "seconds": round(seconds, 1),
        "pages_per_second": round(source["document_count"] / seconds, 1),
        "cpu_seconds": round(server.cpu_seconds() - cpu, 1),
        "chunks": chunks,
        "embedding_alone_seconds": round(alone, 1),
        "embedding_share": round(alone / seconds, 2),
        "database_mb": round((server.data_dir / "cevvo.db").stat().st_size / 1e6, 1),
        "memory_mb": now,
        "memory_high_mb": high,
    }


def ask(server: RunningServer, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask each question in a thread of its own. A page is right when its path ends as expected."""
    results = []
    for question in questions:
        started = time.monotonic()
        answer = server.client.post("/chat", json={"message": question["question"]}).json()
        urls = [source["url"].partition("#")[0] for source in answer["sources"]]
        expected = question.get("page")
        results.append(
            {
                "question": question["question"],
                "answer": answer["answer"],
                "answered": answer["answered"],
                "confidence": answer["confidence"],
                "pages": urls,
                "right": not answer["answered"]
                if expected is None
                else any(url.endswith(expected) for url in urls),
                "ms": round((time.monotonic() - started) * 1000, 1),
            }
        )
    return results


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--start", default="index.html", help="page to start from")
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        static_site(arguments.folder) as host,
        running_server(Path(folder), CEVVO_ALLOW_PRIVATE_NETWORKS=host) as server,
    ):
        report = ingest(server, f"http://{host}/{arguments.start}")
        answers = ask(server, json.loads(arguments.questions.read_text()))
    if arguments.json:
        print(json.dumps({"site": report, "answers": answers}, indent=2))
        return
    print("\n".join(f"{name:>18}  {value}" for name, value in report.items()))
    for answer in answers:
        mark = "right" if answer["right"] else "WRONG"
        print(f"\n[{mark}, {answer['ms']} ms, confidence {answer['confidence']}]")
        print(f"Q  {answer['question']}\nA  {answer['answer']}")
        for url in answer["pages"]:
            print(f"   {url}")
    print(f"\n{sum(a['right'] for a in answers)} of {len(answers)} right")


if __name__ == "__main__":
    main()
