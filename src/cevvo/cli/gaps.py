"""``cevvo gaps``: what people asked in vain, and the answers that are written for it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cevvo.cli.api import WRONG_USAGE, Api, fail, print_json
from cevvo.cli.options import ApiUrl, AsJson, Period
from cevvo.cli.quiet import say
from cevvo.cli.tables import plural, print_facts, print_table
from cevvo.cli.waiting import wait_for_gap

GapId = Annotated[str, typer.Argument(metavar="GAP", help="The gap's id (gap_…).")]

gaps = typer.Typer()


@gaps.callback(invoke_without_command=True)
def list_gaps(
    context: typer.Context,
    url: ApiUrl = None,
    period: Period = "7d",
    limit: Annotated[int, typer.Option(min=1, max=50, help="Gaps at most.")] = 10,
    status: Annotated[
        str, typer.Option(help="Those that are open, closed or dismissed, or all.")
    ] = "open",
    as_json: AsJson = False,
) -> None:
    """Show the questions that your documents do not answer, the most frequent first.

    Examples:

    cevvo gaps --period 30d

    cevvo gaps show gap_…

    cevvo gaps answer gap_… sso.md --title "Single sign-on"
    """
    if context.invoked_subcommand is not None:
        return
    found = Api.find(url).get(
        "analytics", "coverage-gaps", period=period, limit=limit, status=status
    )["data"]
    if as_json:
        print_json(found)
    elif not found:
        named = "" if status == "all" else f"{status} "
        say(f"No {named}gaps in the last {period}.")
    else:
        print_table(
            ("id", "asked", "question", "status", "first asked", "last asked"),
            (
                (g["id"], g["count"], g["question"], g["status"], g["first_asked"], g["last_asked"])
                for g in found
            ),
            only="question",
        )


@gaps.command()
def show(gap: GapId, url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show a gap: what came nearest, the outline of what is missing, what is answered now.

    Example: cevvo gaps show gap_…
    """
    found = Api.find(url).get("analytics", "coverage-gaps", gap)
    if as_json:
        print_json(found)
    else:
        _print_gap(found)


@gaps.command()
def answer(
    gap: GapId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Markdown or text; - for stdin.")],
    title: Annotated[str | None, typer.Option(help="The question, if it has none.")] = None,
    source: Annotated[
        str | None, typer.Option(metavar="SRC", help='Into this source, not "Written answers".')
    ] = None,
    url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Take in a text that answers a gap, and wait until its questions have been asked again.

    Example: cevvo gaps answer gap_… sso.md --title "Single sign-on"
    """
    try:
        content = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"cannot read {file}: {error}", WRONG_USAGE)
    api = Api.find(url)
    before = api.get("analytics", "coverage-gaps", gap)
    body = {"title": title or before["question"][:200], "content": content, "source_id": source}
    accepted = api.post("analytics", "coverage-gaps", gap, "answer", body=body)
    after = wait_for_gap(api, before, accepted["job_id"])
    if as_json:
        print_json(after)
    else:
        _print_gap(after)
    if after["status"] != "closed":
        fail("the questions are not answered yet; see `now` above.")


@gaps.command()
def dismiss(gap: GapId, url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Dismiss a gap that nobody means to answer.

    Example: cevvo gaps dismiss gap_…
    """
    _set_status(gap, "dismissed", url, as_json)


@gaps.command()
def reopen(gap: GapId, url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Open a gap again.

    Example: cevvo gaps reopen gap_…
    """
    _set_status(gap, "open", url, as_json)


def _set_status(gap: str, status: str, url: str | None, as_json: bool) -> None:
    found = Api.find(url).call("PUT", "analytics", "coverage-gaps", gap, json={"status": status})
    if as_json:
        print_json(found)
    else:
        say(f"{found['id']} is {found['status']}")


def _print_gap(gap: dict[str, Any]) -> None:
    print_facts(
        [
            ("question", gap["question"]),
            ("status", gap["status"]),
            ("asked in vain", plural(gap["count"], "conversation")),
            ("first, last", f"{gap['first_asked']}, {gap['last_asked']}"),
            ("closed", gap["closed_at"]),
            ("why", gap["explanation"] if gap["status"] != "closed" else None),
        ]
    )
    if gap["status"] == "open":
        for passage in gap["nearest"]:
            print_facts([("nearest", f"{passage['title']}: {passage['quote']}")])
    if gap["outline"] is not None:
        say(f"\n{gap['outline']['markdown']}")
    for asked in gap["conversations"]:
        now = asked["after"]
        if now is not None:
            cited = "; ".join(f"{c['title']}: {c['quote']}" for c in now["citations"])
            print_facts(
                [
                    ("asked", asked["question"]),
                    ("  then", asked["before"]["answer"]),
                    ("  now", now["answer"]),
                    ("  rests on", cited),
                ]
            )
