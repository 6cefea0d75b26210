"""What servers and workers of the version with schema 0013 do to a Postgres, all the time.

Each thread does one thing, over a connection of its own, with statements as that version has them.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.errors import DeadlockDetected, OutOfMemory, SerializationFailure

SCHEMA = "0013"
MODEL = "all-MiniLM-L6-v2/int8"
LONGEST_WAIT = 5  # seconds for a lock; whoever waits longer fails
_DEADLINE = 90.0
# Between two rounds, in seconds: Postgres remembers what a write has read until all that ran beside
# it have ended. Hundreds a second are many; as fast as a machine can are more than it has room for.
_PAUSE = 0.005
_VECTOR = "[1,0,0,0]"

FILLED = f"""
    INSERT INTO workspaces (id, name, created_at) VALUES ('wsp', 'Harbour', 1);
    INSERT INTO sources (id, workspace_id, name, type, status, auto_sync, sync_interval_hours,
            created_at, updated_at)
        VALUES ('src', 'wsp', 'Manual', 'file', 'synced', false, 24, 1, 1);
    INSERT INTO documents (id, workspace_id, source_id, key, title, media_type, content_hash,
            unit_count, created_at, updated_at, text)
        SELECT 'first' || n, 'wsp', 'src', 'first' || n, 'Tides', 'text/plain', 'hash', 1, 1, 1,
            'The tide comes at noon.' FROM generate_series(1, 500) AS n;
    INSERT INTO chunks (workspace_id, document_id, ordinal, start, "end", heading_path, sentences,
            passage_hash)
        SELECT 'wsp', id, n, 0, 23, '[]', '[0, 23]', id::bytea
        FROM documents, generate_series(0, 3) AS n;
    INSERT INTO embeddings (chunk_id, model, vector, sentence_vectors)
        SELECT id, '{MODEL}', 'v', 's' FROM chunks;
    INSERT INTO chunk_terms (chunk_id, workspace_id, document_id, length, terms)
        SELECT id, 'wsp', document_id, 2, to_tsvector('simple', 'tide noon') FROM chunks;
    INSERT INTO chunk_vectors (chunk_id, model, workspace_id, source_id, document_id, vector)
        SELECT id, '{MODEL}', 'wsp', 'src', document_id, '{_VECTOR}' FROM chunks;
    INSERT INTO question_clusters (id, workspace_id, mean, size, revision, created_at)
        VALUES ('gap', 'wsp', 'm', 0, 1, 1)
"""


@dataclass(frozen=True)
class _Done:
    """What a round stored, and what it deleted."""

    stored: str | None = None
    deleted: str | None = None


@dataclass
class _Thread:
    """One of the things that are done. ``there`` and ``gone`` are what was committed."""

    name: str
    once: Callable[["_Thread", psycopg.Connection[Any]], _Done]
    isolation: psycopg.IsolationLevel = psycopg.IsolationLevel.SERIALIZABLE
    rounds: int = 0
    there: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)


class OldServers:
    """They work from ``working`` until its end."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._end = threading.Event()
        self.failures: list[str] = []
        self.threads = {
            each.name: each
            for each in (
                _Thread("documents", _document_in_and_out),
                _Thread("more documents", _document_in_and_out),
                _Thread("jobs", _job, psycopg.IsolationLevel.READ_COMMITTED),
                _Thread("questions", _question),
                _Thread("searches", _search, psycopg.IsolationLevel.REPEATABLE_READ),
            )
        }

    @contextmanager
    def working(self) -> Iterator[None]:
        """They do; raises AssertionError when one failed."""
        running = [
            threading.Thread(target=self._run, args=[each]) for each in self.threads.values()
        ]
        for each in running:
            each.start()
        try:
            self.go_on()
            yield
            self.go_on()
        finally:
            self._end.set()
            for each in running:
                each.join()

    def go_on(self, rounds: int = 5) -> int:
        """Wait until each of them has done so much more; returns what all have done until then.

        Raises AssertionError when one cannot.
        """
        before = {name: each.rounds for name, each in self.threads.items()}
        end = time.monotonic() + _DEADLINE
        while not all(each.rounds >= before[name] + rounds for name, each in self.threads.items()):
            assert not self.failures, self.failures
            assert time.monotonic() < end, "they do not go on"
            time.sleep(0.01)
        return sum(each.rounds for each in self.threads.values())

    def _run(self, thread: _Thread) -> None:
        waiting = f"-c lock_timeout={LONGEST_WAIT}s"
        with psycopg.connect(self._url, options=waiting, application_name="old") as connection:
            connection.isolation_level = thread.isolation
            connection.commit()
            while not self._end.wait(_PAUSE):
                try:
                    with connection.transaction():
                        done = thread.once(thread, connection)
                except (SerializationFailure, DeadlockDetected, OutOfMemory):
                    continue  # that version does it again, too
                except Exception as error:  # noqa: BLE001 - told by ``go_on``
                    self.failures.append(f"{thread.name}: {error!r}")
                    return
                if done.stored:
                    thread.there.add(done.stored)
                if done.deleted:
                    thread.there.remove(done.deleted)
                    thread.gone.add(done.deleted)
                thread.rounds += 1


def _document_in_and_out(thread: _Thread, connection: psycopg.Connection[Any]) -> _Done:
    """Store a document; every third one takes the place of the one before."""
    name = f"{thread.name} {thread.rounds}"
    before = f"{thread.name} {thread.rounds - 1}" if thread.rounds % 3 == 2 else None
    known = connection.execute(
        "SELECT embeddings.vector FROM chunks JOIN embeddings ON embeddings.chunk_id = chunks.id"
        " WHERE chunks.workspace_id = 'wsp' AND chunks.passage_hash = ANY(%s)"
        " AND embeddings.model = %s",
        ([b"first1", b"nothing"], MODEL),
    ).fetchall()
    assert len(known) == 4
    if before:
        chunks = [
            row[0]
            for row in connection.execute("SELECT id FROM chunks WHERE document_id = %s", [before])
        ]
        for table in ("chunk_terms", "chunk_vectors", "embeddings"):
            connection.execute(f"DELETE FROM {table} WHERE chunk_id = ANY(%s)".encode(), [chunks])
        connection.execute("DELETE FROM chunks WHERE document_id = %s", [before])
        connection.execute("DELETE FROM documents WHERE id = %s", [before])
    connection.execute(
        "INSERT INTO documents (id, workspace_id, source_id, key, title, media_type, content_hash,"
        " unit_count, created_at, updated_at, text) VALUES (%s, 'wsp', 'src', %s, 'Tides',"
        " 'text/plain', 'hash', 1, 1, 1, 'The tide comes at noon.')",
        (name, name),
    )
    stored = connection.execute(
        'INSERT INTO chunks (workspace_id, document_id, ordinal, start, "end", heading_path,'
        " sentences, passage_hash) VALUES ('wsp', %s, 0, 0, 23, '[]', '[0, 23]', %s) RETURNING id",
        (name, name.encode()),
    ).fetchone()
    assert stored is not None
    connection.execute(
        "INSERT INTO chunk_terms (chunk_id, workspace_id, document_id, length, terms)"
        " VALUES (%s, 'wsp', %s, 2, to_tsvector('simple', 'tide noon'))",
        (stored[0], name),
    )
    connection.execute(
        "INSERT INTO embeddings (chunk_id, model, vector, sentence_vectors)"
        " VALUES (%s, %s, 'v', 's')",
        (stored[0], MODEL),
    )
    connection.execute(
        "INSERT INTO chunk_vectors (chunk_id, model, workspace_id, source_id, document_id, vector)"
        " VALUES (%s, %s, 'wsp', 'src', %s, %s)",
        (stored[0], MODEL, name, _VECTOR),
    )
    connection.execute(
        "INSERT INTO chunk_counts (workspace_id, language, part, chunks, terms)"
        " VALUES ('wsp', '', %s, 1, 2) ON CONFLICT (workspace_id, language, part) DO UPDATE SET"
        " chunks = chunk_counts.chunks + excluded.chunks",
        [len(thread.name) % 4],
    )
    return _Done(name, before)


def _job(thread: _Thread, connection: psycopg.Connection[Any]) -> _Done:
    """Queue a job and end it."""
    name = f"job {thread.rounds}"
    connection.execute(
        "INSERT INTO jobs (id, workspace_id, source_id, kind, payload, status, priority, attempts,"
        " max_attempts, run_at, progress, documents_processed, warnings, created_at)"
        " VALUES (%s, 'wsp', 'src', 'file', '{}', 'pending', 1, 0, 3, 1, 0, 0, '[]', 1)",
        [name],
    )
    connection.execute(
        "UPDATE jobs SET status = 'completed', documents_processed = 1 WHERE id = %s", [name]
    )
    return _Done(name)


def _question(thread: _Thread, connection: psycopg.Connection[Any]) -> _Done:
    """Ask one, and put it into its cluster."""
    name = f"conversation {thread.rounds}"
    connection.execute(
        "INSERT INTO conversations (id, workspace_id, title, created_at, updated_at)"
        " VALUES (%s, 'wsp', 'Tides', 1, 1)",
        [name],
    )
    for position, role in enumerate(("user", "assistant")):
        connection.execute(
            "INSERT INTO messages (id, workspace_id, conversation_id, position, role, content,"
            " created_at, status) VALUES (%s, 'wsp', %s, %s, %s, 'When?', 1, 'completed')",
            (f"{name} {role}", name, position, role),
        )
    connection.execute(
        "UPDATE question_clusters SET size = size + 1, revision = revision + 1 WHERE id = 'gap'"
    )
    connection.execute(
        "INSERT INTO turns (id, workspace_id, conversation_id, asked_at, kind, cluster_id,"
        " answered, rephrased, escalated, off_topic, is_test)"
        " VALUES (%s, 'wsp', %s, 1, 'question', 'gap', true, false, false, false, false)",
        (name, name),
    )
    return _Done(name)


def _search(thread: _Thread, connection: psycopg.Connection[Any]) -> _Done:
    """By words, by meaning, and what was found with its vectors."""
    by_words = connection.execute(
        "SELECT chunk_id FROM chunk_terms WHERE terms @@ to_tsquery('simple', 'tide')"
        " AND workspace_id = 'wsp' LIMIT 10"
    ).fetchall()
    by_meaning = connection.execute(
        "SELECT chunk_id FROM chunk_vectors WHERE workspace_id = 'wsp' AND model = %s"
        " ORDER BY vector <#> CAST(%s AS halfvec) LIMIT 10",
        (MODEL, _VECTOR),
    ).fetchall()
    assert len(by_words) == len(by_meaning) == 10
    found = [row[0] for row in by_words + by_meaning]
    passages = connection.execute(
        "SELECT chunks.id, documents.title, embeddings.vector, embeddings.sentence_vectors"
        " FROM chunks JOIN documents ON documents.id = chunks.document_id"
        " JOIN embeddings ON embeddings.chunk_id = chunks.id"
        " WHERE chunks.id = ANY(%s) AND embeddings.model = %s",
        (found, MODEL),
    ).fetchall()
    assert len(passages) == len(set(found))
    clusters = "SELECT id, mean, size, created_at FROM question_clusters WHERE revision > 0"
    assert len(connection.execute(clusters).fetchall()) == 1
    return _Done()
