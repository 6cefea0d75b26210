"""``cevvo questions``: what is asked most, and counting it anew."""

from typing import Annotated

import typer

from cevvo.cli.api import Api, print_json
from cevvo.cli.options import ApiUrl, AsJson, DataDir, Period
from cevvo.cli.tables import plural, print_table
from cevvo.domain.time import now
from cevvo.features.chat.reclustering import rebuild
from cevvo.features.workspaces.repository import ensure_default
from cevvo.foundation.db.opening import open_stored
from cevvo.settings import load_settings

questions = typer.Typer(help="What is asked most.", no_args_is_help=True)


@questions.command("top")
def top(
    url: ApiUrl = None,
    period: Period = "7d",
    limit: Annotated[int, typer.Option(min=1, max=50, help="Questions at most.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show the questions that most conversations asked; those that mean the same count as one.

    Example: cevvo questions top --period 30d
    """
    found = Api.find(url).get("analytics", "top-questions", period=period, limit=limit)["data"]
    if as_json:
        print_json(found)
    else:
        print_table(
            ("asked", "resolved", "question", "id"),
            ((q["count"], f"{q['resolved_rate']:.0%}", q["question"], q["id"]) for q in found),
        )


@questions.command("rebuild")
def rebuild_clusters(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Gather all stored questions of the first workspace anew, after an update that does it better.

    A question keeps its id where most of what was counted under it stays together.

    Example: cevvo questions rebuild
    """
    settings = load_settings(data_dir=data_dir)
    db = open_stored(settings.data_dir, settings.given_database_url)
    try:
        workspace = db.write_now(lambda c: ensure_default(c, now()))
        rebuilt = db.write_now(lambda c: rebuild(c, workspace))
    finally:
        db.close()
    if as_json:
        print_json(
            {
                "questions": rebuilt.questions,
                "clusters_before": rebuilt.before,
                "clusters": rebuilt.after,
                "moved": rebuilt.moved,
            }
        )
    else:
        typer.echo(
            f"{plural(rebuilt.questions, 'question')} in {plural(rebuilt.after, 'cluster')} "
            f"(before: {rebuilt.before:,}); {rebuilt.moved:,} moved."
        )
