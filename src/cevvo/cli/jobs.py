"""``cevvo jobs``: what a running server takes in at the moment, and what became of it."""

from typing import Annotated

import typer

from cevvo.cli.api import Api, print_json
from cevvo.cli.crawls import print_job, print_not_taken, state_of
from cevvo.cli.options import ApiUrl, AsJson
from cevvo.cli.quiet import say
from cevvo.cli.tables import print_table

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id (job_…).")]

jobs = typer.Typer()


@jobs.callback(invoke_without_command=True)
def list_jobs(
    context: typer.Context,
    status: Annotated[
        str | None,
        typer.Option("--status", help="Only processing, completed, failed or cancelled ones."),
    ] = None,
    url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the last 20 ingestion jobs, newest first; `show` one or `cancel` one.

    Examples:

    cevvo jobs --status failed

    cevvo jobs show job_…

    cevvo jobs cancel job_…
    """
    if context.invoked_subcommand is not None:
        return
    answer = Api.find(url).get("ingest", "jobs", **({"status": status} if status else {}))
    if as_json:
        print_json(answer)
        return
    print_table(
        ("id", "kind", "source", "name", "state", "done", "created", "error"),
        (
            (
                job["job_id"],
                job["kind"],
                job["source_id"],
                job.get("name"),  # an older server tells none
                state_of(job),
                job["documents_processed"],
                job["created_at"],
                job["error"] and job["error"]["message"],
            )
            for job in answer["data"]
        ),
    )


@jobs.command()
def show(job_id: JobId, url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show how far a job is, what it came to, and why it failed or is tried again.

    Example: cevvo jobs show job_…
    """
    job = Api.find(url).get("ingest", "status", job_id)
    if as_json:
        print_json(job)
        return
    print_job(job)
    print_not_taken(job)


@jobs.command()
def cancel(job_id: JobId, url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Stop a job at once. What it has taken in stays.

    Example: cevvo jobs cancel job_…
    """
    job = Api.find(url).post("ingest", "jobs", job_id, "cancel")
    if as_json:
        print_json(job)
    else:
        say(f"{job_id} is cancelled.")
