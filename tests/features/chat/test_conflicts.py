"""Two documents that say otherwise of the same are shown as a conflict, until one is changed."""

from typing import Any

import httpx2
from starlette.testclient import TestClient

from features.chat.chat_room import OTHERS, Room, add_documents

HOUR = "The link that we send you is valid for one hour."
DAY = "The link that we send you is valid for 24 hours."
QUESTION = "How long is the link valid?"


def conflicts(client: TestClient) -> list[dict[str, Any]]:
    response: httpx2.Response = client.get("/analytics/conflicts")
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["data"]
    return found


def test_a_question_that_brings_up_both_shows_the_conflict(room: Room) -> None:
    add_documents(room, {"Email links": DAY})
    with room.client() as client:
        answer = client.post("/chat", json={"message": QUESTION}).json()
        client.post("/chat", json={"message": QUESTION})
        (found,) = conflicts(client)
        assert (found["question"], found["kind"]) == (QUESTION, "number")
        sides = {found[side]["title"]: found[side] for side in ("one", "other")}
        assert sides["Account security"]["quote"] == HOUR
        assert sides["Email links"]["quote"] == DAY
        assert {each["value"] for each in sides.values()} == {"1", "24"}
        with room.client(OTHERS) as other:
            assert conflicts(other) == []
        client.delete(f"/conversations/{answer['thread_id']}")
        assert conflicts(client)[0]["question"] is None
        add_documents(room, {"Email links": HOUR})
        assert conflicts(client) == []


def test_a_test_shows_none(room: Room) -> None:
    add_documents(room, {"Email links": DAY})
    with room.client() as client:
        client.post("/chat", json={"message": QUESTION, "test": True})
        assert conflicts(client) == []
