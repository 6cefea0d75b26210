"""The form of ``POST /ingest/upload``: one file, and few fields beside it."""

import json
from typing import Any

import httpx2
import pytest

from ingestion_room import Room


@pytest.mark.parametrize(
    ("parts", "param"),
    [
        ([("file", ("a.txt", b"One.")), ("file", ("b.txt", b"Two."))], "file"),
        (
            [
                ("file", ("a.txt", b"One.")),
                ("source_id", (None, b"src_a")),
                ("source_id", (None, b"src_b")),
            ],
            "source_id",
        ),
    ],
)
def test_an_upload_is_one_file_into_one_source(room: Room, parts: Any, param: str) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        response = await client.post("/ingest/upload", files=parts)
        error = response.json()["error"]
        assert (response.status_code, error["code"], error["param"]) == (
            400,
            "invalid_request",
            param,
        )
        assert "came 2 times: send one" in error["message"]
        assert (await client.get("/sources")).json()["meta"]["total"] == 0

    room.run(scenario, work=False)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            [("file", (f"{number}.txt", b"One.")) for number in range(3)],
            "There are too many files in this form: an upload takes one per request.",
        ),
        (
            [("file", ("a.txt", b"One.")), *[("tag", (None, b"a"))] * 9],
            "Too many fields. Maximum number of fields is 8.",
        ),
        (
            [("file", (None, b"One. " * 30_000))],
            "Part exceeded maximum size of 128KB. "
            "Only a file may be larger: send it as a part that has a file name.",
        ),
    ],
    ids=["files", "fields", "a large field"],
)
def test_a_form_of_more_parts_than_an_upload_has_is_refused(
    room: Room, parts: Any, said: str
) -> None:
    async def scenario(client: httpx2.AsyncClient) -> None:
        response = await client.post("/ingest/upload", files=parts)
        assert (response.status_code, response.json()["error"]["message"]) == (400, said)
        assert (await client.get("/sources")).json()["meta"]["total"] == 0

    room.run(scenario, work=False)


def test_the_longest_metadata_fits_into_a_form(room: Room) -> None:
    octopuses = {f"{number:02}" + "\N{OCTOPUS}" * 62: "\N{OCTOPUS}" * 256 for number in range(20)}

    async def scenario(client: httpx2.AsyncClient) -> None:
        response = await client.post(
            "/ingest/upload",
            files={"file": ("a.txt", b"One.")},
            data={"metadata": json.dumps(octopuses, indent=4)},
        )
        assert response.status_code == 202

    room.run(scenario)
