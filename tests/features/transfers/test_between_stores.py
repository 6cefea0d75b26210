"""From SQLite to Postgres and back: every row, vector and file, and the same figures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from cevvo.features.transfers.importing import Installation
from cevvo.services import installation
from cevvo.settings import Settings
from features.transfers.test_transfers import found
from features.transfers.transfer_room import (
    HERE,
    add_workspace,
    content_of,
    export,
    figures_of,
    fill,
    import_,
    opened,
)
from postgres_server import postgres_is_installed, the_server
from stores import clean, empty_postgres

if not postgres_is_installed():
    pytest.skip("no Postgres here: uv sync --group postgres", allow_module_level=True)


@pytest.fixture
def on_postgres(tmp_path: Path) -> Iterator[Installation]:
    """An installation on Postgres, with an empty workspace."""
    name = empty_postgres()
    url = SecretStr(the_server().url(name))
    with installation(Settings(data_dir=tmp_path / "shared", database_url=url)) as place:
        place.db.write_now(lambda c: add_workspace(c, HERE))
        yield place
    clean(name)


def test_nothing_is_lost_on_the_way_there_and_back(
    on_postgres: Installation, tmp_path: Path
) -> None:
    with opened(tmp_path / "old") as old:
        fill(old)
        export(old, tmp_path / "first")
        figures = figures_of(old)
    import_(on_postgres, tmp_path / "first")
    assert figures_of(on_postgres) == figures
    assert found(on_postgres, "How high is the lighthouse?")
    export(on_postgres, tmp_path / "second")
    assert content_of(tmp_path / "second") == content_of(tmp_path / "first")
    with opened(tmp_path / "new") as new:
        new.db.write_now(lambda c: add_workspace(c, HERE))
        import_(new, tmp_path / "second")
        assert figures_of(new) == figures
        export(new, tmp_path / "third")
    assert content_of(tmp_path / "third") == content_of(tmp_path / "first")


def test_an_import_that_is_repeated_adds_nothing(on_postgres: Installation, tmp_path: Path) -> None:
    with opened(tmp_path / "old") as old:
        fill(old)
        export(old, tmp_path / "first")
    import_(on_postgres, tmp_path / "first")
    again = import_(on_postgres, tmp_path / "first")
    assert {(done.added, done.kept) for done in again.values()} == {(0, 0)}
    count = text("SELECT count(*) FROM chunk_terms")
    assert on_postgres.db.read_now(lambda c: c.execute(count).scalar_one()) == 2
