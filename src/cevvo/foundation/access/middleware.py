"""The one place that finds out who asks, and counts the requests of an API key.

It stands before everything that reads a body. A caller is an API key, in the ``Authorization``
header and nowhere else, or else a person, by the session cookie, which opens ``/api/v1`` alone;
they are then ``request.state.principal``. A request with a key is the key's, whatever cookie comes
along. Who uses a publishable key is told by ``X-Visitor-Token``.

``request.state.still_allowed()`` asks the same again, for responses that take long.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from cevvo.domain.access import Principal
from cevvo.domain.time import Clock
from cevvo.errors import (
    CevvoError,
    InvalidApiKey,
    OriginNotAllowed,
    RateLimited,
)
from cevvo.foundation.access.client import network_of
from cevvo.foundation.access.cookie import session_token
from cevvo.foundation.access.keys import key_hash, verify
from cevvo.foundation.access.lookup import KnownKey, find_key, mark_used
from cevvo.foundation.access.origin import require_same_origin
from cevvo.foundation.access.public import is_public
from cevvo.foundation.access.rate_limit import WINDOW, Limits, Window
from cevvo.foundation.access.refusals import Refusals
from cevvo.foundation.access.sessions import Sessions
from cevvo.foundation.access.visitors import VisitorTokens
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.response_headers import API_PREFIX, add_response_header, is_api
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

_FAILURES_PER_MINUTE = 30  # wrong keys from one address
_CACHE_SECONDS = 1.0  # how long a revoked key may still be taken for valid
_CACHE_SIZE = 10_000
_MARK_SECONDS = 60.0  # how often the use of a key is written down
_PER_VISITOR = 20  # requests a minute of one visitor with a publishable key …
_PER_ADDRESS = 60  # … and of one address, behind which an office may sit
_WIDGET = f"{API_PREFIX}/widget"  # its look: asked for wherever a page of the website is opened
_KEY = re.compile(rb"cevvo_(?:sk|pk|vt)_")


class Access:
    """Authenticates requests for the API and holds each key to its requests a minute.

    A wrong key is answered with 401 and, beyond 30 a minute from one address, with 429. Right keys
    from that address pass all the same: behind a proxy all callers share one. What people do in
    the dashboard is not counted.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        db: Database,
        visitors: VisitorTokens,
        limits: Limits,
        rate_limit: int,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self.app = app
        self._db = db
        self._visitors = visitors
        self._limits = limits
        self._rate_limit = rate_limit
        self._clock = clock
        self._monotonic = monotonic
        self._refusals = Refusals(db, clock)
        self._sessions = Sessions(db, clock, monotonic)
        self._cache: dict[str, tuple[float, KnownKey]] = {}
        self._marked: dict[str, float] = {}
        self._marking: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises Unauthenticated, CrossOrigin or RateLimited instead."""
        if scope["type"] == "http" and is_api(scope):
            _refuse_secrets_in_url(scope)
            if is_public(scope):
                require_same_origin(scope, named=False)
            else:
                scope["state"]["principal"] = principal = await self._caller(scope)
                if principal.session is None:
                    await self._watched(principal, scope, receive, send)
                    return
        await self.app(scope, receive, send)

    async def _watched(
        self, principal: Principal, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """What the layers below refuse is counted, too: budgets, requests at the same time."""
        try:
            await self.app(scope, receive, self._refusals.watching(principal, send))
        except RateLimited:
            self._refusals.note(principal)
            raise

    async def _caller(self, scope: Scope) -> Principal:
        headers = [value for name, value in scope["headers"] if name == b"authorization"]
        token = session_token(scope)
        if headers:
            principal = await self._key_holder(scope, headers)
            self._mark_used(principal)
            if principal.kind == "publishable" and scope["path"] == _WIDGET:
                return principal
            try:
                if principal.kind == "publishable":
                    await self._count_visitor(scope, principal)
                await self._count(scope, principal)
            except RateLimited:
                self._refusals.note(principal)
                raise
            return principal
        if token is not None and scope["path"].startswith(f"{API_PREFIX}/"):
            require_same_origin(scope, named=True)
            scope["state"]["still_allowed"] = partial(self._sessions.principal, token)
            return await self._sessions.principal(token)
        raise InvalidApiKey("No API key: send it as `Authorization: Bearer <key>`.")

    async def _key_holder(self, scope: Scope, headers: list[bytes]) -> Principal:
        try:
            key = _bearer_token(headers)
            known = await self._valid(key)
        except InvalidApiKey:
            await self._count_failure(scope)
            raise
        scope["state"]["still_allowed"] = partial(self._valid, key)
        token = _one_header(scope, b"x-visitor-token")
        if known.principal.kind == "publishable":
            _require_origin(scope, known)
        if token is None or known.principal.kind != "publishable":
            return known.principal
        visitor = await self._visitors.read(known.principal.workspace, token)
        return replace(known.principal, visitor=visitor)

    async def _valid(self, key: str) -> KnownKey:
        verify(key)
        known = await self._known(key_hash(key))
        if known is None:
            raise InvalidApiKey("This API key is not known here: it may be another server's.")
        if known.revoked_at is not None:
            raise InvalidApiKey("This API key was revoked. Use another one.")
        if known.expires_at is not None and known.expires_at <= self._clock():
            raise InvalidApiKey("This API key has expired. Use another one.")
        return known

    async def _known(self, hashed: str) -> KnownKey | None:
        now = self._monotonic()
        cached = self._cache.get(hashed)
        if cached is not None and now - cached[0] < _CACHE_SECONDS:
            return cached[1]
        known = await self._db.read(lambda connection: find_key(connection, hashed))
        if known is None:
            return None
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[hashed] = (now, known)
        return known

    async def _count_failure(self, scope: Scope) -> None:
        who = f"wrong keys {network_of(scope)}"
        window = await self._limits.hit(who, _FAILURES_PER_MINUTE)
        if not window.allowed:
            raise RateLimited(
                f"Too many wrong API keys from this address: at most {_FAILURES_PER_MINUTE} a "
                f"minute. Try again in {window.reset} s, with a valid one.",
                retry_after=window.reset,
            )

    async def _count_visitor(self, scope: Scope, principal: Principal) -> None:
        """Before the key itself is counted, so that nobody can use it up for all others."""
        counted = [(network_of(scope), _PER_ADDRESS, "this address")]
        if principal.visitor is not None:
            counted.append((principal.visitor.id, _PER_VISITOR, "this visitor"))
        for who, limit, name in counted:
            window = await self._limits.hit(f"{principal.caller_id} {who}", limit)
            if not window.allowed:
                _add_limit_headers(scope, window)
                raise RateLimited(
                    f"That were {limit} requests of {name} in the last minute, as many as there "
                    f"may be. Try again in {window.reset} s.",
                    retry_after=window.reset,
                )

    async def _count(self, scope: Scope, principal: Principal) -> None:
        limit = principal.rate_limit or self._rate_limit
        window = await self._limits.hit(principal.caller_id, limit)
        _add_limit_headers(scope, window)
        if not window.allowed:
            raise RateLimited(
                f"This API key has had its {limit} requests of the last minute. "
                f"Try again in {window.reset} s.",
                retry_after=window.reset,
            )

    def _mark_used(self, principal: Principal) -> None:
        now = self._monotonic()
        if now - self._marked.get(principal.caller_id, -_MARK_SECONDS) >= _MARK_SECONDS:
            self._marked[principal.caller_id] = now
            task = asyncio.create_task(self._write_mark(principal))
            self._marking.add(task)
            task.add_done_callback(self._marking.discard)

    async def _write_mark(self, principal: Principal) -> None:
        at = self._clock()
        try:
            await self._db.write(lambda connection: mark_used(connection, principal, at))
        except CevvoError as error:  # a full disk, say: no reason to refuse the request
            log.warning("key_use_not_recorded", key_id=principal.caller_id, reason=error.message)


def _bearer_token(headers: list[bytes]) -> str:
    scheme, _, token = headers[0].decode("latin-1").strip().partition(" ")
    if len(headers) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise InvalidApiKey("Send the API key as one header: `Authorization: Bearer <key>`.")
    return token.strip()


def _refuse_secrets_in_url(scope: Scope) -> None:
    if _KEY.search(scope["query_string"]) or _KEY.search(scope["path"].encode()):
        raise InvalidApiKey(
            "An API key was sent in the URL, which browsers and proxies write down. Send it as "
            "`Authorization: Bearer <key>`, and rotate this one."
        )


def _require_origin(scope: Scope, known: KnownKey) -> None:
    """The very origin, as browsers write it: no prefix, no subdomain.

    They write none with a GET to where the page itself is from, which Sec-Fetch-Site then says.
    """
    origin = _one_header(scope, b"origin")
    if origin is None and _one_header(scope, b"sec-fetch-site") == "same-origin":
        origin = f"{scope['scheme']}://{_one_header(scope, b'host')}"
    if origin is None or origin not in known.allowed_origins:
        raise OriginNotAllowed(
            "This publishable key is for other websites. Add this one's origin to the key's "
            "`allowed_origins`; servers use a secret key."
        )


def _one_header(scope: Scope, name: bytes) -> str | None:
    """The header's value; None where it is missing. Two are as good as a wrong one."""
    values = [value.decode("latin-1") for given, value in scope["headers"] if given == name]
    return ", ".join(values) if values else None


def _add_limit_headers(scope: Scope, window: Window) -> None:
    """The usual headers, and those of draft-ietf-httpapi-ratelimit-headers-10."""
    add_response_header(scope, "X-RateLimit-Limit", str(window.limit))
    add_response_header(scope, "X-RateLimit-Remaining", str(window.remaining))
    add_response_header(scope, "X-RateLimit-Reset", str(window.reset))
    add_response_header(scope, "RateLimit-Policy", f'"default";q={window.limit};w={WINDOW}')
    add_response_header(scope, "RateLimit", f'"default";r={window.remaining};t={window.reset}')
