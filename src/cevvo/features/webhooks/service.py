"""Webhooks: made, changed, rotated, tested, and the log of what was delivered."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from sqlalchemy import Connection

from cevvo.domain.access import Actor
from cevvo.domain.events import EventType
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Clock, Millis
from cevvo.errors import Conflict, InvalidRequest, NotFound, UrlNotAllowed
from cevvo.features.webhooks import deliveries, repository
from cevvo.features.webhooks.deliveries import Delivery, DeliveryStatus
from cevvo.features.webhooks.delivering import TEST, Sender, record
from cevvo.features.webhooks.repository import Webhook
from cevvo.features.webhooks.signing import new_secret
from cevvo.foundation.audit_log import Action, append
from cevvo.foundation.db.database import Database
from cevvo.foundation.secrets import Secrets
from cevvo.foundation.webhooks import body_of
from cevvo.providers.fetching.addresses import AddressRules

MOST = 20
"""Webhooks that a workspace may have."""
_HOUR = 3_600_000  # milliseconds
_CHANCE = Random()  # noqa: S311 - spreads retries, guards nothing


@dataclass(frozen=True, slots=True)
class WebhookChanges:
    """What is to be changed; None stays as it is."""

    url: str | None = None
    events: Sequence[EventType] | None = None
    include_text: bool | None = None
    paused: bool | None = None


class WebhooksService:
    """The webhooks of a workspace."""

    def __init__(
        self, db: Database, secrets: Secrets, rules: AddressRules, sender: Sender, clock: Clock
    ) -> None:
        self._db = db
        self._secrets = secrets
        self._rules = rules
        self._sender = sender
        self._clock = clock

    async def create(
        self,
        workspace: WorkspaceId,
        *,
        url: str,
        events: Sequence[EventType],
        include_text: bool = False,
        by: Actor,
    ) -> tuple[str, Webhook]:
        """A new webhook and its secret, which cannot be read again.

        Raises InvalidRequest for a URL that may not be reached, Conflict where there are too many.
        """
        self._check_url(url)
        now = self._clock()
        secret, webhook_id = new_secret(), new_id("whk")
        webhook = Webhook(
            id=webhook_id,
            url=url,
            events=_in_order(events),
            include_text=include_text,
            secret=self._secrets.seal(secret, belongs_to=webhook_id),
            previous_secret=None,
            previous_until=None,
            paused_at=None,
            pause_reason=None,
            failing_since=None,
            created_at=now,
            updated_at=now,
        )

        def write(connection: Connection) -> None:
            if repository.list_webhooks(connection, workspace, limit=1)[1] >= MOST:
                raise Conflict(f"A workspace has {MOST} webhooks at most. Delete one first.")
            repository.insert_webhook(connection, workspace, webhook)
            _note(connection, workspace, by, "webhook.created", webhook, now)

        await self._db.write(write)
        return secret, webhook

    async def list(
        self, workspace: WorkspaceId, *, offset: int = 0, limit: int | None = None
    ) -> tuple[list[Webhook], int]:
        """Webhooks, newest first, and how many there are in all."""
        found, total = await self._db.read(
            lambda c: repository.list_webhooks(c, workspace, offset=offset, limit=limit)
        )
        now = self._clock()
        return [webhook.at(now) for webhook in found], total

    async def get(self, workspace: WorkspaceId, webhook_id: str) -> Webhook:
        """One webhook. Raises NotFound."""
        found = await self._db.read(lambda c: _required(c, workspace, webhook_id))
        return found.at(self._clock())

    async def change(
        self, workspace: WorkspaceId, webhook_id: str, changes: WebhookChanges, *, by: Actor
    ) -> Webhook:
        """Change a webhook; one that goes on is sent what waited.

        Raises NotFound; InvalidRequest for a URL that may not be reached.
        """
        if changes.url is not None:
            self._check_url(changes.url)
        now = self._clock()

        def write(connection: Connection) -> Webhook:
            changed = _changed(_required(connection, workspace, webhook_id), changes, now)
            repository.update_webhook(connection, workspace, changed)
            _note(connection, workspace, by, "webhook.changed", changed, now)
            return changed

        return await self._db.write(write)

    async def delete(self, workspace: WorkspaceId, webhook_id: str, *, by: Actor) -> None:
        """Delete a webhook with the log of its deliveries. Raises NotFound."""
        now = self._clock()

        def write(connection: Connection) -> None:
            webhook = _required(connection, workspace, webhook_id)
            repository.delete_webhook(connection, workspace, webhook_id)
            _note(connection, workspace, by, "webhook.deleted", webhook, now)

        await self._db.write(write)

    async def rotate(
        self, workspace: WorkspaceId, webhook_id: str, *, overlap_hours: int, by: Actor
    ) -> tuple[str, Webhook]:
        """A new secret; what is sent is signed with the old one, too, for ``overlap_hours``.

        Raises NotFound.
        """
        now = self._clock()
        secret = new_secret()

        def write(connection: Connection) -> Webhook:
            before = _required(connection, workspace, webhook_id)
            rotated = replace(
                before,
                secret=self._secrets.seal(secret, belongs_to=webhook_id),
                previous_secret=before.secret if overlap_hours else None,
                previous_until=Millis(now + overlap_hours * _HOUR) if overlap_hours else None,
                updated_at=now,
            )
            repository.update_webhook(connection, workspace, rotated)
            _note(connection, workspace, by, "webhook.rotated", rotated, now)
            return rotated

        return secret, await self._db.write(write)

    async def test(self, workspace: WorkspaceId, webhook_id: str) -> Delivery:
        """Send an event of type ``webhook.test`` now, once, also where it is paused.

        Raises NotFound.
        """
        now = self._clock()
        delivery = Delivery(
            id=new_id("dlv"),
            webhook_id=webhook_id,
            event_id=new_id("evt"),
            type=TEST,
            body=body_of(TEST, now, {"webhook_id": webhook_id}),
            status="failed",  # until it is known better: no job is to send it too
            attempts=0,
            next_attempt_at=None,
            attempted_at=None,
            status_code=None,
            latency_ms=None,
            error="The server was stopped while it was sent.",
            created_at=now,
            conversation_id=None,
        )

        def write(connection: Connection) -> Webhook:
            webhook = _required(connection, workspace, webhook_id)
            deliveries.insert_delivery(connection, workspace, delivery)
            return webhook

        webhook = await self._db.write(write)
        outcome = await self._sender.send(webhook, delivery)
        return await self._db.write(
            lambda c: record(c, workspace, delivery, outcome, _CHANCE, now=self._clock())
        )

    async def list_deliveries(
        self,
        workspace: WorkspaceId,
        webhook_id: str,
        *,
        status: DeliveryStatus | None,
        offset: int,
        limit: int,
    ) -> tuple[builtins.list[Delivery], int]:
        """A webhook's deliveries, newest first, and how many fit. Raises NotFound."""

        def read(connection: Connection) -> tuple[builtins.list[Delivery], int]:
            _required(connection, workspace, webhook_id)
            return deliveries.list_deliveries(
                connection, workspace, webhook_id, status=status, offset=offset, limit=limit
            )

        return await self._db.read(read)

    async def retry(self, workspace: WorkspaceId, webhook_id: str, delivery_id: str) -> Delivery:
        """Send a delivery again, whatever came of it, with all its attempts before it.

        Raises NotFound; Conflict where the webhook is paused.
        """
        now = self._clock()

        def write(connection: Connection) -> Delivery:
            webhook = _required(connection, workspace, webhook_id)
            found = deliveries.get_delivery(connection, workspace, webhook_id, delivery_id)
            if found is None:
                raise NotFound("This webhook has no delivery with this id; old ones are dropped.")
            if webhook.paused_at is not None:
                raise Conflict('The webhook is paused. Let it go on first: PUT {"paused": false}.')
            again = replace(found, status="pending", attempts=0, next_attempt_at=now)
            deliveries.update_delivery(connection, workspace, again)
            return again

        return await self._db.write(write)

    def _check_url(self, url: str) -> None:
        try:
            self._rules.check_url(url)
        except UrlNotAllowed as error:
            raise InvalidRequest(error.message, param="url") from error


def _changed(webhook: Webhook, changes: WebhookChanges, now: Millis) -> Webhook:
    changed = replace(webhook.at(now), updated_at=now)
    if changes.url is not None:
        changed = replace(changed, url=changes.url)
    if changes.events is not None:
        changed = replace(changed, events=_in_order(changes.events))
    if changes.include_text is not None:
        changed = replace(changed, include_text=changes.include_text)
    if changes.paused is False:
        return replace(changed, paused_at=None, pause_reason=None, failing_since=None)
    if changes.paused and webhook.paused_at is None:
        return replace(changed, paused_at=now, pause_reason=None)
    return changed


def _in_order(events: Sequence[EventType]) -> tuple[EventType, ...]:
    return tuple(dict.fromkeys(events))


def _required(connection: Connection, workspace: WorkspaceId, webhook_id: str) -> Webhook:
    found = repository.get_webhook(connection, workspace, webhook_id)
    if found is None:
        raise NotFound("There is no webhook with this id. GET /webhooks lists them.")
    return found


def _note(
    connection: Connection,
    workspace: WorkspaceId,
    by: Actor,
    action: Action,
    webhook: Webhook,
    now: Millis,
) -> None:
    append(
        connection,
        workspace,
        by,
        action,
        now=now,
        target_id=webhook.id,
        target_name=webhook.url.partition("?")[0],  # a query may hold a token
        detail={"events": list(webhook.events), "include_text": webhook.include_text},
    )
