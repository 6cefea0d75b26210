"""R1, S13: an event survives a server that is killed while it is sent; no inner address is told."""

import json
import signal
import time
from pathlib import Path

import pytest

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo_sdk import webhooks
from conftest import OFFLINE_CEVVO, running_server
from webhook_receiver import running_receiver
from webhook_room import Room


def test_r1_an_event_is_delivered_though_the_server_is_killed_on_the_way(tmp_path: Path) -> None:
    allowed = {"CEVVO_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8"}
    with running_receiver() as receiver:
        receiver.go_on.clear()
        with running_server(tmp_path, OFFLINE_CEVVO, **allowed) as server, server.client() as api:
            body = {"url": receiver.url, "events": ["conversation.escalated"]}
            hook = api.post("/webhooks", json=body).json()
            thread = api.post("/chat", json={"message": "How do I reset it?"}).json()["thread_id"]
            api.post(f"/conversations/{thread}/escalate", json={"reason": "private words"})
            assert receiver.asked.wait(30)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
        receiver.go_on.set()
        with running_server(tmp_path, OFFLINE_CEVVO, **allowed) as server, server.client() as api:
            end = time.monotonic() + 30
            while True:
                log = api.get(f"/webhooks/{hook['id']}/deliveries").json()
                if log["data"][0]["status"] == "delivered":
                    break
                assert time.monotonic() < end, log
                time.sleep(0.05)
    assert log["meta"]["total"] == 1
    assert len({headers["webhook-id"] for _, headers, _ in receiver.received}) == 1
    for _, headers, sent in receiver.received:
        event = webhooks.verify(sent, headers, hook["secret"])
        assert (event.type, event.data) == ("conversation.escalated", {"thread_id": thread})
        assert b"private words" not in sent


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
