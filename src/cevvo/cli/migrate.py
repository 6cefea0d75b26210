"""``cevvo migrate``: bring a data directory to this version without starting a server."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cevvo.cli.api import FAILED, fail, print_json
from cevvo.cli.options import AsJson, DataDir
from cevvo.cli.quiet import say
from cevvo.foundation.db.migrate import HEAD, refuse_newer
from cevvo.foundation.db.opening import lock_data_dir, open_database, require_driver
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
    database of a newer version is refused. One on Postgres is not copied, servers may go on, and
    each migration is a step of its own.
    """
    settings = load_settings(data_dir=data_dir)
    folder, url = settings.data_dir, settings.given_database_url
    revision = _revision(folder, url)
    refuse_newer(revision)
    copies: list[Path] = []
    if revision != HEAD and not check and url is not None:
        open_database(folder, url).close()
    elif revision != HEAD and not check:
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
        fail(
            f"schema {revision or 'none'}, this version needs {HEAD}. Bring it there: cevvo migrate"
        )
    else:
        say(f"Schema {revision} → {HEAD}.{f' As it was before: {copy}' if copy else ''}")
    if check and revision != HEAD:
        raise typer.Exit(FAILED)


def _revision(folder: Path, url: str | None) -> str | None:
    """The schema that there is; None in an empty database of Postgres."""
    if url is None:
        return stored_revision(folder / "cevvo.db")
    require_driver()
    from cevvo.foundation.db.postgres_start import look_at_postgres  # of the extra `postgres`

    return look_at_postgres(url).revision
