"""R37, R40, R8: two servers and two workers on one Postgres and one Redis, as real processes."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Connection, func, select

from cevvo.domain.time import now
from cevvo.foundation.db.tables import jobs, messages
from cevvo.foundation.jobs import queue
from cluster import Cluster, Process, running_cluster

pytestmark = pytest.mark.xdist_group("replicas")
QUESTION = {"message": "When is the harbour office open?"}
NOTE = {"title": "Harbour", "content": "The harbour office is open from nine to five."}


def until(holds: Callable[[], object], deadline: float = 120) -> float:
    """Seconds after which it was last looked for in vain: the look that finds it may take long."""
    started, in_vain = time.monotonic(), 0.0
    while True:
        looked = time.monotonic() - started
        if holds():
            return in_vain
        in_vain = looked
        assert looked < deadline, "it did not happen"
        time.sleep(0.02)


def wait_for_job(client: httpx2.Client, job_id: str) -> None:
    until(lambda: client.get(f"/ingest/status/{job_id}").json()["status"] == "completed")


def asked_of_both(servers: tuple[Process, Process], key: str, count: int) -> list[httpx2.Response]:
    """Requests at the same moment, of one server and the other in turn.

    What a busy machine sheds is asked again: that is refused before anything is counted.
    """

    async def run() -> list[httpx2.Response]:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as client:

            async def answer(url: str) -> httpx2.Response:
                while (response := await client.get(url)).status_code == 503:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
                return response

            urls = [f"{servers[n % 2].url}/api/v1/sources?per_page=1" for n in range(count)]
            return await asyncio.gather(*map(answer, urls))

    return asyncio.run(run())


def test_r37_of_101_requests_at_two_servers_exactly_100_pass(
    cluster: Cluster, servers: tuple[Process, Process]
) -> None:
    key, _ = cluster.new_key()
    some = asked_of_both(servers, key, 60)
    rest = asked_of_both(servers, key, 41)
    assert Counter(each.status_code for each in some + rest) == {200: 100, 429: 1}
    refused = next(each for each in rest if each.status_code == 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    other, _ = cluster.new_key()
    assert {each.status_code for each in asked_of_both(servers, other, 4)} == {200}


def test_r37_without_redis_each_server_counts_by_itself(
    cluster: Cluster, servers: tuple[Process, Process], worker: Process
) -> None:
    key, _ = cluster.new_key(rate_limit=20)
    assert {each.status_code for each in asked_of_both(servers, key, 10)} == {200}
    cluster.redis.stop()
    try:
        answers = Counter(each.status_code for each in asked_of_both(servers, key, 40))
        # Each has let five through already: fifteen more of each.
        assert answers == {200: 30, 429: 10}
        for server in servers:
            said = server.ready()
            assert said["status"] == "degraded"
            assert said["checks"]["shared_limits"] == "ConnectionError"  # type: ignore[index]
    finally:
        cluster.redis.start()
    for server in servers:
        until(lambda server=server: server.ready()["status"] == "ok")  # type: ignore[misc]
    fresh, _ = cluster.new_key(rate_limit=20)
    answers = Counter(each.status_code for each in asked_of_both(servers, fresh, 40))
    assert answers == {200: 20, 429: 20}


def test_r40_a_key_that_is_revoked_at_one_server_is_refused_by_the_other(
    cluster: Cluster, servers: tuple[Process, Process]
) -> None:
    key, key_id = cluster.new_key()
    with cluster.client(servers[0]) as one, cluster.client(servers[1], key) as other:
        assert other.get("/sources").status_code == 200
        assert one.delete(f"/api-keys/{key_id}").is_success
        took = until(lambda: other.get("/sources").status_code == 401)
    assert took < 2, f"{took:.1f} s"  # of which a second is granted, the rest is this machine's


def test_r40_a_source_that_is_deleted_at_one_server_is_gone_at_the_other(
    cluster: Cluster, servers: tuple[Process, Process], worker: Process
) -> None:
    with cluster.client(servers[0]) as one, cluster.client(servers[1]) as other:
        accepted = one.post("/ingest/text", json=NOTE).json()
        wait_for_job(other, accepted["job_id"])
        answer = other.post("/chat", json=QUESTION).json()
        assert answer["sources"], answer
        assert one.delete(f"/sources/{accepted['source_id']}").is_success
        took = until(lambda: not other.post("/chat", json=QUESTION).json()["sources"])
    assert took < 3, f"{took:.1f} s"


def test_r36_a_request_that_one_server_answers_is_refused_by_the_other(
    cluster: Cluster, servers: tuple[Process, Process]
) -> None:
    """Of many at once at both, one is done; the others wait or get its response again."""
    key = {"Idempotency-Key": str(uuid.uuid4()), "Authorization": f"Bearer {cluster.key}"}

    async def run() -> list[httpx2.Response]:
        async with httpx2.AsyncClient(headers=key, timeout=60) as client:
            body = {"name": "Once", "type": "text"}
            urls = [f"{servers[n % 2].url}/api/v1/sources" for n in range(12)]
            return await asyncio.gather(*(client.post(url, json=body) for url in urls))

    answers = asyncio.run(run())
    assert {each.status_code for each in answers} <= {201, 409, 503}
    assert len({each.text for each in answers if each.status_code == 201}) == 1
    with cluster.client(servers[1]) as client:
        names = [each["name"] for each in client.get("/sources?per_page=100").json()["data"]]
    assert names.count("Once") == 1


def test_r8_two_workers_on_postgres_run_each_of_200_jobs_once(tmp_path: Path) -> None:
    """And a third one that is killed meanwhile: what it held is done by the others."""
    with running_cluster(tmp_path) as other, ExitStack() as closing:
        command = [sys.executable, str(Path(__file__).with_name("worker_process.py"))]
        workers = [
            subprocess.Popen([*command, str(tmp_path), "note", other.database_url])
            for _ in range(3)
        ]
        for each in workers:
            closing.callback(each.wait)
            closing.callback(each.kill)
        notes = [tmp_path / f"notes.{each.pid}" for each in workers]
        until(lambda: all(note.exists() for note in notes))

        def add(connection: Connection) -> list[str]:
            return [
                queue.enqueue(
                    connection, other.workspace, kind="note", payload={}, source_id=None, now=now()
                )
                for _ in range(200)
            ]

        def unfinished() -> int:
            left = select(func.count()).where(jobs.c.status != "completed")
            return other.db.read_now(lambda c: c.execute(left).scalar_one())

        ids = other.db.write_now(add)
        until(lambda: all(note.read_text() for note in notes))
        workers[2].kill()
        workers[2].wait()
        until(lambda: unfinished() == 0)
        first, second, killed = (note.read_text().split() for note in notes)
    done = Counter(first + second)
    assert set(done.values()) == {1}
    assert set(ids) == set(done) | set(killed)
    # It may have ended nothing of what it was at when it was killed: its four places.
    assert len(set(done) & set(killed)) <= 4


def test_a_job_starts_at_once_on_another_process(
    cluster: Cluster, servers: tuple[Process, Process], worker: Process
) -> None:
    """Sooner, in the middle, than a worker looks by itself, which is every two seconds."""
    waited = []
    with cluster.client(servers[0]) as client:
        for number in range(5):
            note = {"title": f"Note {number}", "content": f"Gate {number} is red."}
            job_id = client.post("/ingest/text", json=note).json()["job_id"]
            wait_for_job(client, job_id)
            job = cluster.db.read_now(lambda c, i=job_id: queue.get(c, cluster.workspace, i))  # type: ignore[misc]
            assert job is not None
            assert job.started_at is not None
            waited.append(job.started_at - job.created_at)
    assert sorted(waited)[2] < 1000, waited


class Load:
    """Asks and ingests at both servers until it is stopped, and knows what was accepted."""

    def __init__(self, cluster: Cluster, urls: list[str]) -> None:
        self.urls = urls
        self.jobs: list[str] = []
        self.threads: list[str] = []
        self.wrong: list[str] = []
        self.stopping = threading.Event()
        self._headers = {"Authorization": f"Bearer {cluster.key}"}
        self._running = [threading.Thread(target=self._run, args=(n,)) for n in range(4)]

    def __enter__(self) -> "Load":
        for thread in self._running:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stopping.set()
        for thread in self._running:
            thread.join()

    def _run(self, number: int) -> None:
        turn = number
        with httpx2.Client(headers=self._headers, timeout=60) as client:
            while not self.stopping.is_set():
                turn += 1
                note = {"title": f"Note {number}.{turn}", "content": f"Pump {turn} is blue."}
                accepted = self._post(client, turn, "/ingest/text", note)
                if accepted is not None:
                    self.jobs.append(accepted["job_id"])
                answer = self._post(client, turn, "/chat", QUESTION)
                if answer is not None:
                    self.threads.append(answer["thread_id"])

    def _post(
        self, client: httpx2.Client, turn: int, path: str, body: dict[str, str]
    ) -> dict[str, str] | None:
        """What was accepted, by the next server where one is gone; None while all are."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        for attempt in range(3):
            url = self.urls[(turn + attempt) % len(self.urls)]
            try:
                response = client.post(f"{url}/api/v1{path}", json=body, headers=key)
            except httpx2.TransportError:
                continue
            if response.is_success:
                accepted: dict[str, str] = response.json()
                return accepted
            if response.status_code not in (409, 503):
                self.wrong.append(f"{response.status_code} {response.text}")
        return None


def test_r1_nothing_accepted_is_lost_when_a_server_and_a_worker_are_killed(
    cluster: Cluster, servers: tuple[Process, Process], worker: Process
) -> None:
    doomed_server, doomed_worker = cluster.start("serve"), cluster.start("worker")
    with Load(cluster, [servers[1].url, doomed_server.url]) as load:
        until(lambda: len(load.jobs) >= 10 and len(load.threads) >= 10)
        doomed_worker.process.send_signal(signal.SIGKILL)
        doomed_server.process.send_signal(signal.SIGKILL)
        before = len(load.jobs)
        until(lambda: len(load.jobs) >= before + 10)
    assert load.wrong == []

    def unfinished() -> int:
        left = select(func.count()).where(jobs.c.id.in_(load.jobs), jobs.c.status != "completed")
        return cluster.db.read_now(lambda c: c.execute(left).scalar_one())

    until(lambda: unfinished() == 0)  # those of the killed worker once their leases have ended
    stored = cluster.db.read_now(
        lambda c: set(c.execute(select(messages.c.conversation_id).distinct()).scalars())
    )
    assert set(load.threads) <= stored
    again = cluster.start("serve")
    assert again.ready()["status"] == "ok"


def test_r19_a_worker_that_is_asked_to_stop_gives_its_jobs_back(
    cluster: Cluster, servers: tuple[Process, Process], worker: Process
) -> None:
    leaving = cluster.start("worker")
    with cluster.client(servers[1]) as client:
        ids = [
            client.post("/ingest/text", json={"title": f"L{n}", "content": f"Door {n}."}).json()
            for n in range(12)
        ]
        leaving.process.send_signal(signal.SIGTERM)
        assert leaving.process.wait(timeout=30) == 0
        for each in ids:
            wait_for_job(client, each["job_id"])
