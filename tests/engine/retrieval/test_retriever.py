"""From a question to passages, over the real index and the real model."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from cevvo.domain.documents import Chunk, IndexedChunk, IndexedDocument, Passage, Span
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.retrieval.retriever import Context, Retrieved, Retriever
from cevvo.engine.retrieval.terms import index_terms
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.foundation.db.opening import open_database
from cevvo.providers.embedding.base import PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.reading.minilm import MiniLmReader
from cevvo.providers.search.configured import search_index
from keyword_reader import write_keyword_reader
from search_library import SOURCES, A, B, add_workspaces

PAGES = {
    "Password": "Open Settings and choose Reset password. A link is sent by email.",
    "Invoices": "The bill for each month is sent on its first day.",
    "Cats": "Cats sleep for most of the day and hunt at dawn.",
    "Variables": "SSL_CERT_FILE names the bundle of trusted certificates.",
    "Mirror": "Open Settings and choose Reset password. A link is sent by email.",
    "Rechnungen": "Jede Rechnung wird am ersten Tag verschickt.",
    "Clusters": "Kubernetes runs the containers of a deployment.",
    "Push": "git push --force-with-lease refuses where somebody else has pushed.",
    "Push harder": "git push --force overwrites with what you have; on lease cars it does not.",
    "Errors": "error E0308 is about types, ORA-00942 about tables, 0x80070005 about rights.",
    "More errors": "error E0309 is about lifetimes, ORA-00943 about links, 0x80070006 of handles.",
    "Nothing": "AttributeError: NoneType has no attribute, as a value was missing.",
    "Types": "A type that has none of the attributes is no error.",
}


class Shelf:
    """The pages in workspace A, and a retriever over them."""

    def __init__(self, folder: Path) -> None:
        self.db = open_database(folder)
        add_workspaces(self.db)
        self.embedder = MiniLmEmbedder(threads=1)
        self.index = search_index(self.db, self.embedder.model_id, self.embedder.dimensions)
        self.retriever = Retriever(self.index, self.embedder)
        for number, (title, text) in enumerate(PAGES.items()):
            self.put(A, SOURCES[A][number % 2], title, text)
        self.put(B, SOURCES[B][0], "Secret", "The password canary of the other workspace.")

    def put(self, workspace: WorkspaceId, source_id: str, title: str, text: str) -> None:
        language = "de" if title == "Rechnungen" else None
        [vectors] = self.embedder.embed_passages([PassageText(title, text, (Span(0, 10),))])
        chunk = IndexedChunk(
            chunk=Chunk(0, Span(0, len(text)), (), None, None, (Span(0, 10),)),
            title_terms=" ".join(index_terms(title, language)),
            heading_terms="",
            body_terms=" ".join(index_terms(text, language)),
            vector=vectors.vector,
            sentence_vectors=vectors.sentences,
        )
        document = IndexedDocument(title, text, language, 1, title, (chunk,))
        origin = Origin(key=title, url=None, media_type="text/plain")

        def write(connection: Connection) -> None:
            replace_document(
                connection, workspace, self.index, source_id, origin, document, now=Millis(0)
            )

        self.db.write_now(write)

    def ask(
        self,
        question: str,
        *,
        source_ids: tuple[str, ...] | None = None,
        synonyms: Sequence[Sequence[str]] = (),
        limit: int = 20,
    ) -> Retrieved:
        return asyncio.run(
            self.retriever.retrieve(
                A, question, source_ids=source_ids, synonyms=synonyms, limit=limit
            )
        )

    def titles(
        self, question: str, *, synonyms: Sequence[Sequence[str]] = (), limit: int = 20
    ) -> list[str]:
        passages = self.ask(question, synonyms=synonyms, limit=limit).passages
        return [passage.title for passage in passages]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    yield shelf
    shelf.db.close()


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("I forgot my password", "Password"),
        ("When will I be invoiced?", "Invoices"),
        ("ssl_cert_file", "Variables"),
        ("feline naps", "Cats"),
    ],
)
def test_the_page_that_answers_comes_first(shelf: Shelf, question: str, title: str) -> None:
    assert shelf.titles(question)[0] == title


def test_passages_carry_their_scores_best_first(shelf: Shelf) -> None:
    passages = shelf.ask("reset the password").passages
    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]
    assert passages[0].lexical is not None
    assert all(passage.dense is not None for passage in passages)
    assert all(0 <= score <= 1 for score in scores)


def test_the_same_text_twice_counts_once(shelf: Shelf) -> None:
    titles = shelf.titles("reset the password")
    assert ("Password" in titles) != ("Mirror" in titles)
    assert len(titles) == len(PAGES) - 1


def test_no_more_than_asked_for(shelf: Shelf) -> None:
    assert len(shelf.titles("password", limit=2)) == 2


def test_only_the_sources_asked_for(shelf: Shelf) -> None:
    retrieved = shelf.ask("password", source_ids=(SOURCES[A][1],))
    assert {passage.source_id for passage in retrieved.passages} == {SOURCES[A][1]}
    assert shelf.ask("password", source_ids=()).passages == ()


def test_words_are_searched_in_the_documents_languages(shelf: Shelf) -> None:
    """ "Rechnungen" and "Rechnung" have one stem in German, none in common in English."""
    best = shelf.ask("Rechnungen").passages[0]
    assert best.title == "Rechnungen"
    assert "rechnung" in index_terms("Rechnungen", "de")
    assert "rechnung" not in index_terms("Rechnungen")
    assert best.lexical is not None


def test_a_question_is_looked_for_near_its_context(shelf: Shelf) -> None:
    context = Context("The bill for each month", 0.5)
    alone = shelf.ask("And how often?")
    leaning = asyncio.run(shelf.retriever.retrieve(A, "And how often?", context=context, limit=20))
    assert alone.passages[0].title != leaning.passages[0].title == "Invoices"
    assert (leaning.query, leaning.vector.tolist()) == (alone.query, alone.vector.tolist())
    own = {passage.title: passage.dense for passage in alone.passages}
    assert {passage.title: passage.dense for passage in leaning.passages} == pytest.approx(
        own,
        abs=3e-3,  # the index has eight bits of each number
    )


@pytest.mark.parametrize(
    ("identifier", "title"),
    [
        ("--force-with-lease", "Push"),
        ("NoneType", "Nothing"),
        ("SSL_CERT_FILE", "Variables"),
        ("E0308", "Errors"),
        ("E0309", "More errors"),
        ("ORA-00942", "Errors"),
        ("0x80070005", "Errors"),
        ("0x80070006", "More errors"),
    ],
)
def test_an_identifier_alone_finds_its_page(shelf: Shelf, identifier: str, title: str) -> None:
    best = shelf.ask(identifier)
    assert best.passages[0].title == title
    assert best.query == identifier


@pytest.mark.parametrize(
    ("question", "query", "title"),
    [
        ("what runs kuberntes", "what runs kubernetes", "Clusters"),
        ("the deploymnet", "the deployment", "Clusters"),
        ("trusted certifcates", "trusted certificates", "Variables"),
        ("Certifcates, certifcates?", "certificates, certificates?", "Variables"),
        ("overwirtes", "overwrites", "Push harder"),
        ("Kubernnetez", "kubernet", "Clusters"),  # two mistakes: as the index has it
    ],
)
def test_misspelt_words_find_what_they_mean(
    shelf: Shelf, question: str, query: str, title: str
) -> None:
    retrieved = shelf.ask(question)
    assert retrieved.query == query
    assert retrieved.passages[0].title == title
    assert retrieved.passages[0].lexical is not None


@pytest.mark.parametrize(
    "question", ["E0307", "ORA-00944", "0x80070004", "SSL_CERT_FLIE", "3.11.2"]
)
def test_identifiers_and_numbers_are_never_put_right(shelf: Shelf, question: str) -> None:
    assert shelf.ask(question).query == question


@pytest.mark.parametrize("question", ["canery", "feline naps", "Zendesk", "sleek hunters"])
def test_s3_words_are_not_taken_for_those_of_others(shelf: Shelf, question: str) -> None:
    """Only another workspace knows "canary"; English words that nobody wrote are no mistakes."""
    assert shelf.ask(question).query == question


def test_synonyms_find_what_they_mean(shelf: Shelf) -> None:
    groups = [["k8s", "Kubernetes"], ["TLS roots", "trusted certificates"]]
    assert shelf.ask("k8s").passages[0].lexical is None
    with_synonyms = shelf.ask("k8s", synonyms=groups).passages[0]
    assert with_synonyms.title == "Clusters"
    assert with_synonyms.lexical is not None
    assert shelf.titles("where are TLS roots", synonyms=groups)[0] == "Variables"
    assert shelf.titles("cats", synonyms=groups) == shelf.titles("cats")


def test_the_question_and_its_vector_come_back(shelf: Shelf) -> None:
    retrieved = shelf.ask("password")
    assert retrieved.query == "password"
    assert retrieved.vector.shape == (shelf.embedder.dimensions,)


@pytest.mark.parametrize("question", ["", "???", '" OR 1 NEAR(', "x" * 8000, "word " * 1600])
def test_odd_questions(shelf: Shelf, question: str) -> None:
    assert len(shelf.titles(question, limit=8)) <= 8


def test_a_workspace_without_documents(tmp_path: Path, shelf: Shelf) -> None:
    empty = asyncio.run(shelf.retriever.retrieve(WorkspaceId("wsp_empty"), "password"))
    assert empty.passages == ()


def test_a_reader_reads_what_is_returned(shelf: Shelf, tmp_path: Path) -> None:
    def ask(word: str, reading_ms: int) -> tuple[Passage, ...]:
        reader = MiniLmReader(write_keyword_reader(tmp_path / f"{word}.onnx", word))
        retriever = Retriever(shelf.index, shelf.embedder, reader)
        asked = retriever.retrieve(A, "When do cats hunt?", limit=3, reading_ms=reading_ms)
        return asyncio.run(asked).passages

    first, *others = ask("dawn", 60_000)
    assert first.title == "Cats"
    assert first.reading is not None
    assert first.text[first.reading.span.start : first.reading.span.end] == "dawn"
    assert [each.reading for each in others] == [None, None]  # the first said enough
    unsure = ask("zebra", 60_000)
    assert [each.reading and each.reading.margin < 0 for each in unsure] == [True, True, None]
    plain = shelf.ask("When do cats hunt?", limit=3).passages
    assert ask("dawn", 0) == plain
    assert all(passage.reading is None for passage in plain)
