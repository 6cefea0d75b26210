"""``/metrics``: who may read it, and what it counts."""

import asyncio
import secrets
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.metrics import install_metrics, watch_event_loop
from cevvo.foundation.jobs import queue
from cevvo.foundation.telemetry import metrics
from http_api import Api
from scraped import label_values, series, value

TOKEN = "a-token-of-the-operator"
URL = "http://test/metrics"


@pytest.fixture
def measured(api: Api) -> Api:
    install_metrics(api.app, api.db, TOKEN, api.clocks.now)
    return api


def scrape(client: TestClient) -> str:
    response = client.get(URL, headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/plain; version=")
    return response.text


def test_s15_without_a_token_set_there_are_no_metrics(api: Api) -> None:
    install_metrics(api.app, api.db, None, api.clocks.now)
    with api.client() as client:
        for given in ("", "Bearer", "Bearer None", "Bearer "):
            response = client.get(URL, headers={"Authorization": given})
            assert response.status_code == 404
            assert "CEVVO_METRICS_TOKEN" in response.json()["error"]["message"]


@pytest.mark.parametrize("given", ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"])
def test_s15_metrics_need_the_operators_token_and_nothing_else_does(
    measured: Api, given: str
) -> None:
    with measured.client(key=None) as client:
        response = client.get(URL, headers={b"Authorization": given.encode()})
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "invalid_api_key"
        assert response.headers["www-authenticate"] == "Bearer"
        key = client.get(URL, headers={"Authorization": f"Bearer {measured.key}"})
        assert key.status_code == 401


def test_requests_are_counted_by_route_method_and_status(measured: Api) -> None:
    route = {"route": "/api/v1/items/{item_id}", "method": "GET"}
    duration = "cevvo_http_request_duration_seconds_count"
    with measured.client() as client:
        before = scrape(client)
        for name in ("a", "api", "items"):  # also in the path itself
            assert client.get(f"/items/{name}").status_code == 200
        after = scrape(client)
    counted = [
        value(t, "cevvo_http_requests_total", status="200", **route) for t in (before, after)
    ]
    assert counted[1] - counted[0] == 3
    assert value(after, duration, **route) - value(before, duration, **route) == 3


def test_s41_requests_of_any_kind_make_no_new_series(measured: Api) -> None:
    """Each would be kept for good: a way to fill the memory, and ids in the operator's figures."""

    def send(client: TestClient) -> list[str]:
        made_up = [secrets.token_hex(8) for _ in range(4)]
        client.get(f"/items/{made_up[0]}")
        client.get(f"/{made_up[1]}")
        client.get(f"http://test/{made_up[2]}?{made_up[1]}")
        client.request(made_up[3].upper(), "/items")
        client.get("/items", headers={"Authorization": f"Bearer {made_up[0]}"})
        return made_up

    with measured.client() as client:
        send(client)
        scrape(client)  # counts itself, from the first time on
        before = scrape(client)
        written = [each for _ in range(5) for each in send(client)]
        after = scrape(client)
    assert set(series(after)) - set(series(before)) == set()
    found = " ".join(label_values(after)).lower()
    assert [each for each in [*written, measured.key, measured.key[9:20]] if each in found] == []


def test_what_limits_refuse_is_counted(db: Database, workspace: WorkspaceId) -> None:
    api = Api(db, workspace, max_requests=4, rate_limit=2)
    install_metrics(api.app, db, TOKEN, api.clocks.now)
    with api.client() as client:
        before = scrape(client)
        assert [client.get("/items").status_code for _ in range(4)] == [200, 200, 429, 429]
        after = scrape(client)
    refused = [value(t, "cevvo_errors_total", code="rate_limit_exceeded") for t in (before, after)]
    assert refused[1] - refused[0] == 2


def test_jobs_are_counted_by_kind_with_the_age_of_the_oldest(
    measured: Api, workspace: WorkspaceId
) -> None:
    now = measured.clocks.now()

    def enqueue(c: Any) -> None:
        for kind, age in (("text", 90_000), ("text", 30_000), ("crawl", 1_000)):
            at = Millis(now - age)
            queue.enqueue(c, workspace, kind=kind, payload={}, source_id=None, now=at)

    with measured.client() as client:
        assert value(scrape(client), "cevvo_jobs_oldest_due_seconds") == 0
        measured.db.write_now(enqueue)
        text = scrape(client)
    assert value(text, "cevvo_jobs", kind="text", status="queued") == 2
    assert value(text, "cevvo_jobs", kind="crawl", status="queued") == 1
    assert value(text, "cevvo_jobs_oldest_due_seconds") == 90


def test_writes_and_the_size_of_what_is_stored_are_measured(measured: Api) -> None:
    with measured.client() as client:
        before = scrape(client)
        measured.db.write_now(lambda c: None)
        after = scrape(client)
    commits = "cevvo_database_commit_duration_seconds_count"
    assert value(after, commits) > value(before, commits)
    assert value(after, "cevvo_database_writes_total") > value(
        before, "cevvo_database_writes_total"
    )
    assert value(after, "cevvo_database_bytes") > 100_000
    assert value(after, "cevvo_index_documents") == 0
    assert value(after, "process_open_fds") > 5


def test_a_blocked_event_loop_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def late() -> float:
        text = metrics.exposition().decode()
        return value(text, "cevvo_event_loop_lag_seconds_sum")

    async def run() -> None:
        monkeypatch.setattr("cevvo.foundation.http.metrics._LAG_SECONDS", 0.001)
        loop = asyncio.get_running_loop()
        watching = asyncio.create_task(watch_event_loop())
        await asyncio.sleep(0)
        end = loop.time() + 0.1
        while loop.time() < end:
            pass
        before = late()
        while late() == before:  # noqa: ASYNC110 - the other task sets it
            await asyncio.sleep(0.001)
        watching.cancel()

    before = late()
    asyncio.run(run())
    assert late() - before > 0.05


def test_r22_what_is_shed_is_counted_and_said_to_be_tried_again(
    db: Database, workspace: WorkspaceId
) -> None:
    api = Api(db, workspace, max_requests=4)
    install_metrics(api.app, db, TOKEN, api.clocks.now)

    async def run(url: str) -> tuple[str, httpx2.Response, str]:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(timeout=30) as client:
            key = {"Authorization": f"Bearer {api.key}"}
            slow = f"{url}/api/v1/slow"
            held = [asyncio.create_task(client.post(slow, headers=key)) for _ in range(3)]
            while len(api.state.done) < 3:  # noqa: ASYNC110 - two event loops
                await asyncio.sleep(0.005)
            before = (await client.get(f"{url}/metrics", headers=bearer)).text
            refused = await client.get(f"{url}/api/v1/items", headers=key)
            after = (await client.get(f"{url}/metrics", headers=bearer)).text
            assert value(before, "cevvo_http_requests_in_flight") == 3
            api.state.go_on.set()
            for each in held:
                await each
            return before, refused, after

    with api.served() as served:
        before, refused, after = asyncio.run(run(f"http://127.0.0.1:{served.port}"))
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    shed = [value(t, "cevvo_requests_shed_total", kind="documents") for t in (before, after)]
    assert shed[1] - shed[0] == 1
