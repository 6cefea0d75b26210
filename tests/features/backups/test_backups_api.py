"""``GET /backups``: what an owner sees of the copies in the data directory."""

from pathlib import Path

from accounts import Accounts
from accounts import accounts as accounts
from accounts import running as running
from cevvo import __version__
from cevvo.domain.time import Millis
from cevvo.features.backups.copies import list_copies
from cevvo.features.backups.making import make_backup
from stores import only_on_sqlite


@only_on_sqlite("Postgres has backups of its own")
def test_copies_are_listed_newest_first(accounts: Accounts) -> None:
    owner = accounts.owner()
    assert owner.get("/backups").json() == {
        "database": "sqlite",
        "last_backup_at": None,
        "copies": [],
    }
    data_dir = accounts.app.state.db.data_dir
    folder = data_dir / "backups"
    folder.mkdir()
    (folder / "schema-0005-20260310T093000123456Z.db").write_bytes(b"x" * 4096)
    (folder / "photos.tar.gz").write_bytes(b"somebody's own")
    made = make_backup(
        data_dir, folder / "mine.tar.gz", now=Millis(1_800_000_000_000), progress=lambda *_: None
    )
    found = owner.get("/backups").json()
    assert found["last_backup_at"] == "2027-01-15T08:00:00Z"
    assert found["copies"] == [
        {
            "name": "mine.tar.gz",
            "kind": "backup",
            "bytes": made.size,
            "created_at": "2027-01-15T08:00:00Z",
            "schema_revision": made.contents.schema,
            "version": __version__,
        },
        {
            "name": "schema-0005-20260310T093000123456Z.db",
            "kind": "before_migration",
            "bytes": 4096,
            "created_at": "2026-03-10T09:30:00Z",
            "schema_revision": "0005",
            "version": None,
        },
    ]


def test_they_are_for_owners(accounts: Accounts) -> None:
    owner = accounts.owner()
    assert accounts.member(owner, "admin").get("/backups").status_code == 403
    key = {"Authorization": f"Bearer {accounts.key('admin', 'read')}"}
    assert accounts.browser().call("GET", "/backups", **key).status_code == 403


def test_a_folder_that_is_not_there_holds_none(tmp_path: Path) -> None:
    assert list_copies(tmp_path / "none") == []
