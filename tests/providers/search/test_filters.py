"""Searches narrowed to a language and to what is said of documents."""

import random

import pytest

from cevvo.providers.search import words
from cevvo.providers.search.base import Filters
from search_library import SOURCES, A, B, Library

PRO, GERMAN = Filters(metadata=(("plan", "pro"),)), Filters(language="de")


def urls(library: Library, question: str, filters: Filters, **how: object) -> list[str]:
    hits = library.hits(A, question, filters=filters, **how)  # type: ignore[arg-type]
    found = library.load(A, [hit.chunk_id for hit in hits])
    return sorted(str(passage.url).rpartition("/")[2] for passage in found)


@pytest.fixture
def described(library: Library) -> Library:
    library.put(A, "pro", "Password reset.", metadata={"plan": "pro", "version": "2"})
    library.put(A, "old", "Password reset.", metadata={"plan": "pro", "version": "1"})
    library.put(A, "free", "Password reset.", metadata={"plan": "free"}, source=SOURCES[A][1])
    library.put(A, "plain", "Password reset.")
    library.put(A, "german", "Password reset.", language="de", metadata={"plan": "pro"})
    library.put(B, "theirs", "Password reset.", language="de", metadata={"plan": "pro"})
    return library


@pytest.mark.parametrize("question", ["password", "nowhere"])
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), ["free", "german", "old", "plain", "pro"]),
        (PRO, ["german", "old", "pro"]),
        (Filters(metadata=(("plan", "pro"), ("version", "2"))), ["pro"]),
        (Filters("de", (("plan", "pro"),)), ["german"]),
        (GERMAN, ["german"]),
        (Filters("fr"), []),
        (Filters(metadata=(("plan", "gold"),)), []),
        (Filters(metadata=(("plan' OR 1=1", "pro"),)), []),
    ],
)
def test_only_what_passes_is_found(
    described: Library, question: str, filters: Filters, found: list[str]
) -> None:
    assert urls(described, question, filters) == found


def test_filters_and_sources_hold_together(described: Library) -> None:
    free = Filters(metadata=(("plan", "free"),))
    assert urls(described, "password", free, source_ids=(SOURCES[A][1],)) == ["free"]
    assert urls(described, "password", free, source_ids=(SOURCES[A][0],)) == []


def test_what_is_said_can_change_without_the_text(described: Library) -> None:
    described.put(A, "pro", "Password reset.", metadata={"plan": "free"})
    described.put(A, "plain", "Password reset.", metadata={"plan": "pro"})
    described.put(A, "old", "Password reset.")  # says nothing: stays as it is
    assert urls(described, "password", PRO) == ["german", "old", "plain"]
    described.put(A, "old", "Password reset.", metadata={})
    assert urls(described, "password", PRO) == ["german", "plain"]


@pytest.mark.parametrize("few", [20, 5_000])
def test_what_is_taken_away_makes_room(
    library: Library, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """The best ten of those that pass, though thousands of others are better by words and meaning,
    and though the words that are rare on the whole are in none of them."""
    monkeypatch.setattr(words, "_MIN_CANDIDATES", few)
    chance = random.Random(0)
    crowd = [f"rare common w{chance.randrange(99)} w{chance.randrange(99)}" for _ in range(1500)]
    library.put(A, "crowd", *crowd)
    library.put(A, "few", *(f"common w{n} text" for n in range(60)), metadata={"plan": "pro"})
    hits = library.hits(A, "rare common w7", like=crowd[0], filters=PRO, limit=10)
    found = library.load(A, [hit.chunk_id for hit in hits])
    assert {passage.url for passage in found} == {"https://example.com/few"}
    assert sum(hit.lexical is not None for hit in hits) == 10
    assert len(hits) >= 10
    best = max(hits, key=lambda hit: hit.lexical or 0.0)
    assert library.load(A, [best.chunk_id])[0].text == "common w7 text"
