"""One attempt to deliver an event, and what follows from how it went.

A delivery is tried ten times in all, over about 27 hours: again after 10 s, and then after three
times as long as before, each a quarter more or less by chance, or as long as the endpoint asks for
if that is longer. An endpoint that has answered nothing well for three days, or says that it is
gone, is paused: its events wait.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, Millis
from cevvo.errors import CevvoError, Transient, UrlNotAllowed
from cevvo.features.webhooks import deliveries, repository
from cevvo.features.webhooks.deliveries import Delivery, DeliveryStatus
from cevvo.features.webhooks.repository import Webhook
from cevvo.features.webhooks.signing import signed_headers
from cevvo.foundation.secrets import Secrets
from cevvo.foundation.telemetry.logging import get_logger
from cevvo.providers.fetching.posting import HttpPoster

log = get_logger(__name__)

TEST = "webhook.test"
"""The type of the event that a test sends; no webhook can ask for it."""
MAX_ATTEMPTS = 10
"""The first one counts."""
DAY = 86_400_000  # milliseconds
PAUSE_AFTER = 3 * DAY
LONGEST_WAIT = DAY
"""Milliseconds: as long as an endpoint may ask for; no wait of ours is longer."""
_FIRST_DELAY = 10_000
_GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went. ``error`` is None where it was delivered; times are milliseconds."""

    at: Millis
    latency_ms: int
    status_code: int | None
    error: str | None
    retry_after: int = 0


def backoff(attempt: int, chance: Random) -> int:
    """Milliseconds to wait after the ``attempt``-th failure: 10 s, tripling, ± 25 %."""
    tripled: float = _FIRST_DELAY * 3 ** (attempt - 1)
    return int(tripled * chance.uniform(0.75, 1.25))


class Sender:
    """Signs a delivery and sends it."""

    def __init__(
        self,
        poster: HttpPoster,
        secrets: Secrets,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._poster = poster
        self._secrets = secrets
        self._clock = clock
        self._monotonic = monotonic

    async def send(self, webhook: Webhook, delivery: Delivery) -> Outcome:
        """One attempt. It raises nothing: whatever is wrong is in the outcome."""
        at, began = self._clock(), self._monotonic()
        status, error, wait = None, None, 0.0
        try:
            body = delivery.body.encode()
            headers = signed_headers(delivery.event_id, at // 1000, body, self._keys(webhook, at))
            posted = await self._poster.post(
                webhook.url, body, {"Content-Type": "application/json"} | headers
            )
            status, wait = posted.status, posted.retry_after or 0.0
            error = _complaint(status)
        except (UrlNotAllowed, Transient) as refused:
            error = refused.message
        except CevvoError as broken:  # the secret does not open
            log.error("webhook_not_signed", webhook_id=webhook.id, exc_info=broken)
            error = "Its secret cannot be read on this server: rotate it."
        latency = int((self._monotonic() - began) * 1000)
        return Outcome(at, latency, status, error, int(min(wait * 1000, LONGEST_WAIT)))

    def _keys(self, webhook: Webhook, at: Millis) -> list[str]:
        sealed = [webhook.secret]
        if webhook.previous_secret and webhook.previous_until and at < webhook.previous_until:
            sealed.append(webhook.previous_secret)
        return [self._secrets.open(each, belongs_to=webhook.id) for each in sealed]


def _complaint(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if status == _GONE:
        return "The endpoint answered 410: it is gone."
    if 300 <= status < 400:
        return (
            f"The endpoint redirects ({status}), and webhooks follow no redirect: "
            "give the address that it redirects to."
        )
    return f"The endpoint answered {status}."


def record(
    connection: Connection,
    workspace: WorkspaceId,
    delivery: Delivery,
    outcome: Outcome,
    chance: Random,
    *,
    now: Millis,
) -> Delivery:
    """Store how an attempt went, on the delivery and on its webhook; the delivery as it is then.

    A test is not tried again, and no webhook is paused for it. One that was asked for again while
    it was sent has all its attempts before it but this one.
    """
    is_test = delivery.type == TEST
    now_stored = deliveries.get_delivery(connection, workspace, delivery.webhook_id, delivery.id)
    tried = (now_stored or delivery).attempts + 1
    wait = None
    if outcome.error is not None and tried < MAX_ATTEMPTS and not is_test:
        wait = max(backoff(tried, chance), outcome.retry_after)
    ended: DeliveryStatus = "delivered" if outcome.error is None else "failed"
    after = replace(
        delivery,
        status=ended if wait is None else "pending",
        attempts=tried,
        next_attempt_at=None if wait is None else Millis(now + wait),
        attempted_at=outcome.at,
        status_code=outcome.status_code,
        latency_ms=outcome.latency_ms,
        error=outcome.error,
    )
    deliveries.update_delivery(connection, workspace, after)
    webhook = repository.get_webhook(connection, workspace, delivery.webhook_id)
    if webhook is not None and not (is_test and outcome.error is not None):
        repository.update_webhook(connection, workspace, _health(webhook, outcome, now))
    return after


def _health(webhook: Webhook, outcome: Outcome, now: Millis) -> Webhook:
    if outcome.error is None:
        return replace(webhook, failing_since=None)
    since = min(webhook.failing_since or now, now)
    failing = replace(webhook, failing_since=since)
    gone = outcome.status_code == _GONE
    if webhook.paused_at is not None or not (gone or now - since >= PAUSE_AFTER):
        return failing
    why = outcome.error if gone else f"Nothing was delivered for three days. {outcome.error}"
    log.warning("webhook_paused", webhook_id=webhook.id, reason=why)
    return replace(failing, paused_at=now, pause_reason=why)
