"""Who belongs to a workspace: inviting people, changing their roles, removing them."""

from collections.abc import Callable

from sqlalchemy import Connection, select

from cevvo.domain.access import Actor, Role, Session
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import Conflict, InsufficientScope, NotFound
from cevvo.features.people import links, repository
from cevvo.features.people.links import Link
from cevvo.features.people.repository import Member
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import workspaces
from cevvo.foundation.telemetry.logging import get_logger
from cevvo.providers.mail.base import Mail, MailError, MailSender

log = get_logger(__name__)

_SUBJECT = "You are invited to {workspace} on Cevvo"
_TEXT = """You are invited to join {workspace} as {role}.

Accept within seven days:
{url}
"""


class PeopleService:
    """The members of a workspace. ``session`` is that of who manages them, None for a command on
    this machine, which may do everything. ``mail`` is None where no mail can be sent."""

    def __init__(self, db: Database, mail: MailSender | None, clock: Clock) -> None:
        self._db = db
        self._mail = mail
        self._clock = clock

    async def members(
        self, workspace: WorkspaceId, *, offset: int, limit: int
    ) -> tuple[list[Member], int]:
        """A page of the members, by name, and how many there are."""
        return await self._db.read(
            lambda c: repository.list_members(c, workspace, offset=offset, limit=limit)
        )

    async def invitations(
        self, workspace: WorkspaceId, *, offset: int, limit: int
    ) -> tuple[list[Link], int]:
        """A page of the open invitations, newest first, and how many there are."""
        now = self._clock()
        return await self._db.read(
            lambda c: links.list_invitations(c, workspace, now=now, offset=offset, limit=limit)
        )

    async def invite(
        self,
        workspace: WorkspaceId,
        *,
        email: str,
        role: Role,
        session: Session | None,
        by: Actor,
        url_of: Callable[[str], str],
    ) -> tuple[Link, str, bool]:
        """An invitation, its link (``url_of`` its token), and whether it was sent by mail.

        It replaces an earlier one to the same address. Raises Conflict for who is a member already,
        InsufficientScope where the inviter may not make somebody that.
        """
        email, now = email.strip().lower(), self._clock()
        _require_may_make(session, role)

        def write(connection: Connection) -> tuple[str, Link, str]:
            known = repository.find_by_email(connection, email)
            if known and repository.find_member(connection, workspace, known.id):
                raise Conflict(f"{email} belongs to this workspace already.")
            token, link = links.mint(
                connection,
                "invitation",
                now=now,
                workspace=workspace,
                email=email,
                role=role,
                invited_by=None if session is None else session.person_id,
            )
            append(
                connection,
                workspace,
                by,
                "invitation.created",
                now=now,
                target_id=link.id,
                target_name=email,
                detail={"role": role},
            )
            name = select(workspaces.c.name).where(workspaces.c.id == workspace)
            return token, link, connection.execute(name).scalar_one()

        token, link, name = await self._db.write(write)
        url, name = url_of(token), " ".join(name.split())  # in the text, too, it is one line
        text = _TEXT.format(workspace=name, role=role, url=url)
        mailed = await self._send(Mail(email, _SUBJECT.format(workspace=name), text))
        return link, url, mailed

    async def withdraw(self, workspace: WorkspaceId, invitation_id: str, *, by: Actor) -> None:
        """Make an invitation void. Raises NotFound."""
        now = self._clock()

        def write(connection: Connection) -> None:
            link = links.withdraw(connection, workspace, invitation_id)
            if link is None:
                raise NotFound("There is no open invitation with this id.")
            append(
                connection,
                workspace,
                by,
                "invitation.withdrawn",
                now=now,
                target_id=invitation_id,
                target_name=link.email,
            )

        await self._db.write(write)

    async def change_role(
        self, workspace: WorkspaceId, person_id: str, role: Role, *, session: Session, by: Actor
    ) -> Member:
        """Give a member another role. It ends their sessions here: they sign in to the new one.

        Raises NotFound; InsufficientScope where an owner is concerned and one is not asking;
        Conflict for the last owner.
        """
        now = self._clock()

        def write(connection: Connection) -> Member:
            member = _require_member(connection, workspace, person_id)
            _require_may_make(session, member.role)
            _require_may_make(session, role)
            if role == member.role:
                return member
            _require_another_owner(connection, workspace, member)
            repository.set_role(connection, workspace, person_id, role)
            append(
                connection,
                workspace,
                by,
                "person.role_changed",
                now=now,
                target_id=person_id,
                target_name=member.email,
                detail={"before": member.role, "after": role},
            )
            return _require_member(connection, workspace, person_id)

        return await self._db.write(write)

    async def remove(
        self, workspace: WorkspaceId, person_id: str, *, session: Session, by: Actor
    ) -> None:
        """Take somebody out of the workspace, at once; everybody may leave by themselves.

        Raises as ``change_role``, and InsufficientScope for who may not manage people.
        """
        now = self._clock()

        def write(connection: Connection) -> None:
            if person_id != session.person_id and not session.may("people"):
                raise InsufficientScope(f"Your role here is {session.role}: you can only leave.")
            member = _require_member(connection, workspace, person_id)
            if person_id != session.person_id:
                _require_may_make(session, member.role)
            _require_another_owner(connection, workspace, member)
            repository.remove_member(connection, workspace, person_id)
            append(
                connection,
                workspace,
                by,
                "person.removed",
                now=now,
                target_id=person_id,
                target_name=member.email,
            )

        await self._db.write(write)

    async def _send(self, mail: Mail) -> bool:
        if self._mail is None:
            return False
        try:
            await self._mail.send(mail)
        except MailError as error:
            log.warning("invitation_mail_not_sent", reason=error.message)
            return False
        return True


def _require_member(connection: Connection, workspace: WorkspaceId, person_id: str) -> Member:
    member = repository.find_member(connection, workspace, person_id)
    if member is None:
        raise NotFound("Nobody with this id belongs to this workspace.")
    return member


def _require_may_make(session: Session | None, role: Role) -> None:
    """Only owners make owners, and unmake them."""
    if session is not None and role == "owner" and not session.may("owners"):
        raise InsufficientScope(f"Your role here is {session.role}: only owners can do this.")


def _require_another_owner(connection: Connection, workspace: WorkspaceId, member: Member) -> None:
    if member.role == "owner" and repository.count_owners(connection, workspace) == 1:
        raise Conflict("This is the last owner. Make somebody else an owner first.")
