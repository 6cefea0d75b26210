"""What only the search index inside SQLite has: scopes of FTS5, vectors in memory that follow."""

import asyncio
import gc
import weakref
from functools import partial

import pytest
from sqlalchemy import Engine, delete, event, func, select, text

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import index_log, workspaces
from cevvo.providers.search import embedded
from cevvo.providers.search.base import SearchQuery
from search_library import A, B, Library, vector_of
from stores import only_on_sqlite

pytestmark = only_on_sqlite("its index")
RESET = "Reset your password in the settings."
INVOICE = "The invoice is sent monthly."


def test_a_scope_token_as_a_term_opens_nothing(library: Library) -> None:
    library.put(A, "page", RESET)
    library.put(B, "page", INVOICE)
    tokens = library.db.read_now(
        lambda c: (
            c.execute(text("SELECT term FROM chunk_terms_vocabulary WHERE term > '='"))
            .scalars()
            .all()
        )
    )
    scopes = tuple(token for token in tokens if token.startswith("="))
    assert len(scopes) == 4
    hits = asyncio.run(library.index.search(A, SearchQuery(scopes, vector_of(""), None), 10))
    texts = [passage.text for passage in library.load(A, [hit.chunk_id for hit in hits])]
    assert texts == [RESET]


def test_an_index_far_behind_reads_everything_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_LOG_ENTRIES", 5)
    behind = Library(library.db)
    gone = behind.put(A, "first", RESET)
    assert behind.meaning_finds(A, RESET) == [RESET]
    library.delete(A, gone)
    for number in range(10):
        library.put(A, f"{number}", f"Text number {number}")
    entries = library.db.read_now(
        lambda c: c.execute(select(func.count()).select_from(index_log)).scalar_one()
    )
    assert entries == 5
    assert sorted(behind.meaning_finds(A, RESET)) == sorted(library.meaning_finds(A, RESET))
    assert RESET not in behind.meaning_finds(A, RESET)


def test_a_large_workspace_is_read_before_it_is_asked(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_LARGE", 2)
    for number in range(3):
        library.put(A, f"{number}", f"Text number {number}")
    library.put(B, "page", INVOICE)
    started = Library(library.db)
    asyncio.run(started.index.tend())

    def reads_vectors(library: Library, workspace: WorkspaceId) -> bool:
        statements: list[str] = []
        keep = partial(_keep_statement, statements)
        event.listen(Engine, "before_cursor_execute", keep)
        try:
            asyncio.run(library.index.search(workspace, SearchQuery((), vector_of(""), None), 10))
        finally:
            event.remove(Engine, "before_cursor_execute", keep)
        assert statements
        return any("embeddings" in statement for statement in statements)

    assert not reads_vectors(started, A)
    assert reads_vectors(started, B)
    assert reads_vectors(Library(library.db), A)


def test_what_is_in_memory_of_a_deleted_workspace_is_given_back(library: Library) -> None:
    for workspace in (A, B):
        library.put(workspace, "page", RESET)
        assert library.meaning_finds(workspace, RESET) == [RESET]
    assert isinstance(library.index, embedded.EmbeddedSearchIndex)
    replica = weakref.ref(library.index._replicas[B])
    library.db.write_now(lambda c: c.execute(delete(workspaces).where(workspaces.c.id == B)))
    asyncio.run(library.index.tend())
    gc.collect()
    assert replica() is None
    assert library.meaning_finds(A, RESET) == [RESET]


def _keep_statement(statements: list[str], *given: object) -> None:
    statements.append(str(given[2]))
