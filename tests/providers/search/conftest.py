"""A library in a database of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from search_library import Library, add_workspaces
from stores import Template, copied, template


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A database with the workspaces, to be copied."""
    return template(tmp_path_factory.mktemp("stocked"), add_workspaces)


@pytest.fixture
def library(stocked: Template, tmp_path: Path) -> Iterator[Library]:
    with copied(stocked, tmp_path) as db:
        yield Library(db)
