"""What the page on people shows is run, on a server's own data directory."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cevvo.domain.access import ROLES
from conftest import Server, running_server
from docs.test_pages import DOCS, Reader, reader, silent, site
from features.people.test_people import MATRIX

__all__ = ["reader", "silent", "site"]

PAGE = DOCS / "people.md"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path / "data") as running:
        yield running


def test_people(reader: Reader, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEVVO_DATA_DIR", str(server.data_dir))
    assert reader.follow(PAGE) == 5


def test_the_table_of_roles_is_the_one_that_is_tested() -> None:
    table = PAGE.read_text().partition("## Inviting others")[2].partition("\n\nEverybody")[0]
    head, _, *rows = re.findall(r"^\|(.*)\|$", table, re.MULTILINE)
    assert tuple(cell.strip() for cell in head.split("|")[1:]) == ROLES
    says = {
        cells[0].strip(): {
            role for role, cell in zip(ROLES, cells[1:], strict=True) if cell.strip() != "–"
        }
        for cells in (row.split("|") for row in rows)
    }
    for deed, row in {
        "ask": "ask, read conversations and figures",
        "read": "ask, read conversations and figures",
        "add content": "add and remove sources and documents",
        "change settings": "settings, API keys, deleting conversations, audit log",
        "see people": "invite people, change roles, remove people",
        "invite an editor": "invite people, change roles, remove people",
        "rename the workspace": "rename the workspace",
        "make a workspace": "make and delete workspaces",
        "delete the workspace": "make and delete workspaces",
    }.items():
        assert says[row] == MATRIX[deed], deed
