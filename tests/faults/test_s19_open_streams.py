"""S19: the stream of a session that was ended stops at its next event."""

import json

from sqlalchemy import delete, insert

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.access.cookie import NAME
from cevvo.foundation.access.tokens import new_token, token_hash
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import memberships, people, sessions
from http_api import Api


def signed_in(db: Database, workspace: WorkspaceId, now: int) -> str:
    """The token of a session of somebody in the workspace."""
    token = new_token()
    member = {"workspace_id": workspace, "person_id": "per_1"}
    person = {"id": "per_1", "email": "ada@example.com", "name": "Ada", "created_at": now}
    session = {"id": "ses_1", "hash": token_hash(token), "created_at": now, "last_used_at": now}
    rows = (
        (people, person),
        (memberships, member | {"role": "owner", "created_at": now}),
        (sessions, member | session | {"expires_at": now + 3_600_000}),
    )
    for table, row in rows:
        db.write_now(lambda c, table=table, row=row: c.execute(insert(table), row))  # type: ignore[misc]
    return token


def test_s19_a_stream_ends_with_the_session_it_began_in(
    api: Api, db: Database, workspace: WorkspaceId
) -> None:
    token = signed_in(db, workspace, api.clocks.wall)
    with api.served() as served, served.client() as client:
        del client.headers["Authorization"]
        own = {"Cookie": f"{NAME}={token}", "Origin": f"http://127.0.0.1:{served.port}"}
        with client.stream("POST", "/stream/ticking", headers=own) as response:
            assert response.status_code == 200
            lines = response.iter_lines()
            assert "tick" in [next(lines) for _ in range(6)][-2]
            db.write_now(lambda c: c.execute(delete(memberships)))  # removed from the workspace
            api.clocks.seconds += 1.0
            rest = [line for line in lines if line]
    assert api.state.left.wait(5), "the generator goes on"
    assert rest[-1] == "data: [DONE]"
    error = json.loads(rest[-2].removeprefix("data: "))
    assert error["type"] == "error"
    assert error["error"]["code"] == "invalid_session"
