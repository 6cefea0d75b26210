"""The wire cases that all SDKs have in common, run by the Python one (FAULTS C3, R36)."""

import asyncio
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cevvo_sdk import AsyncCevvo, Cevvo
from sdks.python_driver import run, run_async

SERVER = Path(__file__).parents[2] / "sdks" / "conformance" / "server.py"
KEY = "cevvo_sk_test"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The server that misbehaves, as a process of its own."""
    with subprocess.Popen(
        [sys.executable, SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def settings(address: str, case: dict[str, Any], way: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a client is made with, and what it is changed to for the call."""
    options = dict(case.get("options", {}))
    changes = {name: options.pop(name) for name in ("idempotency_key",) if name in options}
    base_url = f"{address}/{case['name']}/{way}/api/v1"
    return {"api_key": KEY, "base_url": base_url, **options}, changes


def test_every_call_has_a_wire_case() -> None:
    with Cevvo(api_key=KEY, base_url="http://127.0.0.1:1/api/v1") as client:
        rooms = {
            name: room
            for name, room in inspect.getmembers(client)
            if type(room).__module__.startswith("cevvo_sdk._sync") and not name.startswith("_")
        }
        calls = {
            f"{name}.{call}"
            for name, room in rooms.items()
            for call, _ in inspect.getmembers(room, callable)
            if not call.startswith("_")
        }
    cases = json.loads(SERVER.with_name("cases.json").read_text("utf-8"))
    assert len(calls) > 50
    assert calls - {case["call"] for case in cases} == set()


def test_c3_the_blocking_client(address: str) -> None:
    def one(case: dict[str, Any]) -> list[str]:
        made, changes = settings(address, case, "blocking")
        client = Cevvo(http_client=http, **made).with_options(**changes)
        outcome = run(client, case["call"], case.get("args", {}))
        url = f"{address}/verdict/{case['name']}/blocking"
        return named(case, http.post(url, json=outcome, timeout=30))

    with httpx2.Client() as http, ThreadPoolExecutor(8) as threads:
        cases = http.get(f"{address}/cases").json()
        assert len(cases) > 80
        failures = [*chain(*threads.map(one, cases))]
    assert failures == []


def test_c3_the_asynchronous_client(address: str) -> None:
    async def all_of_them() -> list[list[str]]:
        places = asyncio.Semaphore(8)
        async with httpx2.AsyncClient() as http:
            cases = (await http.get(f"{address}/cases")).json()
            return await asyncio.gather(*(one(case, http, places) for case in cases))

    async def one(
        case: dict[str, Any], http: httpx2.AsyncClient, places: asyncio.Semaphore
    ) -> list[str]:
        made, changes = settings(address, case, "asynchronous")
        client = AsyncCevvo(http_client=http, **made).with_options(**changes)
        async with places:
            outcome = await run_async(client, case["call"], case.get("args", {}))
        url = f"{address}/verdict/{case['name']}/asynchronous"
        return named(case, await http.post(url, json=outcome, timeout=30))

    assert [*chain(*asyncio.run(all_of_them()))] == []


def named(case: dict[str, Any], verdict: httpx2.Response) -> list[str]:
    return [f"{case['name']}: {failure}" for failure in verdict.json()["failures"]]
