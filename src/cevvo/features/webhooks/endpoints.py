"""``/webhooks``: where events are sent, and the log of what was delivered."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from cevvo.domain.access import Actor, Principal
from cevvo.features.webhooks.deliveries import DeliveryStatus
from cevvo.features.webhooks.schemas import (
    DeliveryObject,
    NewWebhook,
    WebhookCreate,
    WebhookObject,
    WebhookRotate,
    WebhookUpdate,
)
from cevvo.features.webhooks.service import WebhooksService
from cevvo.foundation.access.guard import acting, require
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.pages import Page, PageQuery, page_of

router = APIRouter(prefix="/webhooks", tags=["Webhooks"])


async def _service(request: Request) -> WebhooksService:
    return cast(WebhooksService, request.app.state.webhooks)


Service = Annotated[WebhooksService, Depends(_service)]
Admin = Annotated[Principal, Depends(require("admin"))]
By = Annotated[Actor, Depends(acting)]
WebhookId = Annotated[str, Path(description="The webhook's id.", examples=["whk_abc123"])]
DeliveryId = Annotated[str, Path(description="The delivery's id.", examples=["dlv_abc123"])]


@router.get("", summary="List webhooks")
async def list_webhooks(principal: Admin, service: Service, page: PageQuery) -> Page[WebhookObject]:
    """List the webhooks, newest first, without their secrets."""
    found, total = await service.list(principal.workspace, offset=page.offset, limit=page.per_page)
    return page_of([WebhookObject.of(each) for each in found], total, page)


@router.post("", summary="Make a webhook")
async def create_webhook(
    request: Request, principal: Admin, by: By, service: Service, body: WebhookCreate
) -> NewWebhook:
    """Have events sent to an address. Its `secret` is in this answer and nowhere else, ever."""
    request.state.response_is_secret = True
    secret, made = await service.create(
        principal.workspace,
        url=body.url,
        events=body.events,
        include_text=body.include_text,
        by=by,
    )
    return NewWebhook.with_secret(secret, made)


@router.get("/{webhook_id}", summary="Get a webhook")
async def get_webhook(principal: Admin, service: Service, webhook_id: WebhookId) -> WebhookObject:
    """One webhook, and whether it is paused or fails."""
    return WebhookObject.of(await service.get(principal.workspace, webhook_id))


@router.put("/{webhook_id}", summary="Change a webhook")
async def change_webhook(
    principal: Admin, by: By, service: Service, webhook_id: WebhookId, body: WebhookUpdate
) -> WebhookObject:
    """Change a webhook, pause it, or let it go on: then what waited is sent."""
    changed = await service.change(principal.workspace, webhook_id, body.changes(), by=by)
    return WebhookObject.of(changed)


@router.delete("/{webhook_id}", summary="Delete a webhook")
async def delete_webhook(
    principal: Admin, by: By, service: Service, webhook_id: WebhookId
) -> Deleted:
    """Delete a webhook with the log of its deliveries: nothing more is sent there."""
    await service.delete(principal.workspace, webhook_id, by=by)
    return Deleted()


@router.post("/{webhook_id}/rotate", summary="Rotate a webhook's secret")
async def rotate_webhook(
    request: Request,
    principal: Admin,
    by: By,
    service: Service,
    webhook_id: WebhookId,
    body: WebhookRotate,
) -> NewWebhook:
    """Make a new secret. For the overlap each event carries a signature with the old one, too."""
    request.state.response_is_secret = True
    secret, rotated = await service.rotate(
        principal.workspace, webhook_id, overlap_hours=body.overlap_hours, by=by
    )
    return NewWebhook.with_secret(secret, rotated)


@router.post("/{webhook_id}/test", summary="Test a webhook")
async def test_webhook(principal: Admin, service: Service, webhook_id: WebhookId) -> DeliveryObject:
    """Send an event of type `webhook.test` now, once, and say what came of it."""
    return DeliveryObject.of(await service.test(principal.workspace, webhook_id))


@router.get("/{webhook_id}/deliveries", summary="List a webhook's deliveries")
async def list_deliveries(
    principal: Admin,
    service: Service,
    webhook_id: WebhookId,
    page: PageQuery,
    status: Annotated[DeliveryStatus | None, Query(description="Only these.")] = None,
) -> Page[DeliveryObject]:
    """List what was and will be sent, newest first, for 30 days."""
    found, total = await service.list_deliveries(
        principal.workspace, webhook_id, status=status, offset=page.offset, limit=page.per_page
    )
    return page_of([DeliveryObject.of(each) for each in found], total, page)


@router.post("/{webhook_id}/deliveries/{delivery_id}/retry", summary="Retry a delivery")
async def retry_delivery(
    request: Request,
    principal: Admin,
    service: Service,
    webhook_id: WebhookId,
    delivery_id: DeliveryId,
) -> DeliveryObject:
    """Send an event again, whatever came of it before."""
    delivery = await service.retry(principal.workspace, webhook_id, delivery_id)
    request.state.thread_id = delivery.conversation_id
    return DeliveryObject.of(delivery)
