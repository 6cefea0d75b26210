"""R22: how many may be in flight follows how long work waits for its turn."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx2
import pytest

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.pressure import Pressure
from http_api import Api


async def until_bound(pressure: Pressure, low: float, high: float) -> None:
    async with asyncio.timeout(30):
        while not low <= pressure.bound <= high:  # noqa: ASYNC110 - it is what is tested
            await asyncio.sleep(0.005)


def test_r22_the_bound_falls_while_work_waits_and_rises_when_it_does_not() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        pressure = Pressure(100, lambda: asyncio.to_thread(int), delay=0.3, interval=0.1)
        loop.set_default_executor(ThreadPoolExecutor(1))
        for _ in range(40):
            pressure.enter()
        stuffing = [loop.run_in_executor(None, time.sleep, 0.01) for _ in range(10_000)]
        await until_bound(pressure, 8, 30)
        for each in stuffing:
            each.cancel()
        await until_bound(pressure, 44, 100)  # at once more than there are: they are no burden
        for _ in range(40):
            pressure.leave()
        await until_bound(pressure, 100, 100)
        assert pressure.in_flight == 0

    asyncio.run(run())


def test_r22_the_bound_is_never_above_what_the_operator_allows() -> None:
    async def run() -> None:
        # Whatever is done is too slow.
        pressure = Pressure(4, lambda: asyncio.sleep(0), delay=0, interval=0.01)
        for _ in range(9):
            pressure.enter()
        for _ in range(20):
            await asyncio.sleep(0.01)
            assert pressure.bound == 4
        assert pressure.in_flight == 9

    asyncio.run(run())


@pytest.mark.parametrize("work", ["thread", "read"])
def test_r22_a_busy_server_refuses_what_would_wait_for_it_and_not_what_waits_for_a_model(
    db: Database, workspace: WorkspaceId, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 in flight, of 100 that there may be: where each needs a thread or a connection, and few
    get one, new ones are refused; where they only wait, they are let in."""
    patient = partial(Pressure, delay=1.0)  # more than a busy machine takes without a reason
    monkeypatch.setattr("cevvo.foundation.http.load_shedding.Pressure", patient)
    api = Api(db, workspace, rate_limit=100_000)

    @api.app.post("/api/v1/chat/working")
    async def working() -> dict[str, str]:
        for _ in range(40):
            if work == "thread":
                await asyncio.to_thread(api.state.go_on.wait, 2)
            else:
                await db.read(lambda connection: api.state.go_on.wait(2))
        return {}

    @api.app.post("/api/v1/chat/waiting")
    async def waiting() -> dict[str, str]:
        while not api.state.go_on.is_set():  # noqa: ASYNC110 - another thread's
            await asyncio.sleep(0.05)
        return {}

    async def run(url: str, path: str, looks: int) -> list[int]:
        headers = {"Authorization": f"Bearer {api.key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as client:
            held = [asyncio.create_task(client.post(url + path)) for _ in range(40)]
            asked: list[int] = []
            while 503 not in asked and len(asked) < looks:
                asked.append((await client.get(f"{url}/api/v1/items")).status_code)
                await asyncio.sleep(0.05)
            api.state.go_on.set()
            assert {(await each).status_code for each in held} == {200}
            return asked

    with api.served() as served:
        url = f"http://127.0.0.1:{served.port}"
        assert set(asyncio.run(run(url, "/api/v1/chat/waiting", looks=30))) == {200}
        api.state.go_on.clear()
        assert asyncio.run(run(url, "/api/v1/chat/working", looks=1000))[-1] == 503
