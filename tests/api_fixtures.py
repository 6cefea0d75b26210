"""A real database with one workspace, and a small API on it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.db.database import Database
from cevvo.foundation.telemetry.logging import configure
from http_api import Api
from stores import Template, copied, template


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """As a server logs; before this, the library's own defaults would show local variables."""
    configure()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """An empty database of the newest schema, to be copied."""
    return template(tmp_path_factory.mktemp("migrated"))


@pytest.fixture
def db(migrated: Template, tmp_path: Path) -> Iterator[Database]:
    with copied(migrated, tmp_path) as opened:
        yield opened


@pytest.fixture
def workspace(db: Database) -> WorkspaceId:
    return asyncio.run(WorkspacesService(db, lambda: Millis(0)).default())


@pytest.fixture
def api(db: Database, workspace: WorkspaceId) -> Api:
    return Api(db, workspace)
