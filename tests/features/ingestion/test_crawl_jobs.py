"""Crawl jobs from the API to the index, on a site that changes between two crawls."""

from typing import Any

import httpx2
import pytest

from ingestion_room import Room, Site, ended


async def crawl(client: httpx2.AsyncClient, url: str, **options: Any) -> dict[str, Any]:
    """A new website source after its first crawl has ended."""
    created = await client.post(
        "/sources", json={"name": "Docs", "type": "website", "url": url} | options
    )
    assert created.status_code == 201, created.text
    await ended(client, created.json()["job_id"])
    return await look(client, created.json()["id"])


async def look(client: httpx2.AsyncClient, source_id: str) -> dict[str, Any]:
    source: dict[str, Any] = (await client.get(f"/sources/{source_id}")).json()
    return source


async def resync(client: httpx2.AsyncClient, source_id: str) -> dict[str, Any]:
    """The source's next crawl, ended."""
    job_id = (await client.post(f"/sources/{source_id}/sync")).json()["job_id"]
    return await ended(client, job_id)


async def titles(client: httpx2.AsyncClient, source_id: str) -> set[str]:
    documents = (await client.get(f"/sources/{source_id}/documents?per_page=100")).json()
    return {document["title"] for document in documents["data"]}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repetitions come at once."""
    monkeypatch.setattr("cevvo.engine.crawling.politeness._BACKOFF", 0.01)
    monkeypatch.setattr("cevvo.foundation.jobs.worker._FIRST_DELAY", 10)
    monkeypatch.setattr("cevvo.foundation.jobs.worker.POLL", 0.05)


@pytest.fixture
def help_site(site: Site) -> Site:
    site.put("/", "Home", "Welcome to the help of the example company.", "/a", "/b", "/c")
    site.put("/a", "Alpha", "How to install the alpha component on a server.", "/")
    site.put("/b", "Beta", "How to remove the beta component again.", "/a")
    site.put("/c", "Gamma", "What the gamma licence costs each year.")
    return site


def test_a_site_becomes_searchable(room: Room, help_site: Site) -> None:
    help_site.put("/c", "Gamma", "What the gamma licence costs each year.", "/missing", "/x.png")

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        assert (source["status"], source["document_count"], source["error"]) == ("synced", 4, None)
        assert source["last_synced_at"] is not None
        assert await titles(client, source["id"]) == {"Home", "Alpha", "Beta", "Gamma"}
        assert "Gamma" in (await room.found("price of the gamma licence"))[:1]
        job = (await client.get(f"/ingest/status/{source['job_id']}")).json()
        assert (job["status"], job["documents_processed"], job["documents_total"]) == (
            "completed",
            4,
            4,
        )
        verdicts = [(p["url"].removeprefix(help_site.url), p["verdict"]) for p in job["pages"]]
        assert sorted(verdicts[-4:]) == [(p, "added") for p in ("/", "/a", "/b", "/c")]
        refused = {p["url"].removeprefix(help_site.url): p for p in job["pages"][:-4]}
        assert refused["/missing"]["verdict"] == "refused"
        assert refused["/missing"]["http_status"] == 404

    room.run(scenario)


def test_a_second_crawl_takes_what_changed_and_drops_what_is_gone(
    room: Room, help_site: Site
) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        single = {"url": f"{help_site.url}/extra", "source_id": source["id"]}
        help_site.put("/extra", "Extra", "A page that nothing links to.")
        await ended(client, (await client.post("/ingest/url", json=single)).json()["job_id"])

        help_site.put("/", "Home", "Welcome to the help of the example company.", "/a", "/c", "/d")
        help_site.put("/a", "Alpha", "How to install the alpha component in a container.")
        help_site.put("/d", "Delta", "The delta component is new.")
        job = await resync(client, source["id"])
        assert job["status"] == "completed"
        verdicts = {p["url"].removeprefix(help_site.url): p["verdict"] for p in job["pages"]}
        assert verdicts == {"/": "changed", "/a": "changed", "/c": "unchanged", "/d": "added"}
        assert await titles(client, source["id"]) == {"Home", "Alpha", "Gamma", "Delta", "Extra"}
        assert "Beta" not in await room.found("remove the beta component")
        counts = await room.stored()
        assert counts["documents"] == 5
        assert counts["chunks"] == counts["embeddings"] == counts["terms"]
        again = await resync(client, source["id"])
        assert {p["verdict"] for p in again["pages"]} == {"unchanged"}

    room.run(scenario)


def test_r10_what_fails_on_the_way_keeps_its_old_content(room: Room, help_site: Site) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        help_site.put("/", "Home", "Welcome to the help of the example company.", "/a", "/c")
        help_site.put("/a", "Alpha", "", status=500)
        help_site.put("/c", "Gamma", "", status=404)
        job = await resync(client, source["id"])
        assert job["status"] == "completed"
        assert "1 pages could not be had" in job["warnings"][0]
        # /a failed, so /b may only have lost its link; /c says that it is gone.
        assert await titles(client, source["id"]) == {"Home", "Alpha", "Beta"}

        help_site.put("/a", "Alpha", "How to install the alpha component on a server.", "/")
        await resync(client, source["id"])
        assert await titles(client, source["id"]) == {"Home", "Alpha"}

    room.run(scenario)


def test_r10_a_site_that_is_down_goes_on_being_served(room: Room, help_site: Site) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        help_site.put("/", "Home", "", status=503)
        job = await resync(client, source["id"])
        assert (job["status"], job["error"]["code"]) == ("failed", "http_error")
        down = await look(client, source["id"])
        assert (down["status"], down["error"], down["document_count"]) == ("synced", None, 4)
        assert down["sync_error"] == job["error"]["message"]
        assert (await room.found("price of the gamma licence"))[0] == "Gamma"

    room.run(scenario)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/robots.txt", b"User-agent: *\nDisallow: /", "robots_forbidden"),
        ("/", b"", "not_found"),
    ],
)
def test_a_site_that_cannot_be_crawled_fails_with_the_reason(
    room: Room, help_site: Site, path: str, body: bytes, code: str
) -> None:
    help_site.pages[path] = (200 if body else 404, "text/plain", body)

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        job = (await client.get(f"/ingest/status/{source['job_id']}")).json()
        assert (job["status"], job["error"]["code"]) == ("failed", code)
        assert (source["status"], source["error"]) == ("failed", job["error"]["message"])
        assert source["document_count"] == 0

    room.run(scenario)


def test_a_site_without_text_says_so(room: Room, site: Site) -> None:
    site.put("/", "", "")

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, site.url)
        assert source["status"] == "failed"
        assert "no page to take in" in source["error"]

    room.run(scenario)


def test_the_limit_of_pages_is_kept_and_told(room: Room, help_site: Site) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url, crawl={"max_pages": 2})
        assert (source["status"], source["document_count"]) == ("synced", 2)
        job = (await client.get(f"/ingest/status/{source['job_id']}")).json()
        assert "limit was reached after 2 pages" in job["warnings"][0]
        # Pages beyond the limit are not gone: a crawl that did not see everything drops nothing.
        await client.put(f"/sources/{source['id']}", json={"crawl": {"max_pages": 100}})
        await resync(client, source["id"])
        await client.put(f"/sources/{source['id']}", json={"crawl": {"max_pages": 1}})
        await resync(client, source["id"])
        assert (await look(client, source["id"]))["document_count"] == 4

    room.run(scenario)
