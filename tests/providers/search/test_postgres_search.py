"""What only the search index on Postgres has: its counts, its scores, its graphs."""

import asyncio
import math
import random
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import Connection, text

from cevvo.engine.retrieval.terms import index_terms
from cevvo.providers.search.base import UNFILTERED, Filters, SearchQuery
from cevvo.providers.search.postgres import vectors, words
from cevvo.providers.search.postgres.vectors import graph_name
from cevvo.providers.search.postgres.words import best_by_words
from search_library import DIMENSIONS, MODEL, SOURCES, A, B, Library, vector_of
from stores import ON_POSTGRES

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="of Postgres: its index")
RESET = "Reset your password in the settings."
VOCABULARY = [f"w{number}" for number in range(3000)]


def counted(connection: Connection) -> tuple[dict[str, int], list[tuple[str, int, int]]]:
    """What is said of workspace A: chunks by term; chunks and terms by language."""
    terms = connection.execute(
        text(
            "SELECT term, CAST(sum(chunks) AS int) FROM term_counts WHERE workspace_id = :workspace"
            " GROUP BY term HAVING sum(chunks) <> 0"
        ),
        {"workspace": A},
    )
    chunks = connection.execute(
        text(
            "SELECT language, CAST(sum(chunks) AS int), CAST(sum(terms) AS int) FROM chunk_counts"
            " WHERE workspace_id = :workspace GROUP BY language HAVING sum(chunks) <> 0 ORDER BY 1"
        ),
        {"workspace": A},
    )
    return dict(terms.all()), [tuple(row) for row in chunks]


def test_counts_follow_the_chunks(library: Library) -> None:
    gone = library.put(A, "one", "password password settings", "password", title="Password")
    library.put(A, "two", "settings", language="en")
    library.put(B, "theirs", "password")
    assert library.db.read_now(counted) == (
        {"password": 2, "set": 2},
        [("", 2, 6), ("en", 1, 1)],
    )
    library.put(A, "two", "invoice", language="de")
    library.delete(A, gone)
    assert library.db.read_now(counted) == ({"invoic": 1}, [("de", 1, 1)])
    assert asyncio.run(library.index.languages(A)) == {"de"}


def test_writers_at_the_same_time_are_all_counted(library: Library) -> None:
    def write(writer: int) -> None:
        for number in range(4):
            document = library.put(A, f"{writer} {number}", f"common text{writer}x{number}")
            if number == 3:
                library.delete(A, document)

    with ThreadPoolExecutor(3) as writers:
        list(writers.map(write, range(3)))
    terms, chunks = library.db.read_now(counted)
    assert terms["common"] == 9
    assert len(terms) == 10
    assert chunks == [("", 9, 18)]


def bm25(bodies: list[list[str]], title: list[str], question: list[str]) -> dict[int, float]:
    """Okapi BM25 as FTS5 has it, a title's terms counting twice."""
    chunks = [Counter(body) for body in bodies]
    for chunk in chunks:
        for term in title:
            chunk[term] += 2
    lengths = [len(title) + len(body) for body in bodies]
    average = sum(lengths) / len(lengths)
    scores: defaultdict[int, float] = defaultdict(float)
    for term in question:
        having = sum(term in chunk for chunk in chunks)
        if having:
            weight = max(math.log((len(chunks) - having + 0.5) / (having + 0.5)), 1e-6)
            for number, chunk in enumerate(chunks):
                n, k = chunk[term], 1.2 * (0.25 + 0.75 * lengths[number] / average)
                scores[number] += weight * n * 2.2 / (n + k)
    return dict(scores)


def stocked_with(library: Library, count: int) -> list[list[str]]:
    """Chunks whose words are as frequent as in language: the n-th has weight 1/n."""
    chance = random.Random(0)
    weights = [1 / (rank + 1) for rank in range(len(VOCABULARY))]
    bodies = [chance.choices(VOCABULARY, weights, k=chance.randrange(5, 60)) for _ in range(count)]
    library.put(A, "crowd", *(" ".join(body) for body in bodies), title="w3 w700")
    return bodies


def found_by_words(library: Library, question: list[str], limit: int) -> dict[int, float]:
    """Scores by the number of the chunk."""
    scores = library.db.read_now(
        lambda c: best_by_words(c, A, question, source_ids=None, filters=UNFILTERED, limit=limit)
    )
    first = library.db.read_now(lambda c: c.execute(text("SELECT min(id) FROM chunks")).scalar())
    assert first is not None
    return {chunk_id - first: score for chunk_id, score in scores.items()}


def test_scores_are_bm25(library: Library) -> None:
    bodies = stocked_with(library, 300)
    title = index_terms("w3 w700")
    for question in (["w5", "w40", "w700"], ["w0", "w1"], ["w250", "w2", "nowhere"]):
        expected = bm25(bodies, list(title), question)
        found = found_by_words(library, question, 300)
        for number, score in found.items():
            assert score == pytest.approx(expected[number], rel=1e-4)
        assert set(found) == {number for number, score in expected.items() if score > 0}


def test_the_best_are_those_of_the_full_search(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_LOOKED_AT", 150)
    monkeypatch.setattr(words, "_CANDIDATES", 60)
    bodies = stocked_with(library, 1500)
    chance = random.Random(1)
    same = 0
    for _ in range(20):
        question = [*chance.sample(VOCABULARY[:1000], 4), *chance.sample(VOCABULARY[:20], 4)]
        full = bm25(bodies, ["w3", "w700"], question)
        best = sorted(full, key=lambda number: (-full[number], number))[:10]
        found = found_by_words(library, question, 10)
        assert all(found[n] == pytest.approx(full[n], rel=1e-2, abs=0.02) for n in found)
        same += len(set(best) & set(found))
    assert same >= 0.9 * 200


def test_a_scope_as_a_term_opens_nothing(library: Library) -> None:
    library.put(A, "page", RESET)
    library.put(B, "page", "The invoice is sent monthly.")
    lexemes = library.db.read_now(
        lambda c: (
            c.execute(text("SELECT tsvector_to_array(terms) FROM chunk_terms")).scalars().all()
        )
    )
    scopes = tuple({each for row in lexemes for each in row if each.startswith("=")})
    assert len(scopes) == 4
    hits = asyncio.run(library.index.search(A, SearchQuery(scopes, vector_of(""), None), 10))
    assert [passage.text for passage in library.load(A, [hit.chunk_id for hit in hits])] == [RESET]
    assert [hit.lexical for hit in hits] == [None]


def plan(library: Library, like: str) -> str:
    """How Postgres would find what is near."""
    statement = (
        f"EXPLAIN SELECT chunk_id FROM chunk_vectors WHERE workspace_id = '{A}' AND"
        f" model = '{MODEL}' ORDER BY (vector::halfvec({DIMENSIONS})) <#>"
        f" '{vectors.vector_text(vector_of(like))}'::halfvec({DIMENSIONS}) LIMIT 10"
    )
    rows = library.db.read_now(lambda c: c.exec_driver_sql(statement).scalars().all())
    return "\n".join(rows)


def test_a_large_workspace_has_a_graph_that_finds_the_nearest(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "COMPARED", 500)
    bodies = [f"text {number}" for number in range(1200)]
    library.put(A, "crowd", *bodies)
    few = [f"few {number}" for number in range(40)]
    library.put(A, "few", *few, metadata={"plan": "pro"}, source=SOURCES[A][1])
    library.put(B, "theirs", *bodies[:20])
    before = library.hits(A, "", like="text 7", limit=20)
    asyncio.run(library.index.tend())
    assert graph_name(A, MODEL) in plan(library, "text 7")
    after = library.hits(A, "", like="text 7", limit=20)
    assert len({hit.chunk_id for hit in before} & {hit.chunk_id for hit in after}) >= 19
    assert after[0].chunk_id == before[0].chunk_id
    assert after[0].dense == pytest.approx(1, abs=0.01)
    # Of few all are compared, so that none of the best is missed.
    asked = library.hits(
        A, "", like="text 7", limit=20, filters=Filters(metadata=(("plan", "pro"),))
    )
    cosines = np.array([float(vector_of(each) @ vector_of("text 7")) for each in few])
    assert [hit.dense for hit in asked] == pytest.approx(
        sorted(cosines.tolist(), reverse=True)[:20], abs=0.01
    )
    assert len(library.hits(B, "", like="text 7")) == 20


def test_graphs_go_with_what_they_are_for(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "COMPARED", 5)
    document = library.put(A, "crowd", *(f"text {number}" for number in range(12)))
    asyncio.run(library.index.tend())
    asyncio.run(library.index.tend())
    assert graphs(library) == [graph_name(A, MODEL)]
    library.delete(A, document)
    asyncio.run(library.index.tend())
    assert graphs(library) == []


def test_a_graph_left_half_built_is_built_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "COMPARED", 5)
    library.put(A, "crowd", *(f"text {number}" for number in range(12)))
    asyncio.run(library.index.tend())
    library.db.write_now(
        lambda c: c.execute(
            text(
                "UPDATE pg_index SET indisvalid = false"
                f" WHERE indexrelid = '{graph_name(A, MODEL)}'::regclass"
            )
        )
    )
    assert library.hits(A, "", like="text 3", limit=3)[0].dense == pytest.approx(1, abs=0.01)
    asyncio.run(library.index.tend())
    assert graph_name(A, MODEL) in plan(library, "text 3")


def graphs(library: Library) -> list[str]:
    statement = "SELECT indexname FROM pg_indexes WHERE starts_with(indexname, 'graph_')"
    return list(library.db.read_now(lambda c: c.exec_driver_sql(statement).scalars().all()))
