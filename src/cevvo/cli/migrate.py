"""``cevvo migrate``: bring a data directory to this version without starting a server."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cevvo.cli.api import FAILED, fail, print_json
from cevvo.cli.options import AsJson, DataDir
from cevvo.cli.quiet import say
from cevvo.foundation.db.migrate import HEAD, refuse_newer
from cevvo.foundation.db.opening import lock_data_dir, open_database
from cevvo.foundation.db.snapshot import stored_revision
from cevvo.settings import load_settings


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if there is something to do.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database of a data directory to this version of cevvo.

    Examples:

    cevvo migrate --check

    cevvo migrate --data-dir /srv/cevvo

    Starting a server does the same. The database is first copied into the folder backups of the
    data directory, where the last three are kept; then all changes are made in one transaction, so
    that it is the old one or the new one, whenever it is interrupted. Stop the server before. A
    database of a newer version is refused.
    """
    folder = load_settings(data_dir=data_dir).data_dir
    revision = stored_revision(folder / "cevvo.db")
    refuse_newer(revision)
    copies: list[Path] = []
    if revision != HEAD and not check:
        lock = lock_data_dir(folder)
        try:
            open_database(folder, locked=True, backed_up=copies.append).close()
        finally:
            os.close(lock)
    copy = str(copies[0]) if copies else None
    if as_json:
        print_json({"before": revision, "schema": revision if check else HEAD, "newest": HEAD,
                    "backup": copy})  # fmt: skip
    elif revision == HEAD:
        say(f"Up to date: schema {HEAD}.")
    elif check:
        fail(f"schema {revision}, this version needs {HEAD}. Bring it there: cevvo migrate")
    else:
        say(f"Schema {revision} → {HEAD}. As it was before: {copy}")
    if check and revision != HEAD:
        raise typer.Exit(FAILED)
