"""Killed at any point, the index is what the chunks are."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import Connection, select, text

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import chunks, embeddings
from cevvo.providers.search.base import SearchQuery
from search_library import A, Library, vector_of
from stores import Template, copied

TESTS = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("index_writer.py")
ROUNDS = 3
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
_KEYS = {"sqlite": "rowid", "postgresql": "chunk_id"}


def rows(connection: Connection) -> tuple[list[int], list[int], list[int]]:
    """Ids of the chunks, of their vectors and of their terms."""
    return (
        sorted(connection.execute(select(chunks.c.id)).scalars()),
        sorted(connection.execute(select(embeddings.c.chunk_id)).scalars()),
        sorted(
            connection.execute(
                text(f"SELECT {_KEYS[connection.dialect.name]} FROM chunk_terms")
            ).scalars()
        ),
    )


def found(library: Library, workspace: WorkspaceId) -> list[int]:
    query = SearchQuery(("text",), vector_of("anything"))
    hits = asyncio.run(library.index.search(workspace, query, 10_000))
    assert all(hit.lexical is not None and hit.dense is not None for hit in hits)
    return sorted(hit.chunk_id for hit in hits)


def killed_after(db: Database, round: int) -> None:
    """A process that wrote into the database for a while."""
    url = [db.engine.url.render_as_string(hide_password=False)] if db.is_shared else []
    process = subprocess.Popen(
        [sys.executable, WRITER, db.data_dir, str(round), *url],
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.15 + 0.07 * round)
        process.send_signal(signal.SIGKILL)
        process.wait()
    if db.is_shared:  # a server goes on with what it was sent last
        db.engine.dispose()
        end = time.monotonic() + 30
        while db.read_now(lambda c: c.execute(text(_OTHERS)).scalar_one()):
            assert time.monotonic() < end
            time.sleep(0.01)


def test_killed_writers_leave_index_and_chunks_equal(stocked: Template, tmp_path: Path) -> None:
    with copied(stocked, tmp_path) as db:
        written = 0
        for round in range(ROUNDS):
            killed_after(db, round)
            of_chunks, of_vectors, of_terms = db.read_now(rows)
            assert of_chunks == of_vectors == of_terms
            assert found(Library(db), A) == of_chunks
            written += len(of_chunks)
        assert written > 0
