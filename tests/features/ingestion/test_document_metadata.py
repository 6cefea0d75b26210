"""What clients say of documents, from the three ways in to the search that it narrows."""

import json
from typing import Any

import httpx2
import pytest

from cevvo.engine.retrieval.terms import index_terms
from cevvo.providers.search.base import Filters, SearchQuery
from ingestion_room import WORKSPACE, Room, Site, ended

PRO, FREE = {"plan": "pro", "région": "Île-de-France"}, {"plan": "free"}


async def sent(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = await client.post(path, json=body)
    assert response.status_code == 202, response.text
    accepted: dict[str, Any] = response.json()
    await ended(client, accepted["job_id"])
    return accepted


async def described(client: httpx2.AsyncClient, source_id: str) -> dict[str, dict[str, str]]:
    """The metadata of a source's documents by title, the same listed and one by one."""
    documents = f"/sources/{source_id}/documents"
    listed = (await client.get(documents)).json()["data"]
    for each in listed:
        alone = (await client.get(f"{documents}/{each['id']}")).json()
        assert alone["metadata"] == each["metadata"]
    return {each["title"]: each["metadata"] for each in listed}


async def found(room: Room, **metadata: str) -> set[str]:
    query = SearchQuery(
        tuple(index_terms("price")),
        room.embedder.embed_query("price"),
        filters=Filters(metadata=tuple(metadata.items())),
    )
    hits = await room.index.search(WORKSPACE, query, 10)
    return {p.title for p in await room.index.load(WORKSPACE, [hit.chunk_id for hit in hits])}


def test_texts_are_found_by_what_is_said_of_them(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        for title, metadata in (("Pro", PRO), ("Free", FREE), ("Any", None)):
            body = {"title": title, "content": f"The price of {title}.", "metadata": metadata}
            source_id = (await sent(client, "/ingest/text", body))["source_id"]
        assert await described(client, source_id) == {"Pro": PRO, "Free": FREE, "Any": {}}
        assert await found(room) == {"Pro", "Free", "Any"}
        assert await found(room, plan="pro") == {"Pro"}
        assert await found(room, plan="pro", région="Île-de-France") == {"Pro"}
        assert await found(room, plan="pro", région="Bretagne") == set()

    room.run(scenario)


def test_what_is_said_changes_with_the_same_content_and_stays_unsaid(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        body: dict[str, Any] = {"title": "Pro", "content": "The price."}
        source_id = (await sent(client, "/ingest/text", body | {"metadata": PRO}))["source_id"]
        for said, kept in ((FREE, FREE), (None, FREE), ({}, {}), (PRO, PRO)):
            await sent(client, "/ingest/text", body | {"metadata": said})
            assert await described(client, source_id) == {"Pro": kept}
        newer = {"title": "Pro", "content": "Another price."}
        await sent(client, "/ingest/text", newer)
        assert await described(client, source_id) == {"Pro": PRO}
        assert await found(room, plan="pro") == {"Pro"}

    room.run(scenario)


def test_files_and_urls_have_metadata_too(room: Room, site: Site) -> None:
    site.put("/guide", "Guide", "The price of the guide.")

    async def scenario(client: httpx2.AsyncClient) -> None:
        response = await client.post(
            "/ingest/upload",
            files={"file": ("Prices.md", b"The price of the file.")},
            data={"metadata": json.dumps(PRO)},
        )
        accepted = response.json()
        assert (await ended(client, accepted["job_id"]))["status"] == "completed"
        body = {"url": f"{site.url}/guide", "metadata": FREE}
        assert (await sent(client, "/ingest/url", body))["source_id"] == accepted["source_id"]
        assert await described(client, accepted["source_id"]) == {"Prices": PRO, "Guide": FREE}
        assert await found(room, plan="pro") == {"Prices"}

    room.run(scenario)


@pytest.mark.parametrize(
    "metadata",
    [
        {"plan": 1},
        {"plan": ""},
        {"": "pro"},
        {"n" * 65: "pro"},
        {"plan": "p" * 257},
        {f"n{number}": "x" for number in range(21)},
        ["plan"],
        "plan",
        {"plan": {"is": "pro"}},
    ],
)
def test_metadata_that_cannot_be_taken(room: Room, metadata: Any) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        text = {"title": "Pro", "content": "The price.", "metadata": metadata}
        form = {"metadata": json.dumps(metadata)}
        for response in (
            await client.post("/ingest/text", json=text),
            await client.post("/ingest/upload", files={"file": ("a.md", b"Price.")}, data=form),
        ):
            assert response.status_code == 400
            error = response.json()["error"]
            assert error["param"].startswith("metadata")
        assert set((await room.stored()).values()) == {0}

    room.run(scenario, work=False)


@pytest.mark.parametrize("field", ["plan=pro", '{"plan": "pro"', "null", '{"plan": "\\ud800"}'])
def test_a_form_says_it_in_json(room: Room, field: str) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        files = {"file": ("a.md", b"Price.")}
        response = await client.post("/ingest/upload", files=files, data={"metadata": field})
        assert (response.status_code, response.json()["error"]["param"]) == (400, "metadata")

    room.run(scenario, work=False)
