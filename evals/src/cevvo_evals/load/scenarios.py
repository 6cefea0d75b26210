"""The loads: chat without a model, streams of a model, chat while documents come in."""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cevvo_evals.load.arrivals import Send, Sent, arrive, percentile, schedule, step_of
from cevvo_evals.load.client import Client, Outcome
from cevvo_evals.load.knowledge import Knowledge
from cevvo_evals.load.model import RATE, scripted_model
from cevvo_evals.server import RunningServer, running_server

GROWTH = 1.4
"""From one rate to the next."""
BEHIND = 1000
"""Milliseconds behind the model from which streams count as falling behind."""
_STREAM_SECONDS = 5.0  # that a reply of the scripted model takes
_QUEUED = 40  # jobs that ingestion always has
Row = dict[str, Any]


def chat(knowledge: Knowledge, work: Path, seconds: float, start: float) -> list[Row]:
    """``POST /chat`` without a model, at growing rates until well past what is answered."""
    with running_server(knowledge.copy(work / "server")) as server:
        return asyncio.run(_ladder(server, knowledge, seconds, start))


def mixed(knowledge: Knowledge, work: Path, seconds: float, start: float) -> list[Row]:
    """The same while documents are taken in all the time."""
    token = secrets.token_hex(16)
    with running_server(knowledge.copy(work / "server"), CEVVO_METRICS_TOKEN=token) as server:
        return asyncio.run(_ladder(server, knowledge, seconds, start, token))


def streams(
    knowledge: Knowledge, work: Path, seconds: float, concurrent: Sequence[int]
) -> list[Row]:
    """``POST /chat/stream`` with a model at 50 tokens a second, so many streams at once, until
    they fall behind it."""
    with ExitStack() as stack:
        model = stack.enter_context(scripted_model())
        server = stack.enter_context(
            running_server(
                knowledge.copy(work / "server"),
                CEVVO_MODELS=model,
                CEVVO_MODEL_API_KEY="none",
                CEVVO_MAX_REQUESTS="2000",
            )
        )
        return asyncio.run(_streams(server, knowledge, seconds, concurrent))


@asynccontextmanager
async def connected(server: RunningServer) -> AsyncIterator[Client]:
    """A client of the server, with its key."""
    key = server.client.headers["authorization"].removeprefix("Bearer ")
    client = Client(server.url, key)
    try:
        yield client
    finally:
        client.close()


async def _ladder(
    server: RunningServer,
    knowledge: Knowledge,
    seconds: float,
    rate: float,
    metrics_token: str | None = None,
) -> list[Row]:
    rows: list[Row] = []
    async with connected(server) as client:
        send = asking(client, knowledge, "/api/v1/chat")
        await arrive(schedule(rate, 5, 0), send)  # warm
        feeding = None
        if metrics_token is not None:
            feeding = asyncio.create_task(_feed(client, server.url, metrics_token, knowledge))
        while not rows or rows[-1]["answered"] > 0.65 * rows[-1]["offered"]:
            before = await _embedded(server.url, metrics_token)
            began = time.perf_counter()
            sent, memory = await _measured(server, schedule(rate, seconds, len(rows)), send)
            row = asdict(step_of(sent, seconds)) | {"memory_mb": memory}
            if metrics_token is not None:
                embedded = await _embedded(server.url, metrics_token) - before
                row["embedded"] = round(embedded / (time.perf_counter() - began), 1)
            rows.append(row)
            print(row, flush=True)
            rate *= GROWTH
        if feeding is not None:
            feeding.cancel()
    return rows


async def _streams(
    server: RunningServer, knowledge: Knowledge, seconds: float, concurrent: Sequence[int]
) -> list[Row]:
    rows: list[Row] = []
    async with connected(server) as client:
        send = asking(client, knowledge, "/api/v1/chat/stream")
        await arrive(schedule(2, 4, 0), send)  # the first one imports the model's client
        for count in concurrent:
            due = schedule(count / _STREAM_SECONDS, seconds, count)
            sent, memory = await _measured(server, due, send)
            row = asdict(step_of(sent, seconds)) | {"memory_mb": memory} | _pace(sent, seconds)
            rows.append(row)
            print(row, flush=True)
            if row["behind_p95"] > BEHIND or row["shed"] + row["failed"] > 0.01:
                break
    return rows


def _pace(sent: Sequence[Sent], seconds: float) -> Row:
    """How far streams were behind the model, in ms: its own time taken off. Streams at once are
    their time in all by that of the arrivals (Little's law)."""
    whole = [each for each in sent if each.outcome.status == 200 and each.outcome.body]
    real = [each for each in whole if each.outcome.body.get("model") == "scripted"]
    behind = [
        (each.latency - each.outcome.body["usage"]["completion_tokens"] / RATE) * 1000
        for each in real
        if not each.outcome.body["cached"]
    ]
    return {
        "at_once": round(sum(each.latency for each in whole) / seconds, 1),
        "behind_p50": round(percentile(behind, 0.5), 1),
        "behind_p95": round(percentile(behind, 0.95), 1),
        "by_model": round(len(real) / max(1, len(whole)), 3),
        "cached": sum(each.outcome.body["cached"] for each in real),
    }


async def _measured(
    server: RunningServer, due: Sequence[float], send: Send
) -> tuple[list[Sent], int]:
    """What was sent, and the most memory that the server had meanwhile, in MB."""
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, server.memory_mb()[0])
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    sent = await arrive(due, send)
    watching.cancel()
    return sent, most


def asking(client: Client, knowledge: Knowledge, path: str) -> Send:
    """Sends the n-th question."""
    asked = 0

    async def send(_number: int) -> Outcome:
        nonlocal asked
        asked += 1
        question = knowledge.questions[asked % len(knowledge.questions)]
        body = {"message": question, "source_ids": knowledge.sources_of(asked)}
        return await client.send("POST", path, body)

    return send


async def _feed(client: Client, url: str, token: str, knowledge: Knowledge) -> None:
    """Keep the queue of jobs filled with documents that were never embedded, until cancelled."""
    sent = 0
    while True:
        waiting = sum(await _series(url, token, "cevvo_jobs"))
        for _ in range(max(0, _QUEUED - int(waiting))):
            sent += 1
            document = knowledge.documents[sent % len(knowledge.documents)]
            note = {
                "source_id": knowledge.sources[1],
                "title": f"{document.title} {sent} {token[:6]}",
                "content": document.text,
            }
            await client.send("POST", "/api/v1/ingest/text", note)
        await asyncio.sleep(0.2)


async def _embedded(url: str, token: str | None) -> float:
    if token is None:
        return 0.0
    return sum(await _series(url, token, "cevvo_embedded_passages_total"))


async def _series(url: str, token: str, name: str) -> list[float]:
    """The values of a figure in ``/metrics``."""
    async with asyncio.timeout(60):
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        request = f"GET /metrics HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
        writer.write(f"{request}connection: close\r\n\r\n".encode())
        text = (await reader.read()).decode()
        writer.close()
    found = re.findall(rf"^{name}(?:{{.*?}})? (\S+)$", text, re.MULTILINE)
    return [float(value) for value in found]
