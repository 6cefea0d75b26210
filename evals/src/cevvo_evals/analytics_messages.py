"""Messages of a year for the figures of the analytics, drawn from a seed.

One to six questions a conversation, a tenth of them small talk, their clusters by Zipf's law, a
fifth unanswered, a few tests, and some that go on on another day.
"""

import random
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.database import Database

WORKSPACE = WorkspaceId("wsp_measured0000000000000")
NOW = Millis(1_773_500_000_000)
DAY = 86_400_000
_AT_ONCE = 20_000
_TRIGGERS = (
    *("turns_counted", "turns_settled", "turns_recounted", "turns_uncounted"),
    *("messages_indexed", "messages_indexed_anew", "messages_no_longer_indexed"),
)
_MESSAGE = "How do I set up the balloon so that it lands in the garden of our neighbours, please?"
_CODE = 5000  # of so many messages one has a given code


def fill(db: Database, messages: int, days: int, seed: int) -> None:
    """Store so many messages. The triggers are put aside, and what they keep made in one go."""
    versions = "cevvo.foundation.db.migrations.versions"
    figures = import_module(f"{versions}.0006_figures")
    trigrams = import_module(f"{versions}.0011_message_trigrams")
    clusters = max(messages // 100, 50)

    def store(connection: Connection) -> None:
        run = connection.exec_driver_sql
        for trigger in _TRIGGERS:
            run(f"DROP TRIGGER {trigger}")
        run("INSERT INTO workspaces (id, name, created_at) VALUES (?, 'Measured', 0)", (WORKSPACE,))
        zeros = np.zeros(384, "<f4").tobytes()
        rows = [(f"gap_{n:022d}", WORKSPACE, zeros, 1, n + 1, n) for n in range(clusters)]
        run(
            "INSERT INTO question_clusters (id, workspace_id, mean, size, revision, created_at) "
            f"VALUES ({_marks(6)})",
            rows,
        )
        for drawn in _chunks(_drawn(messages, days, clusters, seed)):
            threads, said, asked = (list(rows) for rows in zip(*drawn, strict=True))
            run(
                "INSERT INTO conversations (id, workspace_id, title, created_at, updated_at, "
                f"escalated_at) VALUES ({_marks(6)})",
                threads,
            )
            run(
                "INSERT INTO messages (id, workspace_id, conversation_id, position, role, content, "
                f"created_at, status) VALUES ({_marks(8)})",
                [row for rows in said for row in rows],
            )
            run(
                "INSERT INTO turns (id, workspace_id, conversation_id, answer_id, asked_at, kind, "
                "standalone, vector, answered, confidence, rating, rephrased, escalated, "
                "off_topic, response_ms, first_token_ms, cluster_id, is_test, returned, model) "
                f"VALUES ({_marks(20)})",
                [row for rows in asked for row in rows],
            )
        for migration in (figures, trigrams):
            for statement in (*migration._backfill(), *migration._triggers()):
                run(statement)

    db.write_now(store)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _chunks(drawn: Iterator[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for each in drawn:
        chunk.append(each)
        if len(chunk) == _AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _drawn(messages: int, days: int, clusters: int, seed: int) -> Iterator[Any]:
    """Rows of a conversation, of its messages and of its turns."""
    chance, numbers = random.Random(seed), np.random.default_rng(seed)
    weights = 1 / np.arange(1, clusters + 1)
    of_turn = numbers.choice(clusters, messages, p=weights / weights.sum()).tolist()
    vectors = numbers.standard_normal((clusters, 384))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    packed = [vector.astype("<f2").tobytes() for vector in vectors]
    number = turn = 0
    while 2 * turn < messages:
        thread, at = f"thr_{number:022d}", NOW - int(chance.random() * days * DAY)
        began, is_test, at_person = at, chance.random() < 0.03, None
        said, asked = [], []
        for place in range(chance.choice([1, 1, 2, 2, 3, 6])):
            small_talk, cluster = chance.random() < 0.1, of_turn[turn % messages]
            answered = small_talk or chance.random() < 0.8
            id = f"{chance.getrandbits(128):032x}"
            for role, offset in (("user", 0), ("assistant", 1)):
                place_in_it = 2 * place + offset
                message = (f"msg_{id}{offset}", WORKSPACE, thread, place_in_it, role)
                content = f"{_MESSAGE} E-{chance.randrange(_CODE):04d}"
                said.append((*message, content, at, "complete"))
            escalated = chance.random() < 0.03
            at_person = at if escalated else at_person
            rating = chance.choice([None] * 8 + ["positive", "negative"])
            took = chance.randrange(20, 4000)
            words = None if small_talk else f"Question {cluster} in other words"
            group = None if small_talk or is_test else f"gap_{cluster:022d}"
            asked.append(
                (
                    *(f"turn_{id}", WORKSPACE, thread, f"msg_{id}1", at),
                    *("small_talk" if small_talk else "question", words, packed[cluster]),
                    *(answered, chance.random(), rating, chance.random() < 0.05),
                    *(escalated, not answered and chance.random() < 0.2),
                    *(took, took // 3, group, is_test),
                    *(chance.random() < 0.02, chance.choice(["extractive", "gpt-5"])),
                )
            )
            at += chance.randrange(5_000, 300_000) if chance.random() < 0.95 else DAY
            turn += 1
        yield (thread, WORKSPACE, "A question", began, at, at_person), said, asked
        number += 1
