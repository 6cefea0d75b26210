"""Responses that are kept for requests with an ``Idempotency-Key``, in the caller's transaction."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, or_, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import idempotency_keys


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


def keep(
    connection: Connection,
    workspace: WorkspaceId,
    key: str,
    response: KeptResponse,
    *,
    now: Millis,
    expired: Millis,
) -> None:
    """Store ``response`` under ``key`` and drop what is older than ``expired``, of everyone."""
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
