"""Several workspaces on one server: apart from each other, and gone when they are deleted."""

import asyncio
import time
from typing import Any

from accounts import Accounts, Browser
from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import metadata
from cevvo.foundation.jobs import claiming, queue

HOURS = "The observatory opens at nine o'clock and closes at midnight."


def entered(owner: Browser, name: str) -> str:
    """A new workspace, and the owner's session goes on in it."""
    made = owner.post("/workspaces", {"name": name})
    assert made.status_code == 201, made.text
    workspace: str = made.json()["id"]
    assert owner.put("/session", {"workspace_id": workspace}).status_code == 200
    return workspace


def knowing(owner: Browser) -> dict[str, Any]:
    """A source with a text that can be found, and an answer out of it."""
    body = {"name": "Observatory", "type": "text", "content": HOURS}
    source: dict[str, Any] = owner.post("/sources", body).json()
    end = time.monotonic() + 60
    while owner.get(f"/sources/{source['id']}").json()["status"] != "synced":
        assert time.monotonic() < end
        time.sleep(0.05)
    answer = owner.post("/chat", {"message": "When does the observatory open?"}).json()
    assert answer["answered"], answer
    return source


def rows_of(accounts: Accounts, workspace: str) -> dict[str, int]:
    """How many rows each table has of a workspace."""
    tables = [
        t for t in metadata.tables.values() if "workspace_id" in t.c and t.name != "audit_log"
    ]
    counts = {
        table.name: accounts.stored(
            f"SELECT count(*) FROM {table.name} WHERE workspace_id = '{workspace}'"
        )[0][0]
        for table in tables
    }
    return {name: count for name, count in counts.items() if count}


def test_workspaces_are_listed_renamed_and_entered(accounts: Accounts) -> None:
    owner = accounts.owner()
    first = owner.me()["workspace"]["id"]
    second = entered(owner, "Second house")
    me = owner.me()
    assert me["workspace"] == {"id": second, "name": "Second house", "role": "owner"}
    listed = owner.get("/workspaces").json()
    assert [each["name"] for each in listed["data"]] == ["Default", "Second house"]
    renamed = owner.put(f"/workspaces/{first}", {"name": "First house"})
    assert renamed.json()["name"] == "First house"
    before = owner.token
    assert owner.put("/session", {"workspace_id": first}).json()["workspace"]["id"] == first
    assert owner.token != before
    assert accounts.browser().sign_in("ada@example.com").json()["workspace"]["id"] == first


def test_a_stranger_learns_nothing_of_a_workspace(accounts: Accounts) -> None:
    owner = accounts.owner()
    editor = accounts.member(owner, "editor")
    second = entered(owner, "Second house")
    answers = set()
    for workspace in (second, "wsp_0000000000000000000000"):
        for method, path, body in (
            ("PUT", "/session", {"workspace_id": workspace}),
            ("PUT", f"/workspaces/{workspace}", {"name": "Mine"}),
            ("DELETE", f"/workspaces/{workspace}", None),
        ):
            response = editor.call(method, path, body)
            answers.add((response.status_code, response.json()["error"]["message"]))
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def test_what_one_workspace_knows_the_other_does_not(accounts: Accounts) -> None:
    owner = accounts.owner()
    source = knowing(owner)
    entered(owner, "Second house")
    assert owner.get("/sources").json()["meta"]["total"] == 0
    assert owner.get(f"/sources/{source['id']}").status_code == 404
    answer = owner.post("/chat", {"message": "When does the observatory open?"}).json()
    assert not answer["answered"]
    assert owner.get("/conversations").json()["meta"]["total"] == 1


def test_deleting_a_workspace_deletes_all_of_it_and_nothing_else(accounts: Accounts) -> None:
    owner = accounts.owner()
    first = owner.me()["workspace"]["id"]
    knowing(owner)
    kept = rows_of(accounts, first)
    second = entered(owner, "Second house")
    knowing(owner)
    only_here = accounts.member(owner, "editor", "only@example.com")
    assert len(rows_of(accounts, second)) > 8
    orphans = "SELECT count(*) FROM chunk_terms WHERE rowid NOT IN (SELECT id FROM chunks)"
    before = accounts.stored(orphans)
    assert owner.delete(f"/workspaces/{second}").json() == {"deleted": True}
    assert rows_of(accounts, second) == {}
    assert accounts.stored(f"SELECT * FROM workspaces WHERE id = '{second}'") == []
    assert accounts.stored(orphans) == before  # its words went with it
    kept_now = rows_of(accounts, first)
    ended = {"sessions", "memberships"}
    assert {n: c for n, c in kept_now.items() if n not in ended} == {
        n: c for n, c in kept.items() if n not in ended
    }
    accounts.clock.advance(seconds=1)
    assert owner.get("/sources").status_code == 401
    assert only_here.get("/sources").status_code == 401
    assert accounts.browser().sign_in("only@example.com").status_code == 401
    assert accounts.browser().sign_in("ada@example.com").json()["workspace"]["id"] == first
    log = accounts.stored("SELECT target_name FROM audit_log WHERE action = 'workspace.deleted'")
    assert ("Second house",) in log


def test_the_jobs_of_a_deleted_workspace_are_cancelled(accounts: Accounts) -> None:
    owner = accounts.owner()
    second = entered(owner, "Second house")
    workspace = WorkspaceId(second)
    token = "held"
    job_id = accounts.db.write_now(
        lambda c: queue.enqueue(
            c, workspace, kind="text", payload={}, source_id=None, now=accounts.clock()
        )
    )
    claimed = accounts.db.write_now(
        lambda c: claiming.claim(c, token, now=accounts.clock(), workspace_limit=9)
    )
    assert owner.delete(f"/workspaces/{second}").status_code == 200
    leases = [queue.Lease(job_id, token)]
    assert accounts.db.read_now(lambda c: queue.still_held(c, leases)) == set()
    assert claimed is None or claimed.id == job_id


def test_a_deletion_that_was_cut_off_is_finished_at_the_next_start(accounts: Accounts) -> None:
    owner = accounts.owner()
    second = entered(owner, "Second house")
    knowing(owner)
    service = accounts.services.workspaces
    emptied = service._empty

    async def cut_off(workspace: WorkspaceId) -> None:
        raise asyncio.CancelledError

    service._empty = cut_off  # type: ignore[method-assign]
    try:
        assert owner.delete(f"/workspaces/{second}").status_code >= 500
    finally:
        service._empty = emptied  # type: ignore[method-assign]
    assert rows_of(accounts, second)
    accounts.clock.advance(seconds=1)
    assert owner.get("/session").status_code == 401
    accounts.run(service.finish_deletions)
    assert rows_of(accounts, second) == {}
    assert accounts.stored(f"SELECT * FROM workspaces WHERE id = '{second}'") == []


def test_the_last_workspace_stays(accounts: Accounts) -> None:
    owner = accounts.owner()
    workspace = owner.me()["workspace"]["id"]
    assert owner.delete(f"/workspaces/{workspace}").status_code == 409
