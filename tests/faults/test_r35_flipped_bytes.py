"""R35: bytes of the database are flipped: it is told at the start, by doctor, and never guessed."""

import json
import subprocess
from pathlib import Path

import pysqlite3
import pytest

from cevvo.errors import StartError, Unavailable
from cevvo.foundation.db.opening import open_database
from conftest import CEVVO, clean_environment
from search_library import A, Library, add_workspaces


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with passages in it, closed."""
    db = open_database(tmp_path / "data")
    add_workspaces(db)
    library = Library(db)
    for number in range(40):
        library.put(A, f"page {number}", f"The pump number {number} is checked by hand. " * 20)
    db.close()
    return tmp_path / "data"


def flip(data: Path, page: int, size: int) -> None:
    """Turn over every bit of so many bytes from the beginning of a page (from 1)."""
    with (data / "cevvo.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        old = file.read(size)
        file.seek((page - 1) * 4096)
        file.write(bytes(byte ^ 0xFF for byte in old))


def root_page(data: Path, name: str) -> int:
    connection = pysqlite3.connect(str(data / "cevvo.db"))
    (page,) = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = ?", [name]
    ).fetchone()
    connection.close()
    return int(page)


def doctor(data: Path) -> list[dict[str, str]]:
    """What fails, as it says."""
    command = [
        str(CEVVO),
        "doctor",
        "--data-dir",
        str(data),
        "--url",
        "http://127.0.0.1:9",
        "--json",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, env=clean_environment())
    assert ran.returncode == 1, ran.stderr
    return [each for each in json.loads(ran.stdout) if each["level"] == "fail"]


@pytest.mark.parametrize("size", [100, 4096])
def test_r35_a_damaged_head_is_refused_in_one_line(data: Path, size: int) -> None:
    flip(data, 1, size)
    with pytest.raises(StartError, match="damaged") as caught:
        open_database(data)
    assert "cevvo restore" in caught.value.message
    assert "\n" not in caught.value.message


def test_r35_a_server_does_not_start_on_it(data: Path) -> None:
    flip(data, 1, 4096)
    command = [str(CEVVO), "serve", "--data-dir", str(data), "--port", "0"]
    ran = subprocess.run(
        command, capture_output=True, text=True, env=clean_environment(), timeout=300
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("cevvo: The database "), ran.stderr
    assert ran.stderr.count("\n") == 1
    (damage,) = doctor(data)
    assert "cannot be read" in damage["what"]


def test_r35_a_damaged_table_is_told_and_the_rest_is_served(data: Path) -> None:
    flip(data, root_page(data, "sources"), 4096)
    (damage,) = doctor(data)
    assert "damaged" in damage["what"]
    assert "cevvo restore" in damage["fix"]
    db = open_database(data)
    with pytest.raises(Unavailable, match="damaged"):
        db.read_now(lambda c: c.exec_driver_sql("SELECT * FROM sources").all())
    assert len(db.read_now(lambda c: c.exec_driver_sql("SELECT * FROM workspaces").all())) == 2
    db.close()


def test_r35_a_damaged_index_is_told(data: Path) -> None:
    connection = pysqlite3.connect(str(data / "cevvo.db"))
    largest = "SELECT id FROM chunk_terms_data WHERE id > 100 ORDER BY length(block) DESC LIMIT 1"
    connection.execute(
        f"UPDATE chunk_terms_data SET block = zeroblob(length(block)) WHERE id = ({largest})"
    )
    connection.commit()
    connection.close()
    (damage,) = doctor(data)
    assert "chunk_terms" in damage["what"]


def test_r35_damage_in_the_log_of_writes_loses_no_more_than_it(data: Path) -> None:
    """What is behind a damaged frame of the write-ahead log never was, as after a power cut."""
    db = open_database(data)
    for number in range(20):
        db.write_now(
            lambda c, n=number: c.exec_driver_sql(  # type: ignore[misc]
                "INSERT INTO workspaces (id, name, created_at) VALUES (?, '', 0)", (f"late-{n}",)
            )
        )
    log = (data / "cevvo.db-wal").read_bytes()
    middle = len(log) // 2
    torn = data.with_name("torn")
    torn.mkdir()
    (torn / "cevvo.db").write_bytes((data / "cevvo.db").read_bytes())
    (torn / "cevvo.db-wal").write_bytes(log[:middle] + b"\xff" * 4096 + log[middle + 4096 :])
    db.close()
    reopened = open_database(torn)
    left = reopened.read_now(
        lambda c: c.exec_driver_sql("SELECT id FROM workspaces WHERE id LIKE 'late-%'").all()
    )
    assert [row[0] for row in left] == [f"late-{n}" for n in range(len(left))]
    assert 0 < len(left) < 20
    check = reopened.read_now(lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar())
    assert check == "ok"
    reopened.close()
