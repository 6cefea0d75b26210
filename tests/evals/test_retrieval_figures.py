"""The retrieval benchmark on a collection of three documents."""

import gzip
import json
from pathlib import Path

import pytest

from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.search.base import Hit
from cevvo_evals.collections import Collection, Document, Query, load_collection
from cevvo_evals.retrieval import RANKINGS, Quality, by_parts, measure, ndcg, recall, table

CORPUS = [
    {"_id": "p", "title": "Passwords", "text": "Reset your password in the settings."},
    {"_id": "i", "title": "", "text": "The invoice is sent monthly."},
    {"_id": "c", "title": "", "text": "Cats sleep all day."},
]
QUERIES = [
    {"_id": "1", "text": "reset password"},
    {"_id": "2", "text": "unjudged"},
    {"_id": "3", "text": "cats and invoice"},
]
JUDGEMENTS = "query-id\tcorpus-id\tscore\n1\tp\t1\n1\ti\t0\n3\tc\t2\n3\ti\t1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    with gzip.open(folder / "corpus.jsonl.gz", "wt") as corpus:
        corpus.writelines(json.dumps(row) + "\n" for row in CORPUS)
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in QUERIES))
    (folder / "qrels.tsv").write_text(JUDGEMENTS)
    return folder


def test_measures_by_hand() -> None:
    relevant = {"a": 1, "b": 1, "c": 1}
    # 1/log2(2) + 1/log2(4) of an ideal 1/log2(2) + 1/log2(3) + 1/log2(4)
    assert ndcg(["a", "x", "b"], relevant, 10) == pytest.approx(1.5 / 2.130929754)
    assert ndcg(["a", "x", "b"], relevant, 2) == pytest.approx(1 / 1.630929754)
    assert ndcg([], relevant, 10) == 0
    assert recall(["a", "x", "b"], relevant, 3) == pytest.approx(2 / 3)
    assert recall(["a", "x", "b"], relevant, 2) == pytest.approx(1 / 3)


def test_only_judged_queries_are_asked(folder: Path) -> None:
    collection = load_collection(folder)
    assert [document.id for document in collection.documents] == ["p", "i", "c"]
    assert {query.id: dict(query.relevant) for query in collection.queries} == {
        "1": {"p": 1},
        "3": {"c": 2, "i": 1},
    }


def test_a_collection_is_measured_through_the_real_index(folder: Path, tmp_path: Path) -> None:
    result = measure(load_collection(folder), MiniLmEmbedder(threads=1), tmp_path / "data")
    assert {way: tuple(figures) for way, figures in result.items()} == RANKINGS
    for figures in result.values():
        assert all(quality.recall20 == 1 for quality in figures.values())
        assert figures["blend"].ndcg10 > 0.9
    assert result["passages"]["fused"].ndcg10 > 0.9
    printed = table({"tiny": result})
    assert printed.count("| tiny |") == 2
    assert printed.splitlines()[0].count("|") == printed.splitlines()[1].count("|") == 6


def test_a_document_is_where_its_best_passage_is(tmp_path: Path) -> None:
    chapters = [f"Cats sleep on day {n}. " * 30 for n in range(8)]
    documents = (
        Document("long", "Cats", "\n\n".join([*chapters, "The canary costs 5 euros. " * 20])),
        *(Document(f"{n}", "Dogs", f"Dogs bark at night {n}.") for n in range(5)),
    )
    collection = Collection(
        "tiny", documents, (Query("1", "What does a canary cost?", {"long": 1}),)
    )
    result = measure(collection, MiniLmEmbedder(threads=1), tmp_path / "data")
    assert result["passages"]["dense"].ndcg10 == 1
    assert result["passages"]["retrieved"].ndcg10 == 1


def test_ranks_are_fused_by_their_inverse() -> None:
    hits = [Hit(1, 9.0, 0.1), Hit(2, 5.0, 0.9), Hit(3, None, 0.8)]
    ranked = by_parts(hits, {1: "a", 2: "b", 3: "c"})
    assert ranked["lexical"] == ["a", "b"]
    assert ranked["dense"] == ["b", "c", "a"]
    assert ranked["rrf"] == ["b", "a", "c"]  # 1/62 + 1/61, 1/61 + 1/63, 1/62


def test_the_reference_stands_beside_the_figures() -> None:
    figures = {way: dict.fromkeys(names, Quality(0.5, 0.6)) for way, names in RANKINGS.items()}
    printed = table({"scifact": figures})
    assert printed.count("0.500 / 0.600 (0.679 / 0.863)") == 1
