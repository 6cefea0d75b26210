"""Hours of moderate load of all kinds: memory, descriptors and threads must stay as they are."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

from cevvo_evals.load.arrivals import Send, arrive, schedule
from cevvo_evals.load.client import Client, Outcome
from cevvo_evals.load.knowledge import Knowledge
from cevvo_evals.load.scenarios import asking, connected
from cevvo_evals.server import RunningServer, running_server

_EVERY = 5.0  # seconds between looks at the process
_LISTS = ("/conversations", "/sources", "/analytics/overview?period=7d", "/ingest/jobs")


def soak(knowledge: Knowledge, work: Path, minutes: float, rate: float) -> dict[str, Any]:
    """Samples of the process over ``minutes`` at ``rate`` requests a second, and what they say.

    Of a hundred requests 70 are chat, 15 streams, 10 lists and figures, 5 documents taken in,
    which replace each other, so that what is known does not grow.
    """
    with running_server(knowledge.copy(work / "server")) as server:
        return asyncio.run(_soak(server, knowledge, minutes * 60, rate))


async def _soak(
    server: RunningServer, knowledge: Knowledge, seconds: float, rate: float
) -> dict[str, Any]:
    samples: list[dict[str, float]] = []
    start = time.perf_counter()

    async def watch() -> None:
        while True:
            await asyncio.sleep(_EVERY)
            samples.append({"at": round(time.perf_counter() - start, 1)} | _looked_at(server))

    async with connected(server) as client:
        watching = asyncio.create_task(watch())
        sent = await arrive(schedule(rate, seconds, 1), _any_request(client, knowledge))
        watching.cancel()
    statuses = Counter(each.outcome.status for each in sent)
    counted = {str(status): count for status, count in sorted(statuses.items())}
    return {"rate": rate, "statuses": counted, "samples": samples} | verdict(samples)


def _looked_at(server: RunningServer) -> dict[str, float]:
    process = Path(f"/proc/{server.process.pid}")
    status = dict(
        line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line
    )
    return {
        "memory_mb": round(int(status["VmRSS"].split()[0]) / 1024, 1),
        "threads": int(status["Threads"]),
        "descriptors": sum(1 for _ in (process / "fd").iterdir()),
    }


def verdict(samples: list[dict[str, float]]) -> dict[str, float]:
    """How memory (MB an hour), descriptors and threads (in all) grow over the last two thirds.

    A third is for what is made once: caches, pools, threads. Memory is the slope of a line through
    the samples, the others the difference of the medians of its halves.
    """
    late = samples[len(samples) // 3 :]
    half = len(late) // 2
    grown = {
        f"{name}_grown": _median(late[half:], name) - _median(late[:half], name)
        for name in ("descriptors", "threads")
    }
    return {"memory_mb_per_hour": round(_slope(late) * 3600, 1)} | grown


def _median(samples: list[dict[str, float]], name: str) -> float:
    return sorted(sample[name] for sample in samples)[len(samples) // 2]


def _slope(samples: list[dict[str, float]]) -> float:
    """MB a second, by least squares."""
    count = len(samples)
    mean_x = sum(s["at"] for s in samples) / count
    mean_y = sum(s["memory_mb"] for s in samples) / count
    above = sum((s["at"] - mean_x) * (s["memory_mb"] - mean_y) for s in samples)
    return above / (sum((s["at"] - mean_x) ** 2 for s in samples) or 1.0)


def _any_request(client: Client, knowledge: Knowledge) -> Send:
    chat = asking(client, knowledge, "/api/v1/chat")
    stream = asking(client, knowledge, "/api/v1/chat/stream")

    async def send(number: int) -> Outcome:
        kind = number % 20
        if kind < 14:
            return await chat(number)
        if kind < 17:
            return await stream(number)
        if kind < 19:
            return await client.send("GET", f"/api/v1{_LISTS[number // 20 % len(_LISTS)]}")
        document = knowledge.documents[number // 20 % 50]
        title = f"Replaced {number // 20 % 50}"
        note = {"source_id": knowledge.sources[1], "title": title}
        return await client.send(
            "POST", "/api/v1/ingest/text", note | {"content": f"{document.text} Edition {number}."}
        )

    return send
