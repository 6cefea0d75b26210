"""``cevvo restore``: a backup into a data directory of its own."""

from pathlib import Path
from typing import Annotated

import typer

from cevvo.cli.api import print_json
from cevvo.cli.backup import held, refuse_missing, refuse_postgres, to_json
from cevvo.cli.options import AsJson, DataDir
from cevvo.cli.progress import progress_bar
from cevvo.cli.quiet import say
from cevvo.features.backups.restoring import restore_backup
from cevvo.settings import load_settings


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `cevvo backup` has made.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup into a new or empty data directory, on this machine or another one.

    Example: cevvo restore cevvo-backup-20260310T093000Z.tar.gz --data-dir /srv/cevvo-restored

    All of the file is checked before anything is put into place. A directory that is not empty, or
    that a server uses, is refused. A backup of an older version is brought up to date; one of a
    newer version is refused. What is interrupted leaves nothing that a server would start with:
    call it again. API keys, people and sessions hold on as they were.
    """
    settings = load_settings(data_dir=data_dir)
    refuse_postgres(settings)
    target = settings.data_dir
    with progress_bar() as progress:
        restored = restore_backup(file, target, progress)
    if as_json:
        print_json(to_json(restored) | {"data_dir": str(target)})
    else:
        say(f"{target}   restored from {file}\n{held(restored)}")
        say(f"  Start it: cevvo serve --data-dir {target}")
    refuse_missing(restored)
