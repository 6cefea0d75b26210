"""Waiting for jobs: a bar with pages done and time left on a terminal, nothing off one."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from cevvo.cli.api import Api
from cevvo.cli.quiet import is_quiet
from cevvo.cli.tables import duration, plural

_FIRST_LOOK = 0.25
_LONGEST_PAUSE = 3.0
_ASKED_AGAIN = 30.0


def wait_for_jobs(api: Api, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The jobs once they have ended, in the order of ``names`` (their ids, and what they do).

    Who interrupts the waiting leaves the jobs alone, and is told so.
    """
    try:
        return _watch(api, names)
    except KeyboardInterrupt:
        typer.echo("cevvo: the work goes on. See: cevvo jobs", err=True)
        raise


def wait_for_gap(api: Api, before: Mapping[str, Any], job_id: str) -> dict[str, Any]:
    """A gap for which the job takes a text in, once its questions have been asked again.

    ``before`` is the gap as it was. Where a text changes nothing they are not: then, after a while,
    the gap as it is.
    """
    wait_for_jobs(api, {job_id: "taking the text in"})
    end = time.monotonic() + _ASKED_AGAIN
    while True:
        gap: dict[str, Any] = api.get("analytics", "coverage-gaps", before["id"])
        if gap["checked_at"] != before["checked_at"] or time.monotonic() >= end:
            return gap
        time.sleep(_FIRST_LOOK)


def _watch(api: Api, names: Mapping[str, str]) -> list[dict[str, Any]]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    screen = Console(stderr=True, highlight=False)
    ended: list[dict[str, Any]] = []
    with Progress(
        *columns, console=screen, transient=True, disable=is_quiet() or not screen.is_terminal
    ) as progress:
        bar = progress.add_task("", total=len(names), note="")
        for job_id, name in names.items():
            for job in _looks(api, job_id):
                share = len(ended) + job["progress"]
                note = _note(job, len(names) - len(ended) - 1)
                progress.update(bar, description=name, completed=share, note=note)
            ended.append(job)
    return ended


def _looks(api: Api, job_id: str) -> Iterator[dict[str, Any]]:
    """The job again and again, less and less often, until it has ended."""
    pause = _FIRST_LOOK
    while True:
        job = api.get("ingest", "status", job_id)
        yield job
        if job["completed_at"] is not None:
            return
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _note(job: dict[str, Any], more: int) -> str:
    done, total = job["documents_processed"], job["documents_total"]
    unit = "page" if job["kind"] == "crawl" else "part"
    parts = [plural(done, unit) if total is None else f"{done:,}/{plural(total, unit)}"]
    if job["next_attempt_at"]:
        parts.append(f"waits after: {job['error']['message']}")
    elif job["queued"]:
        parts.append("waits for its turn")
    elif job["seconds_left"]:
        parts.append(f"about {duration(job['seconds_left'])} left")
    if more:
        parts.append(f"{more:,} to go")
    return "   ".join(parts)
