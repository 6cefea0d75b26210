"""``cevvo backup``, ``restore`` and ``migrate`` as a user meets them."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cevvo.cli.main import app, main
from cevvo.foundation.db.opening import open_database


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory that no server uses, which the commands find by themselves."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CEVVO_DATA_DIR", "data")
    open_database(tmp_path / "data").close()
    return tmp_path / "data"


def ran(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_a_backup_is_made_checked_and_restored(data: Path, tmp_path: Path) -> None:
    code, said = ran("backup")
    assert code == 0
    (file,) = tmp_path.glob("cevvo-backup-*Z.tar.gz")
    assert said.startswith(f"{file.name}   ")
    assert "0 documents" in said
    code, said = ran("backup", "--check", file.name, "--json")
    assert (code, json.loads(said)["files"]) == (0, 0)
    assert ran("backup", "--check", file.name, "--quiet") == (0, "")
    code, said = ran("restore", file.name, "--data-dir", "new")
    assert code == 0
    assert "cevvo serve --data-dir new" in said
    open_database(tmp_path / "new").close()
    code, said = ran("restore", file.name, "--data-dir", "third", "--json")
    assert json.loads(said)["data_dir"] == "third"


def test_quiet_prints_the_name_and_a_folder_takes_it(data: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    code, said = ran("backup", "kept", "-q")
    assert code == 0
    assert Path(said.strip()).parent == Path("kept")
    assert Path(said.strip()).exists()
    assert ran("restore", said.strip(), "--data-dir", "new", "--quiet") == (0, "")


def test_migrate_says_what_it_would_do_and_does_it(data: Path) -> None:
    assert ran("migrate", "--check")[0] == 0
    assert "Up to date" in ran("migrate")[1]
    assert ran("migrate", "--quiet") == (0, "")
    assert json.loads(ran("migrate", "--json")[1])["backup"] is None


def test_migrate_an_older_database(data: Path) -> None:
    from foundation.db.test_before_migrating import PREVIOUS, database_of

    shutil.rmtree(data)
    database_of(PREVIOUS, data)
    code, said = ran("migrate", "--check")
    assert code == 1
    assert "Bring it there: cevvo migrate" in said
    assert ran("migrate", "--check", "--json")[0] == 1
    code, said = ran("migrate")
    assert code == 0
    assert "As it was before: data/backups/schema-" in said
    assert ran("migrate", "--check")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backup", "--data-dir", "none"), "no cevvo database"),
        (("migrate", "--data-dir", "none"), "no cevvo database"),
        (("restore", "none.tar.gz", "--data-dir", "new"), "Cannot read none.tar.gz"),
        (("backup", "no/such/folder/x.tar.gz"), "No such file or directory"),
        (("backup", "--check", "data"), "Cannot read data"),
    ],
)
def test_what_fails_is_said_in_one_line(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.setattr("sys.argv", ["cevvo", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not Path("none").exists()
    assert not Path("new").exists()


def test_check_without_a_file_is_wrong_usage() -> None:
    assert ran("backup", "--check")[0] == 2


def test_a_workspace_is_exported_and_imported(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert ran("export", "out")[0] == 1  # there is no workspace yet
    assert ran("keys", "create", "--name", "one")[0] == 0
    code, said = ran("export", "out", "--quiet")
    assert (code, said) == (0, "out\n")
    code, said = ran("export", "again", "--json", "--workspace", "Default")
    manifest = json.loads(said)
    assert manifest["workspace"]["name"] == "Default"
    assert "api_keys" not in manifest["tables"]
    code, said = ran("import", "out", "--data-dir", "new", "--json")
    assert code == 0
    assert json.loads(said)["workspace"] == manifest["workspace"]["id"]
    assert ran("import", "out", "--data-dir", "new", "-q")[1].strip() == manifest["workspace"]["id"]
    code, said = ran("import", "out", "--data-dir", "new")
    assert "compared row by row" in said
    exported = [e["action"] for e in json.loads(ran("audit", "--json")[1])]
    assert exported[:2] == ["workspace.exported", "workspace.exported"]
    assert not Path("none").exists()
    assert ran("export", "x", "--data-dir", "none")[0] == 1
    assert not Path("none").exists()
