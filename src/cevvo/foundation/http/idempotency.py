"""``Idempotency-Key``: a POST that is sent again is answered again, not done again.

The same key with the same body gets the first response again for 24 hours, byte for byte and with
``Idempotent-Replayed: true``, streams included. With another body, or while the first request is
still being answered, it gets 409.

- Kept are responses that say what was done or why it cannot be. Not kept are those that ask for
  another try (401, 403, 408, 409, 429 and 5xx): the next request with the key is a first one. An
  error that a stream ended with counts as if it were the response (its status is
  ``request.state.error_status``).
- A response is stored before its last byte is sent, so that whoever saw it whole can get it again.
  A stream that was cut short is not kept.
- Of a response over 1 MB, or one with a secret in it (``request.state.response_is_secret``), only
  the fact is kept: asking again is a 409, never a second execution.
- A response with words of a conversation (``request.state.thread_id``) is deleted with it, and not
  kept where the conversation went first.
- Which requests are being answered is known to this process alone; it dies with the process, so
  no key is ever left blocked. On a database that other servers use too, it is written down there:
  then the key of a request whose server was killed is free again after 30 s.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cevvo.domain.access import Principal
from cevvo.domain.time import Clock, Millis
from cevvo.errors import CevvoError, Conflict, InvalidRequest, StillAnswering
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.kept_responses import (
    LEASE,
    KeptResponse,
    begin,
    find,
    keep,
    let_go,
    renew,
)
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

_FORM = re.compile(r"[\x21-\x7e]{1,255}")
_LIFETIME = 24 * 3_600_000  # milliseconds
_LARGEST_KEPT = 1_000_000  # bytes
_ASKS_AGAIN = frozenset({401, 403, 408, 409, 429})
_RENEWAL = LEASE / 3000  # seconds
_REPLAYED = (b"idempotent-replayed", b"true")

_BEING_ANSWERED = (
    "The first request with this Idempotency-Key is still being answered. "
    "Wait for it, or try again later."
)


class Idempotency:
    """Remembers the responses to POSTs that carry an ``Idempotency-Key``, per API key and path."""

    def __init__(self, app: ASGIApp, *, db: Database, clock: Clock) -> None:
        self.app = app
        self._db = db
        self._clock = clock
        self._being_answered: dict[str, object] = {}  # by key, which request it is
        self._marked: set[str] = set()  # of these, those that other servers know of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises InvalidRequest or Conflict for what its key rules out."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        principal: Principal | None = scope["state"].get("principal")
        given = Headers(scope=scope).getlist("idempotency-key")
        if principal is None or not given:
            await self.app(scope, receive, send)
            return
        if len(given) > 1 or not _FORM.fullmatch(given[0]):
            raise InvalidRequest(
                "Idempotency-Key must be 1 to 255 visible ASCII characters.",
                param="Idempotency-Key",
            )
        key = f"{principal.asker_id}:{scope['path']}:{given[0]}"
        async with self._alone(principal, key):
            await self._serve(principal, key, scope, receive, send)

    @asynccontextmanager
    async def _alone(self, principal: Principal, key: str) -> AsyncIterator[None]:
        """Raises Conflict while another request with the key is being answered, here or by
        another server."""
        if key in self._being_answered:
            raise StillAnswering(_BEING_ANSWERED)
        this = self._being_answered[key] = object()
        try:
            if not self._db.is_shared:
                yield
                return
            async with self._alone_on_all_servers(principal, key):
                yield
        finally:
            if self._being_answered.get(key) is this:
                del self._being_answered[key]

    @asynccontextmanager
    async def _alone_on_all_servers(self, principal: Principal, key: str) -> AsyncIterator[None]:
        workspace, now = principal.workspace, self._clock()
        expired = Millis(now - _LIFETIME)
        if not await self._db.write(
            lambda c: begin(c, workspace, key, now=now, expired=expired), locking=True
        ):
            raise StillAnswering(_BEING_ANSWERED)
        self._marked.add(key)
        renewing = asyncio.create_task(self._renew(principal, key))
        try:
            yield
        finally:
            renewing.cancel()
            await self._unmark(principal, key)

    async def let_go(self, principal: Principal, key: str) -> None:
        """The request is not being answered any more, here and for other servers."""
        self._being_answered.pop(key, None)
        await self._unmark(principal, key)

    async def _unmark(self, principal: Principal, key: str) -> None:
        if key in self._marked:
            self._marked.discard(key)
            try:
                await self._db.write(lambda c: let_go(c, principal.workspace, key), locking=True)
            except CevvoError as error:  # it ends by itself
                log.warning("request_still_marked", reason=error.message)

    async def _renew(self, principal: Principal, key: str) -> None:
        while True:
            await asyncio.sleep(_RENEWAL)
            try:
                await self._db.write(
                    lambda c: renew(c, principal.workspace, key, now=self._clock()), locking=True
                )
            except CevvoError as error:
                log.warning("request_not_marked", reason=error.message)

    async def _serve(
        self, principal: Principal, key: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        since = Millis(self._clock() - _LIFETIME)
        kept = await self._db.read(lambda c: find(c, principal.workspace, key, since))
        body = _FingerprintedBody(scope, receive)
        if kept is None:
            await self.app(scope, body, _Recorder(self, principal, key, body, send, scope["state"]))
            return
        await body.read_rest()
        if body.fingerprint() != kept.fingerprint:
            raise Conflict("This Idempotency-Key was used with another body. Take a new key.")
        if kept.body is None:
            raise Conflict(
                "This was done before; its response was too large to be kept, or holds a secret."
            )
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in kept.headers
        ]
        await send(
            {
                "type": "http.response.start",
                "status": kept.status,
                "headers": [*headers, _REPLAYED],
            }
        )
        await self.let_go(principal, key)  # first: whoever has it whole may ask again at once
        await send({"type": "http.response.body", "body": kept.body})

    async def keep(self, principal: Principal, key: str, response: KeptResponse) -> None:
        """Store a response. That it cannot be stored is no reason not to send it."""
        now = self._clock()
        expired = Millis(now - _LIFETIME)
        try:
            if await self._db.write(
                lambda c: keep(c, principal.workspace, key, response, now=now, expired=expired)
            ):
                self._marked.discard(key)  # the response is in the place of the mark
        except CevvoError as error:
            log.warning("response_not_kept", reason=error.message)


class _FingerprintedBody:
    """``receive`` that takes the fingerprint of what passes.

    The boundary of a multipart body is left out of it: clients choose another when they retry.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        headers = Headers(scope=scope)
        kind, _, parameters = headers.get("content-type", "").partition(";")
        self._boundary = _boundary(parameters) if kind.strip().startswith("multipart/") else b""
        self._tail = b""
        self._hash = hashlib.sha256(scope["query_string"] + b"\0" + kind.strip().encode() + b"\0")
        self.complete = headers.get("content-length", "0") == "0" and (
            "transfer-encoding" not in headers
        )

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and not self.complete:
            self._take(message.get("body", b""))
            self.complete = not message.get("more_body", False)
        return message

    async def read_rest(self) -> None:
        """Take in what the application left unread."""
        while not self.complete:
            if (await self())["type"] == "http.disconnect":
                return

    def fingerprint(self) -> str:
        """SHA-256 (hex) of query, content type and body; to be asked when all was read."""
        whole = self._hash.copy()
        whole.update(self._tail)
        return whole.hexdigest()

    def _take(self, chunk: bytes) -> None:
        if not self._boundary:
            self._hash.update(chunk)
            return
        text = (self._tail + chunk).replace(self._boundary, b"\0")
        certain = max(0, len(text) - len(self._boundary) + 1)  # the rest may begin a boundary
        self._hash.update(text[:certain])
        self._tail = text[certain:]


@dataclass(slots=True)
class _Recorder:
    """``send`` that keeps the response before its last byte goes out."""

    idempotency: Idempotency
    principal: Principal
    key: str
    request_body: _FingerprintedBody
    send: Send
    state: Mapping[str, Any]
    _status: int = 0
    _headers: list[tuple[str, str]] = field(default_factory=list)
    _body: bytearray | None = field(default_factory=bytearray)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._on_start(message)
        elif message["type"] == "http.response.body":
            self._take(message.get("body", b""))
            if not message.get("more_body", False):
                if self._to_be_kept():
                    await self.idempotency.keep(self.principal, self.key, self._response())
                await self.idempotency.let_go(self.principal, self.key)
        await self.send(message)

    async def _on_start(self, message: Message) -> None:
        self._status = message["status"]
        self._headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in message["headers"]
            if name.lower() != b"set-cookie"
        ]
        if self._status < 400:  # an endpoint that takes no body leaves it unread
            await self.request_body.read_rest()

    def _take(self, chunk: bytes) -> None:
        if self._body is not None:
            self._body += chunk
            if len(self._body) > _LARGEST_KEPT:
                self._body = None

    def _to_be_kept(self) -> bool:
        status = self.state.get("error_status", self._status)
        retry = status >= 500 or status in _ASKS_AGAIN
        return self.request_body.complete and not retry

    def _response(self) -> KeptResponse:
        is_secret = self.state.get("response_is_secret", False)
        return KeptResponse(
            fingerprint=self.request_body.fingerprint(),
            status=self._status,
            headers=self._headers,
            body=None if self._body is None or is_secret else bytes(self._body),
            thread_id=self.state.get("thread_id"),
        )


def _boundary(parameters: str) -> bytes:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary":
            return value.strip().strip('"').encode("latin-1")
    return b""
