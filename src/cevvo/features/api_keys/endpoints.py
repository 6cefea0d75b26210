"""``/api-keys``: the keys of a workspace. Each is shown whole once, when it is made."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request

from cevvo.domain.access import Actor, Principal
from cevvo.features.api_keys.schemas import ApiKeyCreate, ApiKeyObject, ApiKeyRotate, NewApiKey
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.foundation.access.guard import acting, require
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.pages import Page, PageQuery, page_of

router = APIRouter(prefix="/api-keys", tags=["API keys"])


async def _service(request: Request) -> ApiKeysService:
    return cast(ApiKeysService, request.app.state.api_keys)


Service = Annotated[ApiKeysService, Depends(_service)]
Admin = Annotated[Principal, Depends(require("admin"))]
By = Annotated[Actor, Depends(acting)]
KeyId = Annotated[str, Path(description="The API key's id.", examples=["key_abc123"])]


@router.get("", summary="List API keys")
async def list_api_keys(principal: Admin, service: Service, page: PageQuery) -> Page[ApiKeyObject]:
    """List the keys, expired and revoked ones too, newest first, without what is secret of them."""
    found, total = await service.list(principal.workspace, offset=page.offset, limit=page.per_page)
    return page_of([ApiKeyObject.of(each, service.now()) for each in found], total, page)


@router.post("", summary="Make an API key")
async def create_api_key(
    request: Request, principal: Admin, by: By, service: Service, body: ApiKeyCreate
) -> NewApiKey:
    """Make a key. Its `key` is in this answer and nowhere else, ever."""
    request.state.response_is_secret = True
    key, made = await service.create(principal.workspace, body.to_terms(), by=by)
    return NewApiKey.with_key(key, made, service.now())


@router.post("/{key_id}/rotate", summary="Rotate an API key")
async def rotate_api_key(
    request: Request,
    principal: Admin,
    by: By,
    service: Service,
    key_id: KeyId,
    body: ApiKeyRotate,
) -> NewApiKey:
    """Make a key like this one, which holds on for the overlap and then expires."""
    request.state.response_is_secret = True
    key, made = await service.rotate(
        principal.workspace, key_id, overlap_hours=body.overlap_hours, by=by
    )
    return NewApiKey.with_key(key, made, service.now())


@router.delete("/{key_id}", summary="Revoke an API key")
async def revoke_api_key(principal: Admin, by: By, service: Service, key_id: KeyId) -> Deleted:
    """Revoke a key: it is refused everywhere within a second, and open streams of it end."""
    await service.revoke(principal.workspace, key_id, by=by)
    return Deleted()
