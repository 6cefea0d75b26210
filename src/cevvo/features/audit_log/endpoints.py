"""``/audit-log``: who did what in this workspace."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from cevvo.domain.access import Actor, Principal
from cevvo.features.audit_log.repository import AuditFilter
from cevvo.features.audit_log.schemas import COLUMNS, AuditEntry, row_of
from cevvo.features.audit_log.service import AuditLogService
from cevvo.foundation.access.guard import acting, require
from cevvo.foundation.http.csv_response import CSV_TOO, csv_response, wants_csv
from cevvo.foundation.http.pages import Page, PageQuery, page_of
from cevvo.foundation.http.times import Time, millis

router = APIRouter(tags=["Audit log"])


async def _service(request: Request) -> AuditLogService:
    return cast(AuditLogService, request.app.state.audit_log)


async def _filter(
    action: Annotated[
        str | None,
        Query(description="One action, as `api_key.revoked`, or all on a kind, as `api_key`."),
    ] = None,
    actor: Annotated[
        str | None, Query(description="The id of an API key or person, or a command's user.")
    ] = None,
    since: Annotated[Time | None, Query(description="From this time on (RFC 3339).")] = None,
    until: Annotated[Time | None, Query(description="Before this time (RFC 3339).")] = None,
) -> AuditFilter:
    return AuditFilter(
        action,
        actor,
        None if since is None else millis(since),
        None if until is None else millis(until),
    )


@router.get(
    "/audit-log",
    summary="List what was done",
    responses=CSV_TOO,
    response_model=Page[AuditEntry],
)
async def list_audit_log(
    request: Request,
    principal: Annotated[Principal, Depends(require("admin"))],
    by: Annotated[Actor, Depends(acting)],
    service: Annotated[AuditLogService, Depends(_service)],
    wanted: Annotated[AuditFilter, Depends(_filter)],
    page: PageQuery,
) -> Page[AuditEntry] | Response:
    """List who did what, the newest first. With `Accept: text/csv`, all of it as a table."""
    if wants_csv(request):
        found = await service.export(principal.workspace, wanted, by=by)
        return csv_response("audit-log.csv", COLUMNS, map(row_of, found))
    found, total = await service.page(
        principal.workspace, wanted, offset=page.offset, limit=page.per_page
    )
    return page_of([AuditEntry.of(entry) for entry in found], total, page)
