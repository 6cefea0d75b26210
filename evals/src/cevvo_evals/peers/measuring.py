"""The figures of one system, started on an empty folder."""

import asyncio
import os
import statistics
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from cevvo_evals.collections import Query
from cevvo_evals.load.client import Client, Outcome
from cevvo_evals.peers.questions import Given
from cevvo_evals.peers.systems import Reply, System, spread
from cevvo_evals.retrieval import ndcg
from cevvo_evals.server import cpu_seconds, memory_mb
from cevvo_evals.speed import percentiles

CLIENTS = 8
Figures = dict[str, float]
"""By name, as in ``report.FIGURES``; one that cannot be had is missing."""


def measured(system: System, asked: Given, folder: Path, idle: float = 1.0) -> Figures:
    """Start it, leave it ``idle`` seconds, fill it, ask it, stop it."""
    with system.started(folder) as server:
        figures: Figures = {
            "packages": system.installed.packages,
            "megabytes": system.installed.megabytes,
            "seconds_to_ready": server.seconds_to_ready,
        }
        time.sleep(idle)
        figures["memory_idle"] = memory_mb(server.pid)[0]

        async def run() -> None:
            client = Client(server.url, server.key)
            try:
                figures.update(await _ingested(system, client, server.pid, asked))
                figures.update(await _asked(system, client, server.pid, asked))
                for kind in ("off_topic", "near"):
                    told = await spread(getattr(asked, kind), 1, lambda q: system.ask(client, q))
                    if told:
                        figures[f"says_no_{kind}"] = share_of_no([reply for _, reply in told])
            finally:
                client.close()

        asyncio.run(run())
        figures["memory_after"] = memory_mb(server.pid)[0]
    return figures


async def _ingested(system: System, client: Client, pid: int, asked: Given) -> Figures:
    """As many clients as cores, one document a request."""
    cpu, begun = cpu_seconds(pid), time.perf_counter()
    await system.ingest(client, asked.documents, os.cpu_count() or 1)
    seconds, cpu = time.perf_counter() - begun, cpu_seconds(pid) - cpu
    figures = {
        "documents_per_second": len(asked.documents) / seconds,
        "cpu_per_document": cpu * 1000 / len(asked.documents),
    }
    if (model := await system.embedded(client)) is not None:
        figures |= {"tokens": model["tokens"], "model_share": model["cpu_seconds"] / cpu}
    return figures


async def _asked(system: System, client: Client, pid: int, asked: Given) -> Figures:
    """One client, then several."""
    await spread([each.text for each in asked.warm_up], 1, lambda q: system.ask(client, q))
    cpu = cpu_seconds(pid)
    alone = await spread([each.text for each in asked.alone], 1, lambda q: system.ask(client, q))
    cpu = cpu_seconds(pid) - cpu
    begun = time.perf_counter()
    together = await spread(
        [each.text for each in asked.together], CLIENTS, lambda q: system.ask(client, q)
    )
    seconds = time.perf_counter() - begun
    replies = [reply for _, reply in [*alone, *together]]
    one = percentiles(milliseconds(outcome for outcome, _ in alone))
    return {
        "p50": one["p50"],
        "p95": one["p95"],
        "p99": one["p99"],
        "cpu_per_question": cpu * 1000 / len(alone),
        "questions_per_second": len(together) / seconds,
        "p99_together": percentiles(milliseconds(outcome for outcome, _ in together))["p99"],
        "ndcg10": quality(replies, [*asked.alone, *asked.together]),
        "says_no_answerable": share_of_no(replies),
    }


def milliseconds(outcomes: Iterable[Outcome]) -> list[float]:
    """From each request to its whole response."""
    return [(each.ended - each.started) * 1000 for each in outcomes]


def quality(replies: Sequence[Reply], queries: Sequence[Query]) -> float:
    """Mean nDCG@10 of the documents in the order in which they were returned."""
    return statistics.fmean(
        ndcg(reply.documents, query.relevant, 10)
        for reply, query in zip(replies, queries, strict=True)
    )


def share_of_no(replies: Sequence[Reply]) -> float:
    """Share of the replies that say there is no answer."""
    return statistics.fmean(reply.says_no for reply in replies)
