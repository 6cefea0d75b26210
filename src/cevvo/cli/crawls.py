"""What a job came to, and what became of the pages of a crawl, in a terminal."""

from collections.abc import Iterable
from typing import Any

import typer
from rich.filesize import decimal

from cevvo.cli.api import FAILED
from cevvo.cli.quiet import say
from cevvo.cli.tables import duration, print_facts, print_table

TAKEN = ("added", "changed", "unchanged")
NOT_TAKEN = ("failed", "refused", "duplicate", "missing", "removed")


def print_job(job: dict[str, Any]) -> None:
    """Everything about a job but its pages."""
    error = job["error"]
    left = job["seconds_left"]
    total = job["documents_total"]
    facts = [
        ("job", f"{job['job_id']}   {job['kind']}   {state_of(job)}"),
        ("source", job["source_id"]),
        ("name", job.get("name")),  # an older server tells none
        ("done", f"{job['documents_processed']:,} of {'?' if total is None else f'{total:,}'}"),
        ("time left", left and f"about {duration(left)}"),
        ("attempt", f"{job['attempts']} of {job['max_attempts']}"),
        ("next attempt", job["next_attempt_at"]),
        ("error", error and f"{error['message']} ({error['code']})"),
        *(("warning", warning) for warning in job["warnings"]),
        ("began", job["started_at"]),
        ("ended", job["completed_at"]),
        *report_facts(job["report"]),
    ]
    print_facts(facts)


def state_of(job: dict[str, Any]) -> str:
    """The job's status in a word or two."""
    if job["next_attempt_at"]:
        return "waits to be tried again"
    if job["queued"]:
        return "waits for its turn"
    if job["status"] == "processing":
        return f"processing   {job['progress']:.0%}"
    return str(job["status"])


def report_facts(report: dict[str, Any] | None) -> list[tuple[str, str]]:
    """What a crawl came to: pages by verdict, what it cost, and why pages were not taken."""
    if report is None:
        return []

    def counts(names: Iterable[str]) -> str:
        return " · ".join(f"{report[name]:,} {name}" for name in names)

    return [
        ("taken", counts(TAKEN)),
        ("not taken", counts(NOT_TAKEN)),
        (
            "cost",
            f"{report['requests']:,} requests · {decimal(report['bytes'])} · passages: "
            f"{report['passages_embedded']:,} embedded, {report['passages_reused']:,} reused",
        ),
    ]


def print_pages(pages: Iterable[dict[str, Any]]) -> None:
    """Pages of a ledger with what became of each, and why."""
    rows = ((page["verdict"], page["url"], page["reason"]) for page in pages)
    print_table(("verdict", "page", "why"), rows)


def print_not_taken(job: dict[str, Any]) -> None:
    """The first pages that were not taken in; how many more there are, and how to see them."""
    pages = [page for page in job["pages"] if page["verdict"] not in TAKEN]
    if not pages:
        return
    say()
    print_pages(pages)
    total = sum(job["report"][verdict] for verdict in NOT_TAKEN) if job["report"] else len(pages)
    if total > len(pages):
        more = f"cevvo sources show {job['source_id']} --pages"
        say(f"\n{total - len(pages):,} more: {more}")


def end_with(jobs: Iterable[dict[str, Any]]) -> None:
    """Exit code 1 if one of the jobs did not complete."""
    if any(job["status"] != "completed" for job in jobs):
        raise typer.Exit(FAILED)
