"""Visitor tokens: what tells a visitor of a website with a publishable key from the others.

``cevvo_vt_``, then the claims as base64url JSON (``v`` the visitor, ``u`` the customer's own id of
the person, ``e`` the end in seconds since 1970), a dot, and the HMAC-SHA256 over both of that in
base64url. The key of the HMAC is 256 random bits of the workspace's own, sealed in the database: a
token of one workspace is none in another.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets

from sqlalchemy import Connection, insert, select

from cevvo.domain.access import Visitor
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Clock, Millis
from cevvo.errors import InvalidVisitorToken
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import workspace_secrets
from cevvo.foundation.secrets import Secrets

LIFETIME = 24 * 3_600_000
"""Milliseconds that a token holds."""
LONGEST_USER_ID = 200
"""Characters of a customer's own id of a person."""
_PREFIX = "cevvo_vt_"
_NAME = "visitor_tokens"
# Characters of a token. The id is in it twice, a character of it takes six bytes of JSON at most
# (\u0001), and so eight of base64; all else is 103.
_LONGEST = 2 * 8 * LONGEST_USER_ID + 110


class VisitorTokens:
    """Issues tokens and reads them."""

    def __init__(self, db: Database, secrets: Secrets, clock: Clock) -> None:
        self._db = db
        self._secrets = secrets
        self._clock = clock
        self._keys: dict[WorkspaceId, bytes] = {}

    async def issue(self, workspace: WorkspaceId, visitor: Visitor) -> tuple[str, Millis]:
        """A token for ``visitor``, and when it ends."""
        expires_at = Millis(self._clock() + LIFETIME)
        claims = {"v": visitor.id, "u": visitor.user_id, "e": expires_at // 1000}
        # Not in ASCII, in which an emoji takes twelve bytes: proxies bound headers, too.
        written = json.dumps(claims, separators=(",", ":"), ensure_ascii=False)
        body = _PREFIX + _encoded(written.encode())
        return f"{body}.{_encoded(self._signature(await self._key(workspace), body))}", expires_at

    async def read(self, workspace: WorkspaceId, token: str) -> Visitor:
        """Whose token it is. Raises InvalidVisitorToken for one that is not of this workspace, was
        changed, or has expired."""
        body, dot, signature = token.partition(".")
        if not dot or not body.startswith(_PREFIX) or len(token) > _LONGEST:
            raise InvalidVisitorToken("That is no visitor token: one comes from /visitor-tokens.")
        expected = self._signature(await self._key(workspace), body)
        if not hmac.compare_digest(_decoded(signature), expected):
            raise InvalidVisitorToken("This visitor token was not made here, or was changed.")
        claims = json.loads(_decoded(body.removeprefix(_PREFIX)))
        if claims["e"] * 1000 <= self._clock():
            raise InvalidVisitorToken("This visitor token has expired. Get a new one.")
        return Visitor(claims["v"], claims["u"])

    @staticmethod
    def _signature(key: bytes, body: str) -> bytes:
        return hmac.digest(key, body.encode("utf-8", "surrogateescape"), hashlib.sha256)

    async def _key(self, workspace: WorkspaceId) -> bytes:
        """The workspace's own, made when it is first needed."""
        known = self._keys.get(workspace)
        if known is None:
            sealed = await self._db.read(lambda c: _find(c, workspace))
            if sealed is None:
                fresh = self._secrets.seal(secrets.token_hex(32), belongs_to=_owner(workspace))
                sealed = await self._db.write(lambda c: _find_or_add(c, workspace, fresh))
            opened = self._secrets.open(sealed, belongs_to=_owner(workspace))
            known = self._keys[workspace] = bytes.fromhex(opened)
        return known


def new_visitor() -> Visitor:
    """A visitor that nobody has seen before."""
    return Visitor(new_id("vis"))


def named_visitor(user_id: str) -> Visitor:
    """The visitor that a customer's backend knows by ``user_id``, on whatever device."""
    return Visitor(f"user:{user_id}", user_id)


def _owner(workspace: WorkspaceId) -> str:
    return f"workspace_secrets:{workspace}:{_NAME}"


def _find(connection: Connection, workspace: WorkspaceId) -> str | None:
    found: str | None = connection.execute(
        select(workspace_secrets.c.sealed).where(
            workspace_secrets.c.workspace_id == workspace, workspace_secrets.c.name == _NAME
        )
    ).scalar()
    return found


def _find_or_add(connection: Connection, workspace: WorkspaceId, fresh: str) -> str:
    found = _find(connection, workspace)
    if found is None:
        row = {"workspace_id": workspace, "name": _NAME, "sealed": fresh}
        connection.execute(insert(workspace_secrets).values(**row))
    return found or fresh


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
