"""Signing in with an identity provider.

One random secret goes into a short-lived cookie; state, nonce and PKCE verifier are derived from
it, so that nothing needs to be stored, and only the browser that left comes back with a match.
"""

import hashlib
import hmac

from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import SignInFailed
from cevvo.features.people import links
from cevvo.features.people import repository as people
from cevvo.features.people.links import Link
from cevvo.features.sign_in.beginning import Begun, begin, join, person_as_actor
from cevvo.foundation.access.client import Client
from cevvo.foundation.access.tokens import is_token, new_token
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.foundation.telemetry.logging import get_logger
from cevvo.providers.identity.base import Identity, IdentityError, IdentityProvider

log = get_logger(__name__)

LIFETIME = 600
"""Seconds that somebody may take at the provider."""
FAILED = "identity_provider"
"""The provider, or the way back from it, failed."""
UNKNOWN = "not_invited"
"""The provider knows who it is, and nobody has invited them."""


class OidcSignIn:
    """The way to the identity provider and back."""

    def __init__(self, db: Database, provider: IdentityProvider, clock: Clock) -> None:
        self._db = db
        self._provider = provider
        self._clock = clock

    async def start(self) -> tuple[str, str]:
        """Where to send the browser, and the secret that it keeps in a cookie meanwhile.

        Raises SignInFailed when the provider cannot be reached.
        """
        secret = new_token()
        try:
            url = await self._provider.authorization_url(
                state=_derived(secret, "state"),
                nonce=_derived(secret, "nonce"),
                verifier=_derived(secret, "verifier"),
            )
        except IdentityError as error:
            log.warning("identity_provider_failed", reason=error.message)
            raise SignInFailed("The identity provider cannot be reached.", param=FAILED) from error
        return url, secret

    async def finish(self, secret: str | None, state: str, code: str, client: Client) -> Begun:
        """Begin a session of whom the provider vouches for.

        Known are those who came before, those with an account of the same verified address, and
        those who are invited by it. Raises SignInFailed; ``param`` is the reason.
        """
        if secret is None or not is_token(secret):
            raise SignInFailed("This took too long. Begin again.", param=FAILED)
        if not hmac.compare_digest(_derived(secret, "state").encode(), state.encode()):
            raise SignInFailed("This did not begin in this browser.", param=FAILED)
        try:
            identity = await self._provider.identify(
                code, nonce=_derived(secret, "nonce"), verifier=_derived(secret, "verifier")
            )
        except IdentityError as error:
            log.warning("identity_provider_failed", reason=error.message)
            raise SignInFailed("The identity provider did not say who.", param=FAILED) from error
        now = self._clock()

        def write(connection: Connection) -> Begun | None:
            person_id = self._known(connection, identity)
            if person_id is None:
                detail = {"wrong": "not invited"}
                actor = person_as_actor(None, client)
                append(connection, None, actor, "session.refused", now=now, detail=detail)
                return None
            return begin(connection, person_id, client, "session.signed_in", now=now)

        begun = await self._db.write(write)
        if begun is None:
            raise SignInFailed("Nobody has invited you. Ask for an invitation.", param=UNKNOWN)
        return begun

    def _known(self, connection: Connection, identity: Identity) -> str | None:
        """The id of the person, who may just become one."""
        person = people.find_by_subject(connection, identity.issuer, identity.subject)
        if person is not None:
            return person.id
        if identity.email is None:
            return None
        now = self._clock()
        person = people.find_by_email(connection, identity.email)
        if person is not None and person.oidc_subject is not None:
            return None  # the address went to somebody else at the provider
        person_id = None if person is None else person.id
        for invitation in links.invitations_of(connection, identity.email, now=now):
            person_id, _ = join(
                connection, invitation, name=identity.name, password_hash=None, now=now
            )
            links.withdraw(connection, _workspace(invitation), invitation.id)
        if person_id is not None:
            values = {"oidc_issuer": identity.issuer, "oidc_subject": identity.subject}
            people.update_person(connection, person_id, values)
        return person_id


def _workspace(invitation: Link) -> WorkspaceId:
    assert invitation.workspace is not None
    return invitation.workspace


def _derived(secret: str, what: str) -> str:
    """64 hex digits: long enough for a verifier (RFC 7636, section 4.1)."""
    return hmac.new(secret.encode(), what.encode(), hashlib.sha256).hexdigest()
