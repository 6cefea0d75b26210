"""``cevvo keys``: make, list and revoke API keys of a data directory on this machine."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from cevvo.cli.actor import this_user
from cevvo.cli.options import DataDir
from cevvo.domain.access import ALL_SCOPES, Scope
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import now, rfc3339
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.db.opening import open_database
from cevvo.settings import load_settings

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


@keys.command()
def create(
    name: Annotated[str, typer.Option("--name", help="What the key is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=f"What it may do: {', '.join(ALL_SCOPES)}. (all)"),
    ] = None,
    tokens_per_day: Annotated[
        int | None,
        typer.Option(help="What language models may take for it in a day. (no bound)"),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key. It is shown once and cannot be read again.

    Example: cevvo keys create --name "Help centre" --scope chat
    """
    scopes: tuple[Scope, ...] = tuple(scope) if scope else ALL_SCOPES  # type: ignore[arg-type]
    key, made = _with_keys(
        data_dir,
        lambda service, workspace: service.create(
            workspace,
            name=name,
            by=this_user(),
            scopes=scopes,
            tokens_per_day=tokens_per_day,
        ),
    )
    if as_json:
        typer.echo(json.dumps({"key": key, "id": made.id, "name": made.name}))
    else:
        typer.echo(f"{key}\nShown once. Its id is {made.id}; revoke it with: cevvo keys revoke")


@keys.command("list")
def list_keys(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show the keys, newest first, without their secret part."""
    found = _with_keys(data_dir, lambda service, workspace: service.list(workspace))
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "key": f"{key.prefix}…{key.last_four}",
            "scopes": list(key.scopes),
            "tokens_per_day": key.tokens_per_day,
            "created_at": rfc3339(key.created_at),
            "last_used_at": rfc3339(key.last_used_at) if key.last_used_at else None,
            "revoked_at": rfc3339(key.revoked_at) if key.revoked_at else None,
        }
        for key in found
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("id", "name", "key", "scopes", "created", "last used", "state", box=None)
    for key, row in zip(found, rows, strict=True):
        table.add_row(
            *(str(row[name]) for name in ("id", "name", "key")),
            ", ".join(key.scopes),
            str(row["created_at"]),
            str(row["last_used_at"] or "never"),
            "revoked" if row["revoked_at"] else "valid",
        )
    Console().print(table)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id (key_…), see `cevvo keys list`.")],
    data_dir: DataDir = None,
) -> None:
    """Revoke a key: a running server refuses it within a second."""
    _with_keys(
        data_dir, lambda service, workspace: service.revoke(workspace, key_id, by=this_user())
    )
    typer.echo(f"{key_id} is revoked.")


def _with_keys(data_dir: DataDir, use: Callable[[ApiKeysService, WorkspaceId], Awaitable[T]]) -> T:
    db = open_database(load_settings(data_dir=data_dir).data_dir)

    async def run() -> T:
        return await use(ApiKeysService(db, now), await WorkspacesService(db, now).default())

    try:
        return asyncio.run(run())
    finally:
        db.close()
