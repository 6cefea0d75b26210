"""A new password for who has lost theirs: by a link, from the command line or by mail."""

import asyncio

from sqlalchemy import Connection

from cevvo.domain.access import Actor
from cevvo.domain.time import Clock
from cevvo.errors import NotFound
from cevvo.features.people import links
from cevvo.features.people import repository as people
from cevvo.features.sign_in import attempts, repository, second_factor
from cevvo.features.sign_in.attempts import Attempt
from cevvo.features.sign_in.beginning import normal_email, person_as_actor
from cevvo.foundation.access.client import Client
from cevvo.foundation.access.passwords import Passwords, check_password
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.foundation.telemetry.logging import get_logger
from cevvo.providers.mail.base import Mail, MailError, MailSender

log = get_logger(__name__)

_SUBJECT = "Your new password for Cevvo"
_TEXT = """Somebody, probably you, asked for a new password for {email} at {base_url}.

Choose it here, within an hour:
{url}

If it was not you, do nothing: the password stays as it is.
"""


class PasswordResets:
    """Makes and takes reset links. ``mail`` is None where no mail can be sent."""

    def __init__(
        self,
        db: Database,
        passwords: Passwords,
        mail: MailSender | None,
        base_url: str | None,
        clock: Clock,
    ) -> None:
        self._db = db
        self._passwords = passwords
        self._mail = mail
        self._base_url = base_url
        self._clock = clock
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def by_mail(self) -> bool:
        """Whether people can ask for a link by mail."""
        return self._mail is not None

    async def ask(self, email: str, client: Client) -> None:
        """Send a link to that address if somebody has an account with it.

        It is done behind the answer, so that neither its words nor its time tell who has one.
        Raises RateLimited after too many requests.
        """
        email, now = normal_email(email), self._clock()
        attempt = Attempt.on(f"reset of {email}", client.network)
        await self._db.write(lambda c: attempts.note(c, attempt, now=now))
        if self._mail is not None:
            task = asyncio.create_task(self._send(self._mail, email, client))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def link_for(self, email: str, *, by: Actor, without_second_factor: bool = False) -> str:
        """A token for a new password, for the operator to hand over. Raises NotFound."""
        email, now = normal_email(email), self._clock()

        def write(connection: Connection) -> str:
            person = people.find_by_email(connection, email)
            if person is None:
                raise NotFound(f"Nobody has an account with the address {email}.")
            if without_second_factor:
                second_factor.disable(connection, person.id)
            detail = {"second_factor_removed": without_second_factor}
            append(
                connection,
                None,
                by,
                "password.reset_asked",
                now=now,
                target_id=person.id,
                target_name=email,
                detail=detail,
            )
            return links.mint(connection, "reset", now=now, person_id=person.id)[0]

        return await self._db.write(write)

    async def complete(self, token: str, password: str, client: Client) -> None:
        """Set the password and end all sessions of its owner, who then signs in with it.

        Raises InvalidRequest for a link that is not valid or a password that will not do.
        """
        now = self._clock()

        def read(connection: Connection) -> str:
            link = links.read(connection, "reset", token, now=now)
            assert link.person_id is not None
            person = people.find_by_id(connection, link.person_id)
            assert person is not None
            return person.email

        email = await self._db.read(read)
        check_password(password, email=email)
        hashed = await self._passwords.hashed(password)

        def write(connection: Connection) -> None:
            person_id = links.use(connection, "reset", token, now=now).person_id
            assert person_id is not None
            people.update_person(connection, person_id, {"password_hash": hashed})
            repository.end_all(connection, person_id)
            attempts.forget(connection, email)
            actor = person_as_actor(person_id, client)
            append(connection, None, actor, "password.reset", now=now, target_id=person_id)

        await self._db.write(write)

    async def _send(self, mail: MailSender, email: str, client: Client) -> None:
        actor = person_as_actor(None, client)
        try:
            token = await self.link_for(email, by=actor)
        except NotFound:
            return
        assert self._base_url is not None
        url = links.link_url(self._base_url, "reset", token)
        text = _TEXT.format(email=email, base_url=self._base_url, url=url)
        try:
            await mail.send(Mail(email, _SUBJECT, text))
        except MailError as error:
            log.warning("reset_mail_not_sent", reason=error.message)
