"""Responses that are kept for requests with an ``Idempotency-Key``, in the caller's transaction.

Where several servers use the database, a row with the status 0 says that one is answering.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import conversations, idempotency_keys

LEASE: Final = 30_000
"""Milliseconds that a server may be silent about a request that it answers."""
_ANSWERING: Final = 0


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """A response and the fingerprint of the request that it answered.

    ``body`` is None when it was too large to be kept. ``thread_id`` names the conversation whose
    words are in it: they go when the conversation is deleted.
    """

    fingerprint: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes | None
    thread_id: str | None


def find(
    connection: Connection, workspace: WorkspaceId, key: str, since: Millis
) -> KeptResponse | None:
    """The response kept under ``key`` at ``since`` or later."""
    row = (
        connection.execute(
            select(idempotency_keys).where(
                idempotency_keys.c.workspace_id == workspace,
                idempotency_keys.c.key == key,
                idempotency_keys.c.created_at >= since,
                idempotency_keys.c.status != _ANSWERING,
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    return KeptResponse(
        fingerprint=row["fingerprint"],
        status=row["status"],
        headers=[(name, value) for name, value in row["headers"]],
        body=row["body"],
        thread_id=row["thread_id"],
    )


def begin(
    connection: Connection, workspace: WorkspaceId, key: str, *, now: Millis, expired: Millis
) -> bool:
    """Note that a request is being answered, or was; False while it still is. On Postgres alone."""
    kept = idempotency_keys.c
    answering = kept.status == _ANSWERING
    silent = and_(answering, kept.created_at < now - LEASE)
    this = and_(kept.workspace_id == workspace, kept.key == key)
    connection.execute(delete(idempotency_keys).where(this, or_(silent, kept.created_at < expired)))
    mark = postgresql.insert(idempotency_keys).values(
        workspace_id=workspace,
        key=key,
        fingerprint="",
        status=_ANSWERING,
        headers=[],
        created_at=now,
    )
    added = connection.execute(mark.on_conflict_do_nothing().returning(kept.key)).first()
    return added is not None or (
        connection.execute(select(kept.key).where(this, answering)).first() is None
    )


def renew(connection: Connection, workspace: WorkspaceId, key: str, *, now: Millis) -> None:
    """Note that it is still being answered."""
    connection.execute(update(idempotency_keys).where(_mark(workspace, key)).values(created_at=now))


def let_go(connection: Connection, workspace: WorkspaceId, key: str) -> None:
    """Note that it is not being answered any more; a kept response stays."""
    connection.execute(delete(idempotency_keys).where(_mark(workspace, key)))


def _mark(workspace: WorkspaceId, key: str) -> ColumnElement[bool]:
    kept = idempotency_keys.c
    return and_(kept.workspace_id == workspace, kept.key == key, kept.status == _ANSWERING)


def keep(
    connection: Connection,
    workspace: WorkspaceId,
    key: str,
    response: KeptResponse,
    *,
    now: Millis,
    expired: Millis,
) -> bool:
    """Store ``response`` under ``key`` and drop what is older than ``expired``, of everyone.

    False, and nothing done, when the conversation whose words are in it is not there any more.
    """
    if response.thread_id is not None and not _is_there(connection, workspace, response.thread_id):
        return False
    connection.execute(
        delete(idempotency_keys).where(
            or_(idempotency_keys.c.key == key, idempotency_keys.c.created_at < expired)
        )
    )
    connection.execute(
        insert(idempotency_keys).values(
            workspace_id=workspace,
            key=key,
            fingerprint=response.fingerprint,
            status=response.status,
            headers=response.headers,
            body=response.body,
            thread_id=response.thread_id,
            created_at=now,
        )
    )
    return True


def _is_there(connection: Connection, workspace: WorkspaceId, thread_id: str) -> bool:
    query = select(conversations.c.id).where(
        conversations.c.workspace_id == workspace, conversations.c.id == thread_id
    )
    return connection.execute(query).first() is not None
