"""``--workspace``: commands on a data directory work in the one that is named."""

import re
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.workspaces.repository import ensure_default, insert_workspace
from cevvo.foundation.db.opening import open_database
from cli.conftest import Command


def made(name: str, at: int, connection: Connection) -> WorkspaceId:
    return insert_workspace(connection, name, now=Millis(at))


@pytest.fixture
def second(tmp_path: Path) -> WorkspaceId:
    """A workspace of that name beside the first one, and beside two twins."""
    db = open_database(tmp_path)
    try:
        db.write_now(lambda connection: ensure_default(connection, Millis(0)))
        names = enumerate(("Second", "Twin", "Twin"), start=1)
        twins = [db.write_now(partial(made, name, at)) for at, name in names]
    finally:
        db.close()
    return twins[0]


def test_keys_people_and_the_log_are_those_of_the_workspace(
    command: Command, tmp_path: Path, second: WorkspaceId
) -> None:
    data = ("--data-dir", str(tmp_path))
    made = command("keys", "create", "--name", "k", "--workspace", "Second", *data, "--json").json

    def ids(*arguments: str) -> list[str]:
        return [row["id"] for row in command(*arguments, *data, "--json").json]

    assert ids("keys", "list") == []
    assert ids("keys", "list", "--workspace", second) == [made["id"]]
    assert ids("audit") == []
    assert len(ids("audit", "--workspace", "Second")) == 1
    invited = command(
        "people", "invite", "a@example.com", "--role", "editor", "--workspace", "Second", *data
    )
    assert re.search(r"/invitation\?token=", invited.out), invited.err
    assert len(ids("audit", "--workspace", "Second")) == 2
    assert ids("people", "list", "--workspace", "Second") == []


@pytest.mark.parametrize("name", ["Third", "Twin"])
def test_a_workspace_that_is_not_one_is_explained(
    command: Command, tmp_path: Path, second: WorkspaceId, name: str
) -> None:
    refused = command("people", "list", "--workspace", name, "--data-dir", str(tmp_path))
    assert refused.code == 1
    expected = {
        "Third": "No workspace is called 'Third'. There are: Default, Second, Twin, Twin.",
        "Twin": "2 workspaces are called 'Twin'. Say which: wsp_",
    }
    assert expected[name] in " ".join(refused.err.split())
