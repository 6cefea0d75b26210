"""``cevvo ingest``: files, folders and single pages into a running server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from cevvo.cli.api import Api, print_json
from cevvo.cli.crawls import end_with
from cevvo.cli.documents import files_in, name_in, named_document
from cevvo.cli.options import ApiUrl, AsJson
from cevvo.cli.quiet import is_quiet, say
from cevvo.cli.tables import plural, print_table
from cevvo.cli.waiting import wait_for_jobs


def ingest(
    documents: Annotated[list[str], typer.Argument(help="Files, folders and URLs.")],
    source: Annotated[
        str | None, typer.Option("--source", metavar="SRC", help="Where to. (Uploads)")
    ] = None,
    url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Take files, folders and single pages into a running server, and wait until they are found.

    Examples:

    cevvo ingest handbook.pdf ./policies

    cevvo ingest https://example.com/prices --source src_…

    A whole website: cevvo sources add URL
    """
    wanted = [named_document(document) for document in documents]
    api = Api.find(url)
    names = dict(job for document in wanted for job in _sent(api, document, source))
    jobs = wait_for_jobs(api, names)
    if as_json:
        print_json(jobs)
    else:
        _print_jobs(jobs, names)
    end_with(jobs)


def _sent(api: Api, document: str | Path, source: str | None) -> Iterator[tuple[str, str]]:
    """The jobs that take a document in, each with its name."""
    into = {"source_id": source} if source else {}
    if isinstance(document, str):
        yield api.post("ingest", "url", body={"url": document} | into)["job_id"], document
        return
    folder = document if document.is_dir() else document.parent
    for path in files_in(document) if document.is_dir() else [document]:
        name = name_in(folder, path)
        with path.open("rb") as file:
            sent = api.call("POST", "ingest", "upload", files={"file": (name, file)}, data=into)
        yield sent["job_id"], name


def _print_jobs(jobs: list[dict[str, Any]], names: dict[str, str]) -> None:
    """How many were taken in; the others, with the reasons, and what looked wrong."""
    troubles = [
        (job["status"], names[job["job_id"]], trouble)
        for job in jobs
        for trouble in [*([job["error"]["message"]] if job["error"] else []), *job["warnings"]]
    ]
    print_table(("verdict", "document", "why"), troubles)
    if is_quiet():
        typer.echo("\n".join(job["job_id"] for job in jobs))
    completed = sum(job["status"] == "completed" for job in jobs)
    say(f"{completed} of {plural(len(jobs), 'document')} can be found.")
