"""Ways in: the set-up link of a new server, e-mail address and password, an invitation."""

from typing import NoReturn

from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import InvalidRequest, SecondFactorNeeded, SignInFailed
from cevvo.features.people import links
from cevvo.features.people import repository as people
from cevvo.features.people.links import Link
from cevvo.features.people.repository import Person
from cevvo.features.sign_in import attempts, repository, second_factor
from cevvo.features.sign_in.attempts import Attempt
from cevvo.features.sign_in.beginning import (
    Begun,
    Present,
    begin,
    join,
    move,
    normal_email,
    person_as_actor,
    present_of,
)
from cevvo.features.workspaces import repository as workspaces
from cevvo.foundation.access.client import Client
from cevvo.foundation.access.guard import SignedIn
from cevvo.foundation.access.passwords import Passwords, check_password
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.foundation.secrets import Secrets

_WRONG = "The e-mail address, the password or the code is wrong."


class SignInService:
    """Begins, moves and ends sessions."""

    def __init__(self, db: Database, passwords: Passwords, secrets: Secrets, clock: Clock) -> None:
        self._db = db
        self._passwords = passwords
        self._secrets = secrets
        self._clock = clock

    async def is_set_up(self) -> bool:
        """Whether somebody owns a workspace of this server."""
        return await self._db.read(people.any_owner)

    async def setup_token(self, *, at_start: bool = False) -> str | None:
        """The token of a fresh set-up link; None once there is an owner.

        It replaces those before, but for ``at_start``: servers that start on one database tell a
        link each, and all of them hold until the first is used.
        """
        now = self._clock()

        def write(connection: Connection) -> str | None:
            if people.any_owner(connection):
                return None
            replacing = not (at_start and self._db.is_shared)
            return links.mint(connection, "setup", now=now, replacing=replacing)[0]

        return await self._db.write(write)

    async def set_up(
        self, token: str, *, name: str, email: str, password: str, client: Client
    ) -> Begun:
        """Make the first owner, of every workspace there is, and sign them in.

        Raises InvalidRequest for a link that is not valid or a password that will not do; the
        latter does not use up the link.
        """
        now = self._clock()
        email = normal_email(email)
        await self._db.read(lambda c: links.read(c, "setup", token, now=now))
        check_password(password, email=email)
        hashed = await self._passwords.hashed(password)

        def write(connection: Connection) -> Begun:
            links.use(connection, "setup", token, now=now)
            if people.any_owner(connection):
                raise InvalidRequest("This server has an owner already. Sign in.", param="token")
            known = people.find_by_email(connection, email)
            if known is None:
                person_id = people.insert_person(
                    connection, email=email, name=name, password_hash=hashed, now=now
                )
            else:
                person_id = known.id
                values = {"name": name, "password_hash": hashed}
                people.update_person(connection, person_id, values)
            workspaces.ensure_default(connection, now)
            for workspace in workspaces.list_all(connection):
                people.add_member(connection, workspace.id, person_id, "owner", now=now)
            return begin(connection, person_id, client, "server.set_up", now=now)

        return await self._db.write(write)

    async def sign_in(
        self, *, email: str, password: str, code: str | None, client: Client
    ) -> Begun:
        """Begin a session of a person who has the password and, where they want one, a code.

        Raises SignInFailed, always with the same words and after as much work; SecondFactorNeeded
        where only the code is missing; RateLimited after too many attempts.
        """
        email, now = normal_email(email), self._clock()
        attempt = Attempt.on(email, client.network)
        await self._db.write(lambda c: attempts.note(c, attempt, now=now))
        person = await self._db.read(lambda c: people.find_by_email(c, email))
        stored = None if person is None else person.password_hash
        right = await self._passwords.matches(stored, password)
        if person is None or not right:
            await self._refuse(person, client, "password")
        if person.totp_enabled_at is not None:
            if code is None:
                raise SecondFactorNeeded("Enter the code of your authenticator app as well.")
            if not await self.is_code_of(person, code, client):
                await self._refuse(person, client, "code")

        def write(connection: Connection) -> Begun:
            present = people.find_by_id(connection, person.id)
            if present is None or present.password_hash != stored:  # changed in this very moment
                raise SignInFailed(_WRONG)
            attempts.take_back(connection, attempt)
            return begin(connection, person.id, client, "session.signed_in", now=now)

        return await self._db.write(write)

    async def is_code_of(self, person: Person, code: str, client: Client) -> bool:
        """Whether it is a code of the person's second factor; it is used up by that.

        Raises RateLimited after too many wrong ones, from wherever.
        """
        now = self._clock()
        attempt = Attempt.on(f"code of {person.id}", client.network)

        def write(connection: Connection) -> bool:
            attempts.note(connection, attempt, now=now, on_account=attempts.WITH_PASSWORD)
            right = second_factor.use_code(connection, self._secrets, person.id, code, now=now)
            if right:
                attempts.take_back(connection, attempt)
            return right

        return await self._db.write(write)

    async def present(self, who: SignedIn) -> Present:
        """Who is signed in, and where. Raises InvalidSession when it has just ended."""
        person_id, session_id = who.session.person_id, who.session.id
        return await self._db.read(lambda c: present_of(c, person_id, who.workspace, session_id))

    async def switch(self, who: SignedIn, workspace: WorkspaceId, client: Client) -> Begun:
        """Go on in another workspace, under a new token. Raises NotFound where the person is not
        a member."""
        now = self._clock()
        return await self._db.write(lambda c: move(c, who, workspace, client, now=now))

    async def sign_out(self, who: SignedIn, client: Client) -> None:
        """End this session."""
        now, person_id = self._clock(), who.session.person_id

        def write(connection: Connection) -> None:
            repository.end(connection, person_id, who.session.id)
            actor = person_as_actor(person_id, client)
            append(connection, who.workspace, actor, "session.signed_out", now=now)

        await self._db.write(write)

    async def open_invitation(self, token: str) -> tuple[Link, str, bool]:
        """What a link invites to: the invitation, the workspace's name, whether there is an account
        for that address already. Raises InvalidRequest for a link that is not valid."""
        now = self._clock()

        def read(connection: Connection) -> tuple[Link, str, bool]:
            link = links.read(connection, "invitation", token, now=now)
            assert link.workspace is not None
            assert link.email is not None
            known = people.find_by_email(connection, link.email) is not None
            return link, workspaces.name_of(connection, link.workspace), known

        return await self._db.read(read)

    async def accept_invitation(
        self, token: str, *, name: str | None, password: str | None, client: Client
    ) -> Begun | None:
        """Join a workspace, and sign in who has no account yet, with ``name`` and ``password``.

        Who has one already joins with it and has to sign in as always: None. Raises InvalidRequest
        for a link that is not valid, a name or password that is missing or will not do.
        """
        now = self._clock()
        link, _, known = await self.open_invitation(token)
        assert link.email is not None
        hashed = None
        if not known:
            if not name or not password:
                param = "password" if name else "name"
                raise InvalidRequest("A new account needs a name and a password.", param=param)
            check_password(password, email=link.email)
            hashed = await self._passwords.hashed(password)

        def write(connection: Connection) -> Begun | None:
            used = links.use(connection, "invitation", token, now=now)
            person_id, new = join(connection, used, name=name, password_hash=hashed, now=now)
            append(
                connection,
                used.workspace,
                person_as_actor(person_id, client),
                "invitation.accepted",
                now=now,
                target_id=used.id,
                target_name=used.email,
                detail={"role": used.role},
            )
            if not new:
                return None
            return begin(connection, person_id, client, "session.signed_in", now=now)

        return await self._db.write(write)

    async def _refuse(self, person: Person | None, client: Client, what: str) -> NoReturn:
        """Write the failure down, whether there is such a person or not, and say no more."""
        now = self._clock()
        actor = person_as_actor(None if person is None else person.id, client)
        await self._db.write(
            lambda c: append(c, None, actor, "session.refused", now=now, detail={"wrong": what})
        )
        raise SignInFailed(_WRONG)
