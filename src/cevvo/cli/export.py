"""``cevvo export`` and ``cevvo import``: a workspace out of one installation and into another."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cevvo.cli.actor import this_user
from cevvo.cli.api import fail, print_json
from cevvo.cli.options import AsJson, DataDir
from cevvo.cli.progress import progress_bar
from cevvo.cli.quiet import is_quiet
from cevvo.cli.tables import plural, print_table
from cevvo.domain.time import now
from cevvo.features.transfers import choosing
from cevvo.features.transfers.exporting import export_workspace
from cevvo.features.transfers.importing import Imported, import_workspace, read_manifest
from cevvo.features.transfers.one_file import as_folder
from cevvo.foundation.db.migrate import HEAD
from cevvo.foundation.db.opening import open_stored
from cevvo.settings import load_settings

Wanted = Annotated[
    str | None, typer.Option("--workspace", help="Its id (wsp_…) or name. (the only one)")
]


def export(
    place: Annotated[
        Path, typer.Argument(help="A folder or .tar file that is not there yet (also .tar.gz).")
    ],
    workspace: Wanted = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a workspace to a folder or one file, as JSON Lines and original files.

    Examples:

    cevvo export handbook-export --data-dir /srv/cevvo

    cevvo export support.tar.gz --workspace Support

    Sources, documents with text, passages and vectors, conversations, figures and settings, as of
    one moment; a server may be running. API keys and people stay where they are. export.json
    counts the lines of each file and has its SHA-256. What is written has its name only once it is
    whole; when it is interrupted, call it again.

    To have everything back as it was, keys and people too: cevvo backup.
    """
    settings = load_settings(data_dir=data_dir)
    db = open_stored(settings.data_dir, settings.given_database_url)
    try:
        chosen = db.read_now(lambda c: choosing.to_export(c, workspace))
        with progress_bar() as progress:
            manifest = export_workspace(
                db, chosen, place, by=this_user(), now=now(), progress=progress
            )
    finally:
        db.close()
    if as_json:
        print_json(asdict(manifest) | {"path": str(place)})
    elif is_quiet():
        typer.echo(place)
    else:
        typer.echo(f"{place}   {manifest.workspace['name']} ({chosen}), schema {HEAD}")
        print_table(("table", "rows"), ((n, lines.rows) for n, lines in manifest.tables.items()))
        typer.echo(plural(len(manifest.files), "original file"))
    if manifest.missing:
        fail(
            f"{plural(len(manifest.missing), 'original file')} missing or damaged, the first of "
            f"them {manifest.missing[0]}. Everything else is there; upload those documents again."
        )


def import_(
    exported: Annotated[
        Path, typer.Argument(help="A folder or file that `cevvo export` has written.")
    ],
    workspace: Annotated[
        str | None,
        typer.Option("--workspace", help="Into this one, by id or name. (see above)"),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Add what `cevvo export` has written to a workspace.

    Examples:

    cevvo import handbook-export --data-dir /srv/cevvo

    cevvo import support.tar.gz --workspace Support

    What is there already stays as it is: when it is interrupted, call it again and it goes on. All
    hashes are compared before anything is written, and every row when all is written. A server may
    be running; its answers come from what has arrived.

    Without --workspace it goes into the workspace that was exported, if that is here; into a new
    one like it, if there is none; into the only one, if that is empty.
    """
    from cevvo.services import installation  # the server's imports take a second

    with as_folder(exported) as folder:
        manifest = read_manifest(folder)
        with installation(load_settings(data_dir=data_dir)) as place, progress_bar() as bar:
            chosen = place.db.write_now(lambda c: choosing.to_import_into(c, manifest, workspace))
            added = asyncio.run(
                import_workspace(place, chosen, folder, by=this_user(), now=now(), progress=bar)
            )
    if as_json:
        tables = {name: asdict(each) for name, each in added.items()}
        print_json({"workspace": chosen, "tables": tables})
    elif is_quiet():
        typer.echo(chosen)
    else:
        typer.echo(f"{chosen}   from {exported}, compared row by row")
        _show(added)


def _show(added: dict[str, Imported]) -> None:
    print_table(
        ("table", "rows", "added", "kept as they were here"),
        ((name, each.rows, each.added, each.kept or None) for name, each in added.items()),
    )
