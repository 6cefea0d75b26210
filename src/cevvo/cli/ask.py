"""``cevvo ask``: one question to a running server."""

import json
import os
import time
from typing import Annotated, Any, NoReturn

import httpx2
import typer
from rich.console import Console

from cevvo.cli.answer import print_answer
from cevvo.cli.credentials import DEFAULT_BASE_URL, load_credentials

CANNOT_CONNECT = 3
NOT_ALLOWED = 4


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    url: Annotated[
        str | None, typer.Option("--url", help="Base URL of the API. [the last `cevvo up` here]")
    ] = None,
    thread: Annotated[
        str | None, typer.Option("--thread", help="Go on in this conversation (thr_…).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the API's answer.")] = False,
) -> None:
    """Ask a running server and print the answer with its citations.

    Example: cevvo ask "How do I reset my password?"

    The key comes from CEVVO_API_KEY or from the last `cevvo up` on this machine.
    """
    credentials = load_credentials()
    remembered = next(reversed(credentials), DEFAULT_BASE_URL)
    base_url = (url or os.environ.get("CEVVO_BASE_URL") or remembered).rstrip("/")
    key = os.environ.get("CEVVO_API_KEY") or credentials.get(base_url)
    if not key:
        _fail(
            f"no API key for {base_url}. Set CEVVO_API_KEY, or make one with: cevvo keys create",
            NOT_ALLOWED,
        )
    started = time.monotonic()
    answer = post_question(base_url, key, question, thread)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        print_answer(Console(), answer, time.monotonic() - started)


def post_question(
    base_url: str, key: str, question: str, thread: str | None = None
) -> dict[str, Any]:
    """The API's answer. Ends the command when there is none."""
    url = f"{base_url}/chat"
    try:
        response = httpx2.post(
            url,
            json={"message": question, "thread_id": thread},
            headers={"Authorization": f"Bearer {key}"},
            timeout=120,
        )
        answer: dict[str, Any] = response.json()
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        _fail(f"cannot reach {url} ({error}). Start a server with: cevvo up", CANNOT_CONNECT)
    except ValueError:
        _fail(f"{url} is not a Cevvo API: it answered {response.status_code}.", CANNOT_CONNECT)
    if response.status_code != 200:
        refusal = answer.get("error", {})
        _fail(
            f"{refusal.get('message', response.status_code)} (request {refusal.get('request_id')})",
            NOT_ALLOWED if response.status_code in (401, 403) else 1,
        )
    return answer


def _fail(message: str, code: int) -> NoReturn:
    typer.secho(f"cevvo: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(code)
