"""``cevvo backup``: everything durable in one file, while the server runs."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cevvo.cli.api import WRONG_USAGE, fail, print_json
from cevvo.cli.options import AsJson, DataDir
from cevvo.cli.progress import progress_bar
from cevvo.cli.quiet import is_quiet
from cevvo.cli.tables import plural
from cevvo.domain.time import now
from cevvo.errors import StartError
from cevvo.features.backups.making import Backup, make_backup
from cevvo.features.backups.restoring import check_backup
from cevvo.settings import Settings, load_settings

_COUNTED = ("workspaces", "sources", "documents", "conversations")


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(help="The file, or a folder for it. (./cevvo-backup-TIME.tar.gz)"),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Do not make one: read FILE, and say if it is whole.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Back everything up into one file, while a server may be running.

    Examples:

    cevvo backup --data-dir /srv/cevvo

    cevvo backup /mnt/backups --quiet

    cevvo backup --check cevvo-backup-20260310T093000Z.tar.gz

    The file holds the database as of one moment, the original files and secret.key, unless
    CEVVO_SECRET_KEY takes its place: it opens what the data directory opens, so keep it as safe.
    It is a tar file; SHA256SUMS in it lets others check it too. It is never written over, and has
    its name only once it is whole and on disk. --quiet prints that name and nothing else.

    Ends with 1 when originals are missing or damaged; the rest is in the file then. A database on
    Postgres is yours to dump: docs/postgres.md.
    """
    if check and file is None:
        fail("which file? cevvo backup --check FILE", WRONG_USAGE)
    with progress_bar() as progress:
        if check and file is not None:
            made = check_backup(file, progress)
        else:
            settings = load_settings(data_dir=data_dir)
            refuse_postgres(settings)
            made = make_backup(settings.data_dir, _target(file), now=now(), progress=progress)
    if as_json:
        print_json(to_json(made))
    elif is_quiet() and not check:
        typer.echo(made.path)
    elif not is_quiet():
        typer.echo(f"{made.path}   {size(made.size)}{'   whole' if check else ''}\n{held(made)}")
    refuse_missing(made)


def refuse_postgres(settings: Settings) -> None:
    """Raises StartError where the database is none of the data directory's."""
    if settings.database_url is not None:
        raise StartError(
            "The database is on Postgres (CEVVO_DATABASE_URL): pg_dump and pg_restore are for it, "
            f"and {settings.data_dir.absolute()} is to be kept beside the dump (docs/postgres.md)."
        )


def _target(file: Path | None) -> Path:
    name = f"cevvo-backup-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    if file is None:
        return Path(name)
    return file / name if file.is_dir() else file


def to_json(made: Backup) -> dict[str, Any]:
    """A backup for programs."""
    return {
        "path": str(made.path),
        "bytes": made.size,
        "missing": list(made.missing),
        **asdict(made.contents),
    }


def held(made: Backup) -> str:
    """What is in it, in two lines."""
    contents = made.contents
    counts = [plural(contents.rows.get(name, 0), name.removesuffix("s")) for name in _COUNTED]
    key = (
        "with secret.key: keep it as safe as the data directory"
        if contents.secret_key
        else "no secret.key in it: if CEVVO_SECRET_KEY was set, keep it"
    )
    return (
        f"  {', '.join(counts)}, {plural(contents.files, 'original file')}\n"
        f"  cevvo {contents.cevvo}, schema {contents.schema}, {contents.created_at}; {key}"
    )


def size(count: int) -> str:
    """How many bytes, about."""
    number, units = float(count), ["bytes", "kB", "MB", "GB"]
    while number >= 1000 and len(units) > 1:
        number /= 1000
        units.pop(0)
    return f"{number:,.0f} {units[0]}" if units[0] == "bytes" else f"{number:,.1f} {units[0]}"


def refuse_missing(made: Backup) -> None:
    """End with 1 where originals are not in it."""
    if made.missing:
        fail(
            f"{plural(len(made.missing), 'original file')} missing or damaged, the first of them "
            f"{made.missing[0]}. Everything else is there; upload those documents again."
        )
