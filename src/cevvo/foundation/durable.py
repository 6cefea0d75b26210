"""What has to be on disk before it counts."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk (fsync)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
