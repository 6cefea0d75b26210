"""The form of a backup: one compressed tar file that tar, gzip and sha256sum can read, too.

    backup.json           what it is a backup of: ``Contents``
    cevvo.db              the database as of one moment
    secret.key            the key that seals secrets in the database, unless the operator gives it
    blobs/3f/3f2a…        the original bytes of documents, named by the SHA-256 of their content
    SHA256SUMS            the SHA-256 of each file above; last, so that a file cut off has none

Files stand in this order, without folders, links or anything else: what else is in a file makes it
no backup. ``format`` grows when an older version could not read a newer backup any more.
"""

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from cevvo.domain.progress import Progress
from cevvo.domain.time import Millis
from cevvo.errors import InvalidRequest

FORMAT = 1
HEADER, DATABASE, SECRET_KEY, SUMS = "backup.json", "cevvo.db", "secret.key", "SHA256SUMS"
_BLOB = re.compile(r"blobs/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_LEVEL = 1  # of gzip: a third of the time of level 6 for a twentieth more bytes
_PIECE = 1 << 20
_LONGEST_TEXT = 64 << 20  # of backup.json and SHA256SUMS: hundreds of thousands of files


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds. ``created_at`` is RFC 3339, ``database_bytes`` is uncompressed,
    ``rows`` counts the rows of each table, ``files`` the originals of documents."""

    format: int
    cevvo: str
    schema: str
    created_at: str
    database_bytes: int
    rows: dict[str, int]
    files: int
    secret_key: bool


def blob_name(digest: str) -> str:
    """Where the content with that SHA-256 (hex) is."""
    return f"blobs/{digest[:2]}/{digest}"


def digest_in(name: str) -> str | None:
    """The SHA-256 that a blob is named by, None for any other file."""
    found = _BLOB.fullmatch(name)
    return None if found is None else found[2]


class ArchiveWriter:
    """Writes a backup of the time ``at`` to ``target``, a new file, on disk when this is left."""

    def __init__(self, target: Path, at: Millis) -> None:
        self._seconds = at // 1000
        self._raw = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._gzip = gzip.GzipFile(fileobj=self._raw, mode="wb", compresslevel=_LEVEL, filename="")
        self._tar = tarfile.open(  # noqa: SIM115 - closed in __exit__
            fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT
        )
        self._sums: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _value: object, _trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.add_bytes(SUMS, "".join(self._sums).encode())
                self._tar.close()
                self._gzip.close()
                self._raw.flush()
                os.fsync(self._raw.fileno())
        finally:
            self._raw.close()

    def add_contents(self, contents: Contents) -> None:
        """Add what it is a backup of: the first file."""
        self.add_bytes(HEADER, (json.dumps(asdict(contents), indent=2) + "\n").encode())

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a file."""
        self.add_file(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, file: IO[bytes], size: int) -> None:
        """Add the next ``size`` bytes of ``file``."""
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, self._seconds
        hashing = _Hashing(file)
        self._tar.addfile(member, hashing)
        self._sums.append(f"{hashing.digest()}  {name}\n")


class _Hashing:
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._hash.update(piece)
        return piece

    def digest(self) -> str:
        return self._hash.hexdigest()


class _Counting:
    """A file that tells how much of it has been read."""

    def __init__(self, file: IO[bytes], size: int, progress: Progress) -> None:
        self._file = file
        self._size = size
        self._progress = progress

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._progress("reading", self._file.tell(), self._size)
        return piece


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a backup. ``read`` gives its bytes piece by piece, once."""

    name: str
    size: int
    pieces: Iterator[bytes]


@contextmanager
def reading(path: Path, progress: Progress) -> Iterator[tuple[Contents, Iterator[Member]]]:
    """What a backup holds, and its files one after the other; each has to be read to its end.

    The files are what they were when the last one has come: their hashes are compared then.
    Raises InvalidRequest where ``path`` is no backup, is damaged, was cut off, or was made by a
    version whose backups this one cannot read.
    """
    try:
        with path.open("rb") as raw:
            counting = _Counting(raw, path.stat().st_size, progress)
            with (
                gzip.GzipFile(fileobj=counting, mode="rb") as unpacked,  # type: ignore[call-overload]
                tarfile.open(fileobj=unpacked, mode="r|") as tar,
            ):
                members = _members(path, tar)
                contents = _contents(path, members)
                yield contents, _checked(path, members)
                while unpacked.read(_PIECE):  # to gzip's own checksum, which is of all of it
                    pass
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise _no_backup(path) from error
        if error.filename != str(path):
            raise
        raise InvalidRequest(f"Cannot read {path}: {error.strerror}.") from error
    except (EOFError, zlib.error, tarfile.TarError) as error:
        raise _no_backup(path) from error


def contents_of(path: Path) -> Contents:
    """What a file says that it is a backup of, the rest of it unread. Raises InvalidRequest."""
    try:
        with tarfile.open(path, "r|gz") as tar:
            return _contents(path, _members(path, tar))
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise _no_backup(path) from error


_Sums = dict[str, str]


def _members(path: Path, tar: tarfile.TarFile) -> Iterator[tuple[Member, _Sums]]:
    """Files with the hashes of those before them, and of themselves once they are read."""
    sums: _Sums = {}
    for entry in tar:
        known = entry.name in (HEADER, DATABASE, SECRET_KEY, SUMS) or digest_in(entry.name)
        if not entry.isreg() or not known or entry.name in sums:
            raise InvalidRequest(f"{path} is no backup: it holds {entry.name!r}.")
        file = tar.extractfile(entry)
        assert file is not None
        hashing = _Hashing(file)
        pieces = iter(lambda hashing=hashing: hashing.read(_PIECE), b"")  # type: ignore[misc]
        yield Member(entry.name, entry.size, pieces), sums
        if hashing.read(1):
            raise AssertionError(f"{entry.name} was not read to its end")
        sums[entry.name] = hashing.digest()


def _contents(path: Path, members: Iterator[tuple[Member, _Sums]]) -> Contents:
    member = next((member for member, _ in members), None)
    if member is None or member.name != HEADER or member.size > _LONGEST_TEXT:
        raise _no_backup(path)
    try:
        found: dict[str, Any] = json.loads(b"".join(member.pieces))
        if found["format"] > FORMAT:
            raise InvalidRequest(
                f"{path} was made by a newer version of cevvo ({found['cevvo']}). "
                "Restore it with that version."
            )
        return Contents(**{name: found[name] for name in Contents.__slots__})
    except (ValueError, KeyError, TypeError) as error:
        raise _no_backup(path) from error


def _checked(path: Path, members: Iterator[tuple[Member, _Sums]]) -> Iterator[Member]:
    for member, sums in members:
        if member.name != SUMS:
            yield member
            continue
        if member.size > _LONGEST_TEXT:
            raise _no_backup(path)
        said = b"".join(member.pieces).decode("ascii", "replace")
        listed = {name: digest for digest, _, name in _lines(said)}
        wrong = [name for name in {**sums, **listed} if sums.get(name) != listed.get(name)]
        if wrong:
            raise InvalidRequest(
                f"{path} is damaged: {wrong[0]} is not what was backed up. Take another backup."
            )
        if next(members, None) is not None:
            raise _no_backup(path)
        return
    raise InvalidRequest(
        f"{path} is damaged or was cut off: its end is missing. Take another backup."
    )


def _lines(sums: str) -> Iterator[tuple[str, str, str]]:
    return (line.partition("  ") for line in sums.splitlines())


def _no_backup(path: Path) -> InvalidRequest:
    return InvalidRequest(f"{path} is no backup of cevvo's, or it is damaged. Take another one.")
