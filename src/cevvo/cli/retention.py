"""``cevvo retention``: how long conversations are kept."""

import asyncio
from typing import Annotated

import typer

from cevvo.cli.actor import this_user
from cevvo.cli.api import WRONG_USAGE, fail, print_json
from cevvo.cli.options import AsJson, DataDir
from cevvo.cli.tables import plural
from cevvo.domain.time import now
from cevvo.features.conversations.retention import RetentionService
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.db.opening import open_stored
from cevvo.settings import load_settings


def retention(
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="Keep conversations so many days.")
    ] = None,
    forever: Annotated[bool, typer.Option("--forever", help="Keep them until deleted.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show or change how long the first workspace keeps conversations after their last message.

    A running server deletes older ones within the hour; counters stay, words do not.

    Example: cevvo retention --days 365
    """
    if days is not None and forever:
        fail("--days and --forever exclude each other.", WRONG_USAGE)
    settings = load_settings(data_dir=data_dir)
    db = open_stored(settings.data_dir, settings.given_database_url)

    async def run() -> int | None:
        workspace = await WorkspacesService(db, now).default()
        service = RetentionService(db, now)
        if days is not None or forever:
            await service.change(workspace, days, by=this_user())
        return await service.days(workspace)

    try:
        kept = asyncio.run(run())
    finally:
        db.close()
    if as_json:
        print_json({"conversation_days": kept})
    elif kept is None:
        typer.echo("Conversations are kept until somebody deletes them.")
    else:
        typer.echo(f"Conversations are kept {plural(kept, 'day')} after their last message.")
