"""The outbox: an event is there exactly when the change that it tells of is."""

import json
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import conversations, webhook_deliveries, webhooks, workspaces
from cevvo.foundation.webhooks import emit

NOW = Millis(1_773_153_000_000)
OTHERS = WorkspaceId("wsp_others")


def add_webhook(c: Connection, workspace: WorkspaceId, id: str, *events: str, text: bool) -> None:
    c.execute(
        insert(webhooks).values(
            id=id,
            workspace_id=workspace,
            url="https://example.com/",
            events=list(events),
            include_text=text,
            secret="sealed",
            created_at=NOW,
            updated_at=NOW,
        )
    )


def stored(db: Database) -> list[Any]:
    return db.read_now(lambda c: list(c.execute(select(webhook_deliveries)).all()))


@pytest.fixture
def told(db: Database, workspace: WorkspaceId) -> Database:
    def write(c: Connection) -> None:
        c.execute(insert(workspaces).values(id=OTHERS, name="Others", created_at=NOW))
        add_webhook(c, workspace, "whk_plain", "source.failed", "feedback.negative", text=False)
        add_webhook(c, workspace, "whk_text", "feedback.negative", text=True)
        add_webhook(c, OTHERS, "whk_others", "feedback.negative", text=True)

    db.write_now(write)
    return db


def test_an_event_is_written_for_every_webhook_that_asks_for_its_type(
    told: Database, workspace: WorkspaceId
) -> None:
    def write(c: Connection) -> None:
        emit(
            c,
            workspace,
            "feedback.negative",
            now=NOW,
            data={"message_id": "msg_1"},
            text={"comment": "Grüße"},
        )

    told.write_now(write)
    plain, with_text = sorted(stored(told), key=lambda row: row.webhook_id)
    assert (plain.webhook_id, with_text.webhook_id) == ("whk_plain", "whk_text")
    assert plain.event_id == with_text.event_id
    assert (plain.status, plain.attempts, plain.next_attempt_at) == ("pending", 0, NOW)
    assert json.loads(plain.body) == {
        "type": "feedback.negative",
        "timestamp": "2026-03-10T14:30:00Z",
        "data": {"message_id": "msg_1"},
    }
    assert json.loads(with_text.body)["data"] == {"message_id": "msg_1", "comment": "Grüße"}


def test_nothing_is_told_that_did_not_happen(told: Database, workspace: WorkspaceId) -> None:
    def write(c: Connection) -> None:
        emit(c, workspace, "source.failed", now=NOW, data={})
        raise ValueError("the change fails after all")

    with pytest.raises(ValueError, match="after all"):
        told.write_now(write)
    assert stored(told) == []


def test_without_a_webhook_for_it_nothing_is_written(
    told: Database, workspace: WorkspaceId
) -> None:
    told.write_now(lambda c: emit(c, workspace, "gap.opened", now=NOW, data={}))
    assert stored(told) == []


def test_the_words_of_a_conversation_go_with_it(told: Database, workspace: WorkspaceId) -> None:
    def write(c: Connection) -> None:
        c.execute(
            insert(conversations).values(
                id="thr_1",
                workspace_id=workspace,
                title="t",
                created_at=NOW,
                updated_at=NOW,
            )
        )
        emit(c, workspace, "feedback.negative", now=NOW, data={}, conversation_id="thr_1")

    told.write_now(write)
    assert len(stored(told)) == 2
    told.write_now(lambda c: c.execute(delete(conversations)))
    assert stored(told) == []
