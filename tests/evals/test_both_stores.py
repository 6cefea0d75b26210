"""Comparing two stores: what is asked of them, and that the same index is the same."""

import asyncio
from pathlib import Path

from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.both_stores import MadeUp, Store, compare_quality, cut, fill, timed
from cevvo_evals.collections import Collection, Document, Query
from cevvo_evals.stores import new_database

COLLECTION = Collection(
    "small",
    tuple(Document(f"d{n}", "", f"Document {n} is about subject{n}.") for n in range(8)),
    tuple(Query(f"q{n}", f"What is about subject{n}?", {f"d{n}": 1}) for n in range(8)),
)


def test_a_cut_collection_keeps_what_its_questions_are_about() -> None:
    small = cut(COLLECTION, 2, 3)
    assert [query.id for query in small.queries] == ["q0", "q4"]
    assert [document.id for document in small.documents] == ["d0", "d4", "d1"]


def test_two_databases_of_a_kind_rank_alike(tmp_path: Path) -> None:
    embedder = MiniLmEmbedder(threads=1)
    with new_database(tmp_path / "a") as one, new_database(tmp_path / "b") as other:
        stores = [Store(db, embedder.model_id, embedder.dimensions) for db in (one, other)]
        report = asyncio.run(compare_quality(COLLECTION, embedder, stores))
    assert report == {"sqlite": 1, "postgres": 1, "same": 1}


def test_made_up_chunks_are_searched(tmp_path: Path) -> None:
    made_up = MadeUp()
    with new_database(tmp_path) as db:
        store = Store(db, "made-up", 384)
        fill([store], made_up, 500)
        assert asyncio.run(store.index.chunk_count(store.workspace)) == 500
        assert len(asyncio.run(timed(store, [made_up.query()]))) == 1
