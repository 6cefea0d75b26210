"""What a question and a document cost in statements and memory: steady where times are not.

The bounds are generous: who needs more had better know why.
"""

import gc
import sys
import tracemalloc

import pytest
from starlette.testclient import TestClient

from asked_statements import statements
from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder
from features.chat.chat_room import Room, add_documents

QUESTIONS = [
    "How do I reset my password?",
    "When are invoices sent?",
    "How many requests may I send in a minute?",
    "How large may a file be?",
    "Which colour has your delivery van?",
]
STATEMENTS = 45  # 30 were counted
DOCUMENT_STATEMENTS = 20  # 12
PEAK_MB = 2.0  # 0.5
KEPT_BLOCKS = 400  # 40 objects for each question, of caches that are filled


def ask(client: TestClient, question: str) -> None:
    assert client.post("/chat", json={"message": question}).status_code == 200


def test_a_question_takes_no_more_statements_however_much_is_known(
    db: Database, embedder: Embedder
) -> None:
    room = Room(db, embedder)
    counted = []
    with room.client() as client:
        for round_ in range(2):
            ask(client, QUESTIONS[1])  # what is read once
            with statements() as asked:
                ask(client, QUESTIONS[0])
            counted.append(len(asked))
            if round_ == 0:
                more = {f"Page {n}": f"Depot {n} opens at {n % 12} o'clock." for n in range(60)}
                add_documents(room, more)
    assert counted[0] <= STATEMENTS, "\n".join(asked)
    assert counted[1] <= counted[0] + 5


def test_a_document_takes_no_more_statements_however_long_it_is(
    db: Database, embedder: Embedder
) -> None:
    room = Room(db, embedder)
    sentence = "The depot at the harbour opens at nine o'clock and closes at five. "
    counted = []
    for title, sentences in (("Short", 1), ("Long", 400)):
        with statements() as asked:
            add_documents(room, {title: sentence * sentences})
        counted.append(len(asked))
    assert counted[0] <= DOCUMENT_STATEMENTS, "\n".join(asked)
    assert counted[1] <= counted[0] + 5


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="counts CPython's blocks")
def test_a_question_leaves_nothing_behind_and_needs_little_meanwhile(
    db: Database, embedder: Embedder
) -> None:
    with Room(db, embedder).client() as client:
        for question in QUESTIONS * 2:
            ask(client, question)
        gc.collect()
        before = sys.getallocatedblocks()
        for question in QUESTIONS * 4:
            ask(client, question)
        gc.collect()
        kept = (sys.getallocatedblocks() - before) / (4 * len(QUESTIONS))
        tracemalloc.start()
        try:
            ask(client, QUESTIONS[0])
            peak = tracemalloc.get_traced_memory()[1] / 2**20
        finally:
            tracemalloc.stop()
    assert kept < KEPT_BLOCKS
    assert peak < PEAK_MB
