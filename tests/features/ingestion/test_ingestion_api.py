"""``/ingest`` as a client sees it, with the real worker, parser, model and index behind it."""

from typing import Any

import httpx2
import pytest

from ingestion_room import OTHER, Room, Site, ended, upload

HANDBOOK = b"""# Handbook

## Billing

Invoices are sent on the first working day of each month.

## Refunds

A refund takes five working days.
"""


def pdf(*pages: str) -> bytes:
    """A PDF with one line of text on each page."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 400 Td ({text}) Tj ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * i} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    content, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n{body}\nendobj\n"
    entries = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    return (
        f"{content}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{entries}"
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(content)}\n%%EOF\n"
    ).encode()


async def source(client: httpx2.AsyncClient, **body: Any) -> str:
    created = await client.post("/sources", json={"name": "S", "type": "file"} | body)
    assert created.status_code == 201, created.text
    source_id: str = created.json()["id"]
    return source_id


def test_upload_into_a_source(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source_id = await source(client)
        response = await upload(client, HANDBOOK, "handbook.md", source_id)
        assert response.status_code == 202
        accepted = response.json()
        assert accepted == {
            "job_id": accepted["job_id"],
            "status": "processing",
            "file_name": "handbook.md",
            "source_id": source_id,
        }
        job = await ended(client, accepted["job_id"])
        assert job["name"] == "handbook.md"
        assert (job["status"], job["documents_processed"], job["documents_total"]) == (
            "completed",
            2,
            2,
        )
        assert (job["progress"], job["error"], job["pages"], job["queued"]) == (
            1.0,
            None,
            [],
            False,
        )
        filled = (await client.get(f"/sources/{source_id}")).json()
        assert (filled["status"], filled["document_count"]) == ("synced", 2)
        assert len(await room.found("When are invoices sent?")) >= 1

    room.run(scenario)


def test_a_pdf_counts_its_pages(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        parts = [a + b for a in ("pump", "fan", "door", "lamp") for b in "abcdef"]
        pages = [f"The {part} is changed by turning the {part} to the left." for part in parts]
        accepted = (await upload(client, pdf(*pages), "manual.pdf")).json()
        job = await ended(client, accepted["job_id"])
        assert (job["status"], job["documents_processed"]) == ("completed", 24)

    room.run(scenario)


def test_the_same_name_is_a_new_version_and_the_same_bytes_are_no_work(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        first = (await upload(client, b"The office opens at nine.", "hours.txt")).json()
        await ended(client, first["job_id"])
        documents = f"/sources/{first['source_id']}/documents"
        before = (await client.get(documents)).json()["data"]

        same = (await upload(client, b"The office opens at nine.", "hours.txt")).json()
        job = await ended(client, same["job_id"])
        assert same["job_id"] != first["job_id"]
        assert (job["status"], job["documents_processed"]) == ("completed", 1)
        assert (await client.get(documents)).json()["data"] == before

        newer = (await upload(client, b"The office opens at ten.", "hours.txt")).json()
        assert newer["source_id"] == first["source_id"]
        await ended(client, newer["job_id"])
        after = (await client.get(documents)).json()["data"]
        assert [d["id"] for d in after] == [d["id"] for d in before]
        text = (await client.get(f"{documents}/{after[0]['id']}")).json()["text"]
        assert "ten" in text
        assert "nine" not in text
        assert set((await room.stored()).values()) == {1}

    room.run(scenario)


def test_a_name_is_the_same_however_a_client_writes_it_into_the_form(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        names = []
        for written in ("The %22final%22 100%25 plan%0D%0A.txt", 'The \\"final\\" 100%25 plan.txt'):
            disposition = f'form-data; name="file"; filename="{written}"'
            form = f"--b\r\nContent-Disposition: {disposition}\r\n\r\nBuild it.\r\n--b--\r\n"
            kind = {"Content-Type": "multipart/form-data; boundary=b"}
            accepted = await client.post("/ingest/upload", content=form.encode(), headers=kind)
            names.append(accepted.json()["file_name"])
        assert names == ['The "final" 100%25 plan.txt'] * 2

    room.run(scenario)


def test_without_a_source_there_is_one_for_uploads(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        one = (await upload(client, b"One fact.", "one.txt")).json()
        two = (await client.post("/ingest/text", json={"title": "T", "content": "Two."})).json()
        assert one["source_id"] == two["source_id"]
        uploads = (await client.get(f"/sources/{one['source_id']}")).json()
        assert (uploads["name"], uploads["type"]) == ("Uploads", "file")

    room.run(scenario, work=False)


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "a.txt", 400, "invalid_request"),
        (b" \n ", "a.txt", 400, "invalid_request"),
        (b"x" * (2**20 + 1), "a.txt", 413, "payload_too_large"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "a.png", 415, "unsupported_file_type"),
        (b"MZ" + bytes(64), "a.pdf", 415, "unsupported_file_type"),
        (b"just text", "a.pdf", 415, "unsupported_file_type"),
    ],
)
def test_a_bad_file_is_refused_at_once(
    room: Room, content: bytes, name: str, status: int, code: str
) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        response = await upload(client, content, name)
        assert response.status_code == status
        assert response.json()["error"]["code"] == code
        assert (await client.get("/sources")).json()["meta"]["total"] == 0

    room.run(scenario, work=False)


def test_the_source_must_exist_and_fit(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        website = await source(client, type="website", url="https://example.com/")
        text = await source(client, type="text")
        file = await source(client)
        for source_id, status in ((website, 400), (text, 400), ("src_none", 404)):
            response = await upload(client, b"words", "a.txt", source_id)
            assert response.status_code == status, response.text
        async with room.client(OTHER) as theirs:
            assert (await upload(theirs, b"words", "a.txt", file)).status_code == 404
        body = {"title": "T", "content": "words"}
        for source_id, status in ((website, 400), (text, 202), (file, 202), ("src_none", 404)):
            response = await client.post("/ingest/text", json=body | {"source_id": source_id})
            assert response.status_code == status, response.text
        url = {"url": "https://example.com/guide"}
        for source_id, status in ((website, 202), (text, 400), (file, 202), ("src_none", 404)):
            response = await client.post("/ingest/url", json=url | {"source_id": source_id})
            assert response.status_code == status, response.text

    room.run(scenario, work=False)


def test_a_missing_file_or_field_is_named(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        response = await client.post("/ingest/upload", data={"source_id": "src_x"})
        assert (response.status_code, response.json()["error"]["param"]) == (400, "file")
        for path, body, param in (
            ("/ingest/url", {}, "url"),
            ("/ingest/url", {"url": "file:///etc/passwd"}, "url"),
            ("/ingest/url", {"url": "http://192.168.1.1/"}, "url"),
            ("/ingest/url", {"url": 7}, "url"),
            ("/ingest/text", {"content": "x"}, "title"),
            ("/ingest/text", {"title": "x", "content": "  "}, "content"),
            ("/ingest/text", {"title": "x", "content": "y", "url": "javascript:alert(1)"}, "url"),
        ):
            response = await client.post(path, json=body)
            assert response.status_code == 400, (path, body)
            assert response.json()["error"]["param"] == param
        assert (await client.get("/ingest/status/job_none")).status_code == 404

    room.run(scenario, work=False)


def test_a_broken_file_fails_with_a_reason_and_the_source_says_so(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        broken = (await upload(client, b"%PDF-1.4\n" + bytes(range(256)) * 9, "x.pdf")).json()
        job = await ended(client, broken["job_id"])
        assert job["status"] == "failed"
        assert job["error"]["code"] in {"unreadable", "no_content", "scanned"}
        assert job["error"]["message"]
        failed = (await client.get(f"/sources/{broken['source_id']}")).json()
        assert (failed["status"], failed["error"]) == ("failed", job["error"]["message"])

        good = (await upload(client, b"All is well.", "good.txt")).json()
        await ended(client, good["job_id"])
        mended = (await client.get(f"/sources/{broken['source_id']}")).json()
        assert (mended["status"], mended["error"], mended["sync_error"]) == ("synced", None, None)

        again = (await upload(client, b"%PDF-1.4\n" + bytes(range(256)) * 8, "x.pdf")).json()
        await ended(client, again["job_id"])
        served = (await client.get(f"/sources/{broken['source_id']}")).json()
        assert (served["status"], served["error"]) == ("synced", None)
        assert served["sync_error"]

    room.run(scenario)


def test_one_url_is_fetched_and_only_that(room: Room, site: Site) -> None:
    site.put("/guide", "Guide", "Press the green button to start.", "/other")
    site.put("/other", "Other", "Not asked for.")

    async def scenario(client: httpx2.AsyncClient) -> None:
        website = await source(client, type="file")
        body = {"url": f"{site.url}/guide", "source_id": website}
        accepted = (await client.post("/ingest/url", json=body)).json()
        assert accepted == {
            "job_id": accepted["job_id"],
            "status": "processing",
            "url": f"{site.url}/guide",
            "source_id": website,
        }
        job = await ended(client, accepted["job_id"])
        assert (job["status"], job["documents_processed"]) == ("completed", 1)
        documents = (await client.get(f"/sources/{website}/documents")).json()["data"]
        assert [(d["title"], d["url"]) for d in documents] == [("Guide", f"{site.url}/guide")]
        assert "/other" not in site.requests

        again = (await client.post("/ingest/url", json=body)).json()
        await ended(client, again["job_id"])
        assert (await client.get(f"/sources/{website}/documents")).json()["data"] == documents

    room.run(scenario)


@pytest.mark.parametrize(
    ("path", "code"), [("/missing", "not_found"), ("/image", "unsupported_file_type")]
)
def test_a_url_that_cannot_be_taken(room: Room, site: Site, path: str, code: str) -> None:
    site.pages["/image"] = (200, "image/png", b"\x89PNG\r\n\x1a\n" + bytes(64))

    async def scenario(client: httpx2.AsyncClient) -> None:
        accepted = (await client.post("/ingest/url", json={"url": site.url + path})).json()
        job = await ended(client, accepted["job_id"])
        assert (job["status"], job["error"]["code"]) == ("failed", code)

    room.run(scenario)


def test_a_page_in_an_old_charset_is_read_as_the_server_declares(room: Room, site: Site) -> None:
    body = "<html><head><title>Preise</title></head><body><main><p>Größe und Gewähr in Zürich.</p>"
    site.pages["/p"] = (200, "text/html; charset=iso-8859-1", body.encode("latin-1"))

    async def scenario(client: httpx2.AsyncClient) -> None:
        accepted = (await client.post("/ingest/url", json={"url": f"{site.url}/p"})).json()
        await ended(client, accepted["job_id"])
        documents = f"/sources/{accepted['source_id']}/documents"
        found = (await client.get(documents)).json()["data"][0]["id"]
        assert "Größe" in (await client.get(f"{documents}/{found}")).json()["text"]

    room.run(scenario)


def test_a_text_is_replaced_by_its_title(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        body = {"title": "SSO", "content": "Not yet.", "url": "https://example.com/sso"}
        first = (await client.post("/ingest/text", json=body)).json()
        assert first["title"] == "SSO"
        await ended(client, first["job_id"])
        second = await client.post("/ingest/text", json=body | {"content": "Yes, by SAML."})
        await ended(client, second.json()["job_id"])
        documents = (await client.get(f"/sources/{first['source_id']}/documents")).json()["data"]
        assert [(d["title"], d["url"]) for d in documents] == [("SSO", "https://example.com/sso")]
        assert await room.found("single sign-on by SAML") == ["SSO"]

    room.run(scenario)


def test_the_last_of_several_versions_wins(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        jobs = []
        for version in range(5):
            content = f"Version {version} of the rule. ".encode() * (40 - 8 * version)
            jobs.append((await upload(client, content, "rule.txt")).json())
        for job in jobs:
            assert (await ended(client, job["job_id"]))["status"] == "completed"
        documents = f"/sources/{jobs[0]['source_id']}/documents"
        only = (await client.get(documents)).json()["data"]
        assert len(only) == 1
        assert "Version 4" in (await client.get(f"{documents}/{only[0]['id']}")).json()["text"]

    room.run(scenario)
