"""Conversations by words: what reading every message finds, found by an index."""

import random
import string
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select, text, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.conversations.filters import ConversationFilter
from cevvo.features.conversations.listing import list_ids
from cevvo.features.conversations.repository import (
    append_message,
    create_conversation,
    delete_conversation,
)
from cevvo.foundation.db import message_search
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import messages
from old_database import database_of

OURS, OTHERS = WorkspaceId("ws_ours"), WorkspaceId("ws_others")
_LETTERS = "abAB ÄäßİıǅΣσς日本🙂\"'%_*\\-\n"


def insert_workspaces(connection: Connection) -> None:
    for each in (OURS, OTHERS):
        connection.execute(
            text("INSERT INTO workspaces (id, name, created_at) VALUES (:id, :id, 0)"), {"id": each}
        )


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path)
    opened.write_now(insert_workspaces)
    yield opened
    opened.close()


def store(connection: Connection, workspace: WorkspaceId, number: int, said: str) -> str:
    thread = f"thr_{workspace}_{number}"
    create_conversation(connection, workspace, thread, question="?", now=Millis(number))
    append_message(
        connection,
        workspace,
        thread,
        message_id=f"msg_{workspace}_{number}",
        role="user",
        content=said,
        now=Millis(number),
    )
    return thread


def found(db: Database, words: str, workspace: WorkspaceId = OURS) -> set[str]:
    wanted = ConversationFilter(words=words)
    return set(db.read_now(lambda c: list_ids(c, workspace, wanted)))


def lower_ascii(words: str) -> str:
    return words.translate(str.maketrans(string.ascii_uppercase, string.ascii_lowercase))


def test_any_part_of_a_message_is_found_as_if_all_were_read(db: Database) -> None:
    chance = random.Random(8)
    texts = ["".join(chance.choices(_LETTERS, k=chance.randint(1, 40))) for _ in range(300)]

    def fill(connection: Connection) -> None:
        for number, said in enumerate(texts):
            store(connection, OURS, number, said)
            store(connection, OTHERS, number, said)

    db.write_now(fill)
    cut = chance.choices(texts, k=200)
    starts = [(each, chance.randrange(len(each))) for each in cut]
    parts = [each[at : at + chance.randint(1, 9)] for each, at in starts]
    for words in [*parts, *(each.swapcase() for each in parts), "nowhere", "ab%", "_b "]:
        expected = {
            f"thr_{OURS}_{number}"
            for number, said in enumerate(texts)
            if lower_ascii(words) in lower_ascii(said)
        }
        assert found(db, words) == expected, words


def test_words_that_most_messages_say_are_read_for(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_search, "_MANY", 3)
    texts = ["The balloon lands", "the balloon rises", "THE balloon waits", "A zeppelin"]
    threads = [
        db.write_now(partial(store, workspace=OURS, number=n, said=said))
        for n, said in enumerate(texts)
    ]
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *of_it: statements.append(of_it[2]))
    assert found(db, "the balloon") == set(threads[:3])
    assert "message_trigrams" not in statements[-1]
    assert found(db, "zeppelin") == {threads[3]}
    assert "message_trigrams" in statements[-1]


def test_what_is_changed_or_deleted_is_found_no_more(db: Database) -> None:
    thread = db.write_now(lambda c: store(c, OURS, 1, "The balloon lands"))
    gone = db.write_now(lambda c: store(c, OURS, 2, "Another balloon"))
    db.write_now(lambda c: c.execute(update(messages).values(content="A zeppelin")))
    assert found(db, "balloon") == set()
    assert found(db, "ZEPPELIN") == {thread, gone}
    db.write_now(lambda c: delete_conversation(c, OURS, gone))
    assert found(db, "zeppelin") == {thread}
    for table in ("message_trigrams_rows", "message_trigrams"):
        counted = text(f"SELECT count(*) FROM {table}")
        assert db.read_now(partial(Connection.scalar, statement=counted)) == 1


def test_it_holds_after_a_vacuum(db: Database) -> None:
    threads = [
        db.write_now(partial(store, workspace=OURS, number=n, said=f"Balloon number {n:03d}"))
        for n in range(1, 6)
    ]
    db.write_now(lambda c: delete_conversation(c, OURS, threads[0]))
    db.close()
    db = open_database(db.data_dir)
    raw = db.engine.raw_connection()
    raw.cursor().execute("VACUUM")
    raw.close()
    assert [found(db, f"number {n:03d}") for n in range(1, 6)] == [
        set(),
        *({each} for each in threads[1:]),
    ]
    db.close()


def test_no_message_is_read_for_words_that_nobody_said(db: Database) -> None:
    statements: list[tuple[str, object]] = []

    def explained(connection: Connection) -> list[str]:
        @event.listens_for(connection.engine, "before_cursor_execute")
        def _note(_c: object, _k: object, statement: str, parameters: object, *_: object) -> None:
            statements.append((statement, parameters))

        list_ids(connection, OURS, ConversationFilter(words="zeppelin"))
        event.remove(connection.engine, "before_cursor_execute", _note)
        statement, parameters = statements[-1]
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
        return [row[3] for row in rows]

    plan = db.read_now(explained)
    assert any(each.startswith("SEARCH messages USING") and "(id=?" in each for each in plan), plan
    assert not any(each.startswith("SCAN messages") for each in plan), plan


def test_messages_of_an_older_database_are_found(tmp_path: Path) -> None:
    db: Database = database_of("0010", tmp_path)
    db.write_now(insert_workspaces)
    thread = db.write_now(lambda c: store(c, OURS, 1, "The balloon lands"))
    db.close()
    db = open_database(tmp_path)
    assert found(db, "balloon") == {thread}
    assert db.read_now(lambda c: c.execute(select(messages.c.id)).scalars().all())
    db.close()
