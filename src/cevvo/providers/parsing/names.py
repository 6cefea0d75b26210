"""File names and URLs as names of documents."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from cevvo.providers.parsing.characters import title


def suffix_of(name: str) -> str:
    """``.pdf`` for ``B.PDF`` and for ``https://example.com/a/B.PDF?x=1``; empty without one."""
    return _path(name).suffix.lower()


def title_from(name: str) -> str:
    """A title for a document that has none: the file name without its ending; never empty."""
    path = _path(name)
    stem = path.stem if path.suffix else path.name
    return title(stem) or title(name) or "Untitled"


def _path(name: str) -> PurePosixPath:
    if "://" in name:
        try:
            parts = urlsplit(name)
        except ValueError:
            return PurePosixPath()
        name = unquote(parts.path).rstrip("/") or parts.netloc + "/"
    return PurePosixPath(name.replace("\\", "/"))
