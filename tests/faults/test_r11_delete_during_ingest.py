"""R11: a source that is deleted while jobs fill it leaves nothing behind."""

import asyncio
from typing import Any

import httpx2
import pytest

from ingestion_room import Room, Site, db, embedder, ended, migrated, room, site

__all__ = ["db", "embedder", "migrated", "room", "site"]


async def delete_after(client: httpx2.AsyncClient, source_id: str, delay: float) -> None:
    await asyncio.sleep(delay)
    response = await client.delete(f"/sources/{source_id}")
    assert (response.status_code, response.json()) == (200, {"deleted": True})


async def assert_nothing_is_left(room: Room, client: httpx2.AsyncClient) -> None:
    assert set((await room.stored()).values()) == {0}
    assert await room.found("How is the valve checked?") == []
    assert (await client.get("/sources")).json()["meta"]["total"] == 0


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.3, 0.8])
def test_r11_during_uploads(room: Room, delay: float) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        created = await client.post("/sources", json={"name": "S", "type": "file"})
        source_id = created.json()["id"]
        jobs: list[str] = []
        for n in range(3):
            content = "\n\n".join(f"Step {k}: the valve {n} is checked." for k in range(60))
            response = await client.post(
                "/ingest/upload",
                files={"file": (f"{n}.md", content.encode())},
                data={"source_id": source_id},
            )
            jobs.append(response.json()["job_id"])
        await delete_after(client, source_id, delay)
        ends = []
        for job_id in jobs:
            response = await client.get(f"/ingest/status/{job_id}")
            if response.status_code == 200:
                ends.append(response.json()["status"])
                assert response.json()["source_id"] is None
            else:  # it had ended before, and went with its source
                assert response.status_code == 404
        assert set(ends) <= {"cancelled"}
        assert ends or delay > 0.1
        await assert_nothing_is_left(room, client)
        await asyncio.sleep(0.3)  # what a handler was about to write
        await assert_nothing_is_left(room, client)

    room.run(scenario)


@pytest.mark.parametrize("pages", [1, 9])
def test_r11_during_a_crawl(room: Room, site: Site, pages: int) -> None:
    for n in range(30):
        text = f"The valve of machine {n} is checked."
        site.put(f"/{n or ''}", f"Machine {n}", text, f"/{n + 1}", f"/{n + 2}")

    async def scenario(client: httpx2.AsyncClient) -> None:
        body = {"name": "Docs", "type": "website", "url": site.url}
        created: dict[str, Any] = (await client.post("/sources", json=body)).json()
        async with asyncio.timeout(30):
            while (await room.stored())["documents"] < pages:  # noqa: ASYNC110 - in the database
                await asyncio.sleep(0.005)
        await delete_after(client, created["id"], 0)
        job = await ended(client, created["job_id"])
        assert (job["status"], job["pages"]) == ("cancelled", [])
        await assert_nothing_is_left(room, client)
        await asyncio.sleep(0.3)
        await assert_nothing_is_left(room, client)

    room.run(scenario)
