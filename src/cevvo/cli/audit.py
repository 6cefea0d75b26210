"""``cevvo audit``: who did what in a data directory on this machine."""

import asyncio
import json
from datetime import datetime
from typing import Annotated

import typer

from cevvo.cli.actor import this_user
from cevvo.cli.moments import moment
from cevvo.cli.options import AsJson, DataDir, WorkspaceName
from cevvo.cli.tables import print_table
from cevvo.domain.time import now, rfc3339
from cevvo.features.audit_log.repository import AuditFilter, Entry
from cevvo.features.audit_log.schemas import COLUMNS, AuditEntry, row_of
from cevvo.features.audit_log.service import AuditLogService
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.csv_table import csv_text
from cevvo.foundation.db.opening import open_stored
from cevvo.settings import load_settings


def audit(
    action: Annotated[
        str | None, typer.Option(help="One action (api_key.revoked) or a kind (api_key). (all)")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this id did.")] = None,
    since: Annotated[datetime | None, typer.Option(help="From then on; UTC unless told.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before then; UTC unless told.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help="All of it as a table; noted too.")] = False,
    workspace: WorkspaceName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show who did what, the newest first: keys, settings, deletions, exports.

    Example: cevvo audit --action api_key --since 2026-03-01
    """
    wanted = AuditFilter(action, actor, moment(since), moment(until))
    found = _read(data_dir, workspace, wanted, None if as_csv else limit)
    if as_csv:
        typer.echo(csv_text(COLUMNS, map(row_of, found)), nl=False)
    elif as_json:
        typer.echo(json.dumps([AuditEntry.of(entry).model_dump() for entry in found]))
    else:
        print_table(
            ("at", "action", "who", "on what", "from"),
            (
                (
                    rfc3339(entry.at),
                    entry.action,
                    f"{entry.actor_kind} {entry.actor_name or entry.actor_id or ''}",
                    entry.target_name or entry.target_id,
                    entry.address,
                )
                for entry in found
            ),
            only="action",
        )


def _read(
    data_dir: DataDir, name: WorkspaceName, wanted: AuditFilter, limit: int | None
) -> list[Entry]:
    settings = load_settings(data_dir=data_dir)
    db = open_stored(settings.data_dir, settings.given_database_url)

    async def run() -> list[Entry]:
        workspace = await WorkspacesService(db, now).find(name)
        service = AuditLogService(db, now)
        if limit is None:
            return await service.export(workspace, wanted, by=this_user())
        return (await service.page(workspace, wanted, offset=0, limit=limit))[0]

    try:
        return asyncio.run(run())
    finally:
        db.close()
