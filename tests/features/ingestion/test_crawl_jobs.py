"""Crawl jobs from the API to the index, on a site that changes between two crawls."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import httpx2
import pytest
from sqlalchemy import Connection, func, select

from cevvo.foundation.db.tables import chunks, crawl_pages, crawl_responses
from ingestion_room import Room, Site, ended

T = TypeVar("T")


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


def test_writes_that_are_done_again_count_once(
    room: Room, help_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Postgres, where a transaction that meets another is done again."""
    submit = room.db.submit_write

    def submit_twice(f: Callable[[Connection], T], *, locking: bool = False) -> Future[T]:
        def twice(connection: Connection) -> T:
            with connection.begin_nested() as first:
                f(connection)
                first.rollback()
            return f(connection)

        return submit(twice, locking=locking)

    monkeypatch.setattr(room.db, "submit_write", submit_twice)
    help_site.put("/a", "Alpha", "How to install the alpha component.", "/same", "/busy")
    help_site.put("/same", "Gamma", "What the gamma licence costs each year.")
    help_site.put("/busy", "Busy", "", status=503)

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        first = select(crawl_pages.c.url).where(crawl_pages.c.position == 0)
        assert await room.db.read(lambda c: c.execute(first).scalar()) == f"{help_site.url}/"
        assert source["document_count"] == 4
        for job in (
            (await client.get(f"/ingest/status/{source['job_id']}")).json(),
            await resync(client, source["id"]),
        ):
            assert (job["status"], job["documents_processed"]) == ("completed", 4)
            assert job["warnings"] == ["1 page could not be had; what was known of it is kept."]
            assert by_path(job, help_site)["/same"] == "duplicate"
        kept = select(func.count()).select_from(crawl_responses)
        assert await room.db.read(lambda c: c.execute(kept).scalar()) == 0

    room.run(scenario)


def by_path(job: dict[str, Any], site: Site) -> dict[str, str]:
    return {p["url"].removeprefix(site.url): p["verdict"] for p in job["pages"]}


def test_a_page_that_is_gone_is_dropped_by_the_second_crawl_that_misses_it(
    room: Room, help_site: Site
) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        single = {"url": f"{help_site.url}/extra", "source_id": source["id"]}
        help_site.put("/extra", "Extra", "A page that nothing links to.")
        await ended(client, (await client.post("/ingest/url", json=single)).json()["job_id"])

        help_site.put("/", "Home", "Welcome to the help of the example company.", "/a", "/c", "/d")
        help_site.put("/a", "Alpha", "How to install the alpha component in a container.")
        help_site.put("/c", "Gamma", "", status=404)
        help_site.put("/d", "Delta", "The delta component is new.")
        job = await resync(client, source["id"])
        assert by_path(job, help_site) == {
            "/": "changed",
            "/a": "changed",
            "/b": "missing",  # nothing links to it any more
            "/c": "missing",
            "/d": "added",
        }
        everything = {"Home", "Alpha", "Beta", "Gamma", "Delta", "Extra"}
        assert await titles(client, source["id"]) == everything
        again = await resync(client, source["id"])
        assert by_path(again, help_site) == {
            "/": "unchanged",
            "/a": "unchanged",
            "/b": "removed",
            "/c": "removed",
            "/d": "unchanged",
        }
        # What came in as one URL is not the crawl's to drop.
        assert await titles(client, source["id"]) == everything - {"Beta", "Gamma"}
        assert "Beta" not in await room.found("remove the beta component")
        counts = await room.stored()
        assert counts["documents"] == 4
        assert counts["chunks"] == counts["embeddings"] == counts["terms"]

    room.run(scenario)


def test_a_page_that_comes_back_in_time_is_never_lost(room: Room, help_site: Site) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        for _ in range(2):
            help_site.put("/c", "Gamma", "", status=404)
            assert by_path(await resync(client, source["id"]), help_site)["/c"] == "missing"
            help_site.put("/c", "Gamma", "What the gamma licence costs each year.")
            assert by_path(await resync(client, source["id"]), help_site)["/c"] == "unchanged"
        assert await titles(client, source["id"]) == {"Home", "Alpha", "Beta", "Gamma"}

    room.run(scenario)


def test_what_its_owner_does_not_want_taken_goes_at_once(room: Room, help_site: Site) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        noindex = '<meta name="robots" content="noindex">'
        help_site.put("/b", "Beta", "How to remove the beta component again.", head=noindex)
        await client.put(f"/sources/{source['id']}", json={"crawl": {"exclude": ["/c"]}})
        job = await resync(client, source["id"])
        assert (by_path(job, help_site)["/b"], by_path(job, help_site)["/c"]) == ("removed",) * 2
        reasons = {p["url"].removeprefix(help_site.url): p["reason"] for p in job["pages"]}
        assert (reasons["/b"], reasons["/c"]) == ("noindex", "excluded by /c")
        assert await titles(client, source["id"]) == {"Home", "Alpha"}
        assert "Gamma" not in await room.found("price of the gamma licence")

    room.run(scenario)


def test_r10_what_fails_on_the_way_keeps_its_old_content(room: Room, help_site: Site) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        help_site.put("/", "Home", "Welcome to the help of the example company.", "/a", "/c")
        help_site.put("/a", "Alpha", "", status=500)
        help_site.put("/c", "Gamma", "", status=404)
        for _ in range(2):
            job = await resync(client, source["id"])
            assert job["status"] == "completed"
            assert "1 page could not be had" in job["warnings"][0]
        # /a failed, so /b may only have lost its link; /c said twice that it is gone.
        assert await titles(client, source["id"]) == {"Home", "Alpha", "Beta"}

        help_site.put("/a", "Alpha", "How to install the alpha component on a server.", "/")
        await resync(client, source["id"])
        await resync(client, source["id"])
        assert await titles(client, source["id"]) == {"Home", "Alpha"}

    room.run(scenario)


def test_a_sync_costs_what_has_changed(room: Room, help_site: Site) -> None:
    """Conditional requests; no reading and no embedding of what is as it was."""
    help_site.validators = True
    sections = "".join(
        f"</p><h2>Part {n}</h2><p>{f'Fact {n} about the delta component is this. ' * 12}"
        for n in range(5)
    )
    help_site.put(
        "/", "Home", "Welcome to the help of the example company.", "/a", "/b", "/c", "/d"
    )
    help_site.put("/d", "Delta", sections)

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        first = await room.report(source["job_id"])
        assert (first["added"], first["requests"], first["passages_reused"]) == (5, 5, 0)
        assert first["passages_embedded"] == (await room.stored())["chunks"] > 6
        help_site.requests.clear()
        help_site.sent = 0
        job = await resync(client, source["id"])
        report = await room.report(job["job_id"])
        assert (report["unchanged"], report["requests"]) == (5, 5)
        assert (report["bytes"], report["passages_embedded"]) == (0, 0)
        assert help_site.sent == 0
        assert {p["http_status"] for p in job["pages"]} == {304}
        assert all(times == 1 for times in help_site.requests.values())

        help_site.put("/d", "Delta", sections.replace("Fact 4", "Fiction 4"))
        job = await resync(client, source["id"])
        report = await room.report(job["job_id"])
        assert (report["changed"], report["unchanged"]) == (1, 4)
        assert 1 <= report["passages_embedded"] <= 2
        assert report["passages_reused"] >= 3
        assert report["bytes"] == help_site.sent
        assert "Delta" in (await room.found("Fiction 4 delta component"))[:1]

    room.run(scenario)


def test_bytes_that_are_the_same_are_not_read_again(room: Room, help_site: Site) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        read: list[str] = []
        parse = room.crawler._parser.parse

        async def noted(content: bytes, media_type: Any, *, name: str, **more: Any) -> Any:
            read.append(name)
            return await parse(content, media_type, name=name, **more)

        room.crawler._parser.parse = noted  # type: ignore[method-assign]
        help_site.put("/a", "Alpha", "How to install the alpha component in a container.")
        job = await resync(client, source["id"])
        assert by_path(job, help_site)["/a"] == "changed"
        assert read == [f"{help_site.url}/a"]
        # Another way of reading makes every page be read anew.
        options = {"crawl": {"css_selector": "main p"}}
        await client.put(f"/sources/{source['id']}", json=options)
        job = await resync(client, source["id"])
        assert set(by_path(job, help_site).values()) == {"changed"}

    room.run(scenario)


def test_links_are_known_of_pages_that_have_not_changed(room: Room, help_site: Site) -> None:
    help_site.validators = True
    help_site.put("/", "Home", "Welcome to the help of the example company.", "/a")
    help_site.put("/a", "Alpha", "How to install the alpha component on a server.", "/b")
    help_site.put("/b", "Beta", "How to remove the beta component again.", "/c")

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        for _ in range(3):
            job = await resync(client, source["id"])
            assert by_path(job, help_site) == dict.fromkeys(("/", "/a", "/b", "/c"), "unchanged")

    room.run(scenario)


def test_the_same_text_at_several_addresses_is_one_document(room: Room, help_site: Site) -> None:
    text = "How to remove the beta component again."
    help_site.put("/", "Home", "Welcome to the help of the example company.", "/b", "/b2", "/b3")
    for path in ("/b2", "/b3"):
        help_site.put(path, "Beta", text, "/a")
    urls = [f"{help_site.url}{path}" for path in ("/b", "/b2", "/b3")]

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await crawl(client, help_site.url)
        assert await titles(client, source["id"]) == {"Home", "Alpha", "Beta"}
        found = (await client.get(f"/sources/{source['id']}/documents")).json()["data"]
        (beta,) = (document for document in found if document["title"] == "Beta")
        assert beta["urls"] == urls
        job = await resync(client, source["id"])
        assert sorted(by_path(job, help_site).values()) == ["duplicate"] * 2 + ["unchanged"] * 3
        # The first address goes: the others keep the text, under one of them.
        first = beta["url"]
        help_site.put(first.removeprefix(help_site.url), "Beta", "", status=404)
        for _ in range(2):
            await resync(client, source["id"])
        found = (await client.get(f"/sources/{source['id']}/documents")).json()["data"]
        (beta,) = (document for document in found if document["title"] == "Beta")
        assert beta["urls"] == [url for url in urls if url != first]
        assert beta["url"] in beta["urls"]
        assert "Beta" in (await room.found("remove the beta component"))[:1]

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


@pytest.mark.parametrize("max_pages", [2000, 21], ids=["any number", "no more than there are"])
def test_a_site_that_was_down_for_a_while_is_read_whole(
    room: Room, site: Site, monkeypatch: pytest.MonkeyPatch, max_pages: int
) -> None:
    monkeypatch.setattr("cevvo.foundation.jobs.worker._FIRST_DELAY", 500)
    paths = [f"/{n}" for n in range(20)]
    site.put("/", "Home", "Welcome to the help of the example company.", *paths)
    for path in paths:
        site.put(path, f"Page {path}", f"Fact {path} is told here.", status=503)

    async def scenario(client: httpx2.AsyncClient) -> None:
        body = {"name": "Docs", "type": "website", "url": site.url} | {
            "crawl": {"max_pages": max_pages}
        }
        source = (await client.post("/sources", json=body)).json()
        job = source
        while not (job.get("started_at") and job["queued"]):  # waits to be tried again
            await asyncio.sleep(0.01)
            job = (await client.get(f"/ingest/status/{source['job_id']}")).json()
        for path in paths:
            site.put(path, f"Page {path}", f"Fact {path} is told here.")
        job = await ended(client, source["job_id"])
        assert (job["status"], job["documents_processed"]) == ("completed", 21)
        assert {page["verdict"] for page in job["pages"]} == {"added"}
        assert site.requests["/"] == 1

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
        assert "was reached after 2 pages; 2 more are known" in job["warnings"][0]
        # Pages beyond the limit are not gone: a crawl that did not see everything drops nothing.
        await client.put(f"/sources/{source['id']}", json={"crawl": {"max_pages": 100}})
        await resync(client, source["id"])
        await client.put(f"/sources/{source['id']}", json={"crawl": {"max_pages": 1}})
        await resync(client, source["id"])
        assert (await look(client, source["id"]))["document_count"] == 4

    room.run(scenario)


def test_a_page_that_was_ingested_by_itself_is_read_in_the_sites_way_again(
    room: Room, site: Site
) -> None:
    body = b"""<html><head><title>Tariff</title></head><body><main><h1>Offers</h1>
        <p>Our offers of this week are the best that there are.</p>
        <div id="only"><p>The tariff of the ferry is four euros.</p></div></main></body></html>"""
    site.pages["/"] = (200, "text/html", body)
    site.validators = True

    async def text(client: httpx2.AsyncClient, source_id: str) -> str:
        documents = f"/sources/{source_id}/documents"
        (document,) = (await client.get(documents)).json()["data"]
        found: str = (await client.get(f"{documents}/{document['id']}")).json()["text"]
        return found

    async def scenario(client: httpx2.AsyncClient) -> None:
        new = {"name": "Docs", "type": "website", "url": site.url}
        created = await client.post("/sources", json=new | {"crawl": {"css_selector": "#only"}})
        source_id = created.json()["id"]
        await ended(client, created.json()["job_id"])
        only = await text(client, source_id)
        page = {"url": f"{site.url}/", "source_id": source_id}
        job = (await client.post("/ingest/url", json=page)).json()["job_id"]
        assert (await ended(client, job))["status"] == "completed"
        assert "offers" in await text(client, source_id)
        job = (await client.post(f"/sources/{source_id}/sync")).json()["job_id"]
        assert [page["verdict"] for page in (await ended(client, job))["pages"]] == ["changed"]
        assert await text(client, source_id) == only

    room.run(scenario)


def test_an_anchor_that_was_renamed_is_linked_to_without_embedding_anew(
    room: Room, site: Site
) -> None:
    def put(anchor: str) -> None:
        body = (
            f'<html><head><title>Ferry</title></head><body><main><h1>Ferry</h1><h2 id="{anchor}">'
            "Tariff</h2><p>A passage costs four euros.</p></main></body></html>"
        )
        site.pages["/"] = (200, "text/html", body.encode())

    async def anchors() -> set[str | None]:
        query = select(chunks.c.anchor)
        return set(await room.db.read(lambda c: c.execute(query).scalars().all()))

    async def scenario(client: httpx2.AsyncClient) -> None:
        put("prices")
        new = {"name": "Docs", "type": "website", "url": site.url}
        created = (await client.post("/sources", json=new)).json()
        await ended(client, created["job_id"])
        assert "prices" in await anchors()
        put("tariff")
        job_id = (await client.post(f"/sources/{created['id']}/sync")).json()["job_id"]
        report = (await ended(client, job_id))["report"]
        assert (report["changed"], report["passages_embedded"]) == (1, 0)
        assert "tariff" in await anchors()
        assert "prices" not in await anchors()

    room.run(scenario)
