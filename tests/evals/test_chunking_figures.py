"""Long documents out of short ones, and the figures of the splitter's variants."""

import asyncio
import json
import random
from pathlib import Path

import pytest

from cevvo.domain.documents import Span
from cevvo.engine.indexing import split
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.chunking import Measured, Variant, has, measure, sampled, splitting, table
from cevvo_evals.long_documents import Gold, LongCollection, articles, pages, sources


def folder(path: Path, corpus: list[dict[str, object]], queries: list[dict[str, object]]) -> Path:
    path.mkdir()
    (path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in corpus))
    (path / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries))
    judged = [f"{row['_id']}\t{row['passage']}\t1\n" for row in queries]
    (path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(judged))
    return path


@pytest.fixture
def squad(tmp_path: Path) -> LongCollection:
    corpus: list[dict[str, object]] = [
        {"_id": "p0", "title": "Rollo", "text": "Rollo led them. He came from Norway."},
        {"_id": "p1", "title": "Steam", "text": "Steam drives engines."},
        {"_id": "p2", "title": "Rollo", "text": "His land was Normandy, in France."},
    ]
    queries: list[dict[str, object]] = [
        {
            "_id": "q",
            "text": "In which country was his land?",
            "passage": "p2",
            "answers": ["France"],
            "starts": [26, 26],
        },
    ]
    return articles(folder(tmp_path / "squad", corpus, queries))


def texts(long: LongCollection, query: str) -> list[str]:
    documents = {document.id: document.text for document in long.collection.documents}
    return [documents[gold.document][gold.span.start : gold.span.end] for gold in long.gold[query]]


def test_paragraphs_become_articles_again(squad: LongCollection) -> None:
    assert [document.id for document in squad.collection.documents] == ["Rollo", "Steam"]
    assert squad.collection.documents[0].text.endswith(
        "Norway.\n\nHis land was Normandy, in France."
    )
    assert texts(squad, "q") == ["France"]


def test_passages_become_pages_again_and_what_they_share_stands_once(tmp_path: Path) -> None:
    page = "Backups \n\nThey are made daily.\n\n\n\n Restoring \n\n"
    page += "* [Stop](https://x.y) it.\n* Start it.\n\nDone."
    cut = page.index("* [Stop")
    corpus: list[dict[str, object]] = [
        {"_id": f"doc_1-0-{cut + 25}", "title": "", "text": page[: cut + 25]},
        {"_id": f"doc_1-{cut}-{len(page)}", "title": "", "text": page[cut:]},
    ]
    queries: list[dict[str, object]] = [
        {"_id": "q", "text": "How to restore?", "passage": f"doc_1-{cut}-{len(page)}"}
    ]
    long = sources(folder(tmp_path / "mtrag", corpus, queries))
    (document,) = long.collection.documents
    assert document.title == "Backups"
    assert document.text == (
        "# Backups\n\nThey are made daily.\n\n## Restoring\n\n* Stop it.\n\n* Start it.\n\nDone."
    )
    assert texts(long, "q") == ["* Stop it.\n\n* Start it.\n\nDone."]


def test_a_gold_must_stand_on_its_page(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "a.html").write_text("<title>A</title><main><h1>A</h1><p>It is blue.</p></main>")
    questions = tmp_path / "questions.json"
    question = {"question": "Which colour?", "page": "a.html", "gold": "blue"}
    questions.write_text(json.dumps([question]))
    assert texts(pages(site, questions), "Which colour?") == ["blue"]
    questions.write_text(json.dumps([question | {"gold": "red"}]))
    with pytest.raises(ValueError, match="'red'"):
        pages(site, questions)


def test_a_passage_has_what_it_covers_or_lies_in() -> None:
    assert has(Span(0, 100), Span(90, 100))
    assert not has(Span(0, 95), Span(90, 100))
    assert has(Span(50, 150), Span(100, 900))
    assert not has(Span(49, 149), Span(100, 900))


def test_a_variant_sets_the_splitter_and_puts_it_back() -> None:
    before = vars(split).copy()
    with splitting(Variant("other", target=99, merging=False)):
        assert (split._TARGET, split._MERGED) == (99, 0)
    assert vars(split) == before


def test_variants_are_measured_through_the_real_index(squad: LongCollection) -> None:
    embedder = MiniLmEmbedder(threads=1)
    one = asyncio.run(measure(squad, Variant("as it is"), embedder))
    small = asyncio.run(measure(squad, Variant("small", target=9), embedder))
    bare = asyncio.run(measure(squad, Variant("bare", prefix=False), embedder))
    short = asyncio.run(measure(squad.collection, Variant("as it is"), embedder))
    assert (one.chunks, small.chunks, bare.chunks) == (2, 3, 2)
    assert small.tokens > one.tokens > bare.tokens
    assert one.figures["top1"] == small.figures["top1"] == one.figures["quoted"] == [1.0]
    assert short.figures == {"ndcg10": [1.0], "recall20": [1.0]}
    lines = table("squad", {"as it is": one, "small": small}).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert "1.000 (+0.000 ± 0.000)" in lines[3]


def test_the_error_of_a_difference_is_paired() -> None:
    chance = random.Random(1)
    hard = [float(chance.random() < 0.5) for _ in range(1000)]
    first = Measured(1, 1, {"top1": hard})
    second = Measured(1, 1, {"top1": [1.0, *hard[1:]]})
    difference, error = second.difference("top1", first)
    assert difference == pytest.approx((1 - hard[0]) / 1000)
    assert error <= 0.0011


def test_a_sample_keeps_what_answers_it(squad: LongCollection) -> None:
    few = sampled(squad.collection, 1)
    assert len(few.queries) == 1
    assert {document.id for document in few.documents} == {"Rollo", "Steam"}
    assert sampled(squad.collection, 1) == few
    assert Gold("Rollo", Span(64, 70)) in squad.gold["q"]
