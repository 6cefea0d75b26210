"""What every way in comes to: a person joins, a session begins, one goes on under a new token.

All of it works in the caller's transaction.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from cevvo.domain.access import Actor, Session
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.errors import InvalidSession, NotFound, SignInFailed
from cevvo.features.people import repository as people
from cevvo.features.people.links import Link
from cevvo.features.people.repository import Membership, Person
from cevvo.features.sign_in import repository
from cevvo.foundation.access.client import Client
from cevvo.foundation.access.guard import SignedIn
from cevvo.foundation.audit_log import Action, append
from cevvo.foundation.db.tables import sessions


@dataclass(frozen=True, slots=True)
class Present:
    """A person in a session: who, where, and where else they could be."""

    person: Person
    session: Session
    workspace: Membership
    memberships: list[Membership]
    expires_at: Millis


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that has just begun. ``token`` goes into the cookie and is never seen again."""

    token: str
    present: Present


def normal_email(email: str) -> str:
    """An address as it is stored and compared."""
    return email.strip().lower()


def person_as_actor(person_id: str | None, client: Client) -> Actor:
    """Somebody without a session, as the audit log names them."""
    return Actor("person", person_id, client.address, client.request_id)


def begin(
    connection: Connection, person_id: str, client: Client, action: Action, *, now: Millis
) -> Begun:
    """A session in the workspace where the person's last one was.

    Raises SignInFailed for somebody who belongs to none any more.
    """
    person = people.find_by_id(connection, person_id)
    found = people.memberships_of(connection, person_id)
    if person is None or not found:
        raise SignInFailed("You belong to no workspace of this server any more.")
    last = [each for each in found if each.workspace == person.last_workspace_id]
    workspace = (last or found)[0].workspace
    token, session_id = repository.begin(connection, workspace, person_id, client, now=now)
    values = {"last_signed_in_at": now, "last_workspace_id": workspace}
    people.update_person(connection, person_id, values)
    append(
        connection,
        workspace,
        person_as_actor(person_id, client),
        action,
        now=now,
        target_id=person_id,
        target_name=person.email,
    )
    return Begun(token, present_of(connection, person_id, workspace, session_id))


def move(
    connection: Connection, who: SignedIn, workspace: WorkspaceId, client: Client, *, now: Millis
) -> Begun:
    """The session goes on in ``workspace``, which may be the same, under a new token and id.

    Raises NotFound where the person is not a member.
    """
    person_id = who.session.person_id
    before = present_of(connection, person_id, who.workspace, who.session.id)
    if workspace not in [each.workspace for each in before.memberships]:
        raise NotFound("You belong to no workspace with this id.")
    repository.end(connection, person_id, who.session.id)
    token, session_id = repository.begin(
        connection, workspace, person_id, client, now=now, expires_at=before.expires_at
    )
    people.update_person(connection, person_id, {"last_workspace_id": workspace})
    return Begun(token, present_of(connection, person_id, workspace, session_id))


def join(
    connection: Connection,
    invitation: Link,
    *,
    name: str | None,
    password_hash: str | None,
    now: Millis,
) -> tuple[str, bool]:
    """Have whom the invitation names belong to its workspace: their id, and whether they are new.

    Somebody new gets an account; who belongs there already keeps the role.
    """
    assert invitation.email is not None
    assert invitation.workspace is not None
    assert invitation.role is not None
    person = people.find_by_email(connection, invitation.email)
    person_id = (
        people.insert_person(
            connection,
            email=invitation.email,
            name=name or invitation.email,
            password_hash=password_hash,
            now=now,
        )
        if person is None
        else person.id
    )
    if people.find_member(connection, invitation.workspace, person_id) is None:
        people.add_member(connection, invitation.workspace, person_id, invitation.role, now=now)
    return person_id, person is None


def present_of(
    connection: Connection, person_id: str, workspace: WorkspaceId, session_id: str
) -> Present:
    """Who is in a session, and where. Raises InvalidSession when it has just ended."""
    person = people.find_by_id(connection, person_id)
    found = people.memberships_of(connection, person_id)
    here = next((each for each in found if each.workspace == workspace), None)
    s = sessions.c
    expires_at = connection.execute(
        select(s.expires_at).where(s.workspace_id == workspace, s.id == session_id)
    ).scalar()
    if person is None or here is None or expires_at is None:
        raise InvalidSession("This session has just ended. Sign in again.")
    session = Session(session_id, person_id, here.role)
    return Present(person, session, here, found, Millis(expires_at))
