"""A real database with two workspaces."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import workspaces


@pytest.fixture
def db(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(migrated, tmp_path)
    opened = open_database(tmp_path)
    rows = [{"id": name, "name": name, "created_at": 0} for name in ("ws_a", "ws_b")]
    opened.write_now(lambda c: c.execute(workspaces.insert(), rows))
    yield opened
    opened.close()


@pytest.fixture
def workspace() -> WorkspaceId:
    return WorkspaceId("ws_a")


@pytest.fixture
def other_workspace() -> WorkspaceId:
    return WorkspaceId("ws_b")
