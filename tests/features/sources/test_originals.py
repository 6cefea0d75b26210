"""S27: the original of a document is a download, and nothing that a browser would open."""

import re
from urllib.parse import unquote

import httpx2
import pytest

from cevvo.foundation.http.attachments import attachment_headers
from ingestion_room import OTHER, Room, Site, ended

PAGE = b"<html><head><title>T</title></head><body><p>Hi there.</p><script>alert(1)</script></body>"


async def only_document(client: httpx2.AsyncClient, accepted: dict[str, str]) -> str:
    """The path of the document that a job made."""
    job = await ended(client, accepted["job_id"])
    assert job["status"] == "completed", job
    documents = f"/sources/{accepted['source_id']}/documents"
    return f"{documents}/{(await client.get(documents)).json()['data'][0]['id']}"


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("page.html", PAGE, "text/html"),
        ("größe.txt", "Größe: 3 m".encode("latin-1"), "text/plain"),
    ],
)
def test_s27_an_original_comes_as_it_was_and_is_never_shown(
    room: Room, name: str, content: bytes, media_type: str
) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        sent = await client.post("/ingest/upload", files={"file": (name, content)})
        path = await only_document(client, sent.json())
        response = await client.get(f"{path}/original")
        assert (response.status_code, response.content) == (200, content)
        assert response.headers["content-type"] == media_type
        assert response.headers["content-disposition"].startswith("attachment; ")
        assert response.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert response.headers["x-content-type-options"] == "nosniff"
        shown = response.headers["content-disposition"].partition("filename*=UTF-8''")[2]
        assert unquote(shown) == name
        async with room.client(OTHER) as theirs:
            assert (await theirs.get(f"{path}/original")).status_code == 404

    room.run(scenario)


def test_where_no_original_is_kept(room: Room, site: Site) -> None:
    site.put("/guide", "Guide", "Press the green button to start.")

    async def scenario(client: httpx2.AsyncClient) -> None:
        sent = await client.post("/ingest/url", json={"url": f"{site.url}/guide"})
        path = await only_document(client, sent.json())
        response = await client.get(f"{path}/original")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
        assert f"GET {path} has its text" in response.json()["error"]["message"]

        text = {"title": "SSO", "content": "Yes, by SAML.", "source_id": None}
        path = await only_document(client, (await client.post("/ingest/text", json=text)).json())
        assert (await client.get(f"{path}/original")).content == b"Yes, by SAML."
        for file in (room.db.data_dir / "blobs").glob("*/*"):
            file.unlink()
        assert (await client.get(f"{path}/original")).status_code == 404

    room.run(scenario)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('a"b; filename=evil.exe', 'a"b; filename=evil.exe'),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("价格表 \u00e9.pdf", "价格表 é.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("../../etc/passwd", "passwd"),
        ("100%.txt", "100%.txt"),
        ("\0", "document"),
    ],
)
def test_s34_any_name_makes_a_sound_header(name: str, shown: str) -> None:
    header = attachment_headers(name, "text/plain")["Content-Disposition"]
    found = re.fullmatch(
        r"attachment; filename=\"([A-Za-z0-9._-]+)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)", header
    )
    assert found is not None, header
    assert unquote(found[2]) == shown
    assert len(found[1]) == len(shown)
