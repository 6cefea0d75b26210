"""A call to the API before it is sent: what the resources have in common."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal
from urllib.parse import quote

#: A path, an open file, or a name with what the file has in it.
FileInput = str | os.PathLike[str] | BinaryIO | tuple[str, bytes | str]


@dataclass(frozen=True)
class Call:
    """What is sent. ``path`` is below the base URL; what is None in ``query`` is left out."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    query: Mapping[str, str | int | None] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, bytes] | None = None
    accept: str = "application/json"


class Unset:
    """Leaves a setting as it is, where None has a meaning of its own."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()


def path(*parts: str) -> str:
    """A path; ids may have anything in them."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def given(**fields: Any) -> dict[str, Any]:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def read_file(file: FileInput) -> tuple[str, bytes]:
    """Name and content. Raises OSError for a file that cannot be read."""
    if isinstance(file, tuple):
        name, content = file
        return name, content.encode() if isinstance(content, str) else content
    if isinstance(file, (str, os.PathLike)):
        return Path(file).name, Path(file).read_bytes()
    return Path(str(getattr(file, "name", "file"))).name, file.read()
