"""Fields that are not the client's to set change nothing, whatever they are called.

Beside each body go the names of every column of the database and of every field of every answer.
"""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from api_walk import Operation, Tenant, Unlisted
from cevvo.foundation.db.tables import metadata
from conftest import Server, on_one_day
from faults.conftest import everything

HOSTILE = "hostile5f2a"
TRIED_ELSEWHERE = {
    "POST /api/v1/chat/stream",  # takes what /chat takes
    "POST /api/v1/api-keys/{key_id}/rotate",  # can be done once: below
    "POST /api/v1/visitor-tokens",  # gives another token each time: test_s43_publishable_keys
    "POST /api/v1/invitations",  # gives another link each time: tests/features/people
    "PUT /api/v1/people/{person_id}",  # takes no other role for the last owner: there, too
    "POST /api/v1/account/second-factor",  # gives another secret each time: there, too
    "PUT /api/v1/account/second-factor",  # takes a code: there, too
    "POST /api/v1/account/second-factor/disable",  # takes a code: there, too
    "PUT /api/v1/account/password",  # takes the password that it has just changed: there, too
}
MEANT = {  # values that would do something if they were taken
    "status": "completed",
    "role": "owner",
    "kind": "secret",
    "scopes": ["admin"],
    "rate_limit": 1_000_000,
    "created_at": "2000-01-01T00:00:00Z",
    "is_admin": True,
}
VOLATILE = re.compile(
    r"\b(req|[a-z]{3})_[0-9A-Za-z]{22}\b|\d{4}-\d\d-\d\dT[\d:]+Z|(?<=\"created\":)\d+"
)
COUNTED = {"message_count", "documents_total", "progress", "seconds_left", "queued", "attempts"}
COUNTED |= {"key", "prefix", "last_four"}  # of a key, which is another one each time …
COUNTED |= {"secret"}  # … as that of a webhook is
COUNTED |= {"checked_at", "after"}  # of a gap, which is asked again in the background


@contextmanager
def database(server: Server) -> Iterator[sqlite3.Connection]:
    """The running server's, to read."""
    with closing(sqlite3.connect(server.data_dir / "cevvo.db", timeout=30)) as connection:
        yield connection


def extra_fields(operation: Operation, other: Tenant, names: set[str]) -> dict[str, Any]:
    """What the operation does not take, with values that belong to someone else or say who came."""
    taken = set(operation.names("body"))
    return {
        name: other.ids.get(
            name, other.workspace if name == "workspace" else MEANT.get(name, HOSTILE)
        )
        for name in names - taken
    }


def comparable(answer: str) -> Any:
    """An answer without what is new each time."""
    return without_counts(json.loads(VOLATILE.sub("0", answer)))


def without_counts(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_counts(v) for k, v in value.items() if k not in COUNTED}
    return [without_counts(each) for each in value] if isinstance(value, list) else value


def settled(server: Server, tenant: Tenant) -> None:
    """Have the work done that follows on content and questions, which the end of a job begins: else
    it would come at any moment."""
    note = {"title": "Tides", "content": "The tide of the harbour turns at noon."}
    tenant.client.post("/ingest/text", json=note).raise_for_status()
    query = "SELECT 1 FROM jobs WHERE workspace_id = ? AND status IN ('queued', 'processing')"
    end = time.monotonic() + 60
    with database(server) as connection:
        while connection.execute(query, (tenant.workspace,)).fetchone():
            assert time.monotonic() < end
            time.sleep(0.05)


def test_s5_fields_that_are_not_the_clients_to_set_change_nothing(
    server: Server, tenant: Tenant, other: Tenant, operations: list[Operation]
) -> None:
    on_one_day(180)  # figures by day are compared
    settled(server, other)
    with database(server) as connection:
        rows = rows_of(connection, other.workspace)
    names = {column.name for table in metadata.sorted_tables for column in table.columns}
    for operation in operations:
        names |= set(operation.answers.get("properties", {})) | set(MEANT)
    before, faults, tried = everything(other, operations), [], 0
    for operation in operations:
        if operation.media_type is None or operation.is_open or str(operation) in TRIED_ELSEWHERE:
            continue
        example = operation.own_example(tenant.ids)
        extra = extra_fields(operation, other, names)
        assert len(extra) > 50
        plain = operation.send(tenant.client, tenant.ids, example)
        if plain.status_code >= 300:
            raise Unlisted(
                f"{operation} does not take its own example ({plain.text}): give it one that it "
                "does, or list it in TRIED_ELSEWHERE and say where."
            )
        more = operation.send(tenant.client, tenant.ids, extra | example)
        tried += 1
        if more.status_code == plain.status_code:
            if comparable(plain.text) != comparable(more.text):
                faults.append(f"{operation}: {plain.text} became {more.text}")
        elif more.status_code not in (400, 409):  # it cannot be done twice
            faults.append(f"{operation}: {more.status_code} {more.text}")
    with database(server) as connection:
        faults += [f"taken as {where}" for where in columns_with(connection, HOSTILE)]
        assert rows_of(connection, other.workspace) == rows
    assert not faults, "\n".join(faults)
    assert everything(other, operations) == before
    assert tried >= 10


def rows_of(connection: sqlite3.Connection, workspace: str) -> dict[str, int]:
    """How many rows of each table are a workspace's."""
    counted = {}
    for table in metadata.sorted_tables:
        if "workspace_id" in table.columns:
            query = f"SELECT count(*) FROM {table.name} WHERE workspace_id = ?"
            counted[table.name] = connection.execute(query, (workspace,)).fetchone()[0]
    return counted


def columns_with(connection: sqlite3.Connection, text: str) -> Iterator[str]:
    """The columns in which some row has the text."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            query = f'SELECT count(*) FROM {table.name} WHERE CAST("{column.name}" AS TEXT) LIKE ?'
            if connection.execute(query, (f"%{text}%",)).fetchone()[0]:
                yield str(column)


def test_s5_a_new_sources_own_fields_are_the_servers(tenant: Tenant) -> None:
    more = {"id": "src_mine", "workspace_id": "wsp_x", "status": "synced", "document_count": 9}
    made = tenant.client.post("/sources", json={"name": "A", "type": "text"} | more).json()
    changed = tenant.client.put(f"/sources/{made['id']}", json={"name": "B"} | more).json()
    shown = tenant.client.get(f"/sources/{made['id']}").json()
    assert changed == shown
    assert (made["status"], shown["status"], shown["document_count"]) == ("pending", "pending", 0)
    assert tenant.client.get("/sources/src_mine").status_code == 404


def test_s5_a_rotated_key_may_do_no_more_than_before(tenant: Tenant) -> None:
    wanted = {"name": "narrow", "scopes": ["read"], "rate_limit": 7}
    made = tenant.client.post("/api-keys", json=wanted).json()
    hostile = {**MEANT, "name": HOSTILE, "workspace_id": HOSTILE, "allowed_origins": [HOSTILE]}
    rotated = tenant.client.post(f"/api-keys/{made['id']}/rotate", json=hostile)
    assert rotated.is_success, rotated.text
    same = ("name", "kind", "scopes", "rate_limit", "allowed_origins")
    assert {name: rotated.json()[name] for name in same} == {name: made[name] for name in same}
