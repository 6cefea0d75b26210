"""A file system in a file, to be cut, copied and broken."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def new_disk(image: Path, megabytes: int) -> Path:
    """An empty ext4 file system in ``image``."""
    with image.open("wb") as file:
        file.truncate(megabytes * 2**20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    return image


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """``image`` at ``folder``. Skips the test where that cannot be.

    Its journal is written when a program asks for it (fsync) and, by itself, not for ten minutes.
    After an error in it, it can be read only.
    """
    folder.mkdir(exist_ok=True)
    command = ["mount", "-o", "loop,commit=600,errors=remount-ro", str(image), str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("no file system in a file can be mounted here: it takes root and a loop device")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def break_disk(folder: Path) -> None:
    """Have the system find an error in the file system that is mounted there."""
    device = os.stat(folder).st_dev
    name = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
    try:
        Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("1")
    except OSError as error:
        pytest.skip(f"no error can be set off in a file system here: {error}")
