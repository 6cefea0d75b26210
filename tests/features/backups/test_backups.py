"""Backups: whole or refused, never over another file, and restored only into an empty place."""

import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from cevvo.domain.time import Millis
from cevvo.errors import CevvoError, Conflict, InvalidRequest, StartError, StorageFull
from cevvo.features.backups.making import Backup, make_backup
from cevvo.features.backups.restoring import check_backup, restore_backup
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.migrate import HEAD
from cevvo.foundation.db.opening import lock_data_dir, open_database
from cevvo.foundation.db.sqlite import SqliteDatabase
from cevvo.foundation.db.tables import sources
from cevvo.providers.blobs.files import BlobStore
from features.backups.data_room import ORIGINAL, fill
from old_database import database_of


def silent(_what: str, _done: int, _total: int) -> None:
    pass


def back_up(data_dir: Path, target: Path) -> Backup:
    return make_backup(data_dir, target, now=Millis(1_773_135_000_000), progress=silent)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    db = open_database(folder)
    fill(db)
    db.close()
    return folder


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Iterator[Database]:
    """The database of a filled data directory, open as a server has it."""
    shutil.copytree(filled, tmp_path / "data")
    db = open_database(tmp_path / "data")
    yield db
    db.close()


@pytest.fixture
def file(filled: Path, tmp_path: Path) -> Path:
    return back_up(filled, tmp_path / "backup.tar.gz").path


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_is_backed_up_is_restored(data: Database, tmp_path: Path) -> None:
    made = back_up(data.data_dir, tmp_path / "backup.tar.gz")
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert (made.missing, made.contents.files, made.contents.secret_key) == ((), 1, True)
    assert made.contents.created_at == "2026-03-10T09:30:00Z"
    assert made.contents.rows["documents"] == 1
    assert check_backup(made.path, silent).contents == made.contents
    place = tmp_path / "elsewhere" / "new"
    assert restore_backup(made.path, place, silent).contents == made.contents
    digest = next(iter(BlobStore(place / "blobs").stored_before(Millis(10**15))))
    assert BlobStore(place / "blobs").get(digest) == ORIGINAL
    assert (place / "secret.key").read_bytes() == (data.data_dir / "secret.key").read_bytes()
    assert names_in(place) == {"cevvo.db", "secret.key", f"blobs/{digest[:2]}/{digest}"}
    assert all((place / name).stat().st_mode & 0o077 == 0 for name in names_in(place))
    restored = open_database(place)
    assert restored.read_now(lambda c: c.execute(select(sources.c.name)).scalars().all()) == [
        "Source 0"
    ]
    restored.close()


def test_other_programs_can_check_it(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(["tar", "xzf", file, "-C", out], check=True)
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=out, capture_output=True)
    assert checked.returncode == 0
    assert checked.stdout.count(b": OK") == 4
    assert json.loads((out / "backup.json").read_text())["schema"] == HEAD


def test_r34_the_copy_is_of_one_moment_while_others_write(data: Database, tmp_path: Path) -> None:
    """Each transaction adds a source and counts it: a copy has as many as it says."""
    data.write_now(lambda c: c.execute(text("CREATE TABLE counted (n INTEGER)")))
    data.write_now(lambda c: c.execute(text("INSERT INTO counted VALUES (1)")))
    began, stop = threading.Event(), threading.Event()

    def write_on() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            row = {"id": f"src_more_{number}"}

            def write(c: object, row: dict[str, str] = row) -> None:
                c.execute(  # type: ignore[attr-defined]
                    text(
                        "INSERT INTO sources SELECT :id, workspace_id, name, type, url, status,"
                        " auto_sync, sync_interval_hours, crawl, error, sync_error,"
                        " last_synced_at, created_at, updated_at, next_sync_at"
                        " FROM sources WHERE id = 'src_0'"
                    ),
                    row,
                )
                c.execute(text("UPDATE counted SET n = n + 1"))  # type: ignore[attr-defined]

            data.write_now(write)
            began.set()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        assert began.wait(30)
        for number in range(3):
            file = back_up(data.data_dir, tmp_path / f"{number}.tar.gz").path
            restore_backup(file, tmp_path / str(number), silent)
            copy = SqliteDatabase(tmp_path / str(number))
            counts = select(func.count()).select_from(sources)
            there = copy.read_now(lambda c: c.execute(counts).scalar_one())  # noqa: B023
            said = copy.read_now(lambda c: c.execute(text("SELECT n FROM counted")).scalar_one())
            copy.close()
            assert there == said > 1
    finally:
        stop.set()
        writer.join()


def test_nothing_is_written_over(file: Path, filled: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(Conflict, match="exists already"):
        back_up(filled, file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == [file.name]


def test_originals_that_are_gone_or_damaged_are_named(data: Database, tmp_path: Path) -> None:
    blobs = BlobStore(data.data_dir / "blobs")
    (digest,) = blobs.stored_before(Millis(10**15))
    blobs.find(digest).write_bytes(b"something else")
    assert back_up(data.data_dir, tmp_path / "one").missing == (digest,)
    assert check_backup(tmp_path / "one", silent).missing == (digest,)
    blobs.find(digest).unlink()
    assert back_up(data.data_dir, tmp_path / "two").missing == (digest,)
    assert restore_backup(tmp_path / "two", tmp_path / "new", silent).missing == (digest,)


def test_r35_a_damaged_database_is_not_backed_up(data: Database, tmp_path: Path) -> None:
    data.close()
    with (data.data_dir / "cevvo.db").open("r+b") as database:
        database.seek(4096)
        database.write(b"\xff" * 20_000)
    with pytest.raises(StartError, match="damaged"):
        back_up(data.data_dir, tmp_path / "backup")
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_no_database_and_one_of_a_newer_version(data: Database, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no cevvo database"):
        back_up(tmp_path / "none", tmp_path / "backup")
    data.write_now(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(StartError, match="newer version"):
        back_up(data.data_dir, tmp_path / "backup")
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def packed(file: Path, change: Callable[[str, bytes], list[tuple[str, bytes]]]) -> Path:
    """The backup with its files changed: what a file becomes, by name and content."""
    target = file.with_name("changed.tar.gz")
    with tarfile.open(file) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            for name, changed in change(member.name, content.read()):
                entry = tarfile.TarInfo(name)
                entry.size = len(changed)
                new.addfile(entry, io.BytesIO(changed))
    return target


def header(**values: object) -> Callable[[str, bytes], list[tuple[str, bytes]]]:
    def change(name: str, content: bytes) -> list[tuple[str, bytes]]:
        if name == "backup.json":
            content = json.dumps(json.loads(content) | values).encode()
        return [(name, content)]

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda n, c: [] if n == "SHA256SUMS" else [(n, c)], "cut off"),
        (lambda n, c: [] if n == "secret.key" else [(n, c)], "damaged: secret.key"),
        (lambda n, c: [(n, c[:-1] + b"!" if n == "cevvo.db" else c)], "damaged: cevvo.db"),
        (lambda n, c: [(n, c + b"!" if n[:5] == "blobs" else c)], "damaged: blobs/"),
        (lambda n, c: [(n, c)] * (1 + (n == "secret.key")), "holds 'secret.key'"),
        (lambda n, c: [(n, c), ("../../evil", b"x")], r"holds '\.\./\.\./evil'"),
        (lambda n, c: [(n, c), ("/etc/cron.d/evil", b"x")], "holds '/etc/cron"),
        (lambda n, c: [("blobs/00/" + "1" * 64, c)] if n[:5] == "blobs" else [(n, c)], "holds 'b"),
        (header(format=2, cevvo="9.0"), r"newer version of cevvo \(9.0\)"),
        (header(schema="9999"), "newer version of cevvo .*9999"),
        (lambda n, c: [] if n == "backup.json" else [(n, c)], "is no backup"),
    ],
)  # fmt: skip
def test_what_is_no_whole_backup_is_refused_and_leaves_nothing(
    file: Path,
    tmp_path: Path,
    change: Callable[[str, bytes], list[tuple[str, bytes]]],
    said: str,
) -> None:
    changed = packed(file, change)
    with pytest.raises((InvalidRequest, StartError), match=said) as caught:
        check_backup(changed, silent)
    assert "\n" not in caught.value.message
    place = tmp_path / "new"
    with pytest.raises((InvalidRequest, StartError), match=said):
        restore_backup(changed, place, silent)
    assert list(place.iterdir()) == []
    restore_backup(file, place, silent)


def test_a_link_in_it_is_refused(file: Path, tmp_path: Path) -> None:
    changed = tmp_path / "links.tar.gz"
    with tarfile.open(changed, "w:gz") as tar:
        link = tarfile.TarInfo("cevvo.db")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(InvalidRequest, match=r"holds 'cevvo\.db'"):
        restore_backup(changed, tmp_path / "new", silent)


@pytest.mark.parametrize("kept", [0, 10, 2000, -8, -200])
def test_a_file_that_was_cut_off_is_refused(file: Path, tmp_path: Path, kept: int) -> None:
    cut = tmp_path / "cut"
    cut.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(InvalidRequest, match=r"damaged|no backup|cut off"):
        check_backup(cut, silent)


def test_flipped_bytes_are_found(file: Path, tmp_path: Path) -> None:
    content, found = file.read_bytes(), 0
    for at in range(20, len(content) - 20, len(content) // 12):
        flipped = tmp_path / "flipped"
        flipped.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        try:
            check_backup(flipped, silent)
        except CevvoError as error:
            assert re.search(r"damaged|no backup|cut off", error.message)  # noqa: PT017
            found += 1
        else:  # there is more than one way to pack the same bytes
            assert gzip.decompress(flipped.read_bytes()) == gzip.decompress(content)
    assert found > 6


def test_only_an_empty_directory_is_restored_into(
    file: Path, data: Database, tmp_path: Path
) -> None:
    for occupied in (data.data_dir, tmp_path / "notes"):
        occupied.mkdir(exist_ok=True)
        (occupied / "note").write_text("mine")
        before = names_in(occupied)
        with pytest.raises(InvalidRequest, match="is not empty"):
            restore_backup(file, occupied, silent)
        assert names_in(occupied) == before
    held = tmp_path / "held"
    held.mkdir()
    lock = lock_data_dir(held)
    with pytest.raises(StartError, match="already uses"):
        restore_backup(file, held, silent)
    os.close(lock)


KILLED = """
import os, signal, sys
from pathlib import Path
from cevvo.features.backups import making, restoring
command, file, *places = sys.argv[1:]
count = 0
def counted(real, at):
    def call(*arguments, **named):
        global count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    return call
for place in places:
    child = os.fork()
    if not child:
        at = int(place[-1])
        for room in (making, restoring):
            room.sync, room.check = counted(room.sync, at), counted(room.check, at)
        os.rename = counted(os.rename, at)
        if command == "backup":
            making.make_backup(Path(file), Path(place), now=0, progress=lambda *_: None)
        else:
            restoring.restore_backup(Path(file), Path(place), lambda *_: None)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def killed(command: str, what: Path, places: list[Path]) -> None:
    """Have each be killed at the step that the last digit of its place names."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, command, what, *places],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [str(-signal.SIGKILL)] * len(places)


def test_r34_killed_on_the_way_nothing_is_half_there(
    filled: Path, file: Path, tmp_path: Path
) -> None:
    # Before a file is in place, between two, and before the database is.
    places = [tmp_path / f"killed{at}" for at in (2, 4, 6)]
    killed("restore", file, places)
    for place in places:
        assert (place / ".restoring").exists()
        with pytest.raises(StartError, match="Begin again: cevvo restore"):
            open_database(place)
        restore_backup(file, place, silent)
        open_database(place).close()
        assert not (place / ".restoring").exists()

    unfinished = tmp_path / "unfinished2"
    killed("backup", filled, [unfinished])
    assert not unfinished.exists()
    assert back_up(filled, unfinished).missing == ()


def test_a_backup_of_an_older_version_is_brought_up_to_date(file: Path, tmp_path: Path) -> None:
    """Of the first schema there ever was."""
    old = tmp_path / "old"
    database_of("0001", old).close()
    made = back_up(old, tmp_path / "old.tar.gz")
    assert made.contents.schema == "0001"
    restore_backup(made.path, tmp_path / "new", silent)
    assert not (tmp_path / "new" / "backups").exists()
    restored = SqliteDatabase(tmp_path / "new")
    revision = text("SELECT version_num FROM alembic_version")
    assert restored.read_now(lambda c: c.execute(revision).scalar()) == HEAD
    restored.close()


def test_r5_a_data_directory_that_cannot_be_written_to_is_backed_up(
    data: Database, read_only_mount: Callable[[Path], Path], tmp_path: Path
) -> None:
    data.close()
    assert back_up(read_only_mount(data.data_dir), tmp_path / "backup").missing == ()


@pytest.fixture
def read_only_mount(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Shows a folder where nobody can write to it; takes root."""
    place = tmp_path / "read_only"
    place.mkdir()

    def mounted(folder: Path) -> Path:
        for options in (("--bind", str(folder)), ("-o", "remount,bind,ro")):
            ran = subprocess.run(["mount", *options, str(place)], capture_output=True)
            if ran.returncode != 0:
                pytest.skip("nothing can be mounted here")
        return place

    yield mounted
    subprocess.run(["umount", place], capture_output=True)


def test_r3_a_full_disk_leaves_no_half_backup_and_nothing_half_restored(
    data: Database, small_disk: Path, file: Path, tmp_path: Path
) -> None:
    junk = os.urandom(2 << 20)
    data.write_now(lambda c: c.execute(update(sources).values(name=junk.hex())))
    with pytest.raises(StorageFull, match="is full; no backup was made"):
        back_up(data.data_dir, small_disk / "backup.tar.gz")
    assert list(small_disk.iterdir()) == []
    big = back_up(data.data_dir, tmp_path / "big.tar.gz").path
    with pytest.raises(StorageFull, match="is full"):
        restore_backup(big, small_disk / "new", silent)
    assert names_in(small_disk) == set()
    restore_backup(file, small_disk / "new", silent)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB; mounting one takes root."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)
