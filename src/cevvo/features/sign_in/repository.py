"""Sessions as they are stored: beginning, listing and ending them."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, or_, select

from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.foundation.access.client import Client
from cevvo.foundation.access.sessions import IDLE, LIFETIME
from cevvo.foundation.access.tokens import new_token, token_hash
from cevvo.foundation.db.tables import sessions, workspaces


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A browser in which somebody is signed in."""

    id: str
    workspace: WorkspaceId
    workspace_name: str
    address: str | None
    user_agent: str | None
    created_at: Millis
    last_used_at: Millis
    expires_at: Millis


def begin(
    connection: Connection,
    workspace: WorkspaceId,
    person_id: str,
    client: Client,
    *,
    now: Millis,
    expires_at: Millis | None = None,
) -> tuple[str, str]:
    """Store a new session of a member; its token and its id.

    ``expires_at``: of the session that it goes on from; no session gets older by changing its
    token.
    """
    s = sessions.c
    over = or_(s.expires_at <= now, s.last_used_at <= now - IDLE)
    connection.execute(delete(sessions).where(over))
    token, session_id = new_token(), new_id("ses")
    connection.execute(
        insert(sessions).values(
            id=session_id,
            workspace_id=workspace,
            person_id=person_id,
            hash=token_hash(token),
            address=client.address,
            user_agent=client.user_agent,
            created_at=now,
            last_used_at=now,
            expires_at=now + LIFETIME if expires_at is None else expires_at,
        )
    )
    return token, session_id


def list_sessions(connection: Connection, person_id: str, *, now: Millis) -> list[StoredSession]:
    """The sessions of a person that still hold, the last used first."""
    s = sessions.c
    rows = connection.execute(
        select(sessions, workspaces.c.name.label("workspace_name"))
        .join(workspaces, workspaces.c.id == s.workspace_id)
        .where(s.person_id == person_id, s.expires_at > now, s.last_used_at > now - IDLE)
        .order_by(s.last_used_at.desc(), s.id)
    ).mappings()
    return [
        StoredSession(
            workspace=row["workspace_id"],
            **{name: row[name] for name in StoredSession.__slots__ if name != "workspace"},
        )
        for row in rows
    ]


def end(connection: Connection, person_id: str, session_id: str) -> bool:
    """End one session of a person; False when there is none of that id."""
    s = sessions.c
    gone = delete(sessions).where(s.person_id == person_id, s.id == session_id)
    return connection.execute(gone).rowcount == 1


def end_all(connection: Connection, person_id: str, *, but: str | None = None) -> int:
    """End all sessions of a person, ``but`` one; how many ended."""
    s = sessions.c
    gone = delete(sessions).where(s.person_id == person_id)
    if but is not None:
        gone = gone.where(s.id != but)
    return connection.execute(gone).rowcount
