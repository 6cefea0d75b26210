"""A real database with one workspace, and a small API on it."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.telemetry.logging import configure
from http_api import Api


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """As a server logs; before this, the library's own defaults would show local variables."""
    configure()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file of the newest schema, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    open_database(folder).close()
    return folder / "cevvo.db"


@pytest.fixture
def db(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(migrated, tmp_path)
    opened = open_database(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def workspace(db: Database) -> WorkspaceId:
    return asyncio.run(WorkspacesService(db, lambda: Millis(0)).default())


@pytest.fixture
def api(db: Database, workspace: WorkspaceId) -> Api:
    return Api(db, workspace)
