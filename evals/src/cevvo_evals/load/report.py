"""What was measured, as a section of docs/performance.md and its pictures."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cevvo_evals.load.plot import Line, chart
from cevvo_evals.performance_page import put

LIMIT = 250
"""Milliseconds of the 99th percentile up to which a rate counts as borne."""
_COMMAND = "python -m cevvo_evals.load --data ../shared/data --docs docs"
Rows = Sequence[dict[str, Any]]


def knee(rows: Rows) -> float:
    """Requests answered a second at the last rate before the first that was not borne: with a p99
    over 250 ms, or more than one in a hundred refused."""
    borne = 0.0
    for row in rows:
        if row["p99"] > LIMIT or row["shed"] + row["failed"] > 0.01:
            break
        borne = float(row["answered"])
    return borne


def write(results: dict[str, Any], documents: int, docs: Path) -> str:
    """Write pictures and section under ``docs``; the section."""
    parts, pictures = ["## Load", "", _intro(documents)], {}
    for name, told in (("chat", _chat), ("mixed", _mixed), ("streams", _streams), ("soak", _soak)):
        if name in results:
            words, pictures[f"load-{name}.svg"] = told(results[name])
            parts += ["", words]
    section = "\n".join(parts)
    put(docs, "load", section, pictures)
    return section


def _intro(documents: int) -> str:
    return (
        f"Requests come when they are due, as independent people send them, whether earlier ones "
        f"were answered or not; a latency counts from when the request was due. The generator and "
        f"the scripted model are processes of their own on the same machine ({os.cpu_count()} "
        f"cores, Python {platform.python_version()}), so they take some of it from the server. "
        f"{documents:,} documents, default settings unless said otherwise. Measured with\n\n"
        f"```text\n{_COMMAND}\n{_COMMAND} --soak 30\n```"
    )


def _busy(result: dict[str, Any]) -> str:
    busy = result["load_average"]
    if busy < 0.5:
        return ""
    return f" (Load average {busy} before it began.)"


def _chat(result: dict[str, Any]) -> tuple[str, str]:
    rows = result["rows"]
    last = rows[-1]
    words = (
        f"### Chat without a model\n\n![Latency and refusals by rate](images/load-chat.svg)\n\n"
        f"The 99th percentile {_borne(rows)}. At "
        f"{last['offered']:g} requests a second {last['answered']:g} are answered, with a p99 of "
        f"{last['p99']:g} ms; {last['shed']:.0%} are refused with 503, of which {last['unasked']} "
        f"without `Retry-After`, {last['failed']:.1%} fail in another way. Most memory: "
        f"{max(row['memory_mb'] for row in rows)} MB.{_busy(result)}\n\n{_table(rows)}"
    )
    return words, _rates("Chat without a model", rows)


def _borne(rows: Rows) -> str:
    best = knee(rows)
    limit = f"below {LIMIT} ms"
    return f"stays {limit} up to {best:g} answers a second" if best else f"is at no rate {limit}"


def _mixed(result: dict[str, Any]) -> tuple[str, str]:
    rows = result["rows"]
    words = (
        "### Chat while documents come in\n\n"
        "![Latency and refusals by rate](images/load-mixed.svg)\n\n"
        f"With a queue of jobs that never empties, the 99th percentile {_borne(rows)}; passages "
        f"embedded a second beside the lowest rate: {rows[0]['embedded']:g}, beside the highest: "
        f"{rows[-1]['embedded']:g}.{_busy(result)}\n\n"
        f"{_table(rows, ('embedded', 'passages/s'))}"
    )
    return words, _rates("Chat while documents come in", rows)


def _streams(result: dict[str, Any]) -> tuple[str, str]:
    rows = result["rows"]
    kept = [r for r in rows if r["behind_p95"] <= 1000 and r["shed"] + r["failed"] <= 0.01]
    most = max((row["at_once"] for row in kept), default=0)
    words = (
        f"### Streams of a model at 50 tokens a second\n\n![How far streams are behind]"
        f"(images/load-streams.svg)\n\nUp to {most:g} streams at once are at most a second behind "
        f"the model (p95), from search to the last checked sentence, with "
        f"`CEVVO_MAX_REQUESTS=2000`.{_busy(result)}\n\n"
        "| streams at once | begun a second | behind p50 | behind p95 | refused | MB |\n"
        "|---|---|---|---|---|---|\n"
        + "\n".join(
            f"| {r['at_once']:g} | {r['offered']:g} | {r['behind_p50']:g} ms | "
            f"{r['behind_p95']:g} ms | {r['shed']:.0%} | {r['memory_mb']} |"
            for r in rows
        )
    )
    lines = [
        Line("p50", [(r["at_once"], r["behind_p50"]) for r in rows]),
        Line("p95", [(r["at_once"], r["behind_p95"]) for r in rows]),
    ]
    title = "How far streams are behind a model at 50 tokens a second"
    return words, chart(title, "streams at once", "ms behind", lines, mark=1000)


def _soak(result: dict[str, Any]) -> tuple[str, str]:
    samples = result["samples"]
    minutes = samples[-1]["at"] / 60
    counted = ", ".join(f"{count:,} x {status}" for status, count in result["statuses"].items())
    ends = (samples[len(samples) * third // 3 - 1]["memory_mb"] for third in (1, 2, 3))
    thirds = ", ".join(f"{megabytes:.0f}" for megabytes in ends)
    words = (
        f"### Soak\n\n![Memory over time](images/load-soak.svg)\n\n{minutes:.0f} minutes of chat, "
        f"streams, lists, figures and documents, {result['rate']:.1f} requests a second "
        f"({counted}). Over the last two thirds memory grows by {result['memory_mb_per_hour']:g} "
        f"MB an hour, descriptors by {result['descriptors_grown']:g}, threads by "
        f"{result['threads_grown']:g}; after each third it is {thirds} MB.{_busy(result)}"
    )
    lines = [
        Line("memory (MB)", [(s["at"] / 60, s["memory_mb"]) for s in samples]),
        Line("descriptors", [(s["at"] / 60, s["descriptors"]) for s in samples]),
        Line("threads", [(s["at"] / 60, s["threads"]) for s in samples]),
    ]
    return words, chart("Memory, descriptors and threads", "minutes", "", lines)


def _rates(title: str, rows: Rows) -> str:
    lines = [
        Line("p50 (ms)", [(r["offered"], r["p50"]) for r in rows]),
        Line("p99 (ms)", [(r["offered"], r["p99"]) for r in rows]),
    ]
    return chart(f"{title}: latency of what is answered", "requests a second", "ms", lines, LIMIT)


def _table(rows: Rows, more: tuple[str, str] | None = None) -> str:
    heads = ["asked/s", "answered/s", "p50", "p99", "refused", "refused within (p99)", "MB"]
    lines = [
        [
            f"{r['offered']:g}",
            f"{r['answered']:g}",
            f"{r['p50']:g} ms",
            f"{r['p99']:g} ms",
            f"{r['shed']:.0%}",
            f"{r['refused_p99']:g} ms" if r["shed"] else "",
            str(r["memory_mb"]),
        ]
        + ([f"{r[more[0]]:g}"] if more else [])
        for r in rows
    ]
    heads += [more[1]] if more else []
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, ["---"] * len(heads), *lines])
