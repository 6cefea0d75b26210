"""R22, R37: limits that hold however many ask at once, and a server that refuses in good time."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from conftest import running_server
from http_api import Api

ANALYTICS, DOCUMENTS, CHAT = "/analytics/overview", "/sources", "/chat/stream"


def statuses(url: str, key: str, count: int) -> Counter[int]:
    """What so many requests that are sent at the same moment get.

    What a busy machine sheds is asked again: that is refused before anything is counted.
    """

    async def run() -> Counter[int]:
        headers = {"Authorization": f"Bearer {key}"}
        limits = httpx2.Limits(max_connections=count)
        async with httpx2.AsyncClient(headers=headers, limits=limits, timeout=30) as client:

            async def answer() -> httpx2.Response:
                while (response := await client.get(url)).status_code == 503:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
                return response

            answers = await asyncio.gather(*(answer() for _ in range(count)))
        return Counter(each.status_code for each in answers)

    return asyncio.run(run())


def test_r37_of_150_requests_at_once_exactly_100_pass(db: Database, workspace: WorkspaceId) -> None:
    api = Api(db, workspace, max_requests=1000)
    with api.served() as served:
        got = statuses(f"http://127.0.0.1:{served.port}/api/v1/items", served.key, 150)
    assert got == {200: 100, 429: 50}


@pytest.mark.parametrize("path", ["/api/v1/chat/stream", "/v1/chat/completions"])
def test_r37_a_key_has_no_more_streams_than_its_minute_allows(
    db: Database, workspace: WorkspaceId, path: str
) -> None:
    """A fifth of the requests that it has in a minute."""
    api = Api(db, workspace)
    key = api.make_key(rate_limit=12)
    headers = {"Authorization": f"Bearer {key}"}
    started: list[int] = []

    @api.app.post(path)
    async def slow() -> dict[str, str]:
        started.append(1)
        await asyncio.to_thread(api.state.go_on.wait, 30)
        return {}

    async def run(url: str) -> tuple[list[int], httpx2.Response, int]:
        async with httpx2.AsyncClient(headers=headers, timeout=30) as client:
            first = [asyncio.create_task(client.post(url)) for _ in range(2)]
            while len(started) < 2:  # noqa: ASYNC110 - two event loops
                await asyncio.sleep(0.005)
            refused = await client.post(url)
            others = await client.get(url.replace(path, "/api/v1/items"))
            api.state.go_on.set()
            done = [(await each).status_code for each in first]
            assert others.status_code == 200
            return done, refused, (await client.post(url)).status_code

    with api.served() as served:
        done, refused, after = asyncio.run(run(f"http://127.0.0.1:{served.port}{path}"))
    assert done == [200, 200]
    assert refused.status_code == 429
    assert "2 streams open" in refused.json()["error"]["message"]
    assert refused.headers["retry-after"] == "5"
    assert after == 200


@pytest.mark.parametrize(
    ("busy", "figures", "documents", "chat"),
    [(0, 404, 404, 404), (4, 503, 404, 404), (6, 503, 503, 404), (8, 503, 503, 503)],
)
def test_r22_figures_are_refused_first_then_documents_and_chat_last(
    db: Database, workspace: WorkspaceId, busy: int, figures: int, documents: int, chat: int
) -> None:
    """Of 8 requests that there may be in flight, ``busy`` are; 404: let in."""
    api = Api(db, workspace, max_requests=8, rate_limit=1000)
    started: list[int] = []

    @api.app.post("/api/v1/chat")
    async def slow() -> dict[str, str]:
        started.append(1)
        await asyncio.to_thread(api.state.go_on.wait, 30)
        return {}

    async def run(base: str) -> dict[str, httpx2.Response]:
        headers = {"Authorization": f"Bearer {api.key}"}
        async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=30) as client:
            held = [asyncio.create_task(client.post("/chat")) for _ in range(busy)]
            while len(started) < busy:  # noqa: ASYNC110 - two event loops
                await asyncio.sleep(0.005)
            got = {path: await client.get(path) for path in (ANALYTICS, DOCUMENTS, CHAT)}
            api.state.go_on.set()
            assert {(await each).status_code for each in held} <= {200}
            return got

    with api.served() as served:
        got = asyncio.run(run(f"http://127.0.0.1:{served.port}/api/v1"))
    assert [each.status_code for each in got.values()] == [figures, documents, chat]
    for response in got.values():
        if response.status_code == 503:
            assert response.headers["retry-after"] == "5"
            assert response.json()["error"]["code"] == "unavailable"


def resident(pid: int) -> int:
    """Megabytes that a process has in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 // 2**20


def test_r22_an_overloaded_server_goes_on_answering(tmp_path: Path) -> None:
    """24 clients at once, at a server that takes 4 requests at a time."""
    question = {"message": "When is the harbour office open?"}

    async def client_of(url: str, key: str) -> list[int]:
        got = []
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as client:
            for _ in range(4):
                response = await client.post(f"{url}/api/v1/chat", json=question)
                got.append(response.status_code)
                if response.status_code == 503:
                    assert response.headers["retry-after"]
        return got

    async def overload(url: str, key: str) -> list[int]:
        found = await asyncio.gather(*(client_of(url, key) for _ in range(24)))
        return [each for one in found for each in one]

    with running_server(tmp_path, CEVVO_MAX_REQUESTS="4") as server:
        with server.client() as client:
            note = {"title": "Harbour", "content": "The harbour office is open from nine to five."}
            job = client.post("/ingest/text", json=note).json()["job_id"]
            assert server.wait_for_job(client, job)["status"] == "completed"
            client.post("/chat", json=question)
        before = resident(server.process.pid)
        counted = Counter(asyncio.run(overload(server.url, server.key)))
        grown = resident(server.process.pid) - before
        with server.client() as client:
            assert client.post("/chat", json=question).status_code == 200
    assert set(counted) == {200, 503}, counted
    assert counted[200] >= 4
    assert grown < 150, f"{grown} MB more"
