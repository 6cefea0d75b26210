"""From a question to passages, over the real index and the real model."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from cevvo.domain.documents import Chunk, IndexedChunk, IndexedDocument, Span
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.retrieval.retriever import Context, Retrieved, Retriever
from cevvo.engine.retrieval.terms import index_terms
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.foundation.db.opening import open_database
from cevvo.providers.embedding.base import PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.search.embedded import EmbeddedSearchIndex
from search_library import SOURCES, A, B, add_workspaces

PAGES = {
    "Password": "Open Settings and choose Reset password. A link is sent by email.",
    "Invoices": "The bill for each month is sent on its first day.",
    "Cats": "Cats sleep for most of the day and hunt at dawn.",
    "Variables": "SSL_CERT_FILE names the bundle of trusted certificates.",
    "Mirror": "Open Settings and choose Reset password. A link is sent by email.",
    "Rechnungen": "Jede Rechnung wird am ersten Tag verschickt.",
}


class Shelf:
    """The pages in workspace A, and a retriever over them."""

    def __init__(self, folder: Path) -> None:
        self.db = open_database(folder)
        add_workspaces(self.db)
        self.embedder = MiniLmEmbedder(threads=1)
        self.index = EmbeddedSearchIndex(self.db, self.embedder.model_id, self.embedder.dimensions)
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
        self, question: str, *, source_ids: tuple[str, ...] | None = None, limit: int = 8
    ) -> Retrieved:
        return asyncio.run(self.retriever.retrieve(A, question, source_ids=source_ids, limit=limit))

    def titles(self, question: str, limit: int = 8) -> list[str]:
        return [passage.title for passage in self.ask(question, limit=limit).passages]


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
    leaning = asyncio.run(shelf.retriever.retrieve(A, "And how often?", context=context))
    assert alone.passages[0].title != leaning.passages[0].title == "Invoices"
    assert (leaning.query, leaning.vector.tolist()) == (alone.query, alone.vector.tolist())
    own = {passage.title: passage.dense for passage in alone.passages}
    assert {passage.title: passage.dense for passage in leaning.passages} == pytest.approx(
        own, abs=1e-3
    )


def test_the_question_and_its_vector_come_back(shelf: Shelf) -> None:
    retrieved = shelf.ask("password")
    assert retrieved.query == "password"
    assert retrieved.vector.shape == (shelf.embedder.dimensions,)


@pytest.mark.parametrize("question", ["", "???", '" OR 1 NEAR(', "x" * 8000, "word " * 1600])
def test_odd_questions(shelf: Shelf, question: str) -> None:
    assert len(shelf.titles(question)) <= 8


def test_a_workspace_without_documents(tmp_path: Path, shelf: Shelf) -> None:
    empty = asyncio.run(shelf.retriever.retrieve(WorkspaceId("wsp_empty"), "password"))
    assert empty.passages == ()
