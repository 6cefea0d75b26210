"""``cevvo ask``: one question to a running server."""

import time
from typing import Annotated, Any

import typer
from rich.console import Console

from cevvo.cli.answer import print_answer
from cevvo.cli.api import Api, print_json
from cevvo.cli.options import ApiUrl, AsJson


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    url: ApiUrl = None,
    thread: Annotated[
        str | None, typer.Option("--thread", help="Go on in this conversation (thr_…).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a running server and print the answer with its citations.

    Example: cevvo ask "How do I reset my password?"

    The key comes from CEVVO_API_KEY or from the last `cevvo up` on this machine.
    """
    api = Api.find(url)
    started = time.monotonic()
    answer = post_question(api, question, thread)
    if as_json:
        print_json(answer)
    else:
        print_answer(Console(), answer, time.monotonic() - started)


def post_question(api: Api, question: str, thread: str | None = None) -> dict[str, Any]:
    """The API's answer. Ends the command when there is none."""
    body = {"message": question, "thread_id": thread}
    answer: dict[str, Any] = api.post("chat", body=body)
    return answer
