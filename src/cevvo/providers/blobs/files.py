"""A folder of content-addressed files.

A blob is written to a temporary name, synced and renamed, so that a name always stands for whole
content, whenever the power went.
"""

import errno
import hashlib
import os
import tempfile
from pathlib import Path

from cevvo.errors import StorageFull


class BlobStore:
    """Stores bytes under the SHA-256 (hex) of their content in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, content: bytes) -> str:
        """Store ``content`` and return its hash. Raises StorageFull when the disk is full."""
        digest = hashlib.sha256(content).hexdigest()
        target = self._path(digest)
        if target.exists():
            return digest
        try:
            target.parent.mkdir(exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=target.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull("The server's disk is full; nothing was stored.") from error
            raise
        return digest

    def get(self, digest: str) -> bytes:
        """The content with that hash. Raises FileNotFoundError when it is not stored."""
        return self._path(digest).read_bytes()

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest
