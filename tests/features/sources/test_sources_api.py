"""``/sources`` as a client sees it."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection, func, insert, select

from cevvo.domain.time import Millis, now
from cevvo.features.sources import repository
from cevvo.foundation.db.tables import crawl_pages, crawl_responses
from ingestion_room import OTHER, WORKSPACE, Room, Site, ended

FIELDS = {
    "id",
    "name",
    "type",
    "url",
    "status",
    "document_count",
    "auto_sync",
    "sync_interval_hours",
    "crawl",
    "last_synced_at",
    "next_sync_at",
    "created_at",
    "updated_at",
    "error",
    "sync_error",
    "progress",
    "job_id",
}


async def create(client: httpx2.AsyncClient, **body: Any) -> dict[str, Any]:
    response = await client.post("/sources", json=body)
    assert response.status_code == 201, response.text
    source: dict[str, Any] = response.json()
    assert set(source) == FIELDS
    return source


def test_create_list_get_update_delete(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        files = await create(client, name="  Manuals ", type="file")
        assert files["name"] == "Manuals"
        assert (files["status"], files["document_count"], files["auto_sync"]) == (
            "pending",
            0,
            False,
        )
        texts = await create(client, name="FAQ", type="text")

        listed = (await client.get("/sources")).json()
        assert {source["id"] for source in listed["data"]} == {files["id"], texts["id"]}
        assert listed["meta"] == {"page": 1, "per_page": 20, "total": 2}
        only = (await client.get("/sources?type=text")).json()
        assert [source["id"] for source in only["data"]] == [texts["id"]]
        beyond = (await client.get("/sources?page=7")).json()
        assert (beyond["data"], beyond["meta"]["total"]) == ([], 2)

        changed = await client.put(
            f"/sources/{files['id']}", json={"name": "Updated Docs", "auto_sync": True}
        )
        assert changed.status_code == 200
        assert set(changed.json()) == FIELDS
        assert (changed.json()["name"], changed.json()["auto_sync"]) == ("Updated Docs", True)
        again = await client.put(f"/sources/{files['id']}", json={"auto_sync": None})
        assert (again.json()["name"], again.json()["auto_sync"]) == ("Updated Docs", True)
        assert (await client.get(f"/sources/{files['id']}")).json() == again.json()

        assert (await client.delete(f"/sources/{files['id']}")).json() == {"deleted": True}
        assert (await client.delete(f"/sources/{files['id']}")).status_code == 404
        assert (await client.get(f"/sources/{files['id']}")).status_code == 404

    room.run(scenario)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"type": "file"}, "name"),
        ({"name": " ", "type": "file"}, "name"),
        ({"name": "x" * 201, "type": "file"}, "name"),
        ({"name": "x"}, "type"),
        ({"name": "x", "type": "wiki"}, "type"),
        ({"name": "x", "type": "website"}, "url"),
        ({"name": "x", "type": "website", "url": "ftp://example.com"}, "url"),
        ({"name": "x", "type": "website", "url": "http://10.0.0.1/"}, "url"),
        ({"name": "x", "type": "website", "url": "http://169.254.169.254/"}, "url"),
        ({"name": "x", "type": "website", "url": "example.com"}, "url"),
        ({"name": "x", "type": "website", "url": 5}, "url"),
        ({"name": "x", "type": "file", "url": "https://example.com"}, "url"),
        ({"name": "x", "type": "file", "content": "words"}, "content"),
        ({"name": "x", "type": "text", "content": " \n"}, "content"),
        ({"name": "x", "type": "file", "auto_sync": "true"}, "auto_sync"),
        ({"name": "x", "type": "file", "sync_interval_hours": 0}, "sync_interval_hours"),
        ({"name": "x", "type": "file", "crawl": {"max_pages": 3}}, "crawl"),
    ],
)
def test_bad_input_is_named(room: Room, body: dict[str, Any], param: str) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        response = await client.post("/sources", json=body)
        assert response.status_code == 400
        error = response.json()["error"]
        assert (error["code"], error["param"]) == ("invalid_request", param)
        assert (await client.get("/sources")).json()["meta"]["total"] == 0

    room.run(scenario, work=False)


@pytest.mark.parametrize("change", [{"type": "text"}, {"url": "https://example.com/other"}])
def test_type_and_url_cannot_be_changed(room: Room, change: dict[str, str]) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(client, name="Docs", type="website", url="https://example.com/")
        response = await client.put(f"/sources/{source['id']}", json=change)
        assert response.status_code == 400
        assert response.json()["error"]["param"] in change
        same = await client.put(
            f"/sources/{source['id']}", json={"type": "website", "url": "https://example.com/"}
        )
        assert same.status_code == 200

    room.run(scenario, work=False)


def test_unknown_query_values_are_refused(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        for query in ("type=wiki", "page=0", "per_page=101", "page=x"):
            assert (await client.get(f"/sources?{query}")).status_code == 400

    room.run(scenario, work=False)


def test_a_website_waits_with_its_job_and_its_options(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(
            client,
            name="Docs",
            type="website",
            url="https://docs.example.com",
            auto_sync=True,
            crawl={"max_pages": 50},
        )
        assert (source["url"], source["status"], source["auto_sync"]) == (
            "https://docs.example.com",
            "pending",
            True,
        )
        unset = dict.fromkeys(("include", "exclude", "max_depth", "css_selector", "render_js"))
        assert source["crawl"] == unset | {"max_pages": 50}
        assert source["progress"] == 0.0
        sync = await client.post(f"/sources/{source['id']}/sync")
        assert sync.json() == {
            "job_id": source["job_id"],
            "status": "processing",
            "source_id": source["id"],
        }
        job = (await client.get(f"/ingest/status/{source['job_id']}")).json()
        assert (job["status"], job["queued"], job["started_at"]) == ("processing", True, None)
        merged = await client.put(f"/sources/{source['id']}", json={"crawl": {"max_depth": 2}})
        assert merged.json()["crawl"] == unset | {"max_pages": 50, "max_depth": 2}

    room.run(scenario, work=False)


def test_text_with_content_becomes_searchable(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(
            client, name="Shipping", type="text", content="We ship to Norway within nine days."
        )
        job = await ended(client, source["job_id"])
        assert job["status"] == "completed"
        source = (await client.get(f"/sources/{source['id']}")).json()
        assert (source["status"], source["document_count"]) == ("synced", 1)
        assert (source["last_synced_at"], source["progress"]) == (job["completed_at"], None)
        assert await room.found("How long does shipping to Norway take?") == ["Shipping"]

        documents = (await client.get(f"/sources/{source['id']}/documents")).json()
        assert documents["meta"]["total"] == 1
        listed = documents["data"][0]
        path = f"/sources/{source['id']}/documents/{listed['id']}"
        detail = (await client.get(path)).json()
        assert {k: detail[k] for k in listed} == listed
        assert "nine days" in detail["text"]
        first = detail["chunks"][0]
        assert "nine days" in detail["text"][first["start"] : first["end"]]

        assert (await client.delete(path)).json() == {"deleted": True}
        assert (await client.get(path)).status_code == 404
        assert await room.found("How long does shipping to Norway take?") == []
        emptied = (await client.get(f"/sources/{source['id']}")).json()
        assert (emptied["status"], emptied["document_count"]) == ("pending", 0)

    room.run(scenario)


def test_only_websites_can_be_synced(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(client, name="Files", type="file")
        response = await client.post(f"/sources/{source['id']}/sync")
        assert response.status_code == 400

    room.run(scenario, work=False)


def test_s1_another_workspace_sees_and_touches_nothing(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(client, name="Ours", type="text", content="The vault code is 1234.")
        await ended(client, source["job_id"])
        document = (await client.get(f"/sources/{source['id']}/documents")).json()["data"][0]["id"]
        path = f"/sources/{source['id']}"
        async with room.client(OTHER) as theirs:
            assert (await theirs.get("/sources")).json()["meta"]["total"] == 0
            for method, target in (
                ("GET", path),
                ("DELETE", path),
                ("POST", f"{path}/sync"),
                ("GET", f"{path}/documents"),
                ("GET", f"{path}/documents/{document}"),
                ("DELETE", f"{path}/documents/{document}"),
                ("GET", f"/ingest/status/{source['job_id']}"),
            ):
                response = await theirs.request(method, target)
                assert response.status_code == 404, (method, target)
            assert (await theirs.put(path, json={"name": "mine"})).status_code == 404
        assert await room.found("vault code", OTHER) == []
        assert (await client.get(path)).json()["name"] == "Ours"

    room.run(scenario)


def test_a_big_source_is_deleted_whole(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cevvo.features.sources.documents._SLICE", 2)

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(client, name="FAQ", type="text")
        for number in range(7):
            body = {"title": f"Q{number}", "content": f"Fact {number}.", "source_id": source["id"]}
            job = (await client.post("/ingest/text", json=body)).json()["job_id"]
        await ended(client, job)
        assert (await client.delete(f"/sources/{source['id']}")).json() == {"deleted": True}
        assert set((await room.stored()).values()) == {0}

    room.run(scenario)


def test_a_long_ledger_is_deleted_in_slices(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cevvo.features.sources.repository._LEDGER_SLICE", 3)

    def rows(connection: Connection) -> int:
        return sum(
            connection.execute(select(func.count()).select_from(ledger)).scalar_one()
            for ledger in (crawl_pages, crawl_responses)
        )

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(client, name="Docs", type="website", url="https://docs.example.com")
        of_job = {"job_id": source["job_id"], "workspace_id": WORKSPACE}
        pages = [of_job | {"url": f"/{n}", "position": n, "depth": 1} for n in range(7)]
        fetched = [of_job | {"url": f"/{n}", "head": {}, "body": b""} for n in range(2)]
        await room.db.write(lambda c: c.execute(insert(crawl_pages), pages))
        await room.db.write(lambda c: c.execute(insert(crawl_responses), fetched))
        index, left = room.index, []
        gone = False
        while not gone:
            gone = await room.db.write(
                lambda c: repository.delete_slice(c, WORKSPACE, index, source["id"], now=Millis(1))
            )
            left.append(await room.db.read(rows))
            job = (await client.get(f"/ingest/status/{source['job_id']}")).json()
            assert job["status"] == "cancelled"
        assert left == [7, 4, 1, 0, 0]
        assert job["source_id"] is None

    room.run(scenario, work=False)


def test_websites_on_a_schedule_are_crawled_again(room: Room, site: Site) -> None:
    ahead = 0
    room.clock = lambda: Millis(now() + ahead)
    site.put("/", "Home", "Welcome to the help site of the example company.")

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(client, name="Docs", type="website", url=site.url, auto_sync=True)
        await ended(client, source["job_id"])
        nonlocal ahead
        for hours in (0, 21):
            ahead = hours * 3_600_000
            await room.sources().sync_due()
            same = (await client.get(f"/sources/{source['id']}")).json()
            assert same["job_id"] == source["job_id"]
        ahead = 27 * 3_600_000  # the interval is a day, give or take a tenth
        await room.sources().sync_due()
        due = (await client.get(f"/sources/{source['id']}")).json()
        assert due["job_id"] != source["job_id"]
        assert due["next_sync_at"] > source["next_sync_at"]
        await ended(client, due["job_id"])
        # A shorter interval holds from now on.
        await client.put(f"/sources/{source['id']}", json={"sync_interval_hours": 1})
        await room.sources().sync_due()
        sooner = (await client.get(f"/sources/{source['id']}")).json()
        assert sooner["job_id"] != due["job_id"]

    room.run(scenario)


def test_an_automatic_crawl_leaves_out_pages_that_rarely_change(room: Room, site: Site) -> None:
    hours = 0
    room.clock = lambda: Millis(now() + hours * 3_600_000)
    site.put("/", "Home", "Welcome to the help site of the example company.", "/news")
    site.put("/news", "News", "Nothing has happened so far.")

    async def asked_at(client: httpx2.AsyncClient, source_id: str, hour: int) -> dict[str, int]:
        nonlocal hours
        hours = hour
        site.requests.clear()
        await room.sources().sync_due()
        source = (await client.get(f"/sources/{source_id}")).json()
        job = await ended(client, source["job_id"])
        assert {page["verdict"] for page in job["pages"]} <= {"unchanged", "changed"}
        return {path: n for path, n in site.requests.items() if path in site.pages}

    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(client, name="Docs", type="website", url=site.url, auto_sync=True)
        await ended(client, source["job_id"])
        # A day without a change is no reason to expect another one.
        assert await asked_at(client, source["id"], 30) == {"/": 1, "/news": 1}
        # After 40 days it is: for four days, but at most for three intervals.
        assert await asked_at(client, source["id"], 40 * 24) == {"/": 1, "/news": 1}
        assert await asked_at(client, source["id"], 42 * 24) == {"/": 1}
        site.put("/news", "News", "Something has happened.")
        assert await asked_at(client, source["id"], 44 * 24) == {"/": 1, "/news": 1}
        assert "News" in await room.found("Something has happened")
        assert await asked_at(client, source["id"], 46 * 24) == {"/": 1, "/news": 1}
        # Whoever asks for a sync gets all of it.
        site.requests.clear()
        job_id = (await client.post(f"/sources/{source['id']}/sync")).json()["job_id"]
        await ended(client, job_id)
        assert site.requests["/"] == site.requests["/news"] == 1

    room.run(scenario)


def test_options_that_no_crawl_could_follow_are_refused(room: Room, site: Site) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source = await create(client, name="Docs", type="website", url=site.url)
        for name, value, words in (
            ("include", ["guide"], "'guide' is no rule"),
            ("exclude", ["/a", ""], "'' is no rule"),
            ("css_selector", "main >", "is not a CSS selector"),
            ("render_js", True, "needs a browser"),
        ):
            body = {"name": "Docs", "type": "website", "url": site.url, "crawl": {name: value}}
            answers = [
                await client.post("/sources", json=body),
                await client.post("/sources/preview", json=body),
                await client.put(f"/sources/{source['id']}", json=body),
            ]
            for answer in answers:
                error = answer.json()["error"]
                assert (answer.status_code, error["param"]) == (400, f"crawl.{name}")
                assert words in error["message"]
        assert (await client.get("/sources")).json()["meta"]["total"] == 1

    room.run(scenario, work=False)


def test_a_preview_shows_what_would_be_taken_and_stores_nothing(room: Room, site: Site) -> None:
    site.put("/", "Home", "Welcome to the help site.", "/guide", "/blog", "/none", "/guide/deep")
    site.put("/guide", "Guide", "How to install it.\n\nAnd how not to.")
    site.put("/guide/deep", "Deep", "How deep it goes.")
    site.put("/blog", "Blog", "What we think.")

    async def scenario(client: httpx2.AsyncClient) -> None:
        body = {"url": site.url, "crawl": {"exclude": ["/blog"], "css_selector": "main p"}}
        preview = (await client.post("/sources/preview", json=body)).json()
        assert (preview["complete"], preview["discovered"], preview["error"]) == (True, 5, None)
        pages = {p["url"].removeprefix(site.url): p for p in preview["pages"]}
        assert {path: p["reason"] for path, p in pages.items()} == {
            "/": None,
            "/guide": None,
            "/guide/deep": None,
            "/blog": "excluded by /blog",
            "/none": "HTTP 404",
        }
        assert [path for path, p in pages.items() if p["taken"]] == ["/", "/guide", "/guide/deep"]
        assert pages["/guide"]["excerpt"] == "How to install it.\n\nAnd how not to."
        assert pages["/guide"]["title"] == "Guide"
        assert "/blog" not in site.requests
        first = (await client.post("/sources/preview", json=body | {"max_pages": 2})).json()
        assert (first["complete"], len(first["pages"]) <= 3) == (False, True)
        assert (await client.get("/sources")).json()["meta"]["total"] == 0

        site.pages["/robots.txt"] = (200, "text/plain", b"User-agent: *\nDisallow: /")
        forbidden = (await client.post("/sources/preview", json=body)).json()
        assert (forbidden["pages"], forbidden["error"]["code"]) == ([], "robots_forbidden")
        inside = await client.post("/sources/preview", json={"url": "http://10.0.0.1/"})
        assert (inside.status_code, inside.json()["error"]["param"]) == (400, "url")

    room.run(scenario, work=False)
