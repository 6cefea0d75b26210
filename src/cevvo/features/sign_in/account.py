"""A person's own account: name, password, second factor, the browsers they are signed in with."""

from dataclasses import dataclass

from sqlalchemy import Connection

from cevvo.domain.time import Clock
from cevvo.errors import Conflict, InvalidRequest, NotFound
from cevvo.features.people import repository as people
from cevvo.features.people.repository import Person
from cevvo.features.sign_in import attempts, repository, second_factor
from cevvo.features.sign_in.attempts import Attempt
from cevvo.features.sign_in.beginning import Begun, move, person_as_actor
from cevvo.features.sign_in.repository import StoredSession
from cevvo.features.sign_in.service import SignInService
from cevvo.foundation.access import totp
from cevvo.foundation.access.client import Client
from cevvo.foundation.access.guard import SignedIn
from cevvo.foundation.access.passwords import Passwords, check_password
from cevvo.foundation.audit_log import Action, append
from cevvo.foundation.db.database import Database
from cevvo.foundation.secrets import Secrets

_ISSUER = "Cevvo"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: ``secret`` to be typed, ``uri`` as a QR code."""

    secret: str
    uri: str


class AccountService:
    """What people change about themselves. Whatever makes a session worth more or less gives it a
    new token."""

    def __init__(
        self,
        db: Database,
        sign_in: SignInService,
        passwords: Passwords,
        secrets: Secrets,
        clock: Clock,
    ) -> None:
        self._db = db
        self._sign_in = sign_in
        self._passwords = passwords
        self._secrets = secrets
        self._clock = clock

    async def rename(self, who: SignedIn, name: str) -> None:
        """Change the name that others see."""
        values = {"name": name}
        await self._db.write(lambda c: people.update_person(c, who.session.person_id, values))

    async def change_password(
        self, who: SignedIn, *, current: str | None, new: str, client: Client
    ) -> Begun:
        """Change it, or set the first one, and end all other sessions.

        Raises InvalidRequest when ``current`` is not the password, or ``new`` will not do;
        RateLimited after too many wrong ones.
        """
        person = await self._person(who)
        await self._confirm(person, current, client)
        check_password(new, email=person.email)
        hashed = await self._passwords.hashed(new)

        def write(connection: Connection) -> Begun:
            people.update_person(connection, person.id, {"password_hash": hashed})
            return self._changed(connection, who, "password.changed", client)

        return await self._db.write(write)

    async def sessions(self, who: SignedIn) -> list[StoredSession]:
        """The person's sessions, in whatever workspaces."""
        now = self._clock()
        return await self._db.read(
            lambda c: repository.list_sessions(c, who.session.person_id, now=now)
        )

    async def end_session(self, who: SignedIn, session_id: str, client: Client) -> None:
        """Sign out another browser, within a second. Raises NotFound."""
        now, person_id = self._clock(), who.session.person_id

        def write(connection: Connection) -> None:
            if not repository.end(connection, person_id, session_id):
                raise NotFound("You have no session with this id.")
            append(
                connection,
                who.workspace,
                person_as_actor(person_id, client),
                "session.revoked",
                now=now,
                target_id=session_id,
            )

        await self._db.write(write)

    async def start_second_factor(
        self, who: SignedIn, *, password: str | None, client: Client
    ) -> Enrolment:
        """A fresh secret for an authenticator app, which counts once a code has confirmed it.

        Raises InvalidRequest for a wrong password, Conflict when there is a second factor already.
        """
        person = await self._person(who)
        if person.totp_enabled_at is not None:
            raise Conflict("There is a second factor already. Remove it first.")
        await self._confirm(person, password, client)
        secret = totp.new_secret()
        await self._db.write(lambda c: second_factor.start(c, self._secrets, person.id, secret))
        uri = totp.enrolment_uri(secret, account=person.email, issuer=_ISSUER)
        return Enrolment(secret, uri)

    async def enable_second_factor(
        self, who: SignedIn, code: str, client: Client
    ) -> tuple[Begun, list[str]]:
        """Ask for codes from now on. The recovery codes are shown this once.

        Raises InvalidRequest for a code that is not one of the secret's, or where none was made.
        """
        now, person = self._clock(), await self._person(who)
        if person.totp_enabled_at is not None:
            raise Conflict("There is a second factor already.")
        if not await self._sign_in.is_code_of(person, code, client):
            raise InvalidRequest(
                "This is not the code that the app shows now. Check that the clocks agree.",
                param="code",
            )

        def write(connection: Connection) -> tuple[Begun, list[str]]:
            codes = second_factor.enable(connection, person.id, now=now)
            return self._changed(connection, who, "second_factor.enabled", client), codes

        return await self._db.write(write)

    async def disable_second_factor(self, who: SignedIn, code: str, client: Client) -> Begun:
        """Ask for no codes any more. Raises InvalidRequest without a code that is right."""
        person = await self._person(who)
        if person.totp_enabled_at is None:
            raise Conflict("There is no second factor.")
        if not await self._sign_in.is_code_of(person, code, client):
            raise InvalidRequest("This code is wrong.", param="code")

        def write(connection: Connection) -> Begun:
            second_factor.disable(connection, person.id)
            return self._changed(connection, who, "second_factor.disabled", client)

        return await self._db.write(write)

    async def _person(self, who: SignedIn) -> Person:
        return (await self._sign_in.present(who)).person

    async def _confirm(self, person: Person, password: str | None, client: Client) -> None:
        """Raises InvalidRequest unless it is the person's password, where they have one."""
        if person.password_hash is None:
            return
        attempt, now = Attempt.on(person.email, client.network), self._clock()
        await self._db.write(lambda c: attempts.note(c, attempt, now=now))
        if not await self._passwords.matches(person.password_hash, password or ""):
            raise InvalidRequest("This is not your present password.", param="current_password")
        await self._db.write(lambda c: attempts.take_back(c, attempt))

    def _changed(
        self, connection: Connection, who: SignedIn, action: Action, client: Client
    ) -> Begun:
        now, person_id = self._clock(), who.session.person_id
        repository.end_all(connection, person_id, but=who.session.id)
        actor = person_as_actor(person_id, client)
        append(connection, who.workspace, actor, action, now=now, target_id=person_id)
        return move(connection, who, who.workspace, client, now=now)
