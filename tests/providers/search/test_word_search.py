"""Which chunks the words of a question bring up when there are many."""

import random
from functools import partial

import pytest
from sqlalchemy import Connection, text

from cevvo.providers.search import words
from cevvo.providers.search.words import TermFrequencies, best_by_words, scope_tokens
from search_library import SOURCES, A, Library
from stores import only_on_sqlite

pytestmark = only_on_sqlite("FTS5")
VOCABULARY = [f"w{number}" for number in range(5000)]


@pytest.fixture
def crowd(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """2,000 chunks whose words are as frequent as in language: the n-th has weight 1/n."""
    monkeypatch.setattr(words, "_MIN_CANDIDATES", 50)
    chance = random.Random(0)
    weights = [1 / (rank + 1) for rank in range(len(VOCABULARY))]
    bodies = [" ".join(chance.choices(VOCABULARY, weights, k=40)) for _ in range(2000)]
    library.put(A, "crowd", *bodies)
    return library


def find(connection: Connection, terms: list[str]) -> dict[int, float]:
    return best_by_words(connection, A, None, terms, TermFrequencies(), seq=1, limit=10)


def full_search(connection: Connection, terms: list[str]) -> dict[int, float]:
    """BM25 over every chunk that has any of the terms."""
    rows = connection.execute(
        text(
            "SELECT rowid, -bm25(chunk_terms, 0, 2, 2, 1) AS score FROM chunk_terms"
            " WHERE chunk_terms MATCH :terms ORDER BY score DESC, rowid LIMIT 10"
        ),
        {"terms": " OR ".join(terms)},
    )
    return dict(rows.all())


def test_the_best_are_those_of_the_full_search(crowd: Library) -> None:
    chance = random.Random(1)
    same = 0
    for _ in range(30):
        question = [*chance.sample(VOCABULARY[:2000], 5), *chance.sample(VOCABULARY[:20], 5)]
        pruned = crowd.db.read_now(partial(find, terms=question))
        full = crowd.db.read_now(partial(full_search, terms=question))
        same += len(set(pruned) & set(full))
        for chunk_id in set(pruned) & set(full):
            assert pruned[chunk_id] == pytest.approx(full[chunk_id], rel=1e-3, abs=1e-4)
    assert same >= 0.95 * 300


def test_common_words_alone_are_searched_for(crowd: Library) -> None:
    assert len(crowd.db.read_now(lambda c: find(c, ["w0"]))) == 10


def test_unknown_words_find_nothing(crowd: Library) -> None:
    assert crowd.db.read_now(lambda c: find(c, ["nowhere"])) == {}


def test_scope_tokens_tell_ids_apart_by_case() -> None:
    source = SOURCES[A][0]
    assert scope_tokens(A, source) != scope_tokens(A, source.upper())
    assert scope_tokens(A, source) == scope_tokens(A, source).lower()
