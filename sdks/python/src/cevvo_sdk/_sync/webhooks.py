# Written by generate_sync.py from _async/webhooks.py: change that.
"""Webhooks: where the server sends events. To check one that came: ``cevvo_sdk.webhooks``."""

from collections.abc import Sequence

from cevvo_sdk._sync.page import Page
from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import Call, given, path
from cevvo_sdk.types import (
    Deleted,
    DeliveryStatus,
    NewWebhook,
    Webhook,
    WebhookDelivery,
    WebhookEventType,
)


class Webhooks:
    """The webhooks of the workspace; for a key with the scope ``admin``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, page: int | None = None, per_page: int | None = None) -> Page[Webhook]:
        """All webhooks, newest first."""
        call = Call("GET", "/webhooks", query={"page": page, "per_page": per_page})
        return Page.of(self._transport, call, Webhook)

    def create(
        self, *, url: str, events: Sequence[WebhookEventType], include_text: bool | None = None
    ) -> NewWebhook:
        """Have events sent to an address. Its ``secret`` is in this answer and nowhere else, ever.

        Args:
            url: where they are sent, by POST.
            events: the types that are sent.
            include_text: with what people wrote; without it unless told.
        """
        body = given(url=url, events=events, include_text=include_text)
        return self._transport.fetch(Call("POST", "/webhooks", json=body), NewWebhook)

    def get(self, id: str) -> Webhook:
        """One webhook, and whether it is paused or fails."""
        return self._transport.fetch(Call("GET", path("webhooks", id)), Webhook)

    def update(
        self,
        id: str,
        *,
        url: str | None = None,
        events: Sequence[WebhookEventType] | None = None,
        include_text: bool | None = None,
        paused: bool | None = None,
    ) -> Webhook:
        """Change what is given. While it is paused, events wait, for 30 days at most."""
        body = given(url=url, events=events, include_text=include_text, paused=paused)
        return self._transport.fetch(Call("PUT", path("webhooks", id), json=body), Webhook)

    def delete(self, id: str) -> Deleted:
        """Delete it with the log of its deliveries."""
        return self._transport.fetch(Call("DELETE", path("webhooks", id)), Deleted)

    def rotate(self, id: str, *, overlap_hours: int | None = None) -> NewWebhook:
        """Make a new secret; the old one signs, too, for 0..720 hours, 24 unless told."""
        body = given(overlap_hours=overlap_hours)
        call = Call("POST", path("webhooks", id, "rotate"), json=body)
        return self._transport.fetch(call, NewWebhook)

    def test(self, id: str) -> WebhookDelivery:
        """Send an event of type ``webhook.test`` now, once."""
        return self._transport.fetch(
            Call("POST", path("webhooks", id, "test")), WebhookDelivery
        )

    def deliveries(
        self,
        id: str,
        *,
        status: DeliveryStatus | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[WebhookDelivery]:
        """What was and will be sent, newest first, for 30 days."""
        query = {"status": status, "page": page, "per_page": per_page}
        call = Call("GET", path("webhooks", id, "deliveries"), query=query)
        return Page.of(self._transport, call, WebhookDelivery)

    def retry(self, id: str, delivery_id: str) -> WebhookDelivery:
        """Send an event again, whatever came of it before."""
        call = Call("POST", path("webhooks", id, "deliveries", delivery_id, "retry"))
        return self._transport.fetch(call, WebhookDelivery)
