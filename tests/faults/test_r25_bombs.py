"""R25: files that grow without measure are refused or fail, and the server answers meanwhile."""

import asyncio
import copy
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import httpx2
import pytest

from cevvo.providers.parsing import child, sandbox
from ingestion_room import Room, db, embedder, ended, migrated, room, upload
from made_docx import docx, paragraph
from made_pdf import Put, pdf
from parser_processes import parser_processes

__all__ = ["db", "embedder", "migrated", "room"]


def docx_bomb() -> bytes:
    """214 kB that inflate to 565 MB: two thousand entries share what 280 kB of zeros pack to."""
    content = docx(paragraph("x"), parts={"word/media/0.bin": bytes(280_000)})
    buffer = BytesIO(content)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        zeros = archive.getinfo("word/media/0.bin")
        for n in range(1, 2018):
            again = copy.copy(zeros)
            again.filename = f"word/media/{n}.bin"
            archive.filelist.append(again)
        archive.writestr("word/end.bin", b"")  # has the directory written anew
    return buffer.getvalue()


def pdf_bomb() -> bytes:
    """A page of 60 kB whose text is 26 MB of operators."""
    plain = pdf([Put(72, 700, "here")])
    page = plain[plain.index(b"BT ") : plain.index(b"\nendstream")]
    packed = zlib.compress(page[:-2] + b"(a word) Tj " * 2_000_000 + b"ET", 9)
    header = b"<</Filter/FlateDecode/Length %d>>" % len(packed)
    return plain.replace(b"<</Length %d>>" % len(page), header).replace(page, packed)


def zeros_in_a_pdf() -> bytes:
    """1 kB that two filters in a row inflate to 150 MB."""
    plain = pdf([Put(72, 700, "here")])
    page = plain[plain.index(b"BT ") : plain.index(b"\nendstream")]
    packed = zlib.compress(zlib.compress(bytes(150_000_000), 9), 9)
    header = b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>" % len(packed)
    return plain.replace(b"<</Length %d>>" % len(page), header).replace(page, packed)


def peak_memory(pid: int) -> int:
    """Bytes of memory that a process has had at once; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peaks[0]) * 1024 if peaks else 0


@pytest.mark.parametrize(
    ("make", "name", "most_bytes", "reason"),
    [
        (docx_bomb, "bomb.docx", 300_000, "too_complex"),
        (pdf_bomb, "words.pdf", 100_000, "too_complex"),
        (zeros_in_a_pdf, "zeros.pdf", 3_000, "scanned"),  # it fits, and there is no text in it
        (lambda: b"<div>" * 200_000, "nested.html", 1_000_000, "too_complex"),
    ],
    ids=["DOCX", "PDF", "filters in a row", "nested elements"],
)
def test_r25_bombs(
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[], bytes],
    name: str,
    most_bytes: int,
    reason: str,
) -> None:
    if reason == "too_complex":  # what is read to its end has the time that it takes
        monkeypatch.setattr(sandbox, "_CPU_SECONDS", 1)
    bomb = make()
    assert len(bomb) <= most_bytes

    async def scenario(client: httpx2.AsyncClient) -> None:
        first = (await upload(client, b"# Good\n\nThe pump is red.", "good.md")).json()
        await ended(client, first["job_id"])
        response = await upload(client, bomb, name)
        assert response.status_code == 202, response.text
        waiting = asyncio.create_task(ended(client, response.json()["job_id"], 60))
        answered = peak = 0
        while not waiting.done():  # which asks for the status all the while, too
            assert (await client.get("/sources")).status_code == 200
            answered += 1
            peak = max(peak, *map(peak_memory, parser_processes()), 0)
            await asyncio.sleep(0.01)
        job = await waiting
        assert (job["status"], job["error"]["code"]) == ("failed", reason)
        assert answered >= 2
        assert peak < child.MEMORY
        assert await room.found("pump") == ["Good"]

    room.run(scenario)
