"""What an answer that a model streams costs beyond the model's own time.

    python -m cevvo_evals.streaming --data ../shared/data

The model (``cevvo_evals.load.model``) says 50 tokens a second and costs next to nothing. Asked one
after the other: milliseconds from the question to the first words, less the time that the model
took to say them; they come when the first sentence is checked. Asked a few at once, and many, with
replies of two lengths: processor time of the server for the longer ones less that for the shorter
ones, by the tokens between them.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from cevvo_evals.load.knowledge import Knowledge, filled
from cevvo_evals.load.model import RATE, scripted_model
from cevvo_evals.performance_page import machine, put
from cevvo_evals.server import RunningServer, running_server
from cevvo_evals.speed import percentiles

_SHORT, _LONG = 50, 250  # tokens of a reply, about
_AT_ONCE = (8, 64)
_TICKS = 500  # a second, of the model that one stream is timed with


@dataclass(frozen=True, slots=True)
class Streamed:
    """One answer: ``first_ms`` to its first words, which are ``first_words`` tokens."""

    first_ms: float
    first_words: int
    tokens: int

    @property
    def added_ms(self) -> float:
        """What the first words took beyond the model's own time."""
        return self.first_ms - self.first_words / RATE * 1000


def read(lines: Sequence[tuple[float, str]]) -> Streamed | None:
    """The answer in a stream's lines, each with the milliseconds after which it came; None when
    it is not the model's."""
    first: tuple[float, int] | None = None
    for at, line in lines:
        if not line.startswith("data: {"):
            continue
        event = json.loads(line.removeprefix("data: "))
        if event["type"] == "text" and first is None:
            first = at, len(event["text"].split())
        if event["type"] == "sources":
            said = event["model"] == "scripted" and not event["cached"] and first is not None
            if not said or first is None:
                return None
            return Streamed(*first, event["usage"]["completion_tokens"])
    return None


async def ask(client: httpx2.AsyncClient, question: str, sources: list[str]) -> Streamed | None:
    """Ask once and read the stream to its end."""
    body = {"message": question, "source_ids": sources}
    started = time.perf_counter()
    async with client.stream("POST", "/chat/stream", json=body) as response:
        response.raise_for_status()
        lines = [
            ((time.perf_counter() - started) * 1000, line) async for line in response.aiter_lines()
        ]
    return read(lines)


async def asked(
    server: RunningServer, knowledge: Knowledge, count: int, at_once: int
) -> tuple[list[Streamed], float]:
    """The answers to ``count`` questions after a few that warm up; the seconds of processor time
    that they took."""
    places = asyncio.Semaphore(at_once)
    async with httpx2.AsyncClient(
        base_url=server.client.base_url, headers=server.client.headers, timeout=120
    ) as client:

        async def one(number: int) -> Streamed | None:
            async with places:
                question = knowledge.questions[number % len(knowledge.questions)]
                return await ask(client, question, knowledge.sources_of(number))

        await asyncio.gather(*(one(number) for number in range(count, count + 5)))
        before = server.cpu_seconds()
        found = await asyncio.gather(*(one(number) for number in range(count)))
        return [each for each in found if each is not None], server.cpu_seconds() - before


def measure(
    knowledge: Knowledge, work: Path, count: int, tokens: int, *, at_once: int, ticks: int
) -> tuple[list[Streamed], float]:
    """``asked`` of a fresh server with a model whose replies have about ``tokens``."""
    with (
        scripted_model(tokens, ticks) as model,
        running_server(
            knowledge.copy(work / "server"),
            CEVVO_MODELS=model,
            CEVVO_MODEL_API_KEY="none",
            CEVVO_MAX_REQUESTS="500",
        ) as server,
    ):
        return asyncio.run(asked(server, knowledge, count, at_once))


def run(data: Path, collection: str, work: Path, count: int) -> dict[str, Any]:
    """All figures."""
    knowledge = filled(work, data, collection)
    alone, _ = measure(knowledge, work, count, _SHORT, at_once=1, ticks=_TICKS)
    return {
        "answers": len(alone),
        "first_words_ms": percentiles([each.first_ms for each in alone]),
        "added_to_first_words_ms": percentiles([each.added_ms for each in alone]),
        "cpu_of_a_token": [of_a_token(knowledge, work, count, at_once) for at_once in _AT_ONCE],
    }


def of_a_token(knowledge: Knowledge, work: Path, count: int, at_once: int) -> dict[str, Any]:
    """Processor time of a token, in µs, where so many are asked at once."""
    spent, said = {}, {}
    for tokens in (_SHORT, _LONG):
        answers, spent[tokens] = measure(
            knowledge, work, max(count, at_once), tokens, at_once=at_once, ticks=_TICKS
        )
        said[tokens] = sum(each.tokens for each in answers)
    tokens = said[_LONG] - said[_SHORT]
    microseconds = (spent[_LONG] - spent[_SHORT]) / tokens * 1e6
    return {"at_once": at_once, "tokens": tokens, "us": round(microseconds, 1)}


def section_of(report: dict[str, Any], told: str) -> str:
    """The figures as a section of the documentation."""
    first, added = report["first_words_ms"], report["added_to_first_words_ms"]
    return "\n".join(
        [
            "## Beside a model",
            "",
            f"`python -m cevvo_evals.streaming --data ../shared/data --docs docs` ({told}). A "
            f"model that says {RATE} tokens a second; the first words are shown once the first "
            "sentence is whole and checked against the passages.",
            "",
            "| | p50 | p95 |",
            "|---|---|---|",
            f"| the first words come after | {first['p50']} ms | {first['p95']} ms |",
            "| of that, beyond the time in which the model says them "
            f"| {added['p50']} ms | {added['p95']} ms |",
            "",
            "Processor time of a token, its share of the checks included: "
            + ", ".join(
                f"{each['us']} µs where {each['at_once']} are asked at once (over "
                f"{each['tokens']:,} tokens)"
                for each in report["cpu_of_a_token"]
            )
            + ". A process that wakes for every token has to fetch again what it works with; of "
            "many replies each is read more seldom.",
        ]
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--collection", default="stackfaq")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "cevvo-load")
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--docs", type=Path, help="write into performance.md there")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    told = machine()
    report = run(arguments.data, arguments.collection, arguments.work, arguments.questions)
    print(json.dumps(report, indent=2))
    if arguments.docs:
        put(arguments.docs, "streaming", section_of(report, told), {})


if __name__ == "__main__":
    main()
