"""A real database with two workspaces."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import workspaces
from stores import Template, copied


@pytest.fixture
def db(migrated: Template, tmp_path: Path) -> Iterator[Database]:
    rows = [{"id": name, "name": name, "created_at": 0} for name in ("ws_a", "ws_b")]
    with copied(migrated, tmp_path) as opened:
        opened.write_now(lambda c: c.execute(workspaces.insert(), rows))
        yield opened


@pytest.fixture
def workspace() -> WorkspaceId:
    return WorkspaceId("ws_a")


@pytest.fixture
def other_workspace() -> WorkspaceId:
    return WorkspaceId("ws_b")
