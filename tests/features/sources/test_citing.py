"""From a citation to its document, and from a source to the questions that cite it."""

from typing import Any

import httpx2
from sqlalchemy import Connection, insert

from cevvo.foundation.db.tables import conversations, messages
from ingestion_room import OTHER, WORKSPACE, Room, ended


async def text(client: httpx2.AsyncClient, name: str) -> tuple[str, str]:
    """A source with one text; its id and the document's."""
    body = {"name": name, "type": "text", "content": f"# {name}\n\nThe {name} gate opens at nine."}
    source = (await client.post("/sources", json=body)).json()
    await ended(client, source["job_id"])
    listed = (await client.get(f"/sources/{source['id']}/documents")).json()
    return source["id"], listed["data"][0]["id"]


def add_turns(connection: Connection, *turns: tuple[str, str | None]) -> None:
    """One conversation: a question each, and the document that its answer cites, if any."""
    connection.execute(
        insert(conversations).values(
            id="thr_1", workspace_id=WORKSPACE, title="", created_at=0, updated_at=0
        )
    )
    shared = {"workspace_id": WORKSPACE, "conversation_id": "thr_1", "status": "complete"}
    for turn, (question, cited) in enumerate(turns):
        asked = {"id": f"msg_q{turn}", "role": "user", "content": question, "position": 2 * turn}
        answer: dict[str, Any] = {
            "id": f"msg_a{turn}",
            "role": "assistant",
            "content": "…",
            "position": 2 * turn + 1,
            "answered": cited is not None,
            "citations": [{"document_id": cited}] if cited else [],
        }
        for message in (asked, answer):
            connection.execute(insert(messages).values(created_at=turn, **shared, **message))


def test_a_document_is_found_by_what_a_citation_names(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source, document = await text(client, "north")
        found = await client.get(f"/documents/{document}")
        assert found.status_code == 200
        assert found.json() == (await client.get(f"/sources/{source}/documents/{document}")).json()
        assert "opens at nine" in found.json()["text"]
        missing = await client.get("/documents/doc_nothing")
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
        async with room.client(OTHER) as theirs:
            assert (await theirs.get(f"/documents/{document}")).status_code == 404

    room.run(scenario)


def test_the_questions_that_cite_a_source(room: Room) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        source, document = await text(client, "north")
        other, elsewhere = await text(client, "south")
        await room.db.write(
            lambda c: add_turns(
                c,
                ("When does it open?", document),
                ("And in the south?", elsewhere),
                ("Who painted it?", None),
                ("So when was that?", document),
            )
        )
        path = f"/sources/{source}/questions"
        found = (await client.get(path)).json()["data"]
        assert [each["question"] for each in found] == ["So when was that?", "When does it open?"]
        assert found[0] == {
            "question": "So when was that?",
            "thread_id": "thr_1",
            "message_id": "msg_a3",
            "asked_at": "1970-01-01T00:00:00Z",
        }
        newest = (await client.get(path, params={"limit": 1})).json()["data"]
        assert newest == found[:1]
        there = (await client.get(f"/sources/{other}/questions")).json()["data"]
        assert [each["question"] for each in there] == ["And in the south?"]
        async with room.client(OTHER) as theirs:
            assert (await theirs.get(path)).status_code == 404

    room.run(scenario)
