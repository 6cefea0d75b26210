"""R33: data directories of earlier schemas, brought to this one, give the answers they gave.

``tests/upgrades`` has one for each schema that was or will be released; ``make_fixture.py`` there
makes the next.
"""

import json
import tarfile
from pathlib import Path

import pytest

from cevvo.foundation.db.migrate import HEAD
from cevvo.foundation.db.snapshot import stored_revision
from conftest import running_server, stop_server
from upgrades.make_fixture import what_is_said

FIXTURES = Path(__file__).parents[1] / "upgrades"
SCHEMAS = sorted(path.name.partition(".")[0] for path in FIXTURES.glob("*.tar.gz"))


def test_r33_there_are_fixtures_and_none_of_the_future() -> None:
    assert SCHEMAS
    assert max(SCHEMAS) <= HEAD


@pytest.mark.parametrize("schema", SCHEMAS)
def test_r33_an_upgraded_server_gives_the_same_answers(schema: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with tarfile.open(FIXTURES / f"{schema}.tar.gz") as archive:  # not restored: that migrates too
        # As Python 3.14 does by itself; before 3.11.4 there is none.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(data)
    assert stored_revision(data / "cevvo.db") == schema
    golden = json.loads((FIXTURES / f"{schema}.json").read_text())
    with running_server(data) as server, server.client() as client:
        for each in golden:
            reply = client.post("/chat", json={"message": each.pop("question")}).json()
            assert what_is_said(reply, each["words"]) == each
        assert client.get("/settings/answers").json()["assistant_name"] == "Ada"
        keys = client.get("/api-keys").json()["data"]
        assert "Kept" in [key["name"] for key in keys]
        turns = client.get("/conversations", params={"per_page": 100}).json()["data"]
        assert len(turns) == 2 * len(golden)
        assert stop_server(server) == 0
    assert stored_revision(data / "cevvo.db") == HEAD
    copies = list((data / "backups").glob("*")) if schema != HEAD else []
    assert [stored_revision(copy) for copy in copies] == ([schema] if schema != HEAD else [])
