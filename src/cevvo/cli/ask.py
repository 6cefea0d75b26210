"""``cevvo ask``: one question to a running server."""

import time
from typing import Annotated, Any

import typer
from rich.console import Console

from cevvo.cli.answer import print_answer
from cevvo.cli.api import Api, print_json
from cevvo.cli.options import ApiUrl, AsJson
from cevvo.cli.quiet import is_quiet


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    url: ApiUrl = None,
    thread: Annotated[
        str | None, typer.Option("--thread", help="Go on in this conversation (thr_…).")
    ] = None,
    language: Annotated[
        str | None,
        typer.Option("--language", metavar="de", help="Only documents in this language."),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="NAME=VALUE",
            help="Only documents with this metadata; may be repeated.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a running server and print the answer with its citations.

    Examples:

    cevvo ask "How do I reset my password?"

    cevvo ask "Was kostet es?" --language de --filter plan=pro

    The key comes from CEVVO_API_KEY or from the last `cevvo up` on this machine.
    """
    api = Api.find(url)
    started = time.monotonic()
    answer = post_question(api, question, thread, _filters(language, filters or []))
    if as_json:
        print_json(answer)
    elif is_quiet():
        typer.echo(answer["answer"])
    else:
        print_answer(Console(), answer, time.monotonic() - started)


def post_question(
    api: Api, question: str, thread: str | None = None, filters: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The API's answer. Ends the command when there is none."""
    body = {"message": question, "thread_id": thread, "filters": filters}
    answer: dict[str, Any] = api.post("chat", body=body)
    return answer


def _filters(language: str | None, conditions: list[str]) -> dict[str, Any] | None:
    """As the API takes them; None where there are none."""
    metadata: dict[str, str] = {}
    for condition in conditions:
        name, equals, value = condition.partition("=")
        if not (name and equals and value) or metadata.get(name, value) != value:
            raise typer.BadParameter(
                f"{condition!r}: a condition is NAME=VALUE, such as plan=pro, and each name comes "
                "once.",
                param_hint="--filter",
            )
        metadata[name] = value
    found = {"language": language, "metadata": metadata or None}
    return found if any(found.values()) else None
