"""Conversations go when they are older than their workspace keeps them; the figures stay."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.analytics.figures import figures
from cevvo.features.conversations.repository import append_message, create_conversation
from cevvo.features.conversations.retention import RetentionService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import audit_log, conversations, messages, turns, workspaces
from features.analytics.generated_turns import DAY, NOW, conversation
from http_api import OPERATOR
from stores import made

OURS, OTHERS = WorkspaceId("ws_ours"), WorkspaceId("ws_others")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    names = [{"id": each, "name": each, "created_at": 0} for each in (OURS, OTHERS)]
    with made(tmp_path) as opened:
        opened.write_now(lambda c: c.execute(insert(workspaces), names))
        yield opened


def ask(db: Database, workspace: WorkspaceId, number: int, days_ago: float) -> str:
    """A conversation of one question."""
    thread, at = f"thr_{workspace}_{number}", Millis(int(NOW - days_ago * DAY))
    turn = conversation(random.Random(number), workspace, number)[0]

    def write(connection: Any) -> None:
        create_conversation(connection, workspace, thread, question="Secret words?", now=at)
        append_message(
            connection,
            workspace,
            thread,
            message_id=f"msg_{workspace}_{number}",
            role="user",
            content="Secret words?",
            now=at,
        )
        values = {
            "id": turn.id,
            "workspace_id": workspace,
            "conversation_id": thread,
            "asked_at": at,
            "kind": "question",
            "standalone": "Secret words?",
            "answered": True,
            "rephrased": False,
            "escalated": False,
            "off_topic": False,
            "is_test": False,
        }
        connection.execute(insert(turns).values(values))

    db.write_now(write)
    return thread


def left(db: Database) -> set[str]:
    return set(db.read_now(lambda c: list(c.execute(select(conversations.c.id)).scalars())))


def test_what_is_older_goes_and_the_counters_stay(db: Database) -> None:
    service = RetentionService(db, lambda: NOW)
    old = [ask(db, OURS, number, days_ago=31 + number) for number in range(60)]
    young, others = ask(db, OURS, 100, days_ago=29.9), ask(db, OTHERS, 1, days_ago=400)
    before = db.read_now(lambda c: figures(c, OURS, Millis(0), NOW))
    asyncio.run(service.sweep())
    assert left(db) == {*old, young, others}  # kept until somebody says otherwise
    asyncio.run(service.change(OURS, 30, by=OPERATOR))
    assert asyncio.run(service.days(OURS)) == 30
    asyncio.run(service.sweep())
    asyncio.run(service.sweep())
    assert left(db) == {young, others}
    assert db.read_now(lambda c: figures(c, OURS, Millis(0), NOW)) == before
    words = db.read_now(lambda c: list(c.execute(select(messages.c.conversation_id)).scalars()))
    assert sorted(words) == sorted([young, others])
    ours = select(turns).where(turns.c.workspace_id == OURS)
    kept = [turn for turn in db.read_now(lambda c: list(c.execute(ours))) if turn.standalone]
    assert [turn.conversation_id for turn in kept] == [young]
    noted = select(audit_log.c.action, audit_log.c.actor_kind, audit_log.c.detail).order_by(
        audit_log.c.seq
    )
    assert [tuple(row) for row in db.read_now(lambda c: list(c.execute(noted)))] == [
        ("retention.changed", OPERATOR.kind, {"conversation_days": 30}),
        ("conversations.expired", "server", {"conversations": 50}),
        ("conversations.expired", "server", {"conversations": 10}),
    ]
