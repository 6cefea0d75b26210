"""R1, S13: an event survives a server that is killed while it is sent; no inner address is told."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo_sdk import webhooks
from webhook_receiver import running_receiver
from webhook_room import Room

DEADLINE = 120


def test_r1_an_event_is_delivered_though_the_sender_is_killed_on_the_way(
    db: Database, workspace: WorkspaceId
) -> None:
    room = Room(db, workspace)
    with running_receiver() as receiver:
        receiver.go_on.clear()
        secret, webhook = room.create(receiver.url)
        room.happen(source_id="src_1")
        with sender_process(db):
            assert receiver.asked.wait(DEADLINE)  # it is being told
        assert room.log(webhook.id)[0].status == "pending"
        receiver.go_on.set()
        with sender_process(db):
            end = time.monotonic() + DEADLINE
            while room.log(webhook.id)[0].status != "delivered":
                assert time.monotonic() < end, "it was not delivered"
                time.sleep(0.01)
    room.close()
    assert len({headers["webhook-id"] for _, headers, _ in receiver.received}) == 1
    for _, headers, sent in receiver.received:
        event = webhooks.verify(sent, headers, secret, now=int(headers["webhook-timestamp"]))
        assert event.data == {"source_id": "src_1"}


@contextmanager
def sender_process(db: Database) -> Iterator[None]:
    """The server's schedule and worker for webhooks; killed with SIGKILL at the end."""
    script = Path(__file__).with_name("webhook_process.py")
    process = subprocess.Popen([sys.executable, str(script), str(db.data_dir)])
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("allow", ["", "10.0.0.0/8"])
def test_s13_no_inner_address_is_told(db: Database, workspace: WorkspaceId, allow: str) -> None:
    """One that was allowed when the webhook was made is asked about again when it is sent."""
    with running_receiver() as receiver:
        room = Room(db, workspace)
        _, webhook = room.create(receiver.url)
        room.happen()
        room.close()
        strict = Room(db, workspace, allow=allow)
        strict.deliver()
        [delivery] = strict.log(webhook.id)
        strict.close()
        assert receiver.received == []
    assert "This address is not allowed" in str(delivery.error)
    assert (delivery.status_code, delivery.status) == (None, "pending")
    assert json.loads(delivery.body)["type"] == "source.failed"
