"""What is sent, how it is signed, when it is tried again and when no more."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import update

from cevvo.domain.ids import WorkspaceId
from cevvo.errors import Conflict
from cevvo.features.webhooks.delivering import DAY, LONGEST_WAIT, MAX_ATTEMPTS, backoff, record
from cevvo.features.webhooks.service import WebhookChanges
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import webhooks
from cevvo.providers.fetching.posting import HttpPoster
from cevvo_sdk import WebhookVerificationError
from cevvo_sdk import webhooks as verification
from http_api import OPERATOR
from webhook_receiver import Receiver, running_receiver
from webhook_room import Room

ROOT = Path(__file__).parents[3]


@pytest.fixture
def room(db: Database, workspace: WorkspaceId) -> Iterator[Room]:
    made = Room(db, workspace)
    yield made
    made.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


def verified(received: tuple[str, dict[str, str], bytes], secret: str, room: Room) -> Any:
    """The event, if its signature is right for this secret."""
    _, headers, body = received
    return verification.verify(body, headers, secret, now=room.clocks.wall / 1000).to_dict()


def test_an_event_is_sent_once_signed_and_small(room: Room, receiver: Receiver) -> None:
    secret, webhook = room.create(receiver.url)
    room.happen(source_id="src_1")
    assert room.deliver() == 1
    assert room.deliver() == 0
    [(path, headers, body)] = receiver.received
    assert verified(receiver.received[0], secret, room) == {
        "type": "source.failed",
        "timestamp": "2026-02-02T02:40:00Z",
        "data": {"source_id": "src_1"},
    }
    assert path == "/hook"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("cevvo/")
    [delivery] = room.log(webhook.id)
    assert headers["webhook-id"] == delivery.event_id
    assert body == delivery.body.encode()
    assert (delivery.status, delivery.attempts, delivery.status_code) == ("delivered", 1, 200)
    assert (delivery.error, delivery.next_attempt_at) == (None, None)


def test_a_changed_body_or_another_secret_does_not_verify(room: Room, receiver: Receiver) -> None:
    secret, _ = room.create(receiver.url)
    other, _ = room.create(receiver.url, "gap.opened")
    room.happen(source_id="src_1")
    room.deliver()
    path, headers, body = receiver.received[0]
    with pytest.raises(WebhookVerificationError, match="secret"):
        verified((path, headers, body.replace(b"src_1", b"src_2")), secret, room)
    with pytest.raises(WebhookVerificationError, match="secret"):
        verified((path, headers, body), other, room)


def test_a_failure_is_tried_again_with_the_same_id_and_a_new_time(
    room: Room, receiver: Receiver
) -> None:
    receiver.answers = [500, 200]
    secret, webhook = room.create(receiver.url)
    room.happen()
    room.deliver()
    [delivery] = room.log(webhook.id)
    assert (delivery.status, delivery.status_code, delivery.attempts) == ("pending", 500, 1)
    assert delivery.error == "The endpoint answered 500."
    assert delivery.next_attempt_at is not None
    assert 7_500 <= delivery.next_attempt_at - room.clocks.wall <= 12_500
    assert room.webhook(webhook.id).failing_since == room.clocks.wall
    assert room.deliver() == 0
    room.clocks.advance(13)
    assert room.deliver() == 1
    first, second = receiver.received
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert int(second[1]["webhook-timestamp"]) - int(first[1]["webhook-timestamp"]) == 13
    assert verified(second, secret, room)
    assert room.log(webhook.id)[0].status == "delivered"
    assert room.webhook(webhook.id).failing_since is None


def test_after_about_a_day_it_is_given_up_and_can_be_retried_by_hand(
    room: Room, receiver: Receiver
) -> None:
    receiver.answers = [503]
    _, webhook = room.create(receiver.url)
    room.happen()
    began = room.clocks.wall
    for _ in range(MAX_ATTEMPTS):
        assert room.deliver() == 1
        [delivery] = room.log(webhook.id)
        if delivery.next_attempt_at is not None:
            room.clocks.wall = delivery.next_attempt_at
    assert (delivery.status, delivery.attempts, delivery.next_attempt_at) == ("failed", 10, None)
    assert 0.75 * DAY < room.clocks.wall - began < 1.5 * DAY
    room.clocks.wall += 10 * DAY
    assert room.deliver() == 0
    receiver.answers = [204]
    room.run(room.service().retry(room.workspace, webhook.id, delivery.id))
    assert room.deliver() == 1
    assert room.log(webhook.id)[0].status == "delivered"


def test_a_retry_by_hand_during_the_last_attempt_is_not_lost(
    room: Room, receiver: Receiver
) -> None:
    receiver.answers = [503]
    _, webhook = room.create(receiver.url)
    room.happen()
    for _ in range(MAX_ATTEMPTS - 1):
        room.deliver()
        [delivery] = room.log(webhook.id)
        room.clocks.wall = delivery.next_attempt_at or room.clocks.wall
    room.run(room.service().retry(room.workspace, webhook.id, delivery.id))
    outcome = room.run(room.sender().send(webhook, delivery))  # it had begun before
    now = room.clocks.now()
    room.db.write_now(lambda c: record(c, room.workspace, delivery, outcome, Random(1), now=now))
    [delivery] = room.log(webhook.id)
    assert (delivery.status, delivery.attempts) == ("pending", 1)


def test_waits_triple_and_none_is_longer_than_a_day() -> None:
    waits = [backoff(attempt, Random(1)) for attempt in range(1, MAX_ATTEMPTS)]
    assert all(2 < later / earlier < 4 for earlier, later in pairwise(waits))
    assert max(waits) * 1.25 / 0.75 < 2 * LONGEST_WAIT
    assert max(backoff(MAX_ATTEMPTS - 1, Random(n)) for n in range(99)) < LONGEST_WAIT


def test_the_documentation_says_how_often_and_how_long_it_is_tried() -> None:
    class Middle(Random):
        def uniform(self, a: float, b: float) -> float:
            return (a + b) / 2

    hours = sum(backoff(attempt, Middle()) for attempt in range(1, MAX_ATTEMPTS)) / 3_600_000
    said = (ROOT / "docs" / "webhooks.md").read_text()
    assert MAX_ATTEMPTS == 10
    assert f"ten times in all over about {hours:.0f} hours" in said


def test_an_endpoint_may_ask_to_be_left_alone_for_longer(room: Room, receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [429], {"retry-after": "600"}
    _, webhook = room.create(receiver.url)
    room.happen()
    room.deliver()
    assert room.log(webhook.id)[0].next_attempt_at == room.clocks.wall + 600_000


def test_no_redirect_is_followed(room: Room, receiver: Receiver) -> None:
    with running_receiver() as other:
        receiver.answers, receiver.headers = [307], {"location": other.url}
        _, webhook = room.create(receiver.url)
        room.happen()
        room.deliver()
        assert other.received == []
    assert "follow no redirect" in str(room.log(webhook.id)[0].error)


def test_an_endpoint_that_is_silent_is_not_waited_for(room: Room, receiver: Receiver) -> None:
    receiver.go_on.clear()
    _, webhook = room.create(receiver.url)
    room.happen()
    room.poster = HttpPoster(room.rules, deadline=0.2)
    room.deliver()
    receiver.go_on.set()
    [delivery] = room.log(webhook.id)
    assert (delivery.status_code, delivery.status) == (None, "pending")
    assert "did not answer within" in str(delivery.error)


def test_one_failure_ends_the_turn_so_that_no_place_is_held(room: Room, receiver: Receiver) -> None:
    receiver.answers = [500]
    room.create(receiver.url)
    room.happen(n=1)
    room.happen(n=2)
    assert room.deliver() == 1
    assert len(receiver.received) == 1
    assert room.deliver() == 1  # the other one, which is still due
    assert len(receiver.received) == 2


def test_rotated_secrets_both_sign_until_the_overlap_ends(room: Room, receiver: Receiver) -> None:
    old, webhook = room.create(receiver.url)
    rotate = room.service().rotate(room.workspace, webhook.id, overlap_hours=1, by=OPERATOR)
    new, rotated = room.run(rotate)
    assert rotated.previous_until == room.clocks.wall + 3_600_000
    room.happen()
    room.deliver()
    assert verified(receiver.received[0], old, room) == verified(receiver.received[0], new, room)
    room.clocks.advance(3601)
    room.happen()
    room.deliver()
    assert verified(receiver.received[1], new, room)
    with pytest.raises(WebhookVerificationError):
        verified(receiver.received[1], old, room)


def test_rotating_without_overlap_ends_the_old_secret_at_once(
    room: Room, receiver: Receiver
) -> None:
    old, webhook = room.create(receiver.url)
    room.run(room.service().rotate(room.workspace, webhook.id, overlap_hours=0, by=OPERATOR))
    room.happen()
    room.deliver()
    with pytest.raises(WebhookVerificationError):
        verified(receiver.received[0], old, room)


def test_an_endpoint_that_fails_for_days_is_paused_and_says_so(
    room: Room, receiver: Receiver
) -> None:
    receiver.answers = [500]
    _, webhook = room.create(receiver.url)
    room.happen()
    room.deliver()
    room.clocks.wall += 3 * DAY
    room.happen()
    room.deliver()
    paused = room.webhook(webhook.id)
    assert paused.paused_at == room.clocks.wall
    assert paused.pause_reason == (
        "Nothing was delivered for three days. The endpoint answered 500."
    )
    room.happen(n="while it was paused")
    assert room.deliver() == 0
    with pytest.raises(Conflict, match="paused"):
        room.run(room.service().retry(room.workspace, webhook.id, room.log(webhook.id)[0].id))

    receiver.answers, receiver.received = [200], []
    on = room.service().change(
        room.workspace, webhook.id, WebhookChanges(paused=False), by=OPERATOR
    )
    assert room.run(on).pause_reason is None
    room.clocks.wall += DAY
    room.deliver()
    assert len(receiver.received) == 3
    assert {each.status for each in room.log(webhook.id)} == {"delivered"}


def test_an_endpoint_that_is_gone_is_paused_at_once(room: Room, receiver: Receiver) -> None:
    receiver.answers = [410]
    _, webhook = room.create(receiver.url)
    room.happen()
    room.deliver()
    assert room.webhook(webhook.id).pause_reason == "The endpoint answered 410: it is gone."


def test_a_test_is_sent_at_once_and_once_even_to_a_paused_webhook(
    room: Room, receiver: Receiver
) -> None:
    receiver.answers = [500, 200]
    secret, webhook = room.create(receiver.url)
    pause = room.service().change(
        room.workspace, webhook.id, WebhookChanges(paused=True), by=OPERATOR
    )
    room.run(pause)
    failed = room.run(room.service().test(room.workspace, webhook.id))
    assert (failed.status, failed.error) == ("failed", "The endpoint answered 500.")
    assert room.webhook(webhook.id).failing_since is None
    assert room.deliver() == 0
    room.clocks.advance(1)
    went = room.run(room.service().test(room.workspace, webhook.id))
    assert (went.status, went.status_code) == ("delivered", 200)
    assert verified(receiver.received[1], secret, room)["type"] == "webhook.test"
    assert room.log(webhook.id)[0].status == "delivered"


def test_a_clock_that_is_put_back_holds_nothing_up(room: Room, receiver: Receiver) -> None:
    receiver.answers = [500, 200]
    _, webhook = room.create(receiver.url)
    room.happen()
    room.deliver()
    room.clocks.wall -= 30 * DAY
    assert room.deliver() == 1
    assert room.log(webhook.id)[0].status == "delivered"


def test_a_secret_that_does_not_open_is_named_and_sends_nothing(
    room: Room, receiver: Receiver
) -> None:
    _, webhook = room.create(receiver.url)
    room.db.write_now(lambda c: c.execute(update(webhooks).values(secret="1:" + "A" * 64)))
    room.happen()
    room.deliver()
    assert "rotate it" in str(room.log(webhook.id)[0].error)
    assert receiver.received == []


def test_secrets_are_sealed_and_belong_to_their_webhook(room: Room, receiver: Receiver) -> None:
    secret, webhook = room.create(receiver.url)
    assert secret.startswith("whsec_")
    assert secret not in webhook.secret
    assert room.secrets.open(webhook.secret, belongs_to=webhook.id) == secret


def test_old_deliveries_and_ended_jobs_are_forgotten(room: Room, receiver: Receiver) -> None:
    _, webhook = room.create(receiver.url)
    room.happen(n=1)
    room.deliver()
    assert room.jobs() == ["completed"]
    room.clocks.wall += 29 * DAY
    room.happen(n=2)
    room.clocks.wall += 2 * DAY
    room.run(room.tasks().sweep())
    assert [json.loads(each.body)["data"] for each in room.log(webhook.id)] == [{"n": 2}]
    assert room.jobs() == []


def test_what_is_no_longer_wanted_is_not_written(room: Room, receiver: Receiver) -> None:
    _, webhook = room.create(receiver.url, "gap.opened")
    room.happen("source.failed")
    assert room.log(webhook.id) == []
