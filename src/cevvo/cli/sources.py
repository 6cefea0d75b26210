"""``cevvo sources``: the sources of a running server."""

import sys
from typing import Annotated, Any

import typer

from cevvo.cli.api import WRONG_USAGE, Api, fail, print_json
from cevvo.cli.crawls import end_with, print_not_taken, print_pages, report_facts, state_of
from cevvo.cli.options import (
    ApiUrl,
    AsJson,
    CssSelector,
    Exclude,
    Include,
    MaxDepth,
    RenderJs,
    Wait,
    Website,
)
from cevvo.cli.quiet import is_quiet, say
from cevvo.cli.tables import plural, print_facts, print_table
from cevvo.cli.waiting import wait_for_jobs

SourceId = Annotated[str, typer.Argument(metavar="SRC", help="The source's id (src_…).")]
sources = typer.Typer()


@sources.callback(invoke_without_command=True)
def list_sources(context: typer.Context, url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show the sources of a running server; add, preview, sync or delete one.

    Examples:

    cevvo sources

    cevvo sources preview https://docs.example.com --exclude /blog

    cevvo sources add https://docs.example.com --exclude /blog --auto-sync --wait

    cevvo sources show src_…
    """
    if context.invoked_subcommand is not None:
        return
    found = list(Api.find(url).items("sources"))
    if as_json:
        print_json(found)
        return
    print_table(
        ("id", "name", "type", "status", "documents", "last synced", "next sync"),
        (
            (
                source["id"],
                source["name"],
                source["type"],
                source["status"],
                f"{source['document_count']:,}",
                source["last_synced_at"],
                source["next_sync_at"],
            )
            for source in found
        ),
    )


@sources.command()
def show(
    source_id: SourceId,
    pages: Annotated[bool, typer.Option("--pages", help="Every page of the last crawl.")] = False,
    url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a source, its last crawl, and the pages that were not taken in with the reasons.

    Examples:

    cevvo sources show src_…

    cevvo sources show src_… --pages
    """
    api = Api.find(url)
    source = api.get("sources", source_id)
    job = _last_job(api, source)
    if job is not None and pages:
        job["pages"] = list(api.items("ingest", "jobs", job["job_id"], "pages"))
    if as_json:
        print_json({"source": source, "job": job})
        return
    print_facts(_facts(source))
    if job is None:
        return
    say()
    error = job["error"]
    facts = [
        ("last crawl" if job["kind"] == "crawl" else "last job", job["job_id"]),
        ("state", f"{state_of(job)}   {job['completed_at'] or ''}"),
        ("error", error and error["message"]),
        *(("warning", warning) for warning in job["warnings"]),
    ]
    print_facts([*facts, *report_facts(job["report"])])
    if pages:
        say()
        print_pages(job["pages"])
    else:
        print_not_taken(job)


@sources.command()
def add(
    website: Website,
    name: Annotated[str | None, typer.Option(help="Display name. (the address)")] = None,
    include: Include = None,
    exclude: Exclude = None,
    max_pages: Annotated[int | None, typer.Option(help="Pages of a crawl at most.")] = None,
    max_depth: MaxDepth = None,
    css_selector: CssSelector = None,
    render_js: RenderJs = None,
    auto_sync: Annotated[bool, typer.Option("--auto-sync", help="Crawl it again daily.")] = False,
    every: Annotated[
        int | None, typer.Option(metavar="HOURS", help="Crawl it again so often.")
    ] = None,
    wait: Wait = False,
    url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Add a website; its crawl begins at once.

    Examples:

    cevvo sources add https://docs.example.com --wait

    cevvo sources add https://docs.example.com --include /guide --exclude '*/print/*' --every 6
    """
    api = Api.find(url)
    options = _crawl_options(include, exclude, max_depth, css_selector, render_js)
    body: dict[str, Any] = {
        "name": name or website.partition("://")[2].rstrip("/")[:200] or website,
        "type": "website",
        "url": website,
        "auto_sync": auto_sync or every is not None,
        "crawl": options | ({} if max_pages is None else {"max_pages": max_pages}),
    }
    if every is not None:
        body["sync_interval_hours"] = every
    source = api.post("sources", body=body)
    if is_quiet() and not as_json:
        typer.echo(source["id"])
    if not wait and not as_json:
        say(
            f"{source['id']} is being read ({source['job_id']}). "
            f"See: cevvo sources show {source['id']}"
        )
    _finish(api, source, source["job_id"], wait=wait, as_json=as_json)


@sources.command()
def preview(
    website: Website,
    include: Include = None,
    exclude: Exclude = None,
    max_pages: Annotated[int, typer.Option(help="Pages to look at, 1 to 50.")] = 10,
    max_depth: MaxDepth = None,
    css_selector: CssSelector = None,
    render_js: RenderJs = None,
    url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show what a crawl would take of a website, and why not the rest. Nothing is stored.

    Example: cevvo sources preview https://docs.example.com --css-selector article
    """
    options = _crawl_options(include, exclude, max_depth, css_selector, render_js)
    body = {"url": website, "crawl": options, "max_pages": max_pages}
    answer = Api.find(url).post("sources", "preview", body=body)
    if as_json:
        print_json(answer)
        return
    print_table(
        ("verdict", "page", "title", "characters", "why"),
        (
            (
                "taken" if page["taken"] else "not taken",
                page["url"],
                page["title"],
                page["characters"] and f"{page['characters']:,}",
                page["reason"],
            )
            for page in answer["pages"]
            if page["taken"] or not is_quiet()
        ),
        only="page",
    )
    if answer["error"]:
        fail(answer["error"]["message"])
    taken = sum(page["taken"] for page in answer["pages"])
    say(
        f"\n{taken} of {plural(len(answer['pages']), 'page')} would be taken in; "
        + ("there are no more." if answer["complete"] else f"{answer['discovered']:,} are known.")
    )


@sources.command()
def sync(
    source_id: SourceId, wait: Wait = False, url: ApiUrl = None, as_json: AsJson = False
) -> None:
    """Crawl a website again: what has not changed is neither read nor embedded again.

    Example: cevvo sources sync src_… --wait
    """
    api = Api.find(url)
    started = api.post("sources", source_id, "sync")
    if is_quiet() and not as_json:
        typer.echo(started["job_id"])
    if not wait and not as_json:
        say(f"{started['job_id']} is under way. See: cevvo sources show {source_id}")
    _finish(api, started, started["job_id"], wait=wait, as_json=as_json)


@sources.command()
def delete(
    source_id: SourceId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Delete a source with everything in it. Jobs that work on it are cancelled.

    Example: cevvo sources delete src_… --yes
    """
    api = Api.find(url)
    if not yes:
        if not sys.stdin.isatty():
            fail("deleting cannot be undone: say --yes.", WRONG_USAGE)
        source = api.get("sources", source_id)
        units = plural(source["document_count"], "document")
        typer.confirm(f"Delete {source['name']!r} with its {units}?", abort=True)
    answer = api.call("DELETE", "sources", source_id)
    if as_json:
        print_json(answer)
    else:
        say(f"{source_id} is deleted.")


def _crawl_options(
    include: list[str] | None,
    exclude: list[str] | None,
    max_depth: int | None,
    css_selector: str | None,
    render_js: bool | None,
) -> dict[str, Any]:
    """The options that were given, as the API takes them."""
    options = {
        "include": include,
        "exclude": exclude,
        "max_depth": max_depth,
        "css_selector": css_selector,
        "render_js": render_js,
    }
    return {name: value for name, value in options.items() if value not in (None, [])}


def _finish(api: Api, answer: dict[str, Any], job_id: str, *, wait: bool, as_json: bool) -> None:
    """Print the answer for programs, or wait for the job and print what it came to."""
    if not wait:
        if as_json:
            print_json(answer)
        return
    (job,) = wait_for_jobs(api, {job_id: "Reading"})
    if as_json:
        print_json(job)
    else:
        facts = [("source", job["source_id"]), ("job", f"{job_id}   {job['status']}")]
        print_facts([*facts, *report_facts(job["report"])])
        print_not_taken(job)
    if job["status"] == "failed":
        fail(job["error"]["message"])
    end_with([job])


def _last_job(api: Api, source: dict[str, Any]) -> dict[str, Any] | None:
    """A website's last crawl, the one under way included; of another source its last job."""
    job_id = source["job_id"]
    if source["type"] == "website":
        crawls = api.get("ingest", "jobs", source_id=source["id"], kind="crawl", per_page=1)["data"]
        job_id = crawls[0]["job_id"] if crawls else None
    return None if job_id is None else api.get("ingest", "status", job_id)


def _facts(source: dict[str, Any]) -> list[tuple[str, object]]:
    schedule = "by hand: cevvo sources sync " + source["id"]
    if source["auto_sync"]:
        schedule = f"every {source['sync_interval_hours']} h, next {source['next_sync_at']}"
    options = source["crawl"] or {}
    return [
        ("name", source["name"]),
        ("id", source["id"]),
        ("type", source["type"]),
        ("url", source["url"]),
        ("status", f"{source['status']}   {plural(source['document_count'], 'document')}"),
        ("error", source["error"] or source["sync_error"]),
        ("last synced", source["last_synced_at"]),
        ("schedule", schedule if source["type"] == "website" else None),
        *(
            (name, ", ".join(value) if isinstance(value, list) else value)
            for name, value in options.items()
        ),
    ]
