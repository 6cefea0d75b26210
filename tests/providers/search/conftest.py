"""A library in a database of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cevvo.foundation.db.opening import open_database
from search_library import Library, add_workspaces


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the workspaces, to be copied."""
    folder = tmp_path_factory.mktemp("stocked")
    db = open_database(folder)
    add_workspaces(db)
    db.close()
    return folder / "cevvo.db"


@pytest.fixture
def library(stocked: Path, tmp_path: Path) -> Iterator[Library]:
    shutil.copy(stocked, tmp_path)
    db = open_database(tmp_path)
    yield Library(db)
    db.close()
