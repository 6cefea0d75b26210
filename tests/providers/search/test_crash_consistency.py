"""Killed at any point, the index is what the chunks are."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import Connection, select, text

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import chunks, embeddings
from cevvo.providers.search.base import SearchQuery
from search_library import A, Library, vector_of

TESTS = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("index_writer.py")
ROUNDS = 3


def rows(connection: Connection) -> tuple[list[int], list[int], list[int]]:
    """Ids of the chunks, of their vectors and of their terms."""
    return (
        sorted(connection.execute(select(chunks.c.id)).scalars()),
        sorted(connection.execute(select(embeddings.c.chunk_id)).scalars()),
        sorted(connection.execute(text("SELECT rowid FROM chunk_terms")).scalars()),
    )


def found(library: Library, workspace: WorkspaceId) -> list[int]:
    query = SearchQuery(("text",), vector_of("anything"))
    hits = asyncio.run(library.index.search(workspace, query, 10_000))
    assert all(hit.lexical is not None and hit.dense is not None for hit in hits)
    return sorted(hit.chunk_id for hit in hits)


def test_killed_writers_leave_index_and_chunks_equal(stocked: Path, tmp_path: Path) -> None:
    shutil.copy(stocked, tmp_path)
    written = 0
    for round in range(ROUNDS):
        process = subprocess.Popen(
            [sys.executable, WRITER, tmp_path, str(round)],
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
        db = open_database(tmp_path)
        try:
            of_chunks, of_vectors, of_terms = db.read_now(rows)
            assert of_chunks == of_vectors == of_terms
            assert found(Library(db), A) == of_chunks
            written += len(of_chunks)
        finally:
            db.close()
    assert written > 0
