"""``/ingest/jobs`` as a client sees it: cancelling, lists, ledgers, what goes wrong on the way."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from cevvo.foundation.db.tables import jobs
from ingestion_room import OTHER, WORKSPACE, Room, Site, ended

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stops within seconds was not stopped by a heartbeat."""
    monkeypatch.setattr("cevvo.foundation.jobs.worker.HEARTBEAT", 3600)
    monkeypatch.setattr("cevvo.foundation.jobs.worker.POLL", 0.05)


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[str]:
    """The address of a server on loopback that does with each connection what ``answer`` does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    server.close()
    await server.wait_closed()


class Silence:
    """A site that takes requests and never answers them."""

    def __init__(self) -> None:
        self.asked, self.left = asyncio.Event(), asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked.set()
        await reader.read()
        self.left.set()


async def status(client: httpx2.AsyncClient, job_id: str) -> dict[str, Any]:
    job: dict[str, Any] = (await client.get(f"/ingest/status/{job_id}")).json()
    return job


async def when(
    client: httpx2.AsyncClient, job_id: str, holds: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while not holds(job := await status(client, job_id)):  # noqa: ASYNC110 - over the API
            await asyncio.sleep(0.02)
        return job


def test_a_running_job_is_cancelled_at_once(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        silence = Silence()
        async with listening(silence) as url:
            accepted = (await client.post("/ingest/url", json={"url": url})).json()
            async with asyncio.timeout(15):
                await silence.asked.wait()
            path = f"/ingest/jobs/{accepted['job_id']}/cancel"
            async with room.client(OTHER) as theirs:
                assert (await theirs.post(path)).status_code == 404
            response = await client.post(path)
            assert response.status_code == 200
            async with asyncio.timeout(5):
                await silence.left.wait()
        job = response.json()
        assert (job["status"], job["queued"], job["error"]) == ("cancelled", False, None)
        assert job["completed_at"] is not None
        assert await status(client, accepted["job_id"]) == job
        source = (await client.get(f"/sources/{accepted['source_id']}")).json()
        assert (source["status"], source["progress"]) == ("pending", None)

        again = await client.post(path)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
        assert again.headers["X-Should-Retry"] == "false"
        assert "already cancelled" in again.json()["error"]["message"]
        assert (await client.post("/ingest/jobs/job_none/cancel")).status_code == 404

    room.run(scenario)


def test_deleting_a_source_stops_its_jobs_at_once(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        silence = Silence()
        async with listening(silence) as url:
            body = {"name": "Docs", "type": "website", "url": url}
            source = (await client.post("/sources", json=body)).json()
            async with asyncio.timeout(15):
                await silence.asked.wait()
            assert (await client.delete(f"/sources/{source['id']}")).status_code == 200
            async with asyncio.timeout(5):
                await silence.left.wait()

    room.run(scenario)


def test_a_waiting_job_is_cancelled_and_an_ended_one_says_how_it_ended(room: Room) -> None:
    file = {"file": ("a.txt", b"All is well.")}

    async def cancel(client: httpx2.AsyncClient) -> None:
        job_id = (await client.post("/ingest/upload", files=file)).json()["job_id"]
        assert (await client.post(f"/ingest/jobs/{job_id}/cancel")).json()["started_at"] is None

    async def scenario(client: httpx2.AsyncClient) -> None:
        done = (await client.post("/ingest/upload", files=file)).json()["job_id"]
        await ended(client, done)
        broken = {"file": ("a.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 9)}
        failed = (await client.post("/ingest/upload", files=broken)).json()["job_id"]
        reason = (await ended(client, failed))["error"]["message"]
        for job_id, words in ((done, "was completed at "), (failed, reason)):
            response = await client.post(f"/ingest/jobs/{job_id}/cancel")
            assert response.status_code == 409
            assert words in response.json()["error"]["message"]
        assert len(await room.found("Is all well?")) == 1

    room.run(cancel, work=False)
    room.run(scenario)


def test_what_a_cancelled_crawl_has_taken_in_stays(room: Room, site: Site) -> None:
    for n in range(400):
        site.put(f"/{n or ''}", f"Page {n}", f"The valve {n} is checked.", f"/{n + 1}")

    async def scenario(client: httpx2.AsyncClient) -> None:
        body = {"name": "Docs", "type": "website", "url": site.url}
        source = (await client.post("/sources", json=body)).json()
        job_id = source["job_id"]
        await when(client, job_id, lambda job: job["documents_processed"] >= 3)
        job = (await client.post(f"/ingest/jobs/{job_id}/cancel")).json()
        taken = job["documents_processed"]
        assert 3 <= taken < 400
        shown = (await client.get(f"/sources/{source['id']}")).json()
        assert (shown["status"], shown["document_count"]) == ("synced", taken)
        listed = (await client.get(f"/ingest/jobs/{job_id}/pages?verdict=added")).json()
        assert listed["meta"]["total"] == taken
        assert "Page 0" in await room.found("Is the valve 0 checked?")

    room.run(scenario)


def test_the_last_reason_and_the_next_attempt_show_while_a_job_waits(room: Room) -> None:
    busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 90\r\nConnection: close\r\n\r\n"
    well = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nAll is well."
    answers = [busy, well]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answers.pop(0))

    async def scenario(client: httpx2.AsyncClient) -> None:
        async with listening(answer) as url:
            job_id = (await client.post("/ingest/url", json={"url": url})).json()["job_id"]
            job = await when(client, job_id, lambda job: job["error"])
            assert (job["status"], job["queued"]) == ("processing", True)
            assert (job["attempts"], job["max_attempts"]) == (1, 3)
            assert job["error"]["code"] == "http_error"
            assert "503" in job["error"]["message"]
            assert job["next_attempt_at"] > job["started_at"]
            assert (job["completed_at"], job["seconds_left"]) == (None, None)
            # As if the minute and a half were over.
            await room.db.write(lambda c: c.execute(update(jobs).values(run_at=0)))
            done = await ended(client, job_id)
            assert (done["status"], done["error"]) == ("completed", None)
            assert (done["attempts"], done["next_attempt_at"]) == (1, None)

    room.run(scenario)


def test_jobs_are_listed_newest_first_and_filtered(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        ids: list[str] = []
        for n in range(3):
            text = {"title": f"T{n}", "content": f"Word {n}."}
            ids.append((await client.post("/ingest/text", json=text)).json()["job_id"])
            await asyncio.sleep(0.002)
        other = {"name": "FAQ", "type": "text", "content": "More."}
        source = (await client.post("/sources", json=other)).json()
        await client.post(f"/ingest/jobs/{ids[0]}/cancel")

        async def listed(query: str) -> tuple[list[str], int]:
            page = (await client.get(f"/ingest/jobs{query}")).json()
            for job in page["data"]:
                assert job == await status(client, job["job_id"])
            return [job["job_id"] for job in page["data"]], page["meta"]["total"]

        assert await listed("") == ([source["job_id"], *ids[::-1]], 4)
        assert await listed("?per_page=2&page=2") == (ids[1::-1], 4)
        assert await listed("?status=cancelled") == ([ids[0]], 1)
        assert (await listed("?status=processing"))[1] == 3
        assert await listed(f"?source_id={source['id']}") == ([source["job_id"]], 1)
        assert await listed("?kind=crawl") == ([], 0)
        assert await listed("?source_id=src_none") == ([], 0)
        for query, param in (("?status=queued", "status"), ("?kind=x", "kind")):
            response = await client.get(f"/ingest/jobs{query}")
            assert (response.status_code, response.json()["error"]["param"]) == (400, param)
        async with room.client(OTHER) as theirs:
            assert (await theirs.get("/ingest/jobs")).json()["meta"]["total"] == 0

    room.run(scenario, work=False)


def test_the_ledger_of_a_crawl_page_by_page(room: Room, site: Site) -> None:
    site.put("/", "Home", "Welcome to the help.", "/a", "/gone", "/b")
    site.put("/a", "Alpha", "How alpha is installed.")
    site.put("/b", "Beta", "How beta is removed.")

    async def scenario(client: httpx2.AsyncClient) -> None:
        body = {"name": "Docs", "type": "website", "url": site.url}
        job_id = (await client.post("/sources", json=body)).json()["job_id"]
        await ended(client, job_id)

        async def listed(query: str) -> tuple[list[str], int]:
            page = (await client.get(f"/ingest/jobs/{job_id}/pages{query}")).json()
            paths = [each["url"].removeprefix(site.url) for each in page["data"]]
            return paths, page["meta"]["total"]

        assert await listed("") == (["/", "/a", "/gone", "/b"], 4)
        assert await listed("?per_page=2&page=2") == (["/gone", "/b"], 4)
        assert await listed("?verdict=refused") == (["/gone"], 1)
        assert await listed("?verdict=missing") == ([], 0)
        page = (await client.get(f"/ingest/jobs/{job_id}/pages?verdict=added")).json()["data"][1]
        assert page["bytes"] == len(site.pages["/a"][2])
        assert re.fullmatch("[0-9a-f]{64}", page["content_hash"])
        assert page["document_id"].startswith("doc_")
        job = await status(client, job_id)
        assert job["started_at"] <= page["visited_at"] <= job["completed_at"]
        assert job["report"] == await room.report(job_id)
        assert (job["report"]["added"], job["report"]["refused"]) == (3, 1)
        assert job["report"]["reasons"][0]["count"] == 1
        assert page in job["pages"]
        assert (await client.get("/ingest/jobs")).json()["data"] == [job | {"pages": []}]
        wrong = await client.get(f"/ingest/jobs/{job_id}/pages?verdict=nice")
        assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "verdict")
        async with room.client(OTHER) as theirs:
            assert (await theirs.get(f"/ingest/jobs/{job_id}/pages")).status_code == 404

    room.run(scenario)


def test_no_more_jobs_are_taken_in_than_a_workspace_may_have_waiting(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        room.max_waiting = 2
        for number in range(2):
            text = {"title": f"Note {number}", "content": "Words."}
            async with room.client(WORKSPACE) as bounded:
                assert (await bounded.post("/ingest/text", json=text)).status_code == 202
        async with room.client(WORKSPACE) as bounded, room.client(OTHER) as neighbour:
            refused = [
                await bounded.post("/ingest/text", json={"title": "x", "content": "Words."}),
                await bounded.post("/ingest/url", json={"url": "https://example.com/a"}),
                await bounded.post("/ingest/upload", files={"file": ("a.txt", b"Words.")}),
            ]
            text = {"title": "x", "content": "Words."}
            assert (await neighbour.post("/ingest/text", json=text)).status_code == 202
        for response in refused:
            assert response.status_code == 429
            assert "2 unfinished jobs" in response.json()["error"]["message"]
            assert response.headers["retry-after"] == "30"
        assert (await client.get("/ingest/jobs")).json()["meta"]["total"] == 2

    room.run(scenario, work=False)
