"""The copies of the database that lie in the data directory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cevvo.domain.time import Millis, rfc3339
from cevvo.errors import InvalidRequest
from cevvo.features.backups.archive import contents_of
from cevvo.foundation.db.opening import BACKUPS

_MOST = 100
_BEFORE_MIGRATING = re.compile(r"schema-(\w+)-(\d{8}T\d{6}\d{6}Z)\.db")


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy. ``backup``: all there is, as ``cevvo backup`` makes it; ``before_migration``: the
    database alone, copied before a newer version changed it. ``bytes`` is its size,
    ``created_at`` RFC 3339, ``version`` that of cevvo, None where it is not written down."""

    name: str
    kind: Literal["backup", "before_migration"]
    bytes: int
    created_at: str
    schema: str
    version: str | None


def list_copies(data_dir: Path) -> list[Copy]:
    """The copies in the data directory and its folder ``backups``, newest first, at most 100."""
    found = [*_backups(data_dir), *_backups(data_dir / BACKUPS), *_before_migrating(data_dir)]
    return sorted(found, key=lambda copy: copy.created_at, reverse=True)[:_MOST]


def _backups(folder: Path) -> Iterator[Copy]:
    for path in folder.glob("*.tar.gz"):
        try:
            contents = contents_of(path)
        except InvalidRequest:
            continue  # some other file that somebody keeps there
        yield Copy(
            path.name,
            "backup",
            path.stat().st_size,
            contents.created_at,
            contents.schema,
            contents.cevvo,
        )


def _before_migrating(data_dir: Path) -> Iterator[Copy]:
    for path in (data_dir / BACKUPS).glob("schema-*.db"):
        if named := _BEFORE_MIGRATING.fullmatch(path.name):
            at = datetime.strptime(named[2], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
            created_at = rfc3339(Millis(int(at.timestamp() * 1000)))
            yield Copy(
                path.name, "before_migration", path.stat().st_size, created_at, named[1], None
            )
