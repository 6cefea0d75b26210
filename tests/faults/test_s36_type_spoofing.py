"""S36: a file is what its bytes say; one whose name claims a type that they are not is refused."""

import zipfile
from io import BytesIO

import httpx2

from ingestion_room import Room, Site, db, embedder, ended, migrated, room, site, upload
from made_docx import docx, paragraph
from made_pdf import Put, pdf

__all__ = ["db", "embedder", "migrated", "room", "site"]


def zipped(*names: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


HTML = b"<!doctype html><script>alert(1)</script><p>Pay here."
EXE = b"MZ\x90\x00" + bytes(200)
PDF = pdf([Put(72, 700, "The pump is red.")])
WORD = docx(paragraph("The pump is red."))
XLSX = zipped("[Content_Types].xml", "xl/workbook.xml")

SPOOFED = [
    ("invoice.pdf", HTML),
    ("invoice.pdf", EXE),
    ("invoice.pdf", zipped("a.txt")),
    ("invoice.pdf", WORD),
    ("INVOICE.PDF", b"just text"),
    ("letter.docx", zipped("a.txt")),
    ("letter.docx", XLSX),
    ("letter.docx", EXE),
    ("letter.docx", PDF),
    ("letter.docx", HTML),
    ("letter.docx", zipped("word/document.xml")),  # without a list of its parts
    ("notes.txt", EXE),
    ("notes.md", b"\x7fELF" + bytes(200)),
    ("page.html", b"\x89PNG\r\n\x1a\n" + bytes(200)),
    ("notes.txt", b"GIF89a" + bytes(200)),
    ("page.html", zipped("a.txt")),
]


def test_s36_uploads(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        for name, content in SPOOFED:
            response = await upload(client, content, name)
            assert response.status_code == 415, (name, response.text)
            assert response.json()["error"]["code"] == "unsupported_file_type"
        assert (await client.get("/sources")).json()["meta"]["total"] == 0
        for name, content in (("a.pdf", PDF), ("a.docx", WORD), ("a.bin", PDF), ("b", WORD)):
            accepted = await upload(client, content, name)
            assert accepted.status_code == 202, (name, accepted.text)

    room.run(scenario, work=False)


def test_s36_what_a_site_serves_under_another_name(room: Room, site: Site) -> None:
    """Neither the ending nor the Content-Type is believed."""
    site.pages["/invoice.pdf"] = (200, "application/pdf", EXE)
    site.pages["/letter.docx"] = (200, "text/html", XLSX)

    async def scenario(client: httpx2.AsyncClient) -> None:
        for path in ("/invoice.pdf", "/letter.docx"):
            accepted = await client.post("/ingest/url", json={"url": site.url + path})
            job = await ended(client, accepted.json()["job_id"])
            assert (job["status"], job["error"]["code"]) == ("failed", "unsupported_file_type")

    room.run(scenario)
