"""A folder of content-addressed files.

A blob is written to a temporary name, synced and renamed, so that a name always stands for whole
content, whenever the power went. What nothing refers to any more is found by its age and deleted;
storing the same content once more makes it young again.
"""

import errno
import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Collection
from pathlib import Path

from cevvo.domain.time import Millis
from cevvo.errors import StorageFull, Unavailable

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobStore:
    """Stores bytes under the SHA-256 (hex) of their content in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._deciding = threading.Lock()  # nothing is found young and deleted at the same time
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, content: bytes) -> str:
        """Store ``content`` and return its hash.

        Raises StorageFull when the disk is full, Unavailable when it cannot be written.
        """
        digest = hashlib.sha256(content).hexdigest()
        target = self._path(digest)
        try:
            with self._deciding:
                if target.exists():
                    os.utime(target)
                    return digest
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
            raise Unavailable("The server cannot write to its data directory.") from error
        return digest

    def get(self, digest: str) -> bytes:
        """The content with that hash. Raises FileNotFoundError when it is not stored."""
        return self._path(digest).read_bytes()

    def find(self, digest: str) -> Path:
        """The file with that content, to be read. Raises FileNotFoundError when there is none."""
        path = self._path(digest)
        path.stat()
        return path

    def stored_before(self, at: Millis) -> set[str]:
        """Hashes of the content that was last stored before then."""
        names = {path.name for path in self._files() if _modified(path) < at}
        return {name for name in names if _DIGEST.fullmatch(name)}

    def delete(self, digests: Collection[str], *, stored_before: Millis) -> int:
        """Delete content, but what was stored again since then; how many files went.

        What an interrupted ``put`` left behind before then goes too.
        """
        abandoned = [path for path in self._files() if not _DIGEST.fullmatch(path.name)]
        deleted = 0
        for path in [*map(self._path, digests), *abandoned]:
            with self._deciding:
                if _modified(path) < stored_before:
                    path.unlink(missing_ok=True)
                    deleted += 1
        return deleted

    def _files(self) -> list[Path]:
        return list(self._folder.glob("[0-9a-f][0-9a-f]/*"))

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _modified(path: Path) -> float:
    """Milliseconds since 1970; infinite for what is gone meanwhile."""
    try:
        return path.stat().st_mtime_ns / 1_000_000
    except FileNotFoundError:
        return float("inf")
