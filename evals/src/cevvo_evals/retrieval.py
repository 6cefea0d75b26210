"""How well search finds: nDCG@10 and recall@20, and what each part of it gives.

    python -m cevvo_evals.retrieval --data ../shared/data

Every collection is indexed twice, in databases of its own (in a temporary folder, or with
``--postgres postgresql://postgres@localhost/postgres`` on that server), through the functions that
store ingested documents, and asked through the same search index.

"whole": each document is one chunk, however long, so that the figures compare with others'; the
embedding model reads its first 254 tokens. By words (BM25), by meaning (cosine), by both ranks
(reciprocal rank fusion, Cormack et al. 2009, k = 60) and by the blend of both scores.

"passages": documents are split as in the product, those of ``mtrag_cloud_pool`` read as the
Markdown that they are; a document is where its best passage is. The same, then "fused": the
retriever's ranking, after feedback and by best sentences; and "retrieved": what chat gets, where
texts that are nearly the same count once (judgements may count each). Nothing is kept between runs.
"""

import argparse
import asyncio
import hashlib
import json
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from cevvo.domain.documents import Chunk, IndexedChunk, IndexedDocument, Span
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.retrieval.fusion import fused_scores
from cevvo.engine.retrieval.terms import index_terms
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.features.sources.repository import create_source
from cevvo.features.workspaces.repository import ensure_default
from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder, PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.search.base import Hit, SearchIndex, SearchQuery
from cevvo.providers.search.configured import search_index
from cevvo_evals.collections import Collection, Document, Query, load_collection
from cevvo_evals.corpus import chunk_names, indexed, markdown, parsed, shown
from cevvo_evals.stores import new_database

COLLECTIONS = ("scifact", "mtrag_cloud_pool", "stackfaq", "squad2_dev_half")
# nDCG@10 and recall@20 to compare with. For SciFact, words and meaning are also the figures
# published for BM25 (https://github.com/beir-cellar/beir) and for all-MiniLM-L6-v2
# (https://huggingface.co/spaces/mteb/leaderboard). The rest were measured once with a plain BM25
# (k1 1.2, b .75), the model in float and a blend of their min-max scaled scores.
REFERENCE: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "scifact": {"lexical": (0.679, 0.863), "dense": (0.645, 0.837), "blend": (0.732, 0.891)},
    "mtrag_cloud_pool": {
        "lexical": (0.258, 0.450),
        "dense": (0.314, 0.532),
        "blend": (0.353, 0.598),
    },
    "stackfaq": {"lexical": (0.731, 0.849), "dense": (0.949, 0.989), "blend": (0.931, 0.984)},
    "squad2_dev_half": {
        "lexical": (0.891, 0.977),
        "dense": (0.803, 0.975),
        "blend": (0.907, 0.994),
    },
}
RANKINGS = {
    "whole": ("lexical", "dense", "rrf", "blend"),
    "passages": ("lexical", "dense", "rrf", "blend", "fused", "retrieved"),
}
PARSERS = {"mtrag_cloud_pool": markdown}
Rankings = dict[str, list[str]]
"""Document ids, best first, by ranking."""
_BATCH = 64
_NOW = Millis(0)
_DEPTH = 200  # hits asked of each search
_SHOWN = 30  # passages: enough for twenty documents
_RRF_K = 60


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over a collection's queries, 0..1."""

    ndcg10: float
    recall20: float


Result = Mapping[str, Mapping[str, Quality]]
"""Of a collection: the quality of each of ``RANKINGS``."""


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], depth: int) -> float:
    """Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002), linear gain."""
    gains = [relevant.get(id, 0) for id in ranked[:depth]]
    ideal = sorted(relevant.values(), reverse=True)[:depth]
    return _discounted(gains) / _discounted(ideal)


def recall(ranked: Sequence[str], relevant: Mapping[str, int], depth: int) -> float:
    """Share of the relevant documents among the first ``depth``."""
    return len(set(ranked[:depth]) & set(relevant)) / len(relevant)


def measure(
    collection: Collection, embedder: Embedder, folder: Path, server: str | None = None
) -> Result:
    """Index a collection both ways, the first in a new database in ``folder``, and ask all of its
    queries. Both are on the Postgres ``server`` where one is named."""
    asked = {
        "whole": _whole(collection, embedder, folder, server),
        "passages": asyncio.run(_passages(collection, embedder, server)),
    }
    return {
        way: {name: quality([r[name] for r in asked[way]], collection.queries) for name in names}
        for way, names in RANKINGS.items()
    }


def _whole(
    collection: Collection, embedder: Embedder, folder: Path, server: str | None
) -> list[Rankings]:
    with new_database(folder, server) as db:
        index = search_index(db, embedder.model_id, embedder.dimensions)
        workspace = store(db, index, embedder, collection)
        names = db.read_now(chunk_names)

        async def ask_all() -> list[Rankings]:
            queries = shown(collection.queries, "  asking")
            return [
                by_parts(await index.search(workspace, _query(each, embedder), _DEPTH), names)
                for each in queries
            ]

        return asyncio.run(ask_all())


async def _passages(
    collection: Collection, embedder: Embedder, server: str | None
) -> list[Rankings]:
    parse = PARSERS.get(collection.name, parsed)
    async with indexed(collection, embedder, parse, server=server) as corpus:

        async def ask(query: Query) -> Rankings:
            hits = await corpus.index.search(corpus.workspace, _query(query, embedder), _DEPTH)
            ranked = await corpus.retriever.rank(corpus.workspace, query.text, limit=2 * _SHOWN)
            found = await corpus.retriever.retrieve(corpus.workspace, query.text, limit=_SHOWN)
            return by_parts(hits, corpus.names) | {
                "fused": [corpus.names[passage.chunk_id] for passage in ranked.passages],
                "retrieved": [corpus.names[passage.chunk_id] for passage in found.passages],
            }

        return [await ask(query) for query in shown(collection.queries, "  asking")]


def by_parts(hits: Sequence[Hit], names: Mapping[int, str]) -> Rankings:
    """The rankings that are made of the two searches' scores alone."""
    lexical = _best([(hit.lexical, hit) for hit in hits])
    dense = _best([(hit.dense, hit) for hit in hits])
    ranks: defaultdict[Hit, float] = defaultdict(float)
    for ranking in (lexical, dense):
        for rank, hit in enumerate(ranking, 1):
            ranks[hit] += 1 / (_RRF_K + rank)
    found = {
        "lexical": lexical,
        "dense": dense,
        "rrf": _best([(score, hit) for hit, score in ranks.items()]),
        "blend": _best(list(zip(fused_scores(hits), hits, strict=True))),
    }
    return {name: [names[hit.chunk_id] for hit in ranking] for name, ranking in found.items()}


def table(results: Mapping[str, Result]) -> str:
    """A Markdown table for each way of indexing; the reference in brackets."""
    parts = []
    for way, names in RANKINGS.items():
        lines = [f"| {way}: nDCG@10 / recall@20 | " + " | ".join(names) + " |"]
        lines.append("|---" * (1 + len(names)) + "|")
        for collection, result in results.items():
            reference = REFERENCE.get(collection, {}) if way == "whole" else {}
            cells = [_cell(result[way][name], reference.get(name)) for name in names]
            lines.append(f"| {collection} | " + " | ".join(cells) + " |")
        means = [
            sum(result[way][name].ndcg10 for result in results.values()) / len(results)
            for name in names
        ]
        lines.append("| mean nDCG@10 | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _cell(quality: Quality, reference: tuple[float, float] | None) -> str:
    cell = f"{quality.ndcg10:.3f} / {quality.recall20:.3f}"
    return cell + (f" ({reference[0]:.3f} / {reference[1]:.3f})" if reference else "")


def _query(query: Query, embedder: Embedder) -> SearchQuery:
    return SearchQuery(
        tuple(dict.fromkeys(index_terms(query.text))), embedder.embed_query(query.text)
    )


def store(
    db: Database, index: SearchIndex, embedder: Embedder, collection: Collection
) -> WorkspaceId:
    """The collection's documents in a new database, each as one chunk; whose they are."""
    workspace, source_id = db.write_now(_new_source)

    def put(connection: Connection, batch: Sequence[tuple[str, IndexedDocument]]) -> None:
        for key, document in batch:
            origin = Origin(key=key, url=None, media_type="text/plain")
            replace_document(connection, workspace, index, source_id, origin, document, now=_NOW)

    starts = range(0, len(collection.documents), _BATCH)
    for start in shown(starts, f"{collection.name}: embedding"):
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


def _best(scored: Sequence[tuple[float | None, Hit]]) -> list[Hit]:
    found = [(score, hit) for score, hit in scored if score is not None]
    return [hit for _, hit in sorted(found, key=lambda pair: -pair[0])]


def quality(rankings: Sequence[Sequence[str]], queries: Sequence[Query]) -> Quality:
    """Means over the queries; a document counts where it comes first."""
    documents = [list(dict.fromkeys(ranking)) for ranking in rankings]
    pairs = list(zip(documents, queries, strict=True))
    return Quality(
        sum(ndcg(ranked, query.relevant, 10) for ranked, query in pairs) / len(pairs),
        sum(recall(ranked, query.relevant, 20) for ranked, query in pairs) / len(pairs),
    )


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--collections", nargs="+", default=COLLECTIONS, metavar="NAME")
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    parser.add_argument("--postgres", metavar="URL", help="of a server to measure on, not SQLite")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    embedder = MiniLmEmbedder(arguments.threads)
    results = {}
    for name in arguments.collections:
        collection = load_collection(arguments.data / name)
        with tempfile.TemporaryDirectory(prefix="cevvo-evals-") as folder:
            results[name] = measure(collection, embedder, Path(folder), arguments.postgres)
        if not arguments.json:
            print(f"{name} done", file=sys.stderr)
    if arguments.json:
        print(
            json.dumps(
                {
                    name: {
                        way: {search: asdict(quality) for search, quality in figures.items()}
                        for way, figures in result.items()
                    }
                    for name, result in results.items()
                },
                indent=2,
            )
        )
    else:
        print(table(results))


if __name__ == "__main__":
    main()
