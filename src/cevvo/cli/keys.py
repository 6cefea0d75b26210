"""``cevvo keys``: make, list, rotate and revoke API keys of a data directory on this machine."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from cevvo.cli.actor import this_user
from cevvo.cli.moments import moment
from cevvo.cli.options import DataDir, WorkspaceName
from cevvo.cli.quiet import is_quiet, say
from cevvo.cli.tables import print_table
from cevvo.domain.access import ALL_SCOPES
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import now, rfc3339, rfc3339_or_none
from cevvo.features.api_keys.repository import ApiKey
from cevvo.features.api_keys.rules import MESSAGES_PER_DAY, KeyTerms
from cevvo.features.api_keys.schemas import ApiKeyObject
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.db.opening import open_database, open_stored
from cevvo.settings import load_settings

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

keys = typer.Typer(help="Make, list, rotate and revoke API keys.", no_args_is_help=True)


@keys.command()
def create(
    name: Annotated[str, typer.Option("--name", help="What the key is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=f"What it may do: {', '.join(ALL_SCOPES)}. (all)"),
    ] = None,
    expires_at: Annotated[
        datetime | None, typer.Option(help="It holds until then; UTC unless told. (for ever)")
    ] = None,
    rate_limit: Annotated[
        int | None, typer.Option(help="Requests a minute. (the server's default)")
    ] = None,
    tokens_per_day: Annotated[
        int | None,
        typer.Option(help="What language models may take for it in a day. (no bound)"),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Make it publishable, for this website: https://www.example.com."),
    ] = None,
    messages_per_day: Annotated[
        int | None,
        typer.Option(help=f"Of a publishable key: answers a day. ({MESSAGES_PER_DAY})"),
    ] = None,
    workspace: WorkspaceName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key. It is shown once and cannot be read again.

    Example: cevvo keys create --name "Help centre" --scope chat
    """
    terms = KeyTerms(
        name=name,
        kind="publishable" if origin else "secret",
        scopes=tuple(scope) if scope else None,  # type: ignore[arg-type]
        expires_at=moment(expires_at),
        rate_limit=rate_limit,
        tokens_per_day=tokens_per_day,
        messages_per_day=messages_per_day,
        allowed_origins=origin,
    )
    key, made = _with_keys(
        data_dir,
        workspace,
        lambda service, of: service.create(of, terms, by=this_user()),
        stored=False,  # keys can be made before the first start
    )
    _show(key, made, as_json)


@keys.command("list")
def list_keys(
    workspace: WorkspaceName = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Show the keys, newest first, without their secret part.

    Example: cevvo keys list
    """
    found, _ = _with_keys(data_dir, workspace, lambda service, of: service.list(of))
    if as_json:
        typer.echo(json.dumps([ApiKeyObject.of(key, now()).model_dump() for key in found]))
        return
    print_table(
        ("id", "name", "key", "scopes", "created", "last used", "state"),
        (
            (
                key.id,
                key.name,
                f"{key.prefix}…{key.last_four}",
                ", ".join(key.scopes),
                rfc3339(key.created_at),
                rfc3339_or_none(key.last_used_at) or "never",
                key.status(now()),
            )
            for key in found
        ),
    )


@keys.command()
def rotate(
    key_id: Annotated[str, typer.Argument(help="The key's id (key_…), see `cevvo keys list`.")],
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=720, help="How long the old key holds beside the new one.")
    ] = 24,
    workspace: WorkspaceName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key like another, which holds on for a while and then expires.

    Example: cevvo keys rotate key_… --overlap-hours 48
    """
    key, made = _with_keys(
        data_dir,
        workspace,
        lambda service, of: service.rotate(of, key_id, overlap_hours=overlap_hours, by=this_user()),
    )
    _show(key, made, as_json)


def _show(key: str, made: ApiKey, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"key": key, "id": made.id, "name": made.name}))
    elif is_quiet():
        typer.echo(key)
    else:
        typer.echo(f"{key}\nShown once. Its id is {made.id}; revoke it with: cevvo keys revoke")


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id (key_…), see `cevvo keys list`.")],
    workspace: WorkspaceName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a key: a running server refuses it within a second.

    Example: cevvo keys revoke key_…
    """
    _with_keys(
        data_dir,
        workspace,
        lambda service, of: service.revoke(of, key_id, by=this_user()),
    )
    if as_json:
        typer.echo(json.dumps({"id": key_id, "revoked": True}))
    else:
        say(f"{key_id} is revoked.")


def _with_keys(
    data_dir: DataDir,
    workspace: WorkspaceName,
    use: Callable[[ApiKeysService, WorkspaceId], Awaitable[T]],
    *,
    stored: bool = True,
) -> T:
    """What ``use`` says. ``stored``: of a database that is there already; else one is made."""
    settings = load_settings(data_dir=data_dir)
    open_ = open_stored if stored else open_database
    db = open_(settings.data_dir, settings.given_database_url)

    async def run() -> T:
        return await use(ApiKeysService(db, now), await WorkspacesService(db, now).find(workspace))

    try:
        return asyncio.run(run())
    finally:
        db.close()
