"""``cevvo ingest``: files, folders and single pages into a running server."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cevvo.cli.api import FAILED, Api, Refusal, print_json, refuse
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
    names = {}
    refused = 0
    for name, send in (each for document in wanted for each in _each(api, document, source)):
        try:
            names[send()] = name
        except Refusal as refusal:
            typer.secho(f"cevvo: {name}: {refusal}", fg=typer.colors.RED, err=True)
            refused += 1
    jobs = wait_for_jobs(api, names)
    if as_json:
        print_json(jobs)
    else:
        _print_jobs(jobs, names, refused)
    end_with(jobs)
    if refused:
        raise typer.Exit(FAILED)


def _each(
    api: Api, document: str | Path, source: str | None
) -> Iterator[tuple[str, Callable[[], str]]]:
    """What is to be taken in, each with its name and what sends it and returns its job."""
    into = {"source_id": source} if source else {}
    if isinstance(document, str):
        yield document, partial(_send, api, "url", json={"url": document} | into)
        return
    folder = document if document.is_dir() else document.parent
    for path in files_in(document) if document.is_dir() else [document]:
        name = name_in(folder, path)
        yield name, partial(_upload, api, path, name, into)


def _upload(api: Api, path: Path, name: str, into: dict[str, str]) -> str:
    try:
        file = path.open("rb")
    except OSError as error:
        raise Refusal(f"cannot be read ({error.strerror}).", 0, None) from error
    with file:
        return _send(api, "upload", files={"file": (name, file)}, data=into)


def _send(api: Api, how: str, **request: Any) -> str:
    """The job. Raises Refusal where it is the document's fault; all else ends the command."""
    try:
        return str(api.ask("POST", "ingest", how, **request)["job_id"])
    except Refusal as refusal:
        if refusal.status in (413, 415) or refusal.param in ("file", "url"):
            raise
        refuse(refusal)


def _print_jobs(jobs: list[dict[str, Any]], names: dict[str, str], refused: int) -> None:
    """How many were taken in; the others, with the reasons, and what looked wrong."""
    troubles = [
        (job["status"], names[job["job_id"]], trouble)
        for job in jobs
        for trouble in [*([job["error"]["message"]] if job["error"] else []), *job["warnings"]]
    ]
    print_table(("verdict", "document", "why"), troubles)
    if is_quiet():
        for job in jobs:
            typer.echo(job["job_id"])
    completed = sum(job["status"] == "completed" for job in jobs)
    say(f"{completed} of {plural(len(jobs) + refused, 'document')} can be found.")
