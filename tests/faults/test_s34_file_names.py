"""S34: whatever a file is called, it is stored under the hash of its content, and nowhere else."""

import re
from pathlib import Path

import httpx2

from ingestion_room import Room, db, embedder, ended, migrated, room

__all__ = ["db", "embedder", "migrated", "room"]

NAMES = {  # and the title that the document gets
    "../../../../../../tmp/evil.txt": "evil",
    "/etc/cron.d/evil.txt": "evil",
    "..\\..\\windows\\evil.txt": "evil",
    "a\x00b.txt": "ab",
    "CON": "CON",
    "x" * 4096 + ".txt": "x" * 199 + "…",
    "fdp.\u202etxt": "fdp",
    "<img src=x onerror=alert(1)>.txt": "<img src=x onerror=alert(1)>",
}


def multipart(name: str, content: bytes) -> tuple[bytes, dict[str, str]]:
    """A form whose file is called ``name``, sent as it is."""
    disposition = f'form-data; name="file"; filename="{name}"'.encode()
    body = b"--b\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + content + b"\r\n--b--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=b"}


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_s34_the_name_is_no_path(room: Room) -> None:
    folder = room.db.data_dir
    before = files_below(folder.parent)

    async def scenario(client: httpx2.AsyncClient) -> None:
        for n, name in enumerate(NAMES):
            body, headers = multipart(name, b"The pump number %d is red." % n)
            accepted = await client.post("/ingest/upload", content=body, headers=headers)
            assert accepted.status_code == 202, accepted.text
            assert (await ended(client, accepted.json()["job_id"]))["status"] == "completed"
        listed = (await client.get(f"/sources/{accepted.json()['source_id']}/documents")).json()
        titles = sorted(document["title"] for document in listed["data"])
        # evil.txt was one name thrice: three versions of one document
        assert titles == sorted(set(NAMES.values()))

    room.run(scenario)
    added = {str(path.relative_to(folder)) for path in files_below(folder.parent) - before}
    stored = {name for name in added if not name.startswith("cevvo.db")}
    assert stored
    assert all(re.fullmatch(r"blobs/[0-9a-f]{2}/[0-9a-f]{64}", name) for name in stored)
