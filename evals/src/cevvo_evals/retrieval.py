"""How well search finds: nDCG@10 and recall@20 by words, by meaning, fused, and as chat gets it.

    python -m cevvo_evals.retrieval --data ../shared/data

Each collection goes into a database of its own in a temporary folder, through the same functions
that store ingested documents, and is asked through the same search index and retriever as
``/chat``. "fused" is the ranking of all hits; "retrieved" is what the retriever makes of it, where
texts that are nearly the same count once (judgements may count each). A document is one chunk,
however long, so that the figures compare with others'; the embedding model reads its first 254
tokens. Nothing is kept between runs.
"""

import argparse
import asyncio
import hashlib
import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import track
from sqlalchemy import Connection, select

from cevvo.domain.documents import Chunk, IndexedChunk, IndexedDocument, Span
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.retrieval.fusion import fused_scores
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.engine.retrieval.terms import index_terms
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.features.sources.repository import create_source
from cevvo.features.workspaces.repository import ensure_default
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import chunks, documents
from cevvo.providers.embedding.base import Embedder, PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.search.base import Hit, SearchQuery
from cevvo.providers.search.embedded import EmbeddedSearchIndex
from cevvo_evals.collections import Collection, Document, Query, load_collection

COLLECTIONS = ("scifact", "mtrag_cloud_pool", "stackfaq", "squad2_dev_half")
# nDCG@10 and recall@20 to compare with. For SciFact, words and meaning are also the figures
# published for BM25 (https://github.com/beir-cellar/beir) and for all-MiniLM-L6-v2
# (https://huggingface.co/spaces/mteb/leaderboard). The rest were measured once with a plain BM25
# (k1 1.2, b .75), the model in float and a blend of their min-max scaled scores.
REFERENCE: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "scifact": {"lexical": (0.679, 0.863), "dense": (0.645, 0.837), "fused": (0.732, 0.891)},
    "mtrag_cloud_pool": {
        "lexical": (0.258, 0.450),
        "dense": (0.314, 0.532),
        "fused": (0.353, 0.598),
    },
    "stackfaq": {"lexical": (0.731, 0.849), "dense": (0.949, 0.989), "fused": (0.931, 0.984)},
    "squad2_dev_half": {
        "lexical": (0.891, 0.977),
        "dense": (0.803, 0.975),
        "fused": (0.907, 0.994),
    },
}
SEARCHES = ("lexical", "dense", "fused", "retrieved")
_BATCH = 64
_NOW = Millis(0)
_DEPTH = 200  # hits asked of each search
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over a collection's queries, 0..1."""

    ndcg10: float
    recall20: float


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], depth: int) -> float:
    """Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002), linear gain."""
    gains = [relevant.get(id, 0) for id in ranked[:depth]]
    ideal = sorted(relevant.values(), reverse=True)[:depth]
    return _discounted(gains) / _discounted(ideal)


def recall(ranked: Sequence[str], relevant: Mapping[str, int], depth: int) -> float:
    """Share of the relevant documents among the first ``depth``."""
    return len(set(ranked[:depth]) & set(relevant)) / len(relevant)


def measure(collection: Collection, embedder: Embedder, data_dir: Path) -> dict[str, Quality]:
    """Index a collection in a new database in ``data_dir`` and ask all its queries."""
    db = open_database(data_dir)
    try:
        index = EmbeddedSearchIndex(db, embedder.model_id, embedder.dimensions)
        workspace = store(db, index, embedder, collection)
        names = db.read_now(chunk_names)
        retriever = Retriever(index, embedder)

        async def ask(query: Query) -> dict[str, list[str]]:
            retrieved = await retriever.retrieve(workspace, query.text, limit=20)
            search = SearchQuery(tuple(dict.fromkeys(index_terms(query.text))), retrieved.vector)
            hits = await index.search(workspace, search, _DEPTH)
            scores = dict(zip(hits, fused_scores(hits), strict=True))
            return {
                "lexical": _ranked(hits, lambda hit: hit.lexical, names),
                "dense": _ranked(hits, lambda hit: hit.dense, names),
                "fused": _ranked(hits, scores.__getitem__, names),
                "retrieved": [names[passage.chunk_id] for passage in retrieved.passages],
            }

        async def ask_all() -> list[dict[str, list[str]]]:
            return [await ask(query) for query in _shown(collection.queries, "  asking")]

        rankings = asyncio.run(ask_all())
    finally:
        db.close()
    return {
        search: _quality([ranking[search] for ranking in rankings], collection.queries)
        for search in SEARCHES
    }


def table(results: Mapping[str, Mapping[str, Quality]]) -> str:
    """A Markdown table; the reference in brackets."""
    lines = [
        "| nDCG@10 / recall@20 | " + " | ".join(SEARCHES) + " |",
        "|---" * (1 + len(SEARCHES)) + "|",
    ]
    for name, result in results.items():
        cells = []
        for search in SEARCHES:
            quality, reference = result[search], REFERENCE.get(name, {}).get(search)
            cell = f"{quality.ndcg10:.3f} / {quality.recall20:.3f}"
            cells.append(
                cell + (f" ({reference[0]:.3f} / {reference[1]:.3f})" if reference else "")
            )
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    means = [
        sum(result[search].ndcg10 for result in results.values()) / len(results)
        for search in SEARCHES
    ]
    lines.append("| mean nDCG@10 | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    return "\n".join(lines)


def store(
    db: Database, index: EmbeddedSearchIndex, embedder: Embedder, collection: Collection
) -> WorkspaceId:
    """The collection's documents in a new database, each as one chunk; whose they are."""
    workspace, source_id = db.write_now(_new_source)

    def put(connection: Connection, batch: Sequence[tuple[str, IndexedDocument]]) -> None:
        for key, document in batch:
            origin = Origin(key=key, url=None, media_type="text/plain")
            replace_document(connection, workspace, index, source_id, origin, document, now=_NOW)

    starts = range(0, len(collection.documents), _BATCH)
    for start in _shown(starts, f"{collection.name}: embedding"):
        batch = _indexed(collection.documents[start : start + _BATCH], embedder)
        db.write_now(partial(put, batch=batch))
    return workspace


def _new_source(connection: Connection) -> tuple[WorkspaceId, str]:
    workspace = ensure_default(connection, _NOW)
    return workspace, create_source(connection, workspace, name="collection", type="text", now=_NOW)


def _indexed(batch: Sequence[Document], embedder: Embedder) -> list[tuple[str, IndexedDocument]]:
    """Each document as one chunk without sentences, by its id in the collection."""
    vectors = embedder.embed_passages([PassageText(d.title, d.text, ()) for d in batch])
    result = []
    for document, vector in zip(batch, vectors, strict=True):
        chunk = IndexedChunk(
            chunk=Chunk(0, Span(0, len(document.text)), (), None, None, ()),
            title_terms=" ".join(index_terms(document.title)),
            heading_terms="",
            body_terms=" ".join(index_terms(document.text)),
            vector=vector.vector,
            sentence_vectors=vector.sentences,
        )
        content_hash = hashlib.sha256(f"{document.title}\n{document.text}".encode()).hexdigest()
        result.append(
            (
                document.id,
                IndexedDocument(document.title, document.text, None, 1, content_hash, (chunk,)),
            )
        )
    return result


def chunk_names(connection: Connection) -> dict[int, str]:
    rows = connection.execute(select(chunks.c.id, documents.c.key).join(documents))
    return {row.id: row.key for row in rows}


def _ranked(
    hits: Sequence[Hit], score: Callable[[Hit], float | None], names: Mapping[int, str]
) -> list[str]:
    scored = [(value, hit) for hit in hits if (value := score(hit)) is not None]
    return [names[hit.chunk_id] for _, hit in sorted(scored, key=lambda pair: -pair[0])]


def _quality(rankings: Sequence[Sequence[str]], queries: Sequence[Query]) -> Quality:
    pairs = list(zip(rankings, queries, strict=True))
    return Quality(
        sum(ndcg(ranked, query.relevant, 10) for ranked, query in pairs) / len(pairs),
        sum(recall(ranked, query.relevant, 20) for ranked, query in pairs) / len(pairs),
    )


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def _shown(items: Sequence[T], what: str) -> Iterator[T]:
    """The items, with a progress bar on a terminal's standard error."""
    console = Console(stderr=True)
    yield from track(items, what, console=console, disable=not sys.stderr.isatty())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--collections", nargs="+", default=COLLECTIONS, metavar="NAME")
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    embedder = MiniLmEmbedder(arguments.threads)
    results = {}
    for name in arguments.collections:
        collection = load_collection(arguments.data / name)
        with tempfile.TemporaryDirectory(prefix="cevvo-evals-") as folder:
            results[name] = measure(collection, embedder, Path(folder))
        if not arguments.json:
            print(f"{name} done", file=sys.stderr)
    if arguments.json:
        print(
            json.dumps(
                {
                    name: {search: asdict(quality) for search, quality in result.items()}
                    for name, result in results.items()
                },
                indent=2,
            )
        )
    else:
        print(table(results))


if __name__ == "__main__":
    main()
