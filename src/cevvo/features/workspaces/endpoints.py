"""``/workspaces``: those of the person who is signed in."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request

from cevvo.domain.access import Actor
from cevvo.domain.ids import WorkspaceId
from cevvo.features.workspaces.schemas import WorkspaceObject, WorkspaceRequest
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.access.guard import SignedIn, acting, require_right
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.openapi import SESSION_ONLY
from cevvo.foundation.http.pages import Page, PageQuery, page_of

router = APIRouter(prefix="/workspaces", tags=["Workspaces"])


async def _service(request: Request) -> WorkspacesService:
    return cast(WorkspacesService, request.app.state.workspaces)


Service = Annotated[WorkspacesService, Depends(_service)]
Someone = Annotated[SignedIn, Depends(require_right())]
By = Annotated[Actor, Depends(acting)]
Id = Annotated[str, Path(description="The workspace ID.", examples=["wsp_abc123"])]


@router.get("", summary="List workspaces", openapi_extra=SESSION_ONLY)
async def list_workspaces(who: Someone, service: Service, page: PageQuery) -> Page[WorkspaceObject]:
    """List the workspaces that you belong to, by name."""
    found, total = await service.of_person(
        who.session.person_id, offset=page.offset, limit=page.per_page
    )
    return page_of([WorkspaceObject.of(*each) for each in found], total, page)


@router.post("", status_code=201, summary="Create a workspace", openapi_extra=SESSION_ONLY)
async def create_workspace(
    who: Annotated[SignedIn, Depends(require_right("workspaces"))],
    by: By,
    service: Service,
    body: WorkspaceRequest,
) -> WorkspaceObject:
    """Make another workspace, empty and apart from all others. You own it. For owners."""
    made = await service.create(body.name, owner=who.session.person_id, by=by)
    return WorkspaceObject.of(made, "owner")


@router.put("/{workspace_id}", summary="Rename a workspace", openapi_extra=SESSION_ONLY)
async def rename_workspace(
    who: Someone, by: By, service: Service, workspace_id: Id, body: WorkspaceRequest
) -> WorkspaceObject:
    """Call a workspace something else. For its owners and admins."""
    renamed = await service.rename(
        WorkspaceId(workspace_id), body.name, person_id=who.session.person_id, by=by
    )
    return WorkspaceObject.of(*renamed)


@router.delete(
    "/{workspace_id}",
    summary="Delete a workspace",
    openapi_extra=SESSION_ONLY,
    responses={409: {}},
)
async def delete_workspace(who: Someone, by: By, service: Service, workspace_id: Id) -> Deleted:
    """Delete a workspace and everything in it: sources, documents, conversations, keys, members.

    Jobs that work on it are cancelled. For its owners; the last workspace stays.
    """
    await service.delete(WorkspaceId(workspace_id), person_id=who.session.person_id, by=by)
    return Deleted()
