"""An export as one file: a tar file, compressed where its name ends in .gz, of the same files.

Only plain files with the names of an export are read out of one: a tar file can hold links and
paths that lead out of its folder.
"""

import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cevvo.errors import InvalidRequest
from cevvo.foundation.durable import sync

_ENDINGS = (".tar", ".tar.gz", ".tgz")
_NAME = re.compile(r"export\.json|[a-z_]+\.jsonl|files/[0-9a-f]{2}/[0-9a-f]{64}")


def is_one_file(path: Path) -> bool:
    """Whether a name asks for a tar file, and not for a folder."""
    return path.name.endswith(_ENDINGS)


def pack(folder: Path, target: Path, *, seconds: int) -> None:
    """Write the files of ``folder`` to ``target`` and the disk, as of ``seconds`` since 1970."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mode, member.mtime = 0o600, seconds
        return member

    target.unlink(missing_ok=True)  # of an export that was killed
    target.touch(mode=0o600)
    mode = "w" if target.suffix == ".tar" else "w:gz"
    with tarfile.open(target, mode, format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            tar.add(path, path.relative_to(folder).as_posix(), filter=plain)
    sync(target)


@contextmanager
def as_folder(path: Path) -> Iterator[Path]:
    """An export as a folder, which is unpacked for a while where it is one file.

    Raises InvalidRequest where the file is no export, is damaged, or was cut off.
    """
    if not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="cevvo-import-") as name:
        folder = Path(name)
        try:
            with tarfile.open(path) as tar:
                for member in tar:
                    _unpack(path, tar, member, folder)
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise InvalidRequest(f"{path} is no export of cevvo's, or it is damaged.") from error
        yield folder


def _unpack(path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    target = folder / member.name
    if not member.isreg() or not _NAME.fullmatch(member.name) or target.exists():
        raise InvalidRequest(f"{path} is no export: it holds {member.name!r}.")
    content = tar.extractfile(member)
    assert content is not None
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(content, file)
