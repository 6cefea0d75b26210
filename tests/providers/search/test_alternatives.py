"""Terms that count as the same, and which terms there are."""

import asyncio
from collections.abc import Mapping

import pytest

from cevvo.providers.search.base import Alternatives
from search_library import A, B, Library

TWO_FACTOR = Alternatives(("two", "factor", "two-factor"), ("2fa", "mfa"))


def known(library: Library, *terms: str) -> Mapping[str, int]:
    return asyncio.run(library.index.known(A, terms))


def score(library: Library, question: str, key: str, *alternatives: Alternatives) -> float:
    hits = library.hits(A, question, alternatives=alternatives)
    pages = library.load(A, [hit.chunk_id for hit in hits])
    [chunk_id] = [page.chunk_id for page in pages if page.url == f"https://example.com/{key}"]
    return next(hit.lexical or 0.0 for hit in hits if hit.chunk_id == chunk_id)


@pytest.fixture
def stocked_library(library: Library) -> Library:
    library.put(A, "long", "Turn on two-factor codes here.")
    library.put(A, "short", "Turn on 2FA codes here.")
    library.put(A, "both", "Turn on 2FA (MFA) codes here.")
    library.put(A, "apart", "A factor of two in codes here.")
    for number in range(10):
        library.put(A, f"other {number}", f"Turn on something else {number} here.")
    return library


def test_what_has_an_alternative_is_found(stocked_library: Library) -> None:
    assert "Turn on 2FA codes here." not in stocked_library.words_find(A, "two-factor")
    assert "Turn on 2FA codes here." in stocked_library.words_find(A, "two-factor", TWO_FACTOR)


def test_a_phrase_is_found_as_such_only(stocked_library: Library) -> None:
    found = stocked_library.words_find(A, "mfa", Alternatives(("mfa",), ("two factor",)))
    assert "Turn on two-factor codes here." in found
    assert "A factor of two in codes here." not in found


def test_alternatives_count_once(stocked_library: Library) -> None:
    """A chunk with two of them scores as if it had the better one only."""
    either = Alternatives((), ("2fa", "mfa"))
    both = score(stocked_library, "codes", "both", either)
    alone = [score(stocked_library, f"codes {term}", "both") for term in ("2fa", "mfa")]
    assert both == pytest.approx(max(alone), rel=1e-6)
    assert both < score(stocked_library, "codes 2fa mfa", "both")


def test_chunks_without_alternatives_score_as_before(stocked_library: Library) -> None:
    plain = score(stocked_library, "two-factor codes", "long")
    assert score(stocked_library, "two-factor codes", "long", TWO_FACTOR) == pytest.approx(plain)


@pytest.mark.parametrize("phrase", ['" OR 1 NEAR(', "", " ", "two  factor", "\0", "nowhere at all"])
def test_s39_odd_alternatives_are_no_query(stocked_library: Library, phrase: str) -> None:
    found = stocked_library.words_find(A, "nothing", Alternatives((), (phrase,)))
    assert len(found) <= 1


def test_known_terms_are_counted_in_the_workspace(library: Library) -> None:
    library.put(A, "one", "A password.", "Another password.")
    library.put(A, "two", "config.yaml")
    library.put(B, "theirs", "The canary password.")
    assert known(library, "password", "config.yaml", "canari", "nowhere") == {
        "password": 2,
        "config.yaml": 1,
    }
    assert known(library) == {}
    assert known(library, '" OR "password', "'", "") == {}


def test_terms_that_begin_alike(library: Library) -> None:
    library.put(A, "one", "configure configuration conflict cat")
    found = asyncio.run(library.index.beginning_with(A, "conf"))
    assert set(found) == {"configur", "conflict"}
    assert not asyncio.run(library.index.beginning_with(A, "zz"))
