"""Search on SQLite and on Postgres side by side: the same documents, questions and vectors.

    python -m cevvo_evals.both_stores quality --data ../shared/data --postgres URL
    python -m cevvo_evals.both_stores speed --chunks 10000 100000 --postgres URL

"quality" splits and embeds collections once, stores them in both and ranks as the retriever does:
nDCG@10 on each, and how many of the first ten are the same. ``--documents`` cuts a collection to
what its questions are about and as many others as fit.

"speed" makes chunks of words as frequent as in language and of vectors in clusters, and asks both
in turn, the whole search with 200 candidates each way. Trust the ratios: machines are noisy. The
first column under Postgres compares all vectors, the second one follows the graph. ``--beside``
puts so many workspaces of fifty chunks into the same databases.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from copy import copy
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from cevvo.domain.documents import Chunk, IndexedChunk, IndexedDocument, Span, Vectors
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.features.sources.repository import create_source
from cevvo.features.workspaces.repository import insert_workspace
from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.search.base import SearchIndex, SearchQuery
from cevvo.providers.search.configured import search_index
from cevvo_evals.collections import Collection, Document, load_collection
from cevvo_evals.corpus import chunk_names, parsed
from cevvo_evals.retrieval import COLLECTIONS, PARSERS, quality
from cevvo_evals.stores import new_database

_NOW = Millis(0)
_BATCH = 32
_CANDIDATES = 200
_VOCABULARY = 50_000
_DIMENSIONS = 384
_CLUSTERS = 200


class Store:
    """A database with a workspace of its own in it, and its index."""

    def __init__(self, db: Database, model: str, dimensions: int) -> None:
        self.db = db
        self.index: SearchIndex = search_index(db, model, dimensions)
        self.workspace, self._source = db.write_now(_new_source)

    def beside(self) -> "Store":
        """Another workspace in the same database and index."""
        other = copy(self)
        other.workspace, other._source = self.db.write_now(_new_source)
        return other

    def put(self, documents: Sequence[tuple[str, IndexedDocument]]) -> None:
        """Store documents by their key."""
        self.db.write_now(partial(self._put, documents=documents))

    def _put(
        self, connection: Connection, documents: Sequence[tuple[str, IndexedDocument]]
    ) -> None:
        for key, document in documents:
            origin = Origin(key=key, url=None, media_type="text/plain")
            replace_document(
                connection, self.workspace, self.index, self._source, origin, document, now=_NOW
            )


def _new_source(connection: Connection) -> tuple[WorkspaceId, str]:
    workspace = insert_workspace(connection, "", now=_NOW)
    return workspace, create_source(connection, workspace, name="all", type="text", now=_NOW)


def cut(collection: Collection, queries: int, documents: int) -> Collection:
    """Some of the questions, from all over, and some documents: those that these are about."""
    step = max(1, len(collection.queries) // queries)
    asked = collection.queries[::step][:queries]
    about = {id for query in asked for id in query.relevant}
    first = [each for each in collection.documents if each.id in about]
    others = [each for each in collection.documents if each.id not in about]
    kept = (*first, *others[: max(0, documents - len(first))])
    return Collection(collection.name, kept, asked)


async def compare_quality(
    collection: Collection, embedder: Embedder, stores: Sequence[Store]
) -> dict[str, float]:
    """nDCG@10 on each of two stores, and the share of the first ten that are the same."""
    pipeline = IndexingPipeline(SandboxedParser(), embedder)
    parse = PARSERS.get(collection.name, parsed)
    written = [document for document in collection.documents if document.text.strip()]
    try:
        for start in range(0, len(written), _BATCH):
            batch: Sequence[Document] = written[start : start + _BATCH]
            contents = await asyncio.gather(*(pipeline.index(parse(each)) for each in batch))
            for store in stores:
                store.put([(d.id, content) for d, content in zip(batch, contents, strict=True)])
    finally:
        pipeline.close()
    rankings = [await _rank_all(collection, embedder, store) for store in stores]
    of_sqlite, of_postgres = (quality(each, collection.queries).ndcg10 for each in rankings)
    same = [
        len(set(a[:10]) & set(b[:10])) / max(1, len(a[:10])) for a, b in zip(*rankings, strict=True)
    ]
    return {"sqlite": of_sqlite, "postgres": of_postgres, "same": statistics.mean(same)}


async def _rank_all(collection: Collection, embedder: Embedder, store: Store) -> list[list[str]]:
    retriever = Retriever(store.index, embedder)
    names = store.db.read_now(chunk_names)
    found = []
    for query in collection.queries:
        ranked = await retriever.rank(store.workspace, query.text, limit=60)
        found.append(list(dict.fromkeys(names[each.chunk_id] for each in ranked.passages)))
    return found


class MadeUp:
    """Chunks of 60 to 160 words, the n-th most frequent with weight 1/n; vectors in clusters."""

    def __init__(self) -> None:
        self._chance = random.Random(0)
        self._numbers = np.random.default_rng(0)
        self._weights = np.cumsum(1 / np.arange(1, _VOCABULARY + 1)).tolist()
        self._centres = self._numbers.normal(size=(_CLUSTERS, _DIMENSIONS)).astype(np.float32)

    def words(self, count: int) -> list[str]:
        """Words by chance."""
        places = self._chance.choices(range(_VOCABULARY), cum_weights=self._weights, k=count)
        return [f"w{place}" for place in places]

    def vectors(self, count: int) -> Vectors:
        """Unit vectors."""
        centres = self._centres[self._numbers.integers(_CLUSTERS, size=count)]
        near = centres + self._numbers.normal(size=centres.shape).astype(np.float32)
        unit: Vectors = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def document(self, number: int, chunks: int) -> tuple[str, IndexedDocument]:
        """A document of so many chunks."""
        made = []
        for ordinal, vector in enumerate(self.vectors(chunks)):
            body = " ".join(self.words(self._chance.randrange(60, 160)))
            chunk = Chunk(ordinal, Span(0, 4), (), None, None, ())
            made.append(IndexedChunk(chunk, "", "", body, vector, vector[None]))
        return f"{number}", IndexedDocument("", "text", None, 1, f"{number}", tuple(made))

    def query(self) -> SearchQuery:
        """Eight words, most of them common, as in a question."""
        terms = tuple(dict.fromkeys(self.words(8)))
        return SearchQuery(terms, self.vectors(1)[0])


def fill(stores: Sequence[Store], made_up: MadeUp, chunks: int) -> None:
    """Add documents of fifty chunks."""
    for number in range(0, chunks, 500):
        batch = [made_up.document(number + part, 50) for part in range(10)]
        for store in stores:
            store.put(batch)


def fill_beside(stores: Sequence[Store], made_up: MadeUp, workspaces: int) -> None:
    """Add workspaces of one document each."""
    for number in range(workspaces):
        document = made_up.document(number, 50)
        for store in stores:
            store.beside().put([document])


async def timed(store: Store, queries: Sequence[SearchQuery]) -> list[float]:
    """Milliseconds of each search."""
    times = []
    for query in queries:
        started = time.perf_counter()
        await store.index.search(store.workspace, query, _CANDIDATES)
        times.append((time.perf_counter() - started) * 1000)
    return times


async def _nearest(store: Store, queries: Sequence[SearchQuery]) -> list[set[int]]:
    found = []
    for query in queries:
        hits = await store.index.search(store.workspace, SearchQuery((), query.vector), _CANDIDATES)
        found.append({hit.chunk_id for hit in hits})
    return found


async def compare_speed(stores: Sequence[Store], made_up: MadeUp, asked: int) -> dict[str, object]:
    """Percentiles on SQLite, on Postgres without a graph, and with one where there is one."""
    queries = [made_up.query() for _ in range(asked)]
    sqlite, postgres = stores
    for store in stores:
        store.db.write_now(_look_again)
        await timed(store, queries[:5])
    times: dict[str, list[float]] = {"sqlite": [], "postgres exact": []}
    for start in range(0, asked, 10):
        some = queries[start : start + 10]
        times["sqlite"] += await timed(sqlite, some)
        times["postgres exact"] += await timed(postgres, some)
    exact = await _nearest(postgres, queries[:50])
    started = time.perf_counter()
    await postgres.index.tend()
    built = time.perf_counter() - started
    times["postgres graph"] = await timed(postgres, queries)
    near = await _nearest(postgres, queries[:50])
    report: dict[str, object] = {
        name: {"p50": round(_percentile(each, 50), 1), "p95": round(_percentile(each, 95), 1)}
        for name, each in times.items()
    }
    recalls = [len(a & b) / len(a) for a, b in zip(exact, near, strict=True)]
    report["graph"] = {"seconds": round(built), "recall@200": round(statistics.mean(recalls), 3)}
    return report


def _look_again(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=("quality", "speed"))
    parser.add_argument(
        "--postgres", required=True, metavar="URL", help="of a server to measure on"
    )
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--collections", nargs="+", default=COLLECTIONS, metavar="NAME")
    parser.add_argument("--queries", type=int, default=10_000, help="of a collection, or to time")
    parser.add_argument("--documents", type=int, default=1_000_000, help="of a collection")
    parser.add_argument("--chunks", nargs="+", type=int, default=[10_000])
    parser.add_argument("--beside", type=int, default=0, help="small workspaces, for speed")
    arguments = parser.parse_args()
    embedder = MiniLmEmbedder(1) if arguments.what == "quality" else None
    for each in arguments.collections if embedder else arguments.chunks:
        with (
            tempfile.TemporaryDirectory(prefix="cevvo-evals-") as folder,
            new_database(Path(folder) / "sqlite") as sqlite,
            new_database(Path(folder) / "postgres", arguments.postgres) as postgres,
        ):
            if embedder:
                stores = [Store(db, embedder.model_id, _DIMENSIONS) for db in (sqlite, postgres)]
                collection = cut(
                    load_collection(arguments.data / each), arguments.queries, arguments.documents
                )
                report: object = asyncio.run(compare_quality(collection, embedder, stores))
            else:
                stores = [Store(db, "made-up", _DIMENSIONS) for db in (sqlite, postgres)]
                made_up = MadeUp()
                fill(stores, made_up, each)
                fill_beside(stores, made_up, arguments.beside)
                report = asyncio.run(compare_speed(stores, made_up, min(arguments.queries, 200)))
            print(json.dumps({str(each): report}), flush=True)


if __name__ == "__main__":
    main()
