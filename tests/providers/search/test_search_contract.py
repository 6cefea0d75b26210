"""The contract of the search port, on whichever database the tests run."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import Connection, func, select, text

from cevvo.domain.documents import Span
from cevvo.foundation.db.tables import chunks, embeddings
from cevvo.providers.search.base import SearchQuery
from cevvo.providers.search.configured import search_index
from search_library import DIMENSIONS, SOURCES, A, B, Library, vector_of

RESET = "Reset your password in the settings."
INVOICE = "The invoice is sent monthly."
CATS = "Cats sleep all day."


def test_an_empty_index_finds_nothing(library: Library) -> None:
    assert library.hits(A, "password") == []
    assert asyncio.run(library.index.chunk_count(A)) == 0


def test_found_by_words_and_by_meaning(library: Library) -> None:
    library.put(A, "one", RESET, CATS)
    library.put(A, "two", INVOICE)
    assert library.words_find(A, "password reset") == [RESET]
    assert library.meaning_finds(A, INVOICE)[0] == INVOICE
    assert asyncio.run(library.index.chunk_count(A)) == 3


def test_hits_carry_both_scores(library: Library) -> None:
    library.put(A, "one", RESET)
    library.put(A, "two", INVOICE)
    by_text = {
        passage.text: hit
        for hit in library.hits(A, "password", like=INVOICE)
        for passage in library.load(A, [hit.chunk_id])
    }
    assert by_text[INVOICE].lexical is None
    assert by_text[INVOICE].dense == pytest.approx(1, abs=0.01)
    assert (by_text[RESET].lexical or 0) > 0
    expected = float(vector_of(RESET) @ vector_of(INVOICE))
    assert by_text[RESET].dense == pytest.approx(expected, abs=0.01)


def test_a_hit_by_words_alone_has_its_cosine(library: Library) -> None:
    library.put(A, "far", RESET)
    for number in range(20):
        library.put(A, f"near {number}", f"Sleep {number}")
    best = library.hits(A, "password", like="Sleep 3", limit=1)
    assert [hit.lexical is None for hit in best] == [False, True]
    assert best[0].dense == pytest.approx(float(vector_of(RESET) @ vector_of("Sleep 3")), abs=0.01)
    assert best[1].dense == pytest.approx(1, abs=0.01)


def test_the_limit_holds_for_each_search(library: Library) -> None:
    for number in range(30):
        library.put(A, f"{number}", f"Common word {number}")
    hits = library.hits(A, "common word", limit=7)
    assert sum(hit.lexical is not None for hit in hits) == 7
    assert 7 <= len(hits) <= 14


def test_title_and_heading_are_searched_and_weigh_more(library: Library) -> None:
    library.put(A, "body", "One mentions webhooks in passing here.")
    library.put(A, "title", "Something else is said over here.", title="Webhooks")
    library.put(A, "heading", "Nothing of this kind is said here.", heading="Zebras")
    for number in range(10):
        library.put(A, f"other {number}", f"Other text {number}")
    assert library.words_find(A, "webhooks")[0] == "Something else is said over here."
    assert library.words_find(A, "zebra") == ["Nothing of this kind is said here."]


def test_a_replaced_document_is_found_by_its_new_text_only(library: Library) -> None:
    library.put(A, "page", RESET)
    assert library.words_find(A, "password") == [RESET]
    library.put(A, "page", INVOICE)
    assert library.words_find(A, "password") == []
    assert library.words_find(A, "invoice") == [INVOICE]
    assert library.meaning_finds(A, RESET) == [INVOICE]


def test_a_deleted_document_is_gone(library: Library) -> None:
    document_id = library.put(A, "page", RESET, CATS)
    library.put(A, "other", INVOICE)
    assert len(library.hits(A, "password")) == 3
    library.delete(A, document_id)
    assert library.words_find(A, "password cats") == []
    assert library.meaning_finds(A, RESET) == [INVOICE]


def test_unknown_documents_and_those_of_others_are_not_removed(library: Library) -> None:
    document_id = library.put(A, "page", RESET)
    library.db.write_now(lambda c: library.index.remove(c, A, "doc_unknown"))
    library.db.write_now(lambda c: library.index.remove(c, B, document_id))
    assert library.words_find(A, "password") == [RESET]
    assert library.meaning_finds(A, RESET) == [RESET]


def test_what_is_rolled_back_is_not_found(library: Library) -> None:
    document_id = library.put(A, "page", RESET)

    def fail(connection: Connection) -> None:
        library.index.remove(connection, A, document_id)
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        library.db.write_now(fail)
    assert library.words_find(A, "password") == [RESET]
    assert library.meaning_finds(A, RESET) == [RESET]


def test_s3_canary_words_stay_in_their_workspace(library: Library) -> None:
    library.put(A, "mine", "Public knowledge about tokens.")
    secret = library.put(B, "theirs", "The canary xylophone42 is secret.", title="Canary")
    secret_chunks = [hit.chunk_id for hit in library.hits(B, "xylophone42")]
    assert secret_chunks
    for question in ("xylophone42", "canary secret", secret, B, "public xylophone42"):
        hits = library.hits(A, question, like="The canary xylophone42 is secret.")
        assert not set(secret_chunks) & {hit.chunk_id for hit in hits}
    assert library.load(A, secret_chunks) == []
    assert library.hits(A, "canary", source_ids=SOURCES[B]) == []
    assert asyncio.run(library.index.chunk_count(A)) == 1


def test_only_the_sources_asked_for(library: Library) -> None:
    first, second = SOURCES[A]
    library.put(A, "one", RESET, source=first)
    library.put(A, "two", f"{RESET} Again.", source=second)

    def found(*source_ids: str) -> set[str]:
        hits = library.hits(A, "password", like=RESET, source_ids=source_ids)
        passages = library.load(A, [hit.chunk_id for hit in hits])
        return {passage.source_id for passage in passages}

    assert found(first) == {first}
    assert found(second) == {second}
    assert found(first, second) == {first, second}
    assert found() == set()
    assert found("src_unknown") == set()


@pytest.mark.parametrize(
    "terms",
    [
        ('" OR 1 NEAR(',),
        ("password*", "password)", "NOT"),
        ("scope:password", "^password", "{title}:x", "a + b"),
        ('""', '"', "", " "),
        ("nul\0byte", "\0"),
        ("=", "=*", "'; DROP TABLE chunks; --"),
        ("東京", "ñandú", "🜁"),
    ],
)
def test_s39_terms_are_never_syntax(library: Library, terms: tuple[str, ...]) -> None:
    library.put(A, "page", RESET)
    library.put(B, "page", INVOICE)
    for source_ids in (None, ('" OR 1', "src_a1", "'")):
        query = SearchQuery(terms, vector_of("unlike"), source_ids)
        hits = asyncio.run(library.index.search(A, query, 10))
        assert [hit.lexical for hit in hits] == [None]


def test_a_word_first_seen_after_frequencies_were_read_is_found(library: Library) -> None:
    library.put(A, "one", "First text.")
    assert library.words_find(A, "brandnew") == []
    library.put(A, "two", "A brandnew word.")
    assert library.words_find(A, "brandnew") == ["A brandnew word."]


def test_unicode_is_found(library: Library) -> None:
    library.put(A, "ja", "東京タワーは高い。")
    library.put(A, "fr", "L'éléphant mange.")
    assert library.words_find(A, "東京") == ["東京タワーは高い。"]
    assert library.words_find(A, "ELEPHANT") == ["L'éléphant mange."]


def test_a_question_of_thousands_of_words(library: Library) -> None:
    library.put(A, "page", RESET)
    question = "password " + " ".join(f"word{number}" for number in range(5000))
    assert library.words_find(A, question) == [RESET]


def test_passages_are_what_was_stored(library: Library) -> None:
    body = "Ünï 🜁 codé is text."
    document_id = library.put(
        A, "page", RESET, body, title="Title", heading="Heading", source="src_a2"
    )
    [chunk_id] = [hit.chunk_id for hit in library.hits(A, "code") if hit.lexical is not None]
    [passage] = library.load(A, [chunk_id])
    assert passage.document_id == document_id
    assert passage.source_id == "src_a2"
    assert (passage.title, passage.url) == ("Title", "https://example.com/page")
    assert (passage.heading_path, passage.anchor, passage.page) == (("Heading",), "top", None)
    assert passage.media_type == "text/html"
    span = Span(len(RESET) + 1, len(RESET) + 1 + len(body))
    assert passage.span == span
    assert passage.sentences == (span,)
    assert passage.text == passage.quote(span) == body
    assert passage.vector @ vector_of(body) == pytest.approx(1, abs=1e-3)
    assert passage.sentence_vectors.shape == (1, DIMENSIONS)
    assert passage.sentence_vectors[0] @ vector_of(body) == pytest.approx(1, abs=1e-3)
    assert np.linalg.norm(passage.sentence_vectors[0]) == pytest.approx(1, abs=1e-5)


def test_passages_come_in_the_order_asked_for_without_those_gone(library: Library) -> None:
    library.put(A, "one", RESET, CATS)
    gone = library.put(A, "two", INVOICE)
    ids = sorted(hit.chunk_id for hit in library.hits(A, ""))
    library.delete(A, gone)
    loaded = library.load(A, [ids[2], ids[1], 999, ids[0]])
    assert [passage.chunk_id for passage in loaded] == [ids[1], ids[0]]
    assert library.load(A, []) == []


def test_vectors_of_another_model_are_not_seen(library: Library) -> None:
    library.put(A, "page", RESET)
    other = search_index(library.db, "other-model", DIMENSIONS)
    query = SearchQuery(("password",), vector_of(RESET))
    [hit] = asyncio.run(other.search(A, query, 10))
    assert hit.dense is None
    assert (hit.lexical or 0) > 0


def test_languages_are_those_of_the_documents(library: Library) -> None:
    library.put(A, "one", RESET)
    assert asyncio.run(library.index.languages(A)) == frozenset()
    two = library.put(A, "two", "Rechnungen", language="de")
    library.put(B, "three", "Factures", language="fr")
    assert asyncio.run(library.index.languages(A)) == {"de"}
    library.delete(A, two)
    assert asyncio.run(library.index.languages(A)) == frozenset()
    library.put(A, "four", "Invoices", language="en")
    assert asyncio.run(library.index.languages(A)) == {"en"}


def test_an_index_opened_later_finds_the_same(library: Library) -> None:
    for number in range(12):
        library.put(A, f"{number % 8}", f"Text number {number}")
    later = Library(library.db)
    assert later.hits(A, "text", like="Text number 9") == library.hits(
        A, "text", like="Text number 9"
    )


def test_no_row_of_a_deleted_document_is_left(library: Library) -> None:
    document_id = library.put(A, "page", RESET, INVOICE)
    library.put(A, "page", CATS, RESET, INVOICE)
    library.delete(A, document_id)

    def rows(connection: Connection) -> list[int]:
        tables = (chunks, embeddings)
        counts = [select(func.count()).select_from(table) for table in tables]
        counts.append(select(func.count()).select_from(text("chunk_terms")))
        return [connection.execute(count).scalar_one() for count in counts]

    assert library.db.read_now(rows) == [0, 0, 0]


def test_searches_beside_writes_see_every_commit(library: Library) -> None:
    """Readers on all threads; what was committed before a search began is in its answer."""
    stop = threading.Event()

    def keep_searching() -> int:
        searches = 0
        while not stop.is_set():
            library.hits(A, "text", like="text 5")
            searches += 1
        return searches

    with ThreadPoolExecutor(3) as readers:
        running = [readers.submit(keep_searching) for _ in range(3)]
        try:
            ids: dict[str, str] = {}
            for number in range(25):
                key = f"page {number % 7}"
                ids[key] = library.put(A, key, f"text {number}", f"more text {number}")
                assert library.meaning_finds(A, f"text {number}")[0] == f"text {number}"
                if number % 5 == 4:
                    library.delete(A, ids.pop(key))
                    assert f"text {number}" not in library.meaning_finds(A, f"text {number}")
                assert len(library.hits(A, "")) == 2 * len(ids)
        finally:
            stop.set()
    assert all(search.result() > 0 for search in running)
