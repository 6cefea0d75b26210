"""``cevvo gaps``: what people asked in vain."""

from typing import Annotated

import typer

from cevvo.cli.api import Api, print_json
from cevvo.cli.options import ApiUrl, AsJson, Period
from cevvo.cli.quiet import say
from cevvo.cli.tables import print_table


def gaps(
    url: ApiUrl = None,
    period: Period = "7d",
    limit: Annotated[int, typer.Option(min=1, max=50, help="Gaps at most.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show the questions that your documents do not answer, the most frequent first.

    Example: cevvo gaps --period 30d
    """
    found = Api.find(url).get("analytics", "coverage-gaps", period=period, limit=limit)["data"]
    if as_json:
        print_json(found)
    elif not found:
        say(f"No gaps in the last {period}: what was asked was answered.")
    else:
        print_table(
            ("asked", "question", "first asked", "last asked"),
            ((g["count"], g["question"], g["first_asked"], g["last_asked"]) for g in found),
            only="question",
        )
