"""``/people`` and ``/invitations``: who belongs to the workspace, and who may come to."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request

from cevvo.domain.access import Actor
from cevvo.features.people.links import link_url
from cevvo.features.people.schemas import (
    InvitationObject,
    InvitationRequest,
    NewInvitation,
    PersonObject,
    RoleChange,
)
from cevvo.features.people.service import PeopleService
from cevvo.foundation.access.guard import SignedIn, acting, require_right
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.openapi import SESSION_ONLY
from cevvo.foundation.http.pages import Page, PageQuery, page_of

router = APIRouter(tags=["People"])


async def _service(request: Request) -> PeopleService:
    return cast(PeopleService, request.app.state.people)


Service = Annotated[PeopleService, Depends(_service)]
Someone = Annotated[SignedIn, Depends(require_right())]
Manager = Annotated[SignedIn, Depends(require_right("people"))]
By = Annotated[Actor, Depends(acting)]
PersonId = Annotated[str, Path(description="The person's ID.", examples=["per_abc123"])]
InvitationId = Annotated[str, Path(description="The invitation ID.", examples=["inv_abc123"])]


@router.get("/people", summary="List people", openapi_extra=SESSION_ONLY)
async def list_people(who: Manager, service: Service, page: PageQuery) -> Page[PersonObject]:
    """List who belongs to the workspace, by name. For owners and admins."""
    found, total = await service.members(who.workspace, offset=page.offset, limit=page.per_page)
    return page_of([PersonObject.of(member) for member in found], total, page)


@router.put(
    "/people/{person_id}",
    summary="Change a person's role",
    openapi_extra=SESSION_ONLY,
    responses={409: {}},
)
async def change_role(
    who: Manager, by: By, service: Service, person_id: PersonId, body: RoleChange
) -> PersonObject:
    """Give somebody another role, which signs them out of this workspace.

    For owners and admins; only owners make owners, and unmake them. The last owner stays one.
    """
    member = await service.change_role(
        who.workspace, person_id, body.role, session=who.session, by=by
    )
    return PersonObject.of(member)


@router.delete(
    "/people/{person_id}",
    summary="Remove a person",
    openapi_extra=SESSION_ONLY,
    responses={409: {}},
)
async def remove_person(who: Someone, by: By, service: Service, person_id: PersonId) -> Deleted:
    """Take somebody out of the workspace; their sessions here end within a second.

    For owners and admins; everybody may leave by themselves. The last owner stays. Whoever then
    belongs to no workspace is forgotten.
    """
    await service.remove(who.workspace, person_id, session=who.session, by=by)
    return Deleted()


@router.get("/invitations", summary="List invitations", openapi_extra=SESSION_ONLY)
async def list_invitations(
    who: Manager, service: Service, page: PageQuery
) -> Page[InvitationObject]:
    """List the invitations that are open, newest first. For owners and admins."""
    found, total = await service.invitations(who.workspace, offset=page.offset, limit=page.per_page)
    return page_of([InvitationObject.of(link) for link in found], total, page)


@router.post("/invitations", status_code=201, summary="Invite a person", openapi_extra=SESSION_ONLY)
async def invite(
    who: Manager, by: By, service: Service, request: Request, body: InvitationRequest
) -> NewInvitation:
    """Invite somebody to the workspace: the link works once, within seven days.

    It goes out by mail where the server can send any. For owners and admins; only owners invite
    owners.
    """
    request.state.response_is_secret = True
    base_url = request.app.state.public_url or str(request.base_url).rstrip("/")
    link, url, mailed = await service.invite(
        who.workspace,
        email=body.email,
        role=body.role,
        session=who.session,
        by=by,
        url_of=lambda token: link_url(base_url, "invitation", token),
    )
    shown = InvitationObject.of(link).model_dump()
    return NewInvitation(**shown, url=url, mailed=mailed)


@router.delete(
    "/invitations/{invitation_id}", summary="Withdraw an invitation", openapi_extra=SESSION_ONLY
)
async def withdraw_invitation(
    who: Manager, by: By, service: Service, invitation_id: InvitationId
) -> Deleted:
    """Make an invitation void. For owners and admins."""
    await service.withdraw(who.workspace, invitation_id, by=by)
    return Deleted()
