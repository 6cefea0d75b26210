"""S35: entries of a DOCX that point out of it, by name or as links, lead nowhere."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import httpx2
import pytest

from cevvo.providers.parsing.frames import encode
from cevvo.providers.parsing.media_types import DOCX
from ingestion_room import Room, db, embedder, ended, migrated, room, upload
from made_docx import docx, paragraph

__all__ = ["db", "embedder", "migrated", "room"]

SECRET = "the word in the file outside"


def with_links(target: Path) -> bytes:
    """A document whose styles, notes and a picture are symbolic links to ``target``."""
    buffer = BytesIO(docx(paragraph("Inside"), parts={"word/footnotes.xml": ""}))
    with zipfile.ZipFile(buffer) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in contents.items():
            if name not in ("word/styles.xml", "word/footnotes.xml"):
                archive.writestr(name, content)
        for name in ("word/styles.xml", "word/footnotes.xml", "word/media/image1.png"):
            link = zipfile.ZipInfo(name)
            link.external_attr = 0o120777 << 16  # a symbolic link, as Unix tools store them
            archive.writestr(link, str(target))
    return made.getvalue()


def slipping(target: Path) -> bytes:
    """A document with entries that would be unpacked to ``target``."""
    up = "../" * 30 + str(target).lstrip("/")
    return docx(paragraph("Inside"), parts={up: b"overwritten", str(target): b"overwritten"})


@pytest.mark.parametrize("make", [with_links, slipping])
def test_s35_nothing_outside_is_read_or_written(
    room: Room, tmp_path: Path, make: Callable[[Path], bytes]
) -> None:
    outside = tmp_path / "outside.xml"
    outside.write_text(SECRET)
    content = make(outside)

    async def scenario(client: httpx2.AsyncClient) -> None:
        accepted = (await upload(client, content, "report.docx")).json()
        job = await ended(client, accepted["job_id"])
        assert (job["status"], job["error"]["code"]) == ("failed", "unreadable")
        assert SECRET not in job["error"]["message"]
        assert await room.found(SECRET) == []

    room.run(scenario)
    assert outside.read_text() == SECRET


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("make", [with_links, slipping])
def test_s35_the_parser_opens_no_file(tmp_path: Path, make: Callable[[Path], bytes]) -> None:
    content = make(tmp_path / "outside.xml")
    header = {
        "media_type": DOCX,
        "name": "report.docx",
        "url": None,
        "selector": None,
        "size": len(content),
        "cpu_seconds": 20,
    }
    trace = tmp_path / "trace"
    calls = "trace=open,openat,creat,symlink,mkdir,rename,unlink,socket,setrlimit,prlimit64"
    command = ["strace", "-f", "-o", str(trace), "-e", calls]
    parser = [sys.executable, "-I", "-m", "cevvo.providers.parsing.child"]
    done = subprocess.run(
        [*command, *parser], input=encode(header) + content, capture_output=True, env=os.environ
    )
    if not trace.exists() or "RLIMIT_NOFILE" not in trace.read_text():
        pytest.skip(f"strace cannot trace here: {done.stderr[-200:]!r}")
    assert b'"error":"unreadable"' in done.stdout
    _, _, confined = trace.read_text().rpartition("RLIMIT_NOFILE")
    assert "outside.xml" not in trace.read_text()
    opened = [line for line in confined.splitlines()[1:] if "= -1" not in line and "(" in line]
    assert [line for line in opened if "exit" not in line and "RLIMIT_CPU" not in line] == []
