"""S37: XML inside files and sitemaps reads no file and makes no request."""

from pathlib import Path

import httpx2
import pytest

from ingestion_room import Room, Site, db, embedder, ended, migrated, room, site, upload
from made_docx import docx, paragraph, part

__all__ = ["db", "embedder", "migrated", "room", "site"]

SECRET = "the password is quincewort"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def prologs(file: Path, address: str) -> dict[str, str]:
    """Document types that would bring in a file or ask for an address."""
    return {
        "an external entity": f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{file}">]>',
        "an entity by address": f'<!DOCTYPE d [<!ENTITY x SYSTEM "{address}/x.txt">]>',
        "an external DTD": f'<!DOCTYPE d SYSTEM "{address}/x.dtd">',
        "a parameter entity": f'<!DOCTYPE d [<!ENTITY % p SYSTEM "{address}/x.dtd">%p;]>',
        "a parameter entity of a file": f'<!DOCTYPE d [<!ENTITY % p SYSTEM "file://{file}">%p;]>',
    }


def multiplying() -> str:
    """Ten entities that stand for a billion words."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE d [<!ENTITY e0 "lol">{levels}<!ENTITY x "&e9;">]>'


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    return file


def test_s37_documents(room: Room, site: Site, secret: Path) -> None:
    site.pages["/x.txt"] = (200, "text/plain", SECRET.encode())
    site.pages["/x.dtd"] = (200, "text/plain", f'<!ENTITY x "{SECRET}">'.encode())
    external = (
        f'<Relationship Id="t" TargetMode="External" Type="{RELATIONS}/attachedTemplate"'
        f' Target="{site.url}/x.dotm"/>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{external}{external.replace('attachedTemplate', 'image').replace('.dotm', '.png')}"
        "</Relationships>"
    )
    picture = (
        '<w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
        f' xmlns:r="{RELATIONS}" r:link="t"/></w:drawing></w:r>'
    )
    files = {
        f"{where} with {what}.docx": content
        for what, prolog in {**prologs(secret, site.url), "many": multiplying()}.items()
        for where, content in (
            ("body", docx(paragraph("Inside &x; ."), prolog=prolog)),
            (
                "styles",
                docx(
                    paragraph("Inside"),
                    parts={"word/styles.xml": prolog + part("styles", "<w:p>&x;</w:p>")},
                ),
            ),
        )
    }
    files["links.docx"] = docx(
        paragraph("Inside", more=picture), parts={"word/_rels/document.xml.rels": relations}
    )
    svg = f'<svg xmlns:l="http://www.w3.org/1999/xlink"><image l:href="{site.url}/x.png"/><text>&x;'
    for n, prolog in enumerate(prologs(secret, site.url).values()):
        files[f"{n}.html"] = f"{prolog}<html><body><p>Inside</p>{svg}</text></svg>".encode()
    files["include.html"] = (
        f"<html><body><p>Inside</p><svg><use href='file://{secret}#a'/></svg>"
        f"<iframe src='{site.url}/x.txt'></iframe><embed src='file://{secret}'></body></html>"
    ).encode()

    async def scenario(client: httpx2.AsyncClient) -> None:
        for name, content in files.items():
            accepted = await upload(client, content, name)
            assert accepted.status_code == 202, (name, accepted.text)
            job = await ended(client, accepted.json()["job_id"])
            assert job["error"] is None or job["error"]["code"] == "unreadable", (name, job)
            assert "quincewort" not in str(job)
        listed = (await client.get(f"/sources/{accepted.json()['source_id']}/documents")).json()
        assert len(listed["data"]) >= 8  # harmless where nothing refers to the entity
        for document in listed["data"]:
            path = f"/sources/{document['source_id']}/documents/{document['id']}"
            text = (await client.get(path)).json()["text"]
            assert "Inside" in text
            assert "quincewort" not in text
            assert "lollol" not in text

    room.run(scenario)
    assert site.requests == {}


def test_s37_sitemaps(room: Room, site: Site, secret: Path) -> None:
    site.put("/", "Start", "The pump is red and stands in the yard behind the house.")
    site.pages["/x.txt"] = (200, "text/plain", b"http://127.0.0.1/secret-page")
    site.pages["/x.dtd"] = (200, "text/plain", f'<!ENTITY x "{SECRET}">'.encode())
    kinds = {**prologs(secret, site.url), "many": multiplying()}
    lines = []
    for n, prolog in enumerate(kinds.values()):
        body = f"<urlset><url><loc>{site.url}/page-&x;</loc></url></urlset>"
        site.pages[f"/sitemap-{n}.xml"] = (200, "application/xml", (prolog + body).encode())
        lines.append(f"Sitemap: {site.url}/sitemap-{n}.xml")
    site.pages["/robots.txt"] = (200, "text/plain", "\n".join(lines).encode())

    async def scenario(client: httpx2.AsyncClient) -> None:
        body = {"name": "Site", "type": "website", "url": f"{site.url}/"}
        source = (await client.post("/sources", json=body)).json()
        assert (await ended(client, source["job_id"]))["status"] == "completed"

    room.run(scenario)
    assert all(f"/sitemap-{n}.xml" in site.requests for n in range(len(kinds)))
    asked = {path for path in site.requests if path.startswith(("/x", "/page-"))}
    assert asked == set()
